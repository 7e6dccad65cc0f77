"""What a training run shows while it runs, and says when it is stopped."""

import contextlib
import sys
import time

import torch
from tqdm import tqdm

from .plotting import Animator, display, in_notebook


class EpochMeter:
    """Collect an epoch's losses and hits, on the device."""

    def __init__(self, epoch):
        self.epoch = epoch
        self.losses, self.hits, self.sizes = [], [], []

    def add(self, loss, y_hat, y):
        """Take in one batch: its mean loss, scores (n, classes), classes."""
        self.losses.append(loss)
        self.hits.append((y_hat.argmax(dim=1) == y).sum())
        self.sizes.append(len(y))

    def means(self):
        """Return mean loss and accuracy so far; waits for the device."""
        losses = torch.stack(self.losses).cpu().double()
        bad = (~losses.isfinite()).nonzero()
        if len(bad):
            batch = int(bad[0])
            raise FloatingPointError(
                f"the loss is {float(losses[batch])} at epoch "
                f"{self.epoch + 1}, batch {batch + 1}; try a smaller lr"
            )
        total = sum(self.sizes)
        mean = float((losses * torch.tensor(self.sizes)).sum()) / total
        return mean, float(torch.stack(self.hits).sum()) / total


class Live:
    """A progress bar, and curves in a notebook, for one training run.

    At most a twentieth of the time goes into drawing within an epoch.
    """

    def __init__(self, history, num_epochs, num_batches, plot):
        self.num_batches, self.animator = num_batches, None
        self.next_draw = 0.0
        if plot and in_notebook():
            self.animator = Animator(
                xlabel="epoch",
                xlim=[0, num_epochs],
                legend=["train loss", "train acc", "test acc"],
                figsize=(4.5, 3),
            )
            self.animator.fig.suptitle(history.source, fontsize=8)
            # Shown before the bar is, which a figure would cut in two.
            self.animator.handle = display(self.animator.fig, display_id=True)
            rows = zip(history.loss, history.train_acc, history.test_acc)
            for i, row in enumerate(rows):
                self.animator.add(i + 1, row)
        self.bar = tqdm(
            total=num_batches * num_epochs,
            initial=len(history) * num_batches,
            file=sys.stdout,
            leave=False,
            mininterval=0.5,
            unit="batch",
            # None: no bar in a log file or a pipe.
            **({"ncols": 70} if in_notebook() else {"disable": None}),
        )

    def batch_done(self, meter):
        """Move the bar; draw after each fifth of an epoch, as d2l does."""
        self.bar.update()
        done, count = len(meter.losses), self.num_batches
        due = done % max(1, count // 5) == 0 and done < count
        if self.animator and due and time.perf_counter() >= self.next_draw:
            start, row = time.perf_counter(), (*meter.means(), None)
            self.animator.add(meter.epoch + done / count, row)
            self.next_draw = 21 * time.perf_counter() - 20 * start

    def epoch_done(self, history):
        """Draw the epoch's loss and accuracies."""
        if self.animator:
            columns = history.loss, history.train_acc, history.test_acc
            self.animator.add(len(history), [c[-1] for c in columns])


@contextlib.contextmanager
def advice_when_stopped(history, num_epochs, checkpoint):
    """Say how to go on after an interruption."""
    try:
        yield
    except KeyboardInterrupt:
        epoch = min(len(history) + 1, num_epochs)
        how = "the net keeps what it has learned; init=None goes on with it"
        if checkpoint is not None and checkpoint.path.exists():
            how = f"the same call goes on from {checkpoint.path}"
        text = f"stopped in epoch {epoch} of {num_epochs}: {how}"
        raise KeyboardInterrupt(text) from None

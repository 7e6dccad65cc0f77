"""What a training run shows while it runs, and says when it is stopped."""

import contextlib
import re
import sys
import time
import traceback

import torch
from tqdm import tqdm

from .evaluation import count_batches
from .plotting import Animator, display, in_notebook


class EpochMeter:
    """Collect an epoch's losses and hits, on the device."""

    def __init__(self, epoch, num_batches):
        self.epoch, self.num_batches = epoch, num_batches
        self.losses, self.hits, self.sizes = [], [], []

    def add(self, loss, y_hat, y):
        """Take in one batch: its mean loss, scores (n, classes), classes."""
        self.losses.append(loss.detach())
        self.hits.append((y_hat.detach().argmax(dim=1) == y).sum())
        self.sizes.append(len(y))

    def means(self):
        """Return mean loss and accuracy so far; waits for the device.

        A loss that is not finite is a FloatingPointError, which says in
        which batch it came first.
        """
        losses = torch.stack(self.losses).cpu().double()
        sizes = torch.tensor(self.sizes)
        total = int(sizes.sum())
        bad = (~losses.isfinite()).nonzero()
        if len(bad):
            batch = int(bad[0])
            raise FloatingPointError(
                f"the loss is {float(losses[batch])} at epoch "
                f"{self.epoch + 1}, batch {batch + 1}"
            )
        mean = float((losses * sizes).sum()) / total
        return mean, float(torch.stack(self.hits).sum()) / total


class PacedAnimator(Animator):
    """An Animator that spends at most a twentieth of the time drawing."""

    next_draw = 0.0

    def __init__(self, title, **options):
        super().__init__(**options)
        self.fig.suptitle(title, fontsize=8)
        # Shown before the bar is, which a figure would cut in two.
        self.handle = display(self.fig, display_id=True)

    def draw(self):
        """Draw, unless the last drawing was too recent."""
        start = time.perf_counter()
        if start >= self.next_draw:
            super().draw()
            now = time.perf_counter()
            self.next_draw = now + 20 * (now - start)

    def finish(self):
        """Draw what is new since the last drawing."""
        if self.X:
            super().draw()


class Live:
    """Curves in a notebook and a progress bar, for one training run.

    Epochs that the history has already are drawn first.
    """

    def __init__(self, history, num_epochs, train_iter, plot):
        self.animator = None
        if plot and in_notebook():
            self.animator = PacedAnimator(
                history.source,
                xlabel="epoch",
                xlim=[0, num_epochs],
                legend=["train loss", "train acc", "test acc"],
                figsize=(4.5, 3),
            )
            rows = zip(history.loss, history.train_acc, history.test_acc)
            for i, row in enumerate(rows):
                self.animator.add(i + 1, row)
        num_batches = count_batches(train_iter)
        self.bar = tqdm(
            total=num_batches and num_batches * num_epochs,
            initial=len(history) * (num_batches or 0),
            file=sys.stdout,
            leave=False,
            mininterval=0.5,
            unit="batch",
            # None: no bar in a log file or a pipe.
            **({"ncols": 70} if in_notebook() else {"disable": None}),
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.bar.close()
        if self.animator:
            self.animator.finish()

    def batch_done(self, meter):
        """Move the bar; draw the curves after each fifth, as d2l does."""
        self.bar.update()
        done, count = len(meter.losses), meter.num_batches
        if self.animator and count is not None:
            if done % max(1, count // 5) == 0 or done == count:
                position = meter.epoch + done / count
                self.animator.add(position, (*meter.means(), None))

    def epoch_done(self, history):
        """Draw the test accuracy."""
        if self.animator:
            row = None, None, history.test_acc[-1]
            self.animator.add(len(history), row)

    def write(self, line):
        """Print a line without cutting the bar in two."""
        self.bar.write(line)


def is_out_of_memory(error):
    """Tell whether memory ran out; on a CPU torch has no type for it."""
    text = "out of memory|allocate memory|enough memory"
    is_torchs = isinstance(error, RuntimeError)
    return isinstance(error, MemoryError) or (
        is_torchs and re.search(text, str(error)) is not None
    )


@contextlib.contextmanager
def advice(history, num_epochs, again, checkpoint=None):
    """Add to what stops a training run how to go on.

    The text of KeyboardInterrupt is the last line that a notebook shows.
    ``again`` goes on without a checkpoint, such as "the same call".
    """

    def going_on():
        if checkpoint is None:
            return (
                f"The net keeps what it has learned; {again} goes on with it."
            )
        if not checkpoint.epochs:
            return "No epoch is saved yet, so the same call starts anew."
        return (
            f"{checkpoint.path} is at epoch {checkpoint.epochs}; the same "
            "call goes on from there."
        )

    try:
        yield
    except FloatingPointError as error:
        text = f"{error}. Training stopped; try a smaller lr."
        if checkpoint and checkpoint.epochs:
            text += f" The last good epoch is in {checkpoint.path}."
        raise FloatingPointError(text) from None
    except KeyboardInterrupt:
        epoch = min(len(history) + 1, num_epochs)
        text = f"stopped in epoch {epoch} of {num_epochs}. {going_on()}"
        raise KeyboardInterrupt(text) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        # The frames of the step would keep its activations.
        traceback.clear_frames(error.__traceback__)
        text = f"out of memory: try a smaller batch size. {going_on()}"
        if checkpoint and checkpoint.epochs:
            text += " For another batch size, give another path."
        raise torch.OutOfMemoryError(text) from None

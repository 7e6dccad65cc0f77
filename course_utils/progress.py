"""What a training run shows while it runs: counts, curves and a bar."""

import sys
import time

import torch
from IPython.display import display
from tqdm import tqdm

from .plotting import Animator, in_notebook


class EpochMeter:
    """Collect an epoch's losses and hits, on the device.

    Parameters
    ----------
    epoch : int
        From 0; used in messages.
    num_batches : int or None
        None where an iterable does not tell its length.
    """

    def __init__(self, epoch, num_batches):
        self.epoch, self.num_batches = epoch, num_batches
        self.losses, self.hits, self.sizes = [], [], []

    def add(self, loss, y_hat, y):
        """Take in one batch: its mean loss, scores (n, classes), classes."""
        self.losses.append(loss)
        self.hits.append((y_hat.argmax(dim=1) == y).sum())
        self.sizes.append(len(y))

    def is_report_due(self):
        """Tell whether a fifth of the epoch has passed, as in d2l."""
        if self.num_batches is None:
            return False
        done = len(self.losses)
        step = max(1, self.num_batches // 5)
        return done % step == 0 or done == self.num_batches

    def position(self):
        """Return the position in epochs, such as 2.4."""
        return self.epoch + len(self.losses) / self.num_batches

    def means(self):
        """Return mean loss and accuracy so far; waits for the device.

        Raises
        ------
        FloatingPointError
            If a loss is not finite; says in which batch it came first.
        """
        losses = torch.stack(self.losses).cpu().double()
        sizes = torch.tensor(self.sizes)
        total = int(sizes.sum())
        mean = float((losses * sizes).sum()) / total
        if mean != mean or abs(mean) == float("inf"):
            batch = int((~losses.isfinite()).nonzero()[0]) + 1
            raise FloatingPointError(
                f"the loss is {float(losses[batch - 1])} at epoch "
                f"{self.epoch + 1}, batch {batch}"
            )
        return mean, float(torch.stack(self.hits).sum()) / total


class PacedAnimator(Animator):
    """An Animator that spends at most a twentieth of the time drawing."""

    def __init__(self, title, **options):
        super().__init__(**options)
        self.fig.suptitle(title, fontsize=8)
        self.next_draw = 0.0

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


class NotebookLine:
    """A file that shows what was written last, in one line of a notebook.

    tqdm goes back to the start of a line that figures have cut in two;
    a display of its own stays in one piece.
    """

    def __init__(self):
        self.handle = None

    def write(self, text):
        """Show the text in place of the one before."""
        data = {"text/plain": text.strip()}
        if self.handle is None:
            self.handle = display(data, raw=True, display_id=True)
        else:
            self.handle.update(data, raw=True)

    def flush(self):
        """Do nothing: all that is written is shown."""


class Live:
    """Curves in a notebook and a progress bar, for one training run.

    Parameters
    ----------
    history : History
        Epochs that are done already are drawn first.
    num_epochs : int
    num_batches : int or None
        In an epoch.
    plot : bool
        Whether to draw curves at all.
    """

    def __init__(self, history, num_epochs, num_batches, plot):
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
        if in_notebook():
            place = {"file": NotebookLine(), "ncols": 70}
        else:  # None: no bar in a log file or a pipe
            place = {"file": sys.stdout, "disable": None}
        self.bar = tqdm(
            total=num_batches and num_batches * num_epochs,
            initial=len(history) * (num_batches or 0),
            leave=False,
            mininterval=0.5,
            unit="batch",
            **place,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.bar.close()
        if self.animator:
            self.animator.finish()

    def batch_done(self, meter):
        """Take note of a batch; draw the curves when a fifth is done."""
        self.bar.update()
        if self.animator and meter.is_report_due():
            self.animator.add(meter.position(), (*meter.means(), None))

    def epoch_done(self, epochs, test_acc):
        """Draw the test accuracy after so many epochs."""
        if self.animator:
            self.animator.add(epochs, (None, None, test_acc))

    def write(self, line):
        """Print a line without cutting the bar in two."""
        self.bar.write(line)

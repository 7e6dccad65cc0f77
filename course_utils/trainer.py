"""One training run: steps, epochs, and where its parts are kept.

Nothing in the step loop waits for the device: losses and hits stay there
as tensors until someone asks for them.
"""

import contextlib
import os
import platform
import shutil
import time
import warnings
from typing import Any

import torch
from torch.optim import lr_scheduler

from .arguments import describe
from .batches import (
    OF_THE_MACHINE,
    checked_batches,
    count_batches,
    naming,
    require_labels,
    require_scores,
)
from .metrics import evaluate_accuracy
from .progress import EpochMeter

# Made to be stepped after each batch; all others after each epoch.
BATCH_SCHEDULERS = (lr_scheduler.OneCycleLR, lr_scheduler.CyclicLR)


@contextlib.contextmanager
def taking_classes(name, y_hat, y):
    """Turn what a loss says of labels into an error with its name.

    Raises
    ------
    ValueError
        Also where a loss would stretch the labels to the scores' shape.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Using a target size")
            yield
    except (RuntimeError, TypeError, ValueError, UserWarning) as error:
        text = " ".join(str(error).split())
        if OF_THE_MACHINE.search(text):
            raise
        raise ValueError(
            f"{name}: cannot take scores of shape {tuple(y_hat.shape)} with "
            f"classes of shape {tuple(y.shape)} ({text[:100]}); use one for "
            "classes, such as nn.CrossEntropyLoss(), or one that turns them "
            "into what it needs, such as one_hot"
        ) from error


def require_compiler(device):
    """Require the C++ compiler that torch.compile calls for a CPU."""
    default = {"Darwin": "clang++", "Windows": "cl"}
    compiler = os.environ.get("CXX", default.get(platform.system(), "g++"))
    if device.type == "cpu" and shutil.which(compiler) is None:
        raise RuntimeError(
            f"compile: needs a C++ compiler, and there is no {compiler}. "
            "Install one (on Debian and Ubuntu the package g++), name one "
            "in the environment variable CXX, or leave compile=False."
        )


class Trainer:
    """A net with all that trains it.

    Parameters
    ----------
    net : torch.nn.Module
    loss : callable
        From scores and classes to one number.
    optimizer : torch.optim.Optimizer
    scheduler : torch.optim.lr_scheduler.LRScheduler or None
    device : torch.device
    amp, channels_last, compile : bool
        See :func:`course_utils.train_ch6`.
    loss_name : str
        The loss in messages.
    """

    def __init__(
        self,
        net,
        loss,
        optimizer,
        scheduler,
        device,
        *,
        amp=False,
        channels_last=False,
        compile=False,
        loss_name="loss",
    ):
        layout = (
            torch.channels_last if channels_last else torch.preserve_format
        )
        if compile:
            require_compiler(device)
        net.to(device, memory_format=layout)
        self.net: Any = torch.compile(net) if compile else net
        self.loss, self.loss_name = loss, loss_name
        self.optimizer = optimizer
        self.scheduler, self.device = scheduler, device
        self.amp, self.layout = amp, layout
        self.batch_size = 0  # of the batch in work; 0 if nobody knows
        self.classes = 0  # known after the first batch

    def autocast(self):
        """Return the context in which the net computes."""
        if not self.amp:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def scores(self, X, where, first):
        """Return the scores of a batch, or say why the net has none."""
        in_words: Any = contextlib.nullcontext()
        if first:
            in_words = naming("net", f"{where}'s X, {describe(X)}")
        try:
            with in_words:
                y_hat = self.net(X)
        except ValueError as error:
            if len(X) > 1 or "more than 1 value per channel" not in str(
                error
            ):
                raise
            raise ValueError(
                f"{where}: this batch has one image, and batch norm needs "
                "more; take another batch_size, drop_last=True of a "
                "DataLoader, or one image less"
            ) from error
        require_scores(y_hat, len(X))
        return y_hat

    def batch_loss(self, y_hat, y, where, first):
        """Return the loss of a batch, or say what is wrong with it."""
        name = self.loss_name
        in_words: Any = contextlib.nullcontext()
        if first:
            require_labels({where: y}, y_hat.shape[1])
            in_words = taking_classes(name, y_hat, y)
        try:
            with in_words:
                loss = self.loss(y_hat, y)
        except IndexError as error:
            raise ValueError(
                f"{where}: a label is not one of the net's "
                f"{y_hat.shape[1]} classes ({error})"
            ) from error
        if not isinstance(loss, torch.Tensor) or loss.ndim != 0:
            raise ValueError(
                f"{name}: expected a tensor of one number a batch, got "
                f"{describe(loss)}; use reduction='mean'"
            )
        return loss

    def step(self, X, y, where, first=False):
        """Train on one batch; return loss, scores and labels, on device."""
        X, y = X.to(self.device), y.to(self.device).long()
        if X.ndim == 4:
            X = X.to(memory_format=self.layout)
        self.optimizer.zero_grad()
        with self.autocast():
            y_hat = self.scores(X, where, first)
            loss = self.batch_loss(y_hat, y, where, first)
        loss.backward()
        self.optimizer.step()
        if isinstance(self.scheduler, BATCH_SCHEDULERS):
            self.scheduler.step()
        self.classes = y_hat.shape[1]
        return loss.detach(), y_hat.detach(), y

    def batches(self, name, batches):
        """Pass checked batches on, and note how large each one is.

        After the last one their labels are checked, all at once.
        """
        asked_for = getattr(batches, "batch_size", None) or 0
        self.batch_size = asked_for
        labels: dict[str, torch.Tensor] = {}
        for X, y in checked_batches(name, batches):
            self.batch_size = len(X)
            labels[f"{name}, batch {len(labels) + 1}"] = y
            yield X, y
            self.batch_size = asked_for  # while the loader makes the next
        if labels:
            require_labels(labels, self.classes)

    def train_epoch(self, train_iter, epoch, live):
        """Train on every batch once; return the epoch's meter."""
        self.net.train()
        meter = EpochMeter(epoch, count_batches(train_iter))
        name = f"train_iter, epoch {epoch + 1}"
        for i, (X, y) in enumerate(self.batches(name, train_iter)):
            where = f"{name}, batch {i + 1}"
            meter.add(*self.step(X, y, where, first=epoch == i == 0))
            live.batch_done(meter)
        if not meter.losses:
            raise ValueError(
                f"train_iter: gave no batch in epoch {epoch + 1}. A "
                "generator is used up after one epoch; pass a loader or "
                "a list."
            )
        return meter

    def require_finite_weights(self, epoch):
        """Stop before a checkpoint: the last step may have spoiled them."""
        for name, parameter in self.net.named_parameters():
            if not parameter.isfinite().all():
                raise FloatingPointError(
                    f"{name} is not finite after epoch {epoch + 1}"
                )

    def step_scheduler(self, train_loss):
        """Step a scheduler that goes by epochs."""
        if isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau):
            self.scheduler.step(train_loss)
        elif self.scheduler is not None and not isinstance(
            self.scheduler, BATCH_SCHEDULERS
        ):
            self.scheduler.step()

    def run_epoch(self, train_iter, test_iter, history, live):
        """Train for an epoch, evaluate, and append to the history."""
        start = time.perf_counter()
        meter = self.train_epoch(train_iter, len(history), live)
        train_loss, train_acc = meter.means()
        seconds = time.perf_counter() - start
        self.require_finite_weights(len(history))
        self.step_scheduler(train_loss)
        with self.autocast():
            batches = self.batches("test_iter", test_iter)
            test_acc = evaluate_accuracy(self.net, batches, self.device)
        history.append(
            loss=train_loss,
            train_acc=train_acc,
            test_acc=test_acc,
            seconds=seconds,
            examples=sum(meter.sizes),
        )
        live.epoch_done(len(history), test_acc)

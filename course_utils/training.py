"""Train a classifier and evaluate it: train_ch5 and train_ch6.

Nothing in the loop waits for the device: losses and hits stay there until
they are drawn, or the epoch ends.
"""

import time
from operator import length_hint

import torch
from torch import nn
from torch.optim import lr_scheduler

from .arguments import require, validated
from .checkpoint import Checkpoint
from .device import computes_bfloat16
from .evaluation import Batches, Scoring, evaluate_accuracy
from .explaining.errors import noted
from .fast import EPOCHS, fast_mode
from .progress import EpochMeter, Live, advice_when_stopped
from .results import History

# Made to be stepped after each batch; all others after each epoch.
BY_BATCH = (lr_scheduler.OneCycleLR, lr_scheduler.CyclicLR)


@validated()
def init_xavier(module):
    """Set a layer's weights as d2l does: Xavier's uniform distribution.

    Changes exactly a Linear or a Conv2d; its bias stays. Glorot and Bengio,
    AISTATS 2010; d2l 5.4.
    """
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def _materialize(net, train_iter, device):
    """Run a lazy net once, so that it has weights to initialize."""
    if any(nn.parameter.is_lazy(p) for p in net.parameters()):
        wanted = "a list or a loader, as a lazy net needs a batch beforehand"
        lasts = not hasattr(train_iter, "__next__")
        require("train_iter", train_iter, wanted, lasts)
        X, _ = next(iter(Batches("train_iter", train_iter)))
        with torch.no_grad(), noted():
            net.to(device).eval()(X[:1].to(device))


@validated()
def train_ch6(
    net,
    train_iter,
    test_iter,
    num_epochs,
    lr,
    device,
    *,
    loss=None,
    optimizer=torch.optim.SGD,
    scheduler=None,
    init=init_xavier,
    amp=False,
    channels_last=False,
    seed=None,
    checkpoint=None,
    plot=True,
    verbose=False,
):
    """Train a classifier, and evaluate it after each epoch.

    With the options left alone, losses and accuracies equal those of d2l
    1.0.3. Lesson 05; d2l "Utility Functions and Classes".

    Parameters
    ----------
    net : torch.nn.Module
        Maps X of shape (n, ...) to scores of shape (n, classes).
        Moved to ``device`` and trained in place.
    train_iter, test_iter : iterable of (X, y)
        A loader of the course, a DataLoader, or a list of batches;
        y of shape (n,) with classes from 0.
    num_epochs : int
    lr : float
    device : torch.device or str
    loss : callable, optional
        From scores and classes to one number. By default cross-entropy.
    optimizer, scheduler : callable
        Called as ``optimizer(net.parameters(), lr=lr)`` and
        ``scheduler(optimizer)``. The schedule is stepped after each epoch;
        OneCycleLR and CyclicLR after each batch.
    init : callable or None
        Applied to each module of the net. None keeps the weights.
    amp, channels_last : bool
        Compute in bfloat16, on a device with instructions for it; keep
        images as (n, h, w, c). Each can be faster.
    seed : int, optional
        Makes weights and shuffling the same at every call: the net's
        parameters are drawn anew before ``init``, if that is not None.
    checkpoint : str or pathlib.Path, optional
        Save everything here after each epoch. A second call goes on where
        the file stops, on a CPU to the same weights as an uninterrupted
        run, or is refused where its arguments differ.
    plot : bool
        Draw live curves where a notebook can show them.
    verbose : bool
        Print a line after each epoch, in place of two at the end.

    Returns
    -------
    History
        Loss, accuracies and seconds for each epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument, a batch or the checkpoint does not fit.
    FloatingPointError
        If the loss is no longer finite.
    """
    device, lr = torch.device(device), float(lr)
    source = getattr(train_iter, "source", "")
    _materialize(net, train_iter, device)
    if seed is not None:
        torch.manual_seed(seed)
        if getattr(train_iter, "generator", None) is not None:
            train_iter.generator.manual_seed(seed)
    if init is not None:
        for module in net.modules():
            if seed is not None and hasattr(module, "reset_parameters"):
                module.reset_parameters()  # Xavier's rule keeps biases
        net.apply(init)
    print("training on", device, *(["with", source] if source else []))
    if fast_mode() and num_epochs > EPOCHS:
        print(f"fast mode (COURSE_FAST=1): {EPOCHS} epoch, not {num_epochs}")
        num_epochs = EPOCHS
    if amp and not computes_bfloat16(device):
        print("amp=True: no bfloat16 instructions here, float32 is used")
        amp = False
    layout = torch.channels_last if channels_last else torch.preserve_format
    net.to(device, memory_format=layout)
    loss = loss or nn.CrossEntropyLoss()
    optimizer = optimizer(list(net.parameters()), lr=lr)
    if scheduler is not None:
        scheduler = scheduler(optimizer)
    history = History(device=str(device), source=source)
    if checkpoint is not None:
        parts = {"net": net, "optimizer": optimizer, "scheduler": scheduler}
        same = {"loss": loss, "init": init, "lr": lr, "seed": seed}
        same |= {"amp": amp, "source": source, "fast": fast_mode()}
        checkpoint = Checkpoint(checkpoint, train_iter, parts, **same)
        history = checkpoint.load(num_epochs) or history
    live = Live(history, num_epochs, length_hint(train_iter), plot)
    train_iter = Batches("train_iter", train_iter)
    test_iter = Batches("test_iter", test_iter)
    scores = Scoring(net, train_iter)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=amp)
    by_batch = isinstance(scheduler, BY_BATCH)
    with advice_when_stopped(history, num_epochs, checkpoint), live.bar:
        for epoch in range(len(history), num_epochs):
            start = time.perf_counter()
            meter = EpochMeter(epoch)
            net.train()
            for X, y in train_iter:
                X, y = X.to(device), y.to(device).long()
                if X.ndim == 4:
                    X = X.to(memory_format=layout)
                optimizer.zero_grad()
                with autocast:
                    y_hat = scores(X)
                    l = loss(y_hat, y)
                l.backward()
                optimizer.step()
                if by_batch:
                    scheduler.step()
                meter.add(l.detach(), y_hat.detach(), y)
                live.batch_done(meter)
            train_loss, train_acc = meter.means()
            seconds = time.perf_counter() - start
            if scheduler is not None and not by_batch:
                scheduler.step()
            with autocast:
                test_acc = evaluate_accuracy(net, test_iter, device)
            history.append(
                loss=train_loss,
                train_acc=train_acc,
                test_acc=test_acc,
                seconds=seconds,
                examples=sum(meter.sizes),
            )
            live.epoch_done(history)
            if checkpoint is not None:
                checkpoint.save(history)
            if verbose:
                live.bar.write(
                    f"epoch {epoch + 1}, loss {train_loss:.4f}, "
                    f"train acc {train_acc:.3f}, test acc {test_acc:.3f}, "
                    f"time {seconds:.1f} sec"
                )
    if not verbose:
        print(
            f"loss {history.loss[-1]:.3f}, "
            f"train acc {history.train_acc[-1]:.3f}, "
            f"test acc {history.test_acc[-1]:.3f}"
        )
        print(f"{history.examples_per_sec:.1f} examples/sec on {device}")
    return history


@validated()
def train_ch5(
    net,
    train_iter,
    test_iter,
    criterion,
    num_epochs,
    batch_size,
    device,
    lr=None,
):
    """Train with any criterion, and print one line an epoch; lesson 05.

    Parameters
    ----------
    net, train_iter, test_iter, num_epochs, device, lr
        As for :func:`train_ch6`: ``lr`` has to be given, too. The net keeps
        the weights that it has.
    criterion : callable
        From scores (n, classes) and classes (n,) to one number.
    batch_size : int
        Not used, as ``train_iter`` has its own; the article has it.

    Returns
    -------
    History
    """
    return train_ch6(
        net,
        train_iter,
        test_iter,
        num_epochs,
        lr,
        device,
        loss=criterion,
        init=None,
        plot=False,
        verbose=True,
    )

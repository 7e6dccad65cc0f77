"""Train a classifier and evaluate it: train_ch5 and train_ch6.

One loop serves both. Nothing in it waits for the device: losses and hits
stay there until they are drawn, or the epoch ends.
"""

import contextlib
import itertools
import time
import warnings

import torch
from torch import nn
from torch.optim import lr_scheduler

from .arguments import describe, require, require_positive, validated
from .checkpoint import Checkpoint
from .device import computes_bfloat16
from .evaluation import (
    OF_THE_MACHINE,
    Batches,
    Scoring,
    count_batches,
    evaluate_accuracy,
    require_batches,
)
from .fast import EPOCHS, fast_mode
from .progress import EpochMeter, Live, advice
from .results import History
from .weights import (
    find_generators,
    init_xavier,
    initialize,
    materialize,
    seed_everything,
)

# Made to be stepped after each batch; all others after each epoch.
BY_BATCH = (lr_scheduler.OneCycleLR, lr_scheduler.CyclicLR)
OPTIMIZER = (
    "a class such as torch.optim.SGD, or a function of the parameters and lr"
)
SCHEDULER = (
    "a function of this call's optimizer, such as "
    "lambda optimizer: StepLR(optimizer, 1)"
)


def _require_loss(name, value):
    fits = callable(value) and not isinstance(value, type)
    require(name, value, "an object such as nn.CrossEntropyLoss()", fits)
    is_mean = getattr(value, "reduction", "mean") != "sum"
    return require(name, value, "reduction='mean', not 'sum'", is_mean)


def _require_init(name, value):
    takes_a_tensor = getattr(value, "__module__", "") == "torch.nn.init"
    fits = callable(value) and not isinstance(value, type)
    fits = value is None or (fits and not takes_a_tensor)
    wanted = "a function of a module, such as init_xavier, or None"
    return require(name, value, wanted, fits)


def _made(name, wanted, kind, factory, *args, **options):
    """Return the optimizer or scheduler that a caller's function makes."""
    try:
        made = factory(*args, **options)
    except TypeError as error:
        raise TypeError(
            f"{name}: expected {wanted}, got {describe(factory)} ({error})"
        ) from error
    return require(name, made, wanted, isinstance(made, kind))


def _make_optimizer(optimizer, net, lr):
    kind, own = torch.optim.Optimizer, list(net.parameters())
    made = _made("optimizer", OPTIMIZER, kind, optimizer, own, lr=lr)
    its = {id(p) for group in made.param_groups for p in group["params"]}
    fits = not its.isdisjoint(map(id, own))
    require("optimizer", made, "one of the net's parameters", fits)
    fits = not isinstance(made, torch.optim.LBFGS)
    return require("optimizer", made, "one that needs no closure", fits)


def _make_scheduler(scheduler, optimizer, num_epochs, train_iter):
    kind = lr_scheduler.LRScheduler
    made = _made("scheduler", SCHEDULER, kind, scheduler, optimizer)
    require("scheduler", made, SCHEDULER, made.optimizer is optimizer)
    steps = num_epochs * (count_batches(train_iter) or 0)
    if isinstance(made, lr_scheduler.OneCycleLR):
        wanted = f"total_steps={steps}, as {num_epochs} epochs take"
        fits = made.total_steps >= steps
        require("scheduler", made.total_steps, wanted, fits)
    return made


def _announce(device, source, num_epochs):
    """Say where a run trains and on what; return the epochs to train."""
    print("training on", device, *(["with", source] if source else []))
    if fast_mode() and num_epochs > EPOCHS:
        print(f"fast mode (COURSE_FAST=1): {EPOCHS} epoch, not {num_epochs}")
        return EPOCHS
    return num_epochs


def _check_training(net, lr, **others):
    trains = any(p.requires_grad for p in net.parameters())
    require("net", net, "parameters to train, with requires_grad", trains)
    require_positive("lr", lr)


def _require_factory(name, value):
    wanted = {"optimizer": OPTIMIZER, "scheduler": SCHEDULER}[name]
    return require(name, value, wanted, callable(value))


@validated(
    _check_training,
    train_iter=require_batches,
    test_iter=require_batches,
    loss=_require_loss,
    optimizer=_require_factory,
    scheduler=_require_factory,
    init=_require_init,
)
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
    compile=False,
    seed=None,
    checkpoint=None,
    plot=True,
):
    """Train a classifier, and evaluate it after each epoch.

    With the options left alone, losses and accuracies equal those of d2l
    1.0.3. Lesson 05; d2l "Utility Functions and Classes".

    Parameters
    ----------
    net : torch.nn.Module
        Maps X of shape (n, ...) to scores of shape (n, classes).
        Initialized by ``init``, moved to ``device``, trained in place.
    train_iter, test_iter : iterable of (X, y)
        A loader of the course, a DataLoader, or a list of batches;
        y of shape (n,) with classes from 0.
    num_epochs : int
    lr : float
    device : torch.device or str
    loss : callable, optional
        From scores and classes to one number. By default cross-entropy.
    optimizer : callable
        A class or a function, called as
        ``optimizer(net.parameters(), lr=lr)``.
    scheduler : callable, optional
        Called as ``scheduler(optimizer)``; stepped after each epoch, or,
        for OneCycleLR and CyclicLR, after each batch.
    init : callable or None
        Applied to each module of the net. None keeps the weights; frozen
        layers keep theirs anyway.
    amp : bool
        Compute in bfloat16 where autocast allows it. On a device without
        instructions for it, where it is slower, this does nothing and
        says so.
    channels_last : bool
        Keep images as (n, h, w, c) in memory, which can be faster.
    compile : bool
        Use ``torch.compile``, which needs a C++ compiler on a CPU.
    seed : int, optional
        Makes weights and shuffling the same at every call: the net's
        parameters are drawn anew before ``init``, if that is not None.
    checkpoint : str or pathlib.Path, optional
        Save everything here after each epoch. A second call goes on where
        the file stops, to the same weights as an uninterrupted run, or is
        refused where what they depend on differs. They are not the same on
        another device, and with workers that persist.
    plot : bool
        Draw live curves where a notebook can show them.

    Returns
    -------
    History
        Loss, accuracies and seconds for each epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument or a batch does not fit, or the checkpoint is of
        another run.
    FloatingPointError
        If the loss is no longer finite.
    KeyboardInterrupt, torch.OutOfMemoryError
        With a line that says how to go on.
    """
    device, lr = torch.device(device), float(lr)
    source = getattr(train_iter, "source", "")
    materialize(net, train_iter, device)
    if seed is not None:
        seed_everything(seed, find_generators(train_iter))
    if init is not None:
        initialize(net, init, anew=seed is not None)
    num_epochs = _announce(device, source, num_epochs)
    if amp and not computes_bfloat16(device):
        print("amp=True: no bfloat16 instructions here, float32 is used")
        amp = False
    layout = torch.channels_last if channels_last else torch.preserve_format
    net.to(device, memory_format=layout)
    loss = loss or nn.CrossEntropyLoss()
    optimizer = _make_optimizer(optimizer, net, lr)
    if scheduler is not None:
        scheduler = _make_scheduler(
            scheduler, optimizer, num_epochs, train_iter
        )
    history = History(device=str(device), source=source)
    if checkpoint is not None:
        checkpoint = Checkpoint(
            checkpoint,
            train_iter,
            {"optimizer": optimizer, "scheduler": scheduler, "net": net},
            loss=loss,
            lr=lr,
            seed=seed,
            init=init,
            source=source,
            fast=fast_mode(),
            amp=amp,
            channels_last=channels_last,
            compile=compile,
        )
        history = checkpoint.load(num_epochs) or history
    again = "the same call" + (" with init=None" if init is not None else "")
    with (
        advice(history, num_epochs, again, checkpoint),
        Live(history, num_epochs, train_iter, plot) as live,
    ):
        for _ in _epochs(
            torch.compile(net) if compile else net,
            train_iter,
            test_iter,
            num_epochs,
            loss,
            optimizer,
            device,
            history,
            live,
            scheduler=scheduler,
            amp=amp,
            layout=layout,
        ):
            if checkpoint is not None:
                checkpoint.save(history)
    print(
        f"loss {history.loss[-1]:.3f}, "
        f"train acc {history.train_acc[-1]:.3f}, "
        f"test acc {history.test_acc[-1]:.3f}"
    )
    print(f"{history.examples_per_sec:.1f} examples/sec on {device}")
    return history


def _epochs(
    net,
    train_iter,
    test_iter,
    num_epochs,
    loss,
    optimizer,
    device,
    history,
    live,
    *,
    loss_name="loss",
    scheduler=None,
    amp=False,
    layout=torch.preserve_format,
):
    """Train the epochs that the history lacks; yield after each."""
    num_batches = count_batches(train_iter)
    train_iter = Batches("train_iter", train_iter)
    test_iter = Batches("test_iter", test_iter)
    scores = Scoring(net, train_iter)
    loss = _saying_what_fits(loss_name, loss, train_iter)
    autocast: contextlib.AbstractContextManager = contextlib.nullcontext()
    if amp:
        autocast = torch.autocast(device.type, torch.bfloat16)
    for epoch in range(len(history), num_epochs):
        start = time.perf_counter()
        meter = EpochMeter(epoch, num_batches)
        train_iter.name = f"train_iter, epoch {epoch + 1}"
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
            if isinstance(scheduler, BY_BATCH):
                scheduler.step()
            meter.add(l, y_hat, y)
            live.batch_done(meter)
        train_iter.require_labels(scores.classes)
        train_loss, train_acc = meter.means()
        seconds = time.perf_counter() - start
        if not all(p.isfinite().all() for p in net.parameters()):
            what = f"a weight is not finite after epoch {epoch + 1}"
            raise FloatingPointError(what)
        if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
            scheduler.step(train_loss)
        elif scheduler is not None and not isinstance(scheduler, BY_BATCH):
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
        yield history


def _saying_what_fits(name, loss, train_iter):
    """Return a loss that says what does not fit it, at its first call."""
    calls = itertools.count()

    def checked(y_hat, y):
        if next(calls):
            try:
                return loss(y_hat, y)
            except IndexError:
                train_iter.require_labels(y_hat.shape[1])
                raise
        try:
            with warnings.catch_warnings():
                # It would stretch the labels to the scores' shape.
                warnings.filterwarnings("error", "Using a target size")
                l = loss(y_hat, y)
        except (RuntimeError, TypeError, ValueError, UserWarning) as error:
            text = " ".join(str(error).split())
            if OF_THE_MACHINE.search(text):
                raise
            raise ValueError(
                f"{name}: cannot take scores of shape {tuple(y_hat.shape)} "
                f"with classes of shape {tuple(y.shape)} ({text[:100]}); use "
                "one for classes, such as nn.CrossEntropyLoss(), or one that "
                "turns them into what it needs, such as one_hot"
            ) from error
        fits = isinstance(l, torch.Tensor) and l.ndim == 0
        wanted = "a tensor of one number a batch, with reduction='mean'"
        return require(name, l, wanted, fits)

    return checked


@validated(
    _check_training,
    train_iter=require_batches,
    test_iter=require_batches,
    criterion=_require_loss,
)
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
    net : torch.nn.Module
        Trained in place, from the weights that it has.
    train_iter, test_iter : iterable of (X, y)
    criterion : callable
        From scores (n, classes) and classes (n,) to one number.
    num_epochs : int
    batch_size : int
        Not used: the batches are as large as ``train_iter`` makes them.
        Here because the article that lesson 05 grew from has it.
    device : torch.device or str
    lr : float
        Of plain SGD.

    Returns
    -------
    History
    """
    device, source = torch.device(device), getattr(train_iter, "source", "")
    materialize(net, train_iter, device)
    num_epochs = _announce(device, source, num_epochs)
    optimizer = torch.optim.SGD(net.to(device).parameters(), lr=lr)
    history = History(device=str(device), source=source)
    with (
        advice(history, num_epochs, "the same call"),
        Live(history, num_epochs, train_iter, plot=False) as live,
    ):
        for _ in _epochs(
            net,
            train_iter,
            test_iter,
            num_epochs,
            criterion,
            optimizer,
            device,
            history,
            live,
            loss_name="criterion",
        ):
            live.write(
                f"epoch {len(history)}, loss {history.loss[-1]:.4f}, "
                f"train acc {history.train_acc[-1]:.3f}, "
                f"test acc {history.test_acc[-1]:.3f}, "
                f"time {history.seconds[-1]:.1f} sec"
            )
    return history

"""train_ch5 and train_ch6: the training functions of the lessons."""

import inspect

import torch
from torch import nn
from torch.optim import lr_scheduler

from .advice import advice
from .allocator import freed_memory_kept
from .arguments import (
    describe,
    require_device,
    require_flag,
    require_int,
    require_net,
    require_positive,
    validated,
)
from .batches import count_batches, describe_batches
from .checkpoint import Checkpoint
from .checkpoint_content import describe_part, describe_values
from .device import computes_bfloat16
from .fast import EPOCHS, fast_mode
from .progress import Live
from .results import History
from .trainer import Trainer
from .weights import (
    find_generators,
    init_xavier,
    initialize,
    materialize,
    seed_everything,
)

A_LOSS = "an object such as nn.CrossEntropyLoss(), or a function of the "
A_LOSS += "scores and the classes"
EXPECTED = {
    "loss": A_LOSS,
    "criterion": A_LOSS,
    "optimizer": "a class such as torch.optim.SGD, or a function of the "
    "parameters and lr",
    "scheduler": "a function of the optimizer, such as "
    "lambda optimizer: StepLR(optimizer, 1)",
    "init": "a function of a module, such as init_xavier",
}


def _check_iterators(train_iter, test_iter):
    for name, value in (("train_iter", train_iter), ("test_iter", test_iter)):
        if not hasattr(value, "__iter__"):
            raise TypeError(
                f"{name}: expected something that gives (X, y) batches, "
                f"got {describe(value)}"
            )
        if count_batches(value) == 0:
            raise ValueError(f"{name}: expected at least one batch, got none")


def _wrong(name, value):
    """Return the error for a part of the training that does not fit."""
    return TypeError(
        f"{name}: expected {EXPECTED[name]}, got {describe(value)}"
    )


def _require_part(name, value):
    """Require what can be called: an object of its class, or a class."""
    makes = name in ("optimizer", "scheduler")
    if not callable(value) or (isinstance(value, type) and not makes):
        raise _wrong(name, value)
    if getattr(value, "__module__", "") == "torch.nn.init":
        raise _wrong(name, value)  # takes a tensor
    if getattr(value, "reduction", "mean") == "sum":
        raise ValueError(
            f"{name}: expected the mean over a batch, got reduction='sum'; "
            "use reduction='mean'"
        )


def _make(name, factory, kind, *args, **options):
    """Return the optimizer or scheduler that a caller's function makes."""
    if isinstance(factory, type) and not issubclass(factory, kind):
        raise _wrong(name, factory)
    try:
        inspect.signature(factory).bind(*args, **options)
    except TypeError as error:
        raise TypeError(f"{_wrong(name, factory)} ({error})") from None
    except ValueError:
        pass  # a function that does not tell its arguments
    made = factory(*args, **options)
    if not isinstance(made, kind):
        raise TypeError(f"{_wrong(name, made)} from {describe(factory)}")
    return made


def _make_optimizer(optimizer, net, lr):
    made = _make(
        "optimizer", optimizer, torch.optim.Optimizer, net.parameters(), lr=lr
    )
    step = inspect.signature(type(made).step).parameters
    if "closure" in step and step["closure"].default is not None:
        raise TypeError(
            f"optimizer: {type(made).__name__} needs a closure, and gets "
            "none here; take another"
        )
    its = {id(p) for group in made.param_groups for p in group["params"]}
    if its.isdisjoint(map(id, net.parameters())):
        raise ValueError(
            "optimizer: holds none of the net's parameters; use those that "
            "it is called with"
        )
    return made


def _make_scheduler(scheduler, optimizer, num_epochs, num_batches):
    if scheduler is None:
        return None
    kind = lr_scheduler.LRScheduler
    made = _make("scheduler", scheduler, kind, optimizer)
    if made.optimizer is not optimizer:
        raise ValueError(
            "scheduler: made for another optimizer than this call's; pass "
            f"{EXPECTED['scheduler']}"
        )
    steps = num_epochs * (num_batches or 0)
    if isinstance(made, lr_scheduler.OneCycleLR) and made.total_steps < steps:
        raise ValueError(
            f"scheduler: total_steps={made.total_steps}, but {num_epochs} "
            f"epochs of {num_batches} batches take {steps}"
        )
    return made


def _check_train(
    net, train_iter, test_iter, num_epochs, lr, device, **options
):
    require_net("net", net)
    if not any(p.requires_grad for p in net.parameters()):
        raise ValueError(
            "net: expected parameters to train, got none that requires_grad"
        )
    _check_iterators(train_iter, test_iter)
    require_int("num_epochs", num_epochs, minimum=1)
    require_positive("lr", lr)
    require_device("device", device)
    for name in ("optimizer", "criterion"):
        if name in options:
            _require_part(name, options[name])
    for name in ("loss", "scheduler", "init"):
        if options.get(name) is not None:
            _require_part(name, options[name])
    for name in ("amp", "channels_last", "compile", "plot"):
        if name in options:
            require_flag(name, options[name])
    if options.get("seed") is not None:
        require_int("seed", options["seed"], minimum=0)
    if "batch_size" in options:
        require_int("batch_size", options["batch_size"], minimum=1)


def _announce(device, train_iter, num_epochs):
    """Say where a run trains and on what; return the epochs to train."""
    source = getattr(train_iter, "source", "")
    print("training on", device, *(["with", source] if source else []))
    if fast_mode() and num_epochs > EPOCHS:
        print(f"fast mode (COURSE_FAST=1): {EPOCHS} epoch, not {num_epochs}")
        return EPOCHS
    return num_epochs


@validated(_check_train)
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
        ones are kept anyway.
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
        the file stops, to the same weights as an uninterrupted run; it is
        refused where what they depend on differs, such as the schedule,
        the loss or the batch size. What a data set or a worker keeps for
        itself is not in the file: with workers that persist, or on another
        device, the weights are not the same.
    plot : bool
        Draw live curves where a notebook can show them.

    Returns
    -------
    History
        Loss, accuracies and seconds for each epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, an iterator is empty, a label is out
        of range, or the checkpoint is of another run.
    RuntimeError
        If there is no compiler for ``compile``.
    FloatingPointError
        If the loss is no longer finite. The checkpoint stays at the last
        good epoch.
    KeyboardInterrupt, torch.OutOfMemoryError
        With a line that says how to go on.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes". With the options left
    alone, losses and accuracies equal those of d2l 1.0.3.
    """
    device, lr = torch.device(device), float(lr)
    generators = find_generators(train_iter)
    materialize(net, train_iter, device)
    if seed is not None:
        seed_everything(seed, generators)
    if init is not None:
        initialize(net, init, anew=seed is not None)
    num_epochs = _announce(device, train_iter, num_epochs)
    if amp and not computes_bfloat16(device):
        print("amp=True: no bfloat16 instructions here, float32 is used")
        amp = False
    net.to(device)
    loss = loss or nn.CrossEntropyLoss()
    optimizer = _make_optimizer(optimizer, net, lr)
    num_batches = count_batches(train_iter)
    scheduler = _make_scheduler(scheduler, optimizer, num_epochs, num_batches)
    speed = {"amp": amp, "channels_last": channels_last, "compile": compile}
    trainer = Trainer(net, loss, optimizer, scheduler, device, **speed)
    if checkpoint is not None:
        parts = {"optimizer": optimizer}
        if scheduler is not None:
            parts["scheduler"] = scheduler
        batches = describe_batches(train_iter)
        batches["seeds"] = [g.initial_seed() for g in generators]
        settings = {
            "lr": lr,
            "seed": seed,
            "source": getattr(train_iter, "source", ""),
            "fast": fast_mode(),
            **{name: bool(value) for name, value in speed.items()},
            **describe_part("init", init),
            **describe_values("train_iter", batches),
        }
        checkpoint = Checkpoint(
            checkpoint, net, loss, parts, generators, settings
        )
    history = _train(
        trainer,
        train_iter,
        test_iter,
        num_epochs,
        checkpoint,
        plot,
        starts_anew=init is not None,
    )
    print(
        f"loss {history.loss[-1]:.3f}, "
        f"train acc {history.train_acc[-1]:.3f}, "
        f"test acc {history.test_acc[-1]:.3f}"
    )
    print(f"{history.examples_per_sec:.1f} examples/sec on {device}")
    return history


def _say_what_is_not_exact(history, device, train_iter):
    """Print where a run that goes on may end with other weights."""
    if history.device != str(device):
        print(f"not exact: began on {history.device}, goes on on {device}")
    if getattr(train_iter, "persistent_workers", False):
        print(
            "not exact: the workers of train_iter persist, and what they "
            "draw at random is not in the checkpoint"
        )


def _train(
    trainer, train_iter, test_iter, num_epochs, checkpoint, plot, starts_anew
):
    """Run the epochs that are left; return the history of all."""
    history = checkpoint.load(num_epochs) if checkpoint else None
    if history is None:
        source = getattr(train_iter, "source", "")
        history = History(device=str(trainer.device), source=source)
    elif len(history) < num_epochs:
        _say_what_is_not_exact(history, trainer.device, train_iter)
    num_batches = count_batches(train_iter)
    with (
        freed_memory_kept(trainer.device),
        advice(trainer, history, num_epochs, checkpoint, starts_anew),
        Live(history, num_epochs, num_batches, plot) as live,
    ):
        while len(history) < num_epochs:
            trainer.run_epoch(train_iter, test_iter, history, live)
            if checkpoint:
                checkpoint.save(history)
    return history


@validated(_check_train)
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
    """Train with any criterion, and print one line an epoch.

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

    Raises
    ------
    TypeError, ValueError, FloatingPointError, KeyboardInterrupt
        As :func:`train_ch6`.

    Notes
    -----
    Lesson 05.
    """
    device = torch.device(device)
    materialize(net, train_iter, device)
    num_epochs = _announce(device, train_iter, num_epochs)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    trainer = Trainer(
        net, criterion, optimizer, None, device, loss_name="criterion"
    )
    history = History(
        device=str(device), source=getattr(train_iter, "source", "")
    )
    num_batches = count_batches(train_iter)
    with (
        freed_memory_kept(device),
        advice(trainer, history, num_epochs),
        Live(history, num_epochs, num_batches, plot=False) as live,
    ):
        for epoch in range(num_epochs):
            trainer.run_epoch(train_iter, test_iter, history, live)
            live.write(
                f"epoch {epoch + 1}, loss {history.loss[-1]:.4f}, "
                f"train acc {history.train_acc[-1]:.3f}, "
                f"test acc {history.test_acc[-1]:.3f}, "
                f"time {history.seconds[-1]:.1f} sec"
            )
    return history

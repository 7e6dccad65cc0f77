"""A net's weights before training, and the seeds that they come from."""

import random

import numpy as np
import torch
from torch import nn

from .arguments import describe, require_net, validated
from .batches import checked_batches, naming


def _check_module(module):
    require_net("module", module)


@validated(_check_module)
def init_xavier(module):
    """Set a layer's weights as d2l does: Xavier's uniform distribution.

    Parameters
    ----------
    module : torch.nn.Module
        Changed if it is exactly a Linear or a Conv2d; its bias stays.

    Notes
    -----
    Glorot and Bengio, AISTATS 2010; d2l 5.4.
    """
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def _frozen(module):
    """Return what a layer must keep: frozen parameters, by name.

    The statistics of a layer that is frozen as a whole belong to them.
    """
    own = dict(module.named_parameters(recurse=False))
    frozen = {k: p for k, p in own.items() if not p.requires_grad}
    if own and len(frozen) == len(own):
        frozen.update(module.named_buffers(recurse=False))
    return {k: tensor.detach().clone() for k, tensor in frozen.items()}


def initialize(net, init, anew):
    """Apply ``init`` to each module; what is frozen stays as it is.

    Parameters
    ----------
    net : torch.nn.Module
    init : callable
    anew : bool
        Whether to draw all parameters before, as when the layers were made:
        Xavier's rule leaves biases as they were.
    """
    frozen = {path: _frozen(m) for path, m in net.named_modules()}
    if anew:
        for module in net.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    net.apply(init)
    for path, kept in frozen.items():
        for name, tensor in kept.items():
            getattr(net.get_submodule(path), name).data.copy_(tensor)
    paths = [path or "net" for path, kept in frozen.items() if kept]
    if paths:
        print(f"frozen layers keep their weights: {', '.join(paths)}")


def find_generators(train_iter):
    """Return the generators that a loader's order comes from."""
    batch_sampler = getattr(train_iter, "batch_sampler", None)
    owners = (
        train_iter,
        getattr(train_iter, "dataset", None),
        getattr(train_iter, "sampler", None),
        batch_sampler,
        getattr(batch_sampler, "sampler", None),
    )
    generators = [getattr(owner, "generator", None) for owner in owners]
    found = {id(g): g for g in generators if isinstance(g, torch.Generator)}
    return list(found.values())


def seed_everything(seed, generators=()):
    """Seed Python, numpy and torch, and a loader's own generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    for generator in generators:
        generator.manual_seed(seed)


def materialize(net, train_iter, device):
    """Run a lazy net once, so that it has weights to initialize."""
    if any(nn.parameter.is_lazy(p) for p in net.parameters()):
        if hasattr(train_iter, "__next__"):
            raise ValueError(
                "train_iter: expected a loader or a list, as a lazy net "
                f"takes one batch more, got {describe(train_iter)}"
            )
        X, _ = next(checked_batches("train_iter", train_iter))
        net.to(device).eval()
        with torch.no_grad():
            with naming("net", f"train_iter's X, {describe(X)}"):
                net(X[:1].to(device))

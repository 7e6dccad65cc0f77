"""A net's weights before training, and the seeds that they come from."""

import random

import numpy as np
import torch
from torch import nn

from .arguments import require, validated
from .evaluation import Batches, Scoring


@validated()
def init_xavier(module):
    """Set a layer's weights as d2l does: Xavier's uniform distribution.

    Glorot and Bengio, AISTATS 2010; d2l 5.4.

    Parameters
    ----------
    module : torch.nn.Module
        Changed if it is exactly a Linear or a Conv2d; its bias stays.
    """
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def initialize(net, init, anew):
    """Apply ``init`` to each module, but not to what is frozen.

    ``anew`` draws all parameters before, as when the layers were made:
    Xavier's rule leaves biases as they were.
    """
    frozen = {
        module: path or "net"
        for path, module in net.named_modules()
        if any(not p.requires_grad for p in module.parameters(recurse=False))
    }
    for module in net.modules():
        if anew and module not in frozen:
            getattr(module, "reset_parameters", lambda: None)()
    net.apply(lambda module: module in frozen or init(module))
    if frozen:
        names = ", ".join(frozen.values())
        print(f"frozen layers keep their weights: {names}")


def find_generators(train_iter):
    """Return the generators that a loader's order comes from."""
    batch_sampler = getattr(train_iter, "batch_sampler", None)
    owners = [train_iter, batch_sampler]
    owners += [getattr(train_iter, k, None) for k in ("dataset", "sampler")]
    owners += [getattr(batch_sampler, "sampler", None)]
    generators = [getattr(owner, "generator", None) for owner in owners]
    found = {id(g): g for g in generators if isinstance(g, torch.Generator)}
    return list(found.values())


def seed_everything(seed, generators):
    """Seed Python, NumPy and torch, and a loader's own generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    for generator in generators:
        generator.manual_seed(seed)


def materialize(net, train_iter, device):
    """Run a lazy net once, so that it has weights to initialize."""
    if not any(nn.parameter.is_lazy(p) for p in net.parameters()):
        return
    wanted = "a loader or a list, as a lazy net takes one batch more"
    fits = not hasattr(train_iter, "__next__")
    require("train_iter", train_iter, wanted, fits)
    batches = Batches("train_iter", train_iter)
    X, _ = next(iter(batches))
    with torch.no_grad():
        Scoring(net.to(device).eval(), batches)(X[:1].to(device))

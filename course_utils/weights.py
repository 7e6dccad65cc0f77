"""A net's weights before training, and the seeds that they come from."""

import random

import numpy as np
import torch
from torch import nn

from .batches import checked_batches, naming
from .validation import describe, require_net, validated


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


def redraw(net):
    """Draw all parameters anew, as when the layers were made."""
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()


def find_generator(train_iter):
    """Return the generator that a loader's order comes from, or None."""
    batch_sampler = getattr(train_iter, "batch_sampler", None)
    for owner in (
        getattr(batch_sampler, "sampler", None),
        getattr(train_iter, "sampler", None),
        train_iter,
    ):
        generator = getattr(owner, "generator", None)
        if isinstance(generator, torch.Generator):
            return generator
    return None


def seed_everything(seed, generator=None):
    """Seed Python, numpy and torch, and a loader's own generator."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    if generator is not None:
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

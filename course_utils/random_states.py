"""Save and restore the state of every random number generator."""

import random

import numpy as np
import torch


def _numpy_state():
    """Return numpy's random state in types that a safe load accepts."""
    name, keys, *rest = np.random.get_state()
    numbers = np.asarray(keys, dtype=np.int64)
    return name, torch.from_numpy(numbers), *rest


def _restore_numpy(state):
    name, keys, *rest = state
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))


def _has_mps():
    return torch.backends.mps.is_available()


def random_states(generators):
    """Collect the state of every random number generator in use."""
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "mps": torch.mps.get_rng_state() if _has_mps() else None,
        "numpy": _numpy_state(),
        "python": random.getstate(),
        "loader": [generator.get_state() for generator in generators],
    }


def restore_random_states(states, generators):
    """Set every random number generator to what :func:`random_states` saw."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
    if states.get("mps") is not None and _has_mps():
        torch.mps.set_rng_state(states["mps"])
    _restore_numpy(states["numpy"])
    random.setstate(states["python"])
    for generator, state in zip(generators, states["loader"], strict=True):
        generator.set_state(state)

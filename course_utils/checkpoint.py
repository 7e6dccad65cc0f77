"""Save a training run after each epoch, and go on with it exactly."""

import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .arguments import require
from .description import batches_in_words, in_words
from .files import replacing
from .progress import is_out_of_memory
from .results import History
from .weights import find_generators

FORMAT = 3
CHANGES = "changes"  # in place of a setting that training changes
NOTHING = "nothing"


def without_numpy(value):
    """Return containers with Python's numbers in place of NumPy's.

    A scheduler keeps what it was given, and a file must not hold objects.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        pairs = {without_numpy(k): without_numpy(v) for k, v in value.items()}
        return type(value)(pairs)
    if type(value) in (list, tuple):
        return type(value)(map(without_numpy, value))
    return value


def random_states(generators):
    """Collect the state of every random number generator in use."""
    mps = torch.backends.mps.is_available()
    state: Any = np.random.get_state()
    name, keys, *numbers = state
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "mps": torch.mps.get_rng_state() if mps else None,
        "numpy": (name, keys.tolist(), *numbers),
        "python": random.getstate(),
        "loader": [generator.get_state() for generator in generators],
    }


def restore_random_states(states, generators):
    """Set every generator to what :func:`random_states` saw."""
    torch.set_rng_state(states["torch"])
    if len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
    np.random.set_state(states["numpy"])
    random.setstate(states["python"])
    for generator, state in zip(generators, states["loader"], strict=True):
        generator.set_state(state)


def _restored_history(saved):
    """Return a saved history, if it has a number an epoch of each kind."""
    history = History(**saved)
    lists = [v for v in vars(history).values() if isinstance(v, list)]
    numbers = [value for column in lists for value in column]
    fits = {len(column) for column in lists} == {len(history)} != {0}
    if not fits or not all(isinstance(v, (int, float)) for v in numbers):
        raise ValueError("history")
    return history


class Refusal(ValueError):
    """A file that is damaged, or of another run."""


class Checkpoint:
    """A file that holds all that a training run needs to go on.

    ``parts`` are what has a state: the optimizer, the scheduler, and last
    the net. ``settings`` are what else must be the same, such as lr.
    """

    def __init__(self, path, train_iter, parts, loss, **settings):
        self.path, self.loss = Path(path), loss
        fits = self.path.absolute().parent.is_dir() and not self.path.is_dir()
        require("checkpoint", path, "a file in a folder that is there", fits)
        self.epochs = 0  # in the file, as far as this run knows
        self.generators = find_generators(train_iter)
        self.parts = {k: v for k, v in parts.items() if v is not None}
        self.words: dict = {"format": FORMAT}
        self.words |= batches_in_words("train_iter", train_iter)
        for name, part in {**settings, **parts, "loss": loss}.items():
            self.words |= in_words(name, part)

    def save(self, history):
        """Write everything to the file, whole or not at all."""
        now = in_words("net", self.parts["net"])
        for name, words in {**now, **in_words("loss", self.loss)}.items():
            if self.words.get(name) != words:
                self.words[name] = CHANGES
        states = {k: part.state_dict() for k, part in self.parts.items()}
        net = states.pop("net")
        state = {
            "words": self.words,
            "parts": {**without_numpy(states), "net": net},
            "history": history.to_dict(),
            "random": random_states(self.generators),
        }
        with replacing(self.path) as file:
            torch.save(state, file)
        self.epochs = len(history)

    def load(self, num_epochs):
        """Restore the run; return its history, or None without a file."""
        if not self.path.exists():
            return None
        try:
            # torch does not look at the checksums in the file.
            with zipfile.ZipFile(self.path) as file:
                if file.testzip() is not None:
                    raise ValueError("checksum")
            # weights_only: a checkpoint from elsewhere cannot run code.
            state = torch.load(
                self.path, map_location="cpu", weights_only=True
            )
            self._require_same_run(state["words"])
            history = _restored_history(state["history"])
            if len(history) > num_epochs:
                raise self._refusal(
                    f"is at epoch {len(history)} already, this call asks for "
                    f"num_epochs={num_epochs}"
                )
            self._restore(state["parts"])
            restore_random_states(state["random"], self.generators)
        except (Refusal, PermissionError):
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise self._refusal(
                "is damaged, or not one of this version's train_ch6 "
                f"({type(error).__name__})"
            ) from error
        self.epochs = len(history)
        return history

    def _require_same_run(self, saved):
        """Name the first difference of each part."""
        different: dict = {}
        for name in {**self.words, **saved}:
            old, new = (w.get(name, NOTHING) for w in (saved, self.words))
            if old not in (new, CHANGES):
                text = f"{name} {old} in the file, {new} in this call"
                different.setdefault(name.split(".")[0], text)
        if different:
            texts = "; ".join(different.values())
            raise self._refusal(f"is of another run: {texts}")

    def _restore(self, states):
        """Hand each part its state, but first look at the net's."""
        net = self.parts["net"].state_dict()
        shapes = {k: v.shape for k, v in states["net"].items()}
        if shapes != {k: v.shape for k, v in net.items()}:
            raise ValueError("shapes")
        for name, part in self.parts.items():
            part.load_state_dict(states[name])

    def _refusal(self, reason):
        return Refusal(
            f"checkpoint: {self.path} {reason}. Delete it to start anew, or "
            "give another path."
        )

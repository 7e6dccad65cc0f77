"""Save a training run after each epoch, and go on with it exactly."""

import os
import random
from pathlib import Path

import numpy as np
import torch

from .files import replacing
from .history import History
from .validation import describe

FORMAT = 1


def _numpy_state():
    """Return numpy's random state in types that a safe load accepts."""
    name, keys, *rest = np.random.get_state()
    return name, torch.from_numpy(np.asarray(keys, dtype=np.int64)), *rest


def _restore_numpy(state):
    name, keys, *rest = state
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))


def random_states(generator):
    """Collect the state of every random number generator in use."""
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "numpy": _numpy_state(),
        "python": random.getstate(),
        "loader": None if generator is None else generator.get_state(),
    }


def restore_random_states(states, generator):
    """Set every random number generator to what :func:`random_states` saw."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
    _restore_numpy(states["numpy"])
    random.setstate(states["python"])
    if generator is not None and states["loader"] is not None:
        generator.set_state(states["loader"])


class Checkpoint:
    """A file that holds all that a training run needs to go on.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its folder must exist.
    net : torch.nn.Module
    parts : dict of str to object
        "optimizer", and "scheduler" where there is one.
    generator : torch.Generator or None
        The loader's.
    settings : dict
        What else must be the same for a run to go on, such as lr.

    Raises
    ------
    TypeError, ValueError
        If it is no path, the path of a folder, or its folder is missing.
    """

    def __init__(self, path, net, parts, generator, settings):
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(
                f"checkpoint: expected a path, got {describe(path)}"
            )
        self.path = Path(path)
        self.net, self.parts, self.generator = net, parts, generator
        self.settings = {"optimizer": "none", "scheduler": "none"}
        for part_name, part in parts.items():
            self.settings[part_name] = type(part).__name__
        self.settings.update(settings)
        folder = self.path.absolute().parent
        if self.path.is_dir():
            raise ValueError(
                f"checkpoint: expected a file, got the folder {self.path}"
            )
        if not folder.is_dir():
            raise ValueError(
                f"checkpoint: there is no folder {folder}; make it first"
            )

    def save(self, history):
        """Write everything to the file, atomically."""
        parts = {name: p.state_dict() for name, p in self.parts.items()}
        state = {
            "format": FORMAT,
            "settings": self.settings,
            "net": self.net.state_dict(),
            "parts": parts,
            "history": history.to_dict(),
            "random": random_states(self.generator),
        }
        with replacing(self.path) as file:
            torch.save(state, file)

    def load(self):
        """Restore the saved run.

        Returns
        -------
        History or None
            None where there is no file yet.

        Raises
        ------
        ValueError
            If the file is damaged, or is of another net or other settings.
        """
        if not self.path.exists():
            return None
        state = self._read()
        self._require_match(state)
        self.net.load_state_dict(state["net"])
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        restore_random_states(state["random"], self.generator)
        return History(**state["history"])

    def _read(self):
        try:
            # weights_only: a checkpoint from elsewhere cannot run code.
            state = torch.load(
                self.path, map_location="cpu", weights_only=True
            )
            parts = {"format", "settings", "net", "parts", "history"}
            if not isinstance(state, dict) or not parts < state.keys():
                raise KeyError("format")
            if state["format"] != FORMAT:
                raise ValueError(f"format {state['format']}")
        except Exception as error:
            raise ValueError(
                f"checkpoint: {self.path} is damaged or not one of "
                f"train_ch6 ({type(error).__name__}). Delete it to start "
                "anew, or give another path."
            ) from error
        return state

    def _require_match(self, state):
        if state["settings"] != self.settings:
            raise ValueError(
                f"checkpoint: {self.path} was made with "
                f"{state['settings']}, this call has {self.settings}. "
                "Give another path, or delete the file to start anew."
            )
        here = {
            key: tuple(t.shape) for key, t in self.net.state_dict().items()
        }
        there = {key: tuple(t.shape) for key, t in state["net"].items()}
        if here != there:
            different = sorted(
                key
                for key in here.keys() | there.keys()
                if here.get(key) != there.get(key)
            )
            raise ValueError(
                f"checkpoint: {self.path} belongs to another net (they "
                f"differ in {', '.join(different[:3])}). "
                "Give another path, or delete the file to start anew."
            )

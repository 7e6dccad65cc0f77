"""Save a training run after each epoch, and go on with it exactly."""

import os
import pickle
import zipfile
from pathlib import Path

import torch

from .advice import is_out_of_memory
from .arguments import describe
from .checkpoint_content import (
    PLAIN,
    describe_module,
    describe_part,
    read_history,
    require_readable,
    without_numpy,
)
from .files import replacing
from .random_states import random_states, restore_random_states

FORMAT = 2
PARTS = {"format", "settings", "net", "parts", "history", "random"}
CHANGES = "changes"  # in place of a setting that training changes
NOTHING = "nothing"


def _is_dict_of(kinds, value):
    return isinstance(value, dict) and all(
        isinstance(k, str) and isinstance(v, kinds) for k, v in value.items()
    )


class Checkpoint:
    """A file that holds all that a training run needs to go on.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its folder must exist.
    net : torch.nn.Module
    loss : callable
    parts : dict of str to object
        "optimizer", and "scheduler" where there is one.
    generators : list of torch.Generator
        The loader's.
    settings : dict
        What else must be the same for a run to go on, such as lr.

    Raises
    ------
    TypeError, ValueError
        If it is no path, the path of a folder, its folder is missing, or a
        part holds what could not be read back.
    """

    def __init__(self, path, net, loss, parts, generators, settings):
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(
                f"checkpoint: expected a path, got {describe(path)}"
            )
        self.path = Path(path)
        self.net, self.loss = net, loss
        self.parts, self.generators = parts, generators
        self.settings = {**settings, **self._describe_modules()}
        for part_name, part in parts.items():
            self.settings.update(describe_part(part_name, part))
        self.epochs = 0  # in the file, as far as this run knows
        folder = self.path.absolute().parent
        if self.path.is_dir():
            raise ValueError(
                f"checkpoint: expected a file, got the folder {self.path}"
            )
        if not folder.is_dir():
            raise ValueError(
                f"checkpoint: there is no folder {folder}; make it first"
            )

        for part_name, state in self._states().items():
            require_readable(part_name, state)

    def _states(self):
        """Return the state of each part."""
        return {
            name: without_numpy(part.state_dict())
            for name, part in self.parts.items()
        }

    def _describe_modules(self):
        return {
            **describe_module("net", self.net),
            **describe_part("loss", self.loss),
        }

    def save(self, history):
        """Write everything to the file, atomically."""
        for key, value in self._describe_modules().items():
            if self.settings.get(key, NOTHING) != value:
                self.settings[key] = CHANGES
        state = {
            "format": FORMAT,
            "settings": self.settings,
            "net": self.net.state_dict(),
            "parts": self._states(),
            "history": history.to_dict(),
            "random": random_states(self.generators),
        }
        with replacing(self.path) as file:
            torch.save(state, file)
        self.epochs = len(history)

    def load(self, num_epochs):
        """Restore the saved run, of at most so many epochs.

        Returns
        -------
        History or None
            None where there is no file yet.

        Raises
        ------
        ValueError
            If the file is damaged, or is of another run.
        """
        if not self.path.exists():
            return None
        state = self._read()
        self._require_match(state)
        try:
            history = read_history(state["history"])
        except Exception as error:
            raise self._damaged(error) from error
        if len(history) > num_epochs:
            raise self._refusal(
                f"is at epoch {len(history)} already, this call asks for "
                f"num_epochs={num_epochs}"
            )
        try:
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            restore_random_states(state["random"], self.generators)
            self.net.load_state_dict(state["net"])
        except Exception as error:
            if is_out_of_memory(error) or isinstance(error, MemoryError):
                raise
            raise self._damaged(error) from error
        self.epochs = len(history)
        return history

    def _refusal(self, reason):
        return ValueError(
            f"checkpoint: {self.path} {reason}. Delete it to start anew, or "
            "give another path."
        )

    def _damaged(self, error):
        return self._refusal(f"is damaged ({type(error).__name__})")

    def _read(self):
        """Return what the file holds, after a look at its form."""
        try:
            # torch does not look at the checksums in the file.
            with zipfile.ZipFile(self.path) as file:
                if file.testzip() is not None:
                    raise ValueError("checksum")
            # weights_only: a checkpoint from elsewhere cannot run code.
            state = torch.load(
                self.path, map_location="cpu", weights_only=True
            )
        except pickle.UnpicklingError as error:
            raise self._refusal(
                "is damaged, or holds objects that could run code; none was "
                "run"
            ) from error
        except (MemoryError, PermissionError):
            raise
        except Exception as error:
            raise self._refusal(
                f"is damaged or cannot be read ({type(error).__name__})"
            ) from error
        if not isinstance(state, dict) or "format" not in state:
            raise self._refusal("is not one of train_ch6")
        if describe(state["format"]) != describe(FORMAT):
            raise self._refusal(
                f"is from another version of the course (format "
                f"{describe(state['format'])}, this one reads {FORMAT})"
            )
        if (
            not PARTS <= state.keys()
            or not _is_dict_of(torch.Tensor, state["net"])
            or not _is_dict_of(PLAIN, state["settings"])
        ):
            raise self._refusal("is damaged or not one of train_ch6")
        return state

    def _require_match(self, state):
        """Require that the file is of the run that this call asks for."""
        here = {k: v.shape for k, v in self.net.state_dict().items()}
        there = {k: v.shape for k, v in state["net"].items()}
        keys = sorted(
            key
            for key in here.keys() | there.keys()
            if here.get(key) != there.get(key)
        )
        if keys:
            raise self._refusal(
                f"belongs to another net (they differ in "
                f"{', '.join(keys[:3])})"
            )
        here, there = self.settings, state["settings"]
        different = []
        for key in {**here, **there}:
            kind = key.split(":")[0]  # another kind has other numbers
            kinds = [s.get(kind, NOTHING) for s in (there, here)]
            if kind != key and kinds[0] != kinds[1]:
                continue
            old, new = (s.get(key, NOTHING) for s in (there, here))
            if old != new and old != CHANGES:
                text = f"{key} {old} in the file, {new} in this call"
                different.append(text)
        if different:
            different.sort(key=lambda text: ": _" in text)  # private: last
            more = f" (and {len(different) - 3} more)"
            raise self._refusal(
                f"is of another run: {'; '.join(different[:3])}"
                f"{more if len(different) > 3 else ''}"
            )

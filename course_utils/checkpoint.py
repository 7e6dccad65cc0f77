"""Save a training run after each epoch, and go on with it exactly."""

import os
import pickle
import zipfile
from pathlib import Path

import torch

from .advice import is_out_of_memory
from .checkpoint_content import (
    read_history,
    require_readable,
    without_numpy,
)
from .files import replacing
from .random_states import random_states, restore_random_states
from .validation import describe

FORMAT = 1
PARTS = {"format", "settings", "net", "parts", "history", "random"}
PLAIN = (str, int, float, type(None))  # what a setting can be


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
    parts : dict of str to object
        "optimizer", and "scheduler" where there is one.
    generator : torch.Generator or None
        The loader's.
    settings : dict
        What else must be the same for a run to go on, such as lr.

    Raises
    ------
    TypeError, ValueError
        If it is no path, the path of a folder, its folder is missing, or a
        part holds what could not be read back.
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

    def save(self, history):
        """Write everything to the file, atomically."""
        state = {
            "format": FORMAT,
            "settings": self.settings,
            "net": self.net.state_dict(),
            "parts": self._states(),
            "history": history.to_dict(),
            "random": random_states(self.generator),
        }
        with replacing(self.path) as file:
            torch.save(state, file)
        self.epochs = len(history)

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
        try:
            history = read_history(state["history"])
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            restore_random_states(state["random"], self.generator)
            self.net.load_state_dict(state["net"])
        except Exception as error:
            if is_out_of_memory(error) or isinstance(error, MemoryError):
                raise
            if "parameter group" in str(error):
                raise self._refusal(
                    "is of an optimizer with other groups of parameters"
                ) from error
            raise self._refusal(
                f"is damaged ({type(error).__name__})"
            ) from error
        self.epochs = len(history)
        return history

    def _refusal(self, reason):
        return ValueError(
            f"checkpoint: {self.path} {reason}. Delete it to start anew, or "
            "give another path."
        )

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

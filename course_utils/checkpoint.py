"""Save a training run after each epoch, and go on with it exactly."""

import re
from operator import length_hint
from pathlib import Path

import torch
from torch.optim.lr_scheduler import LRScheduler

from .arguments import plain, require
from .files import replacing
from .results import History


def in_words(value):
    """Describe what a run depends on, the same in another process."""
    if isinstance(value, LRScheduler):
        value = type(value), plain(value.state_dict())
    names = getattr(value, "__constants__", [])  # a loss's, such as reduction
    text = str([value, *(getattr(value, name, None) for name in names)])
    return re.sub(r" at 0x\w+|, device='[\w:]+'", "", text)


class Checkpoint:
    """A file that holds all that a training run needs to go on.

    ``parts`` are what has a state, by name: the net, the optimizer, and the
    scheduler or None. ``settings`` are what else must be the same.
    """

    def __init__(self, path, train_iter, parts, **settings):
        self.path = Path(path)
        fits = self.path.absolute().parent.is_dir() and not self.path.is_dir()
        require("checkpoint", path, "a file in a folder that is there", fits)
        self.generator = getattr(train_iter, "generator", None)
        self.parts = {k: v for k, v in parts.items() if v is not None}
        own = getattr(train_iter, "__dict__", {})
        own = {k: v for k, v in own.items() if not k.startswith("_")}
        own["batches"] = length_hint(train_iter)
        described = {**parts, **settings, "train_iter": own}
        self.words = {k: in_words(v) for k, v in described.items()}

    def save(self, history):
        """Write everything to the file, whole or not at all."""
        parts = {k: plain(v.state_dict()) for k, v in self.parts.items()}
        state = {
            "words": self.words,
            "parts": parts,
            "history": history.to_dict(),
            "random": torch.get_rng_state(),
            "loader": self.generator and self.generator.get_state(),
        }
        with replacing(self.path) as file:
            torch.save(state, file)

    def load(self, num_epochs):
        """Restore the run; return its history, or None without a file."""
        if not self.path.exists():
            return None
        advice = "Delete it to start anew, or give another path."
        try:
            # weights_only: a checkpoint from elsewhere cannot run code.
            state = torch.load(self.path, "cpu", weights_only=True)
            history, words = History(**state["history"]), state["words"]
            others = [k for k in self.words if self.words[k] != words.get(k)]
        except Exception as error:
            raise ValueError(
                f"checkpoint: {self.path} is damaged, or not one of "
                f"train_ch6 ({type(error).__name__}). {advice}"
            ) from error
        if len(history) > num_epochs:
            others.append(f"num_epochs (it has {len(history)} already)")
        if others:
            raise ValueError(
                f"checkpoint: {self.path} is of another run: another "
                f"{', '.join(others)}. {advice}"
            )
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["random"])
        if self.generator is not None:
            self.generator.set_state(state["loader"])
        return history

"""What a training run leaves behind."""

from dataclasses import asdict, dataclass, field

from .arguments import (
    plain,
    require_number,
    require_text,
    require_type,
    validated,
)

TEXTS = ("device", "source", "recorded")
LISTS = ("loss", "train_acc", "test_acc", "seconds", "examples")


def _check_values(self, values):
    if set(values) != set(LISTS):
        raise TypeError(
            f"values: expected {', '.join(LISTS)}, got {', '.join(values)}"
        )
    return {"values": {k: require_number(k, v) for k, v in values.items()}}


@dataclass
class History:
    """One value an epoch of everything that training measures.

    Attributes
    ----------
    loss, train_acc, test_acc : list of float
        Mean training loss, and the shares of correct predictions.
    seconds : list of float
        Time to train the epoch, without the evaluation.
    examples : list of int
        Training examples in the epoch.
    device, source : str
        Where it ran, and which data it saw.
    recorded : str
        Where and when, if it is not from this session; else empty.
    """

    device: str = ""
    source: str = ""
    recorded: str = ""
    loss: list = field(default_factory=list)
    train_acc: list = field(default_factory=list)
    test_acc: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    examples: list = field(default_factory=list)

    def __post_init__(self):
        for name in TEXTS:
            require_text(name, getattr(self, name))
        for name in LISTS:
            require_type(name, getattr(self, name), list)
            setattr(self, name, [plain(v) for v in getattr(self, name)])

    def __len__(self):
        return len(self.loss)

    @property
    def examples_per_sec(self):
        """Training examples a second, over all epochs."""
        return sum(self.examples) / max(sum(self.seconds), 1e-9)

    @validated(_check_values)
    def append(self, **values):
        """Add one epoch: a value for each of the lists."""
        for name, value in values.items():
            getattr(self, name).append(value)

    def to_dict(self):
        """Return plain lists and strings, as JSON and checkpoints need."""
        return asdict(self)

    def __repr__(self):
        if not len(self):
            return "History(no epoch yet)"
        return (
            f"History({len(self)} epochs, loss {self.loss[-1]:.3f}, "
            f"train acc {self.train_acc[-1]:.3f}, "
            f"test acc {self.test_acc[-1]:.3f})"
        )

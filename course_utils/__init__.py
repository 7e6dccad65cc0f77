"""What the course's notebooks import, under d2l's names.

``import course_utils as d2l`` runs code that was written for d2l 1.0.3.
"""

import difflib

from .compat import make_torchvision_importable

# Before anything imports torchvision.
make_torchvision_importable()

from . import check, data, explore, style  # noqa: E402
from ._version import __version__  # noqa: E402
from .animator import Animator  # noqa: E402
from .blocks import Residual, nin_block  # noqa: E402
from .cost import count_cost  # noqa: E402
from .data import (  # noqa: E402
    TensorLoader,
    load_data_cifar10,
    load_data_fashion_mnist,
)
from .device import autocast, environment, try_gpu  # noqa: E402
from .evaluation import (  # noqa: E402
    Accumulator,
    Timer,
    accuracy,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
)
from .history import History  # noqa: E402
from .layers import (  # noqa: E402
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    pool2d,
)
from .plotting import plot_curves, show_images  # noqa: E402
from .recordings import recorded  # noqa: E402
from .report import Table  # noqa: E402
from .style import use_course_style  # noqa: E402
from .training import train_ch5, train_ch6  # noqa: E402
from .weights import init_xavier  # noqa: E402

__all__ = [
    "Accumulator",
    "Animator",
    "History",
    "Residual",
    "Table",
    "TensorLoader",
    "Timer",
    "__version__",
    "accuracy",
    "autocast",
    "check",
    "corr2d",
    "corr2d_multi_in",
    "corr2d_multi_in_out",
    "count_cost",
    "data",
    "environment",
    "evaluate_accuracy",
    "evaluate_accuracy_gpu",
    "explore",
    "init_xavier",
    "load_data_cifar10",
    "load_data_fashion_mnist",
    "nin_block",
    "plot_curves",
    "pool2d",
    "recorded",
    "show_images",
    "style",
    "train_ch5",
    "train_ch6",
    "try_gpu",
    "use_course_style",
]


def __getattr__(name):
    """Say of a name that is not here where the names of d2l are listed."""
    near = difflib.get_close_matches(name, __all__, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    raise AttributeError(
        f'course_utils has no {name}{hint} The page "Coming from d2l" '
        "lists what it has of d2l's names."
    )

"""What the course's notebooks import, under d2l's names.

``import course_utils as d2l`` runs code that was written for d2l 1.0.3.
"""

from . import check, compat, explore, style  # compat before torchvision
from ._version import __version__
from .device import environment, try_gpu
from .evaluation import (
    Accumulator,
    Timer,
    accuracy,
    count_cost,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
)
from .explaining.errors import explain, explain_errors
from .layers import (
    Residual,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    nin_block,
    pool2d,
)
from .loaders import TensorLoader, load_data_cifar10, load_data_fashion_mnist
from .plotting import Animator, show_images
from .results import History, Table, recorded
from .style import use_course_style
from .training import init_xavier, train_ch5, train_ch6

__all__ = [
    "Accumulator", "Animator", "History", "Residual", "Table", "TensorLoader",
    "Timer", "__version__", "accuracy", "check", "compat", "corr2d",
    "corr2d_multi_in", "corr2d_multi_in_out", "count_cost", "environment",
    "evaluate_accuracy", "evaluate_accuracy_gpu", "explain",
    "explain_errors", "explore", "init_xavier", "load_data_cifar10",
    "load_data_fashion_mnist",
    "nin_block", "pool2d", "recorded", "show_images", "style", "train_ch5",
    "train_ch6", "try_gpu", "use_course_style",
]  # fmt: skip

"""The data sets of the course, as batches on the device."""

from .catalog import CIFAR10, DATA_SETS, FASHION_MNIST
from .loaders import load_data_cifar10, load_data_fashion_mnist
from .sources import data_folder, load_arrays
from .tensor_loader import TensorLoader

__all__ = [
    "CIFAR10",
    "DATA_SETS",
    "FASHION_MNIST",
    "TensorLoader",
    "data_folder",
    "load_arrays",
    "load_data_cifar10",
    "load_data_fashion_mnist",
]

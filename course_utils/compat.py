"""Let torchvision be imported beside a torch build that it does not match.

A CUDA build of torchvision next to a CPU build of torch cannot load its
compiled operators, and then ``import torchvision`` fails because two of
them are unknown. The course needs none of them. Declaring their schemas is
enough for data sets, transforms, models and utils to import.
"""

import importlib.util
from pathlib import Path

import torch

_OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

# torch drops a library's declarations when the object is collected.
_library = None


def make_torchvision_importable():
    """Declare torchvision's operators where its own library does not load.

    Does nothing where torchvision is missing or its library loads. Must run
    before anything imports torchvision.
    """
    global _library
    spec = importlib.util.find_spec("torchvision")
    if _library is not None or spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent
    binaries = [*folder.glob("_C*.so"), *folder.glob("_C*.pyd")]
    try:
        for binary in binaries:
            torch.ops.load_library(str(binary))
    except OSError:
        _library = torch.library.Library("torchvision", "DEF")
        for name, schema in _OPERATORS.items():
            _library.define(name + schema)

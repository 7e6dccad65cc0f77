"""Let torchvision be imported beside a torch build that it does not match.

A CUDA build of torchvision cannot load its operators next to a CPU build of
torch, and then two of them are missing at its import. Declared, they are
enough for data sets, transforms and models.
"""

from pathlib import Path

import torch

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

folder = Path(torch.__file__).parents[1] / "torchvision"
try:
    for binary in (*folder.glob("_C*.so"), *folder.glob("_C*.pyd")):
        torch.ops.load_library(str(binary))
except OSError:
    library = torch.library.Library("torchvision", "DEF")
    library.define(f"nms{SCHEMA}")
    library.define(f"qnms{SCHEMA}")

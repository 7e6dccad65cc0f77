"""The networks of the lessons, taken from the notebooks."""

import torch
from notebook_code import NOTEBOOKS, run_definitions
from torch import nn
from torch.nn import functional as F

import course_utils as cu


def from_lesson(number, *names):
    """Return functions and classes of a lesson, by name."""
    path = next(p for p in NOTEBOOKS if p.name.startswith(number))
    namespace = {"torch": torch, "nn": nn, "F": F}
    run_definitions(path, names, namespace)
    return [namespace[name] for name in names]


lenet, lenet_variant = from_lesson("05", "lenet", "lenet_variant")
(lesson_06_net,) = from_lesson("06", "Net")
_, nin = from_lesson("07", "nin_block", "nin")
_, cifar_net, init_he = from_lesson(
    "08", "CifarBlock", "cifar_net", "init_he"
)


def resnet18():
    """Make d2l's ResNet-18 of lesson 08's blocks, for gray images."""
    stem = nn.Sequential(
        nn.Conv2d(1, 64, 7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )
    blocks = [cu.Residual(64), cu.Residual(64)]
    for channels in (128, 256, 512):
        blocks.append(cu.Residual(channels, use_1x1conv=True, strides=2))
        blocks.append(cu.Residual(channels))
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    net = nn.Sequential(stem, *blocks, *head)
    net(torch.zeros(2, 1, 96, 96))  # the blocks find their channels
    return net

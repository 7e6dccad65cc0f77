"""The blocks of NiN and ResNet.

The bodies are those of the lessons; the decorators add argument checks.
"""

from torch import nn
from torch.nn import functional as F

from .arguments import (
    describe,
    require_flag,
    require_int,
    require_ints,
    require_tensor,
    validated,
)


def _check_nin_block(
    in_channels, out_channels, kernel_size, strides, padding
):
    require_int("in_channels", in_channels, minimum=1)
    require_int("out_channels", out_channels, minimum=1)
    for name, value, minimum in (
        ("kernel_size", kernel_size, 1),
        ("strides", strides, 1),
        ("padding", padding, 0),
    ):
        if isinstance(value, (tuple, list)):
            require_ints(name, value, count=2, minimum=minimum)
        else:
            require_int(name, value, minimum)


@validated(_check_nin_block)
def nin_block(in_channels, out_channels, kernel_size, strides, padding):
    """Build an NiN block: one convolution, then two 1x1 convolutions.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels before and after the block.
    kernel_size, strides, padding : int or tuple of int
        Of the first convolution.

    Returns
    -------
    torch.nn.Sequential
        Maps (n, in_channels, h, w) to (n, out_channels, h', w').

    Notes
    -----
    Lesson 07; Lin, Chen and Yan, "Network In Network", arXiv 1312.4400.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    )


def _check_residual(self, num_channels, use_1x1conv, strides):
    require_int("num_channels", num_channels, minimum=1)
    require_int("strides", strides, minimum=1)
    require_flag("use_1x1conv", use_1x1conv)
    if strides > 1 and not use_1x1conv:
        raise ValueError(
            f"use_1x1conv: expected True with strides {strides}, or the "
            f"shortcut has another shape, got {describe(use_1x1conv)}"
        )


def _check_residual_input(self, X):
    require_tensor("X", X, ("n", "channels", "height", "width"))
    channels = self.conv1.out_channels
    if self.conv3 is None and X.shape[1] != channels:
        raise ValueError(
            f"X: expected {channels} channels, as the block has no 1x1 "
            f"convolution, got {describe(X)}; use_1x1conv=True changes them"
        )


class Residual(nn.Module):
    """A residual block of ResNet with an optional 1x1 convolution.

    Parameters
    ----------
    num_channels : int
        Output channels; the input's are found at the first call.
    use_1x1conv : bool
        Send the shortcut through a 1x1 convolution. Needed where the
        number of channels or the stride changes the shape.
    strides : int
        Stride of the first convolution.

    Notes
    -----
    Lesson 08; He et al., "Deep Residual Learning for Image Recognition",
    arXiv 1512.03385; d2l 8.6.
    """

    @validated(_check_residual)
    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.LazyConv2d(
            num_channels, kernel_size=3, padding=1, stride=strides
        )
        self.conv2 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.LazyConv2d(
                num_channels, kernel_size=1, stride=strides
            )
        self.bn1 = nn.LazyBatchNorm2d()
        self.bn2 = nn.LazyBatchNorm2d()

    @validated(_check_residual_input)
    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return F.relu(Y + X)

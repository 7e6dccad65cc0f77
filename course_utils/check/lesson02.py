"""Checks for lesson 02, padding and stride."""

import math

import torch
from torch import nn
from torch.nn import functional

from .engine import exercise, integer


@exercise(draw=lambda size: (
    integer(size**3, 2 * size**3 + 9), integer(1, size + 2),
    integer(0, size), integer(size**2, 2 * size**2),
), own=12, mistakes={
    "the padding is missing: count in the padded input.":
        lambda n, k, p, s: (n - k) % s,
    "padding is added on both sides, so 2p cells.":
        lambda n, k, p, s: (n + p - k) % s,
    "windows overlap or leave gaps; steps fit into the way from the first "
    "start to the last possible one, n + 2p - k.":
        lambda n, k, p, s: (n + 2 * p) % s,
    "this is the number of windows; what is left after the last one?":
        lambda n, k, p, s: (n + 2 * p - k) // s + 1,
})  # fmt: skip
def unused_cells(n, k, p, s):
    """Exercise 2.1: how many cells the floor leaves after the last window."""
    return (n + 2 * p - k) % s


@exercise(draw=lambda size: (
    integer(size, 40 * size), integer(1, 9 * size), integer(1, 2 * size),
), own=12, mistakes={
    "k - 1 cells are right for a stride of 1 only; where does the last of "
    "ceil(n / s) windows end?":
        lambda n, k, s: ((k - 1) // 2, k // 2),
    "the odd cell is before the input; put it after.":
        lambda n, k, s: same_padding.right(n, k, s)[::-1],
    "a padding is negative; where no cells are missing it is 0.":
        {"least": -math.inf},
    "the number of outputs is rounded down; n / s is rounded up.":
        {"rounded": math.floor},
})  # fmt: skip
def same_padding(n, k, s, rounded=math.ceil, least=0):
    """Exercise 2.2: cells before and after, for ceil(n / s) outputs."""
    missing = max((rounded(n / s) - 1) * s + k - n, least)
    return missing // 2, missing - missing // 2


def _image_cases():
    # It halves an image twice, enlarges it by 4, and knows its mean.
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1), nn.Conv2d(4, 1, 3, 2, 1),
        nn.Upsample(scale_factor=4), nn.GroupNorm(1, 1),
    )  # fmt: skip
    for n, h, w in [
        (1, 4, 4), (1, 4, 6), (1, 5, 8), (1, 7, 6), (2, 8, 12),
        (1, 10, 9), (3, 13, 11), (1, 28, 28), (1, 30, 30), (2, 31, 33),
    ]:  # fmt: skip
        yield net, torch.rand(n, 1, h, w)


@exercise(cases=_image_cases(), mistakes={
    "cut the output back to the height and width of X.":
        {"cut": False},
    "new pixels repeat the last ones; use mode='replicate'.":
        {"mode": "constant"},
    "pad at the bottom and on the right, not at the top and on the left.":
        {"before": 1.0},
    "pad at the bottom and on the right only, not on both sides.":
        {"before": 0.5},
    "a multiple of 4 needs no new rows or columns: -h % 4, not 4 - h % 4.":
        {"missing": lambda n: 4 - n % 4},
})  # fmt: skip
def run_any_size(
    net, X, missing=lambda n: -n % 4, mode="replicate", before=0.0, cut=True
):
    """Exercise 2.3: pad to multiples of 4, run, and cut back."""
    h, w = X.shape[2:]
    top, left = int(before * missing(h)), int(before * missing(w))
    sides = (left, missing(w) - left, top, missing(h) - top)
    Y = net(functional.pad(X, sides, mode=mode))
    return Y[:, :, top : top + h, left : left + w] if cut else Y


@exercise(draw=lambda size: (
    integer(0, 9000 * size), integer(1000, 4000 * size),
), own=12, mistakes={
    "above rate / 2 a tone is mirrored: the answer is never above rate / 2.":
        lambda f, rate: f % rate,
    "the tone is mirrored at rate / 2; it does not start at 0 again.":
        lambda f, rate: f % (rate / 2),
    "right up to the rate; f may be many times as high.":
        lambda f, rate: rate - f if f > rate / 2 else f,
    "right up to 3/2 of the rate; take whole rates off first, f % rate.":
        lambda f, rate: min(f, abs(rate - f)),
    "a tone below rate / 2 stays where it is.":
        lambda f, rate: abs(rate - f),
    "the mirror stands at rate / 2, not at the rate.":
        lambda f, rate: alias_frequency.right(f, 2 * rate),
    "a tone that is too high is mirrored, not held at rate / 2.":
        lambda f, rate: min(f, rate / 2),
})  # fmt: skip
def alias_frequency(f, rate):
    """Exercise 2.4: where a tone of f Hz appears after sampling."""
    return min(f % rate, rate - f % rate)


@exercise(cases=[
    ([(3, 0, 1, 1)], 0),
    ([(3, 0, 2, 1)], 2),
    ([(3, 1, 1, 1)], 0),
    ([(3, 0, 1, 2)], 1),
    ([(5, 2, 1, 1), (2, 0, 2, 1)], 3),
    ([(2, 0, 2, 1), (5, 2, 1, 1)], 3),
    ([(3, 1, 1, 1), (3, 2, 1, 2), (3, 4, 1, 4)], 5),
    ([(11, 2, 4, 1), (3, 0, 2, 1), (5, 2, 1, 1), (3, 0, 2, 1)], 4),
], mistakes={
    "the padding is missing: it moves each window p cells to the left.":
        {"padding": 0},
    "the layers are taken first to last; go backward from the output.":
        {"order": 1},
    "the dilation is missing: a kernel reaches over d(k - 1) + 1.":
        {"use_dilation": False},
    "the last cell is one too far in each layer: k cells from first end at "
    "first + k - 1.":
        {"end": 0},
    "do not cut off at 0; cells of padding count.":
        lambda layers, i: [max(n, 0) for n in window_of.right(layers, i)],
})  # fmt: skip
def window_of(layers, i, padding=1, use_dilation=True, order=-1, end=1):
    """Exercise 2.5: the first and last input cell that output i sees."""
    first = last = i
    for k, p, s, d in layers[::order]:
        reach = (d if use_dilation else 1) * (k - end)
        first = first * s - padding * p
        last = last * s - padding * p + reach
    return first, last


def _within(answer, max_alias, min_kept):
    """Say how a kernel keeps to the limits of `shortest_filter`."""
    weights = torch.as_tensor(answer).detach().double()
    power = torch.fft.rfft(weights, n=4096).abs().square()
    kept, alias = (
        10 * part.mean().log10().item()
        for part in (power[:1024], power[1025:])
    )
    if kept < min_kept or alias > max_alias:
        return f"kept {kept:.1f} dB, alias {alias:.1f} dB"
    return f"{len(weights)} weights within the limits"


@exercise(cases=[
    (1.0, 0.0), (-7.0, -1.0), (-12.0, -2.0), (-20.0, -3.0), (-30.0, -4.0),
    (-35.0, -3.0),
], mistakes={
    "a longer kernel than needed; begin with few weights.":
        {"least": 9},
    "the alias is above its limit; multiply all weights by a factor.":
        {"alias": 6},
}, judge=_within)  # fmt: skip
def shortest_filter(max_alias, min_kept, least=1, alias=-0.01):
    """Exercise 2.6: the shortest kernel within two limits in dB."""
    # Power below a quarter of the rate is w @ S @ w, that above the rest of
    # 2 w @ w, so the first eigenvector has most of it.
    for num_weights in range(least, 64):
        i = torch.arange(num_weights, dtype=torch.float64)
        values, vectors = torch.linalg.eigh(torch.sinc((i[:, None] - i) / 2))
        level = 10 * math.log10(max(2 - values[-1].item(), 1e-12))
        factor = 10 ** ((max_alias + alias - level) / 20)
        ratio = 10 * math.log10(values[-1].item()) + max_alias - level
        if ratio - 0.01 >= min_kept:
            return vectors[:, -1] * factor
    raise ValueError("no kernel of 63 weights keeps to these limits")

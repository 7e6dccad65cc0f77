"""Checks for lesson 03, channels."""

import torch
from torch.nn import functional as F

from .engine import exercise, integer


def _conv_case(size):
    groups, k = integer(1, 4), integer(1, 8)
    c_i, c_o = (groups * integer(1, size + 1) for _ in range(2))
    return c_i, c_o, k, integer(k, k + 9), integer(k, k + 9), groups


@exercise(draw=_conv_case, own=12, mistakes={
    "you count a bias for each pair of channels; the input channels are "
    "summed first, so there is one for each output channel.":
        {"wrong": "biases of pairs"},
    "the biases are missing: one for each output channel.":
        {"wrong": "no biases"},
    "without padding, a window of k fits in n - k + 1 places, not in n.":
        {"wrong": "places"},
    "adding a bias is no multiply-add; count the weights only.":
        {"wrong": "biases multiplied"},
    "groups is not used: an output channel sees c_i / groups input channels.":
        {"wrong": "no groups"},
    "this is the cost of one group; there are `groups` of them.":
        {"wrong": "one group"},
})  # fmt: skip
def conv_cost(c_i, c_o, k, h, w, groups, wrong=""):
    """Exercise 3.1: parameters and multiply-adds of a k x k convolution."""
    if wrong == "one group":
        c_o //= groups
    pairs = c_o * (c_i if wrong == "no groups" else c_i // groups)
    weights, places = pairs * k * k, (h - k + 1) * (w - k + 1)
    if wrong == "places":
        places = h * w
    biases = {"no biases": 0, "biases of pairs": pairs}.get(wrong, c_o)
    multiplied = weights + (biases if wrong == "biases multiplied" else 0)
    return weights + biases, multiplied * places


def _scrambled(X, W, b):
    pixels = X.reshape(-1, X.shape[0])
    return (pixels @ W.T + b).T.reshape(-1, *X.shape[1:])


@exercise(cases=(
    # (c_i, c_o, h, w). In the first, a transposed W and a bias along the
    # pixels fit, so that both are named.
    (torch.randn(c_i, h, w), torch.randn(c_o, c_i), torch.randn(c_o))
    for c_i, c_o, h, w in [
        (4, 4, 2, 2), (2, 3, 2, 3), (3, 1, 4, 5), (5, 6, 3, 2), (1, 4, 3, 3),
        (8, 2, 6, 4),
    ]
), mistakes={
    "the bias is missing.":
        lambda X, W, b: conv1x1.right(X, W, 0 * b),
    "W is transposed: a row of W belongs to an output channel.":
        lambda X, W, b: conv1x1.right(X, W.T, b),
    "reshape(-1, c_i) does not make pixels: it cuts a channel into pieces. "
    "Keep the channel axis first, or permute before.":
        _scrambled,
    "b is added along the pixels; give it the shape (c_o, 1).":
        lambda X, W, b: (W @ X.flatten(1) + b).unflatten(1, X.shape[1:]),
})  # fmt: skip
def conv1x1(X, W, b):
    """Exercise 3.2: W of shape (c_o, c_i) mixes each pixel's channels."""
    return F.conv2d(X[None], W[:, :, None, None], b)[0]


def _merge(K, P):
    return torch.einsum("om,mihw->oihw", P, K)


@exercise(cases=(
    # The shapes of K, and c_o. The first ones have equal numbers of channels,
    # so that wrong pairings fit and are named.
    (torch.randn(c, *k), torch.randn(c), torch.randn(c_o, c),
     torch.randn(c_o))
    for (c, *k), c_o in [
        ((2, 2, 1, 1), 2), ((3, 3, 2, 2), 3), ((2, 1, 3, 3), 3),
        ((4, 3, 3, 2), 1), ((5, 2, 1, 3), 4), ((3, 6, 5, 5), 8),
    ]
), mistakes={
    "the kernels are right, but P mixes the first biases too.":
        lambda K, b, P, q: (_merge(K, P), b + q),
    "the kernels are right, but the first layer's biases are lost.":
        lambda K, b, P, q: (_merge(K, P), q),
    "the kernels are right, but the second layer's biases are lost.":
        lambda K, b, P, q: (_merge(K, P), P @ b),
    "P is transposed: a row of P belongs to an output channel.":
        lambda K, b, P, q: (_merge(K, P.T), P.T @ b + q),
    "you multiplied entry by entry; sum over the channels in between.":
        lambda K, b, P, q: (P[..., None, None] * K, P @ b + q),
})  # fmt: skip
def merge_1x1(K, b, P, q):
    """Exercise 3.3: one convolution in place of K, b and a 1x1 one, P, q."""
    return _merge(K, P), P @ b + q


def _clips(k):
    """Return clips as frames by columns, (3 * k, 4 * k), each with a name."""
    frames, columns = 3 * k, 4 * k
    names = ["right", "left", "resting dot", "resting bar", "white"]
    clips = {name: torch.zeros(frames, columns) for name in names}
    for t in range(frames):
        clips["right"][t, t] = 1
        clips["left"][t, -1 - t] = 1
    clips["resting dot"][:, 2 * k] = 1
    clips["resting bar"][:, k : 2 * k + 1] = 1
    clips["white"] += 1
    return clips


def _answers(kernel, k):
    """Say for each clip whether a motion kernel answers, after a ReLU."""
    weight, bias = kernel
    weight = torch.as_tensor(weight, dtype=torch.float32)
    if weight.shape != (k, k):
        return tuple(weight.shape)
    said = {}
    for name, clip in _clips(k).items():
        sums = F.conv2d(clip[None, None], weight[None, None])
        said[name] = bool((torch.relu(sums + bias) > 1e-4).any())
    return said


@exercise(cases=[(3,), (2,), (4,), (5,), (7,)], judge=_answers, mistakes={
    "the diagonal alone matches whatever is bright long enough, such as a "
    "resting bar; subtract what a resting thing adds.":
        lambda k: (torch.eye(k), 1.0 - k),
    "this answers to motion to the left: frames are the rows, and the dot's "
    "column must grow from row to row.":
        lambda k: (-motion_kernel.right(k)[0], -1.0),
    "a dot that moves left meets one positive weight where its path crosses "
    "the diagonal; a bias must remove that.":
        lambda k: (motion_kernel.right(k)[0], 0.0),
    "the bias is so low that the dot that moves right gets no answer either.":
        lambda k: (motion_kernel.right(k)[0], -1.0 * k),
})  # fmt: skip
def motion_kernel(k):
    """Exercise 3.4: a weight (frames, columns) and a bias for motion."""
    return torch.eye(k) - torch.eye(k).flip(1), -1.0

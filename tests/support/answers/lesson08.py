"""Answers to the exercises of lesson 08."""

import torch
from torch import nn
from torch.nn import functional as F

from course_utils import Residual


def build(c_i, c_o, use_1x1conv):
    block = Residual(c_o, use_1x1conv)
    block(torch.zeros(2, c_i, 2, 2))  # materializes the lazy layers
    return block


def count(tensors):
    return sum(tensor.numel() for tensor in tensors)


def residual_parameters(c_i, c_o, use_1x1conv):
    return count(build(c_i, c_o, use_1x1conv).parameters())


def layers_of(w1, w2, strides):
    """Return the branch's layers with the kernels given."""
    conv1 = nn.Conv2d(w1.shape[1], len(w1), 3, strides, 1, bias=False)
    conv2 = nn.Conv2d(len(w1), len(w2), 3, padding=1, bias=False)
    conv1.weight, conv2.weight = nn.Parameter(w1), nn.Parameter(w2)
    bn1, bn2 = (nn.BatchNorm2d(len(w1), affine=False) for _ in range(2))
    return [conv1, bn1, nn.ReLU(), conv2, bn2]


def shortcut(X, w3, strides):
    if w3 is None:
        return X
    return torch.einsum(
        "oi,nihw->nohw", w3[..., 0, 0], X[..., ::strides, ::strides]
    )


def residual_forward(X, w1, w2, w3, strides):
    branch = nn.Sequential(*layers_of(w1, w2, strides))
    return torch.clamp(branch(X) + shortcut(X, w3, strides), min=0)


def without_gradient(net, X, y):
    parameters = {n: p for n, p in net.named_parameters() if p.requires_grad}
    loss = -F.log_softmax(net(X), 1)[range(len(y)), y].mean()
    gradients = torch.autograd.grad(
        loss, list(parameters.values()), allow_unused=True
    )
    return [
        name
        for name, g in zip(parameters, gradients)
        if g is None or g.abs().max() == 0
    ]


def output_size(n, layers):
    for k, s, p in layers:
        n = (n - k + 2 * p) // s + 1
        if n < 1:  # no window fits
            return 0
    return n


def smallest_input(layers, needed):
    n = 1
    while output_size(n, layers) < needed:
        n += 1
    return n


RIGHT = [
    residual_parameters,
    residual_forward,
    without_gradient,
    smallest_input,
]


def without(*kinds):
    """Count a block's parameters, but not those of some layers."""

    def counted(c_i, c_o, use_1x1conv):
        named = build(c_i, c_o, use_1x1conv).named_parameters()
        return count(
            p for name, p in named if not any(k in name for k in kinds)
        )

    return counted


def with_running_statistics(c_i, c_o, use_1x1conv):
    block = build(c_i, c_o, use_1x1conv)
    buffers = [b for b in block.buffers() if b.ndim]  # not the counters
    return count([*block.parameters(), *buffers])


def without_conv_biases(c_i, c_o, use_1x1conv):
    block = build(c_i, c_o, use_1x1conv)
    convolutions = filter(None, (block.conv1, block.conv2, block.conv3))
    biases = count(conv.bias for conv in convolutions)
    return residual_parameters(c_i, c_o, use_1x1conv) - biases


def norm_on_shortcut(c_i, c_o, use_1x1conv):
    extra = 2 * c_o if use_1x1conv else 0
    return residual_parameters(c_i, c_o, use_1x1conv) + extra


def second_sees_input(c_i, c_o, use_1x1conv):
    first = 2 * (9 * c_i * c_o + c_o)
    shortcut = c_i * c_o + c_o if use_1x1conv else 0
    return first + 4 * c_o + shortcut


def changed_branch(change, end=torch.relu):
    """Compute a block after ``change`` of the list of its layers."""

    def forward(X, w1, w2, w3, strides):
        layers = layers_of(w1, w2, strides)
        change(layers)
        branch = nn.Sequential(*layers)
        return end(branch(X) + shortcut(X, w3, strides))

    return forward


def without_shortcut(X, w1, w2, w3, strides):
    return torch.relu(nn.Sequential(*layers_of(w1, w2, strides))(X))


def norm_of_shortcut(X, w1, w2, w3, strides):
    branch = nn.Sequential(*layers_of(w1, w2, strides))
    past = shortcut(X, w3, strides)
    if w3 is not None:
        past = nn.BatchNorm2d(len(w3), affine=False)(past)
    return torch.relu(branch(X) + past)


def late_stride(layers):
    layers[3].stride, layers[0].stride = layers[0].stride, layers[3].stride


def no_norms(layers):
    layers[1] = layers[4] = nn.Identity()


def forwards(layers, needed):
    n = needed
    for k, s, p in layers:
        n = s * (n - 1) + k - 2 * p
    return n


WRONG = [
    ("residual_parameters", without("bn"), "batch norms are missing"),
    ("residual_parameters", with_running_statistics, "are not trained"),
    ("residual_parameters", without("bn2"), "there are two batch norms"),
    ("residual_parameters", without_conv_biases, "biases of the conv"),
    ("residual_parameters", norm_on_shortcut, "no batch norm behind"),
    ("residual_parameters", second_sees_input, "second convolution sees"),
    ("residual_forward", without_shortcut, "shortcut is missing"),
    ("residual_forward", changed_branch(lambda b: b.append(nn.ReLU())),
     "belongs behind it"),
    ("residual_forward", changed_branch(lambda b: None, end=lambda Y: Y),
     "behind the addition is missing"),
    ("residual_forward", changed_branch(lambda b: b.pop(2)),
     "between the two convolutions"),
    ("residual_forward", changed_branch(no_norms), "a batch norm follows"),
    ("residual_forward", norm_of_shortcut, "no batch norm follows"),
    ("residual_forward", changed_branch(late_stride), "has the stride"),
    ("smallest_input", forwards, "work backwards"),
]  # fmt: skip

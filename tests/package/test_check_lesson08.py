"""The checks of lesson 08: stubs, solutions, and mistakes with their hints.

Solutions and mistakes take another road than the checks themselves: they
count a real block, and search for sizes by trying.
"""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch import nn
from torch.nn import functional as F

from course_utils import Residual

# Solutions, by another road than the reference's.


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
    return n


def smallest_input(layers, needed):
    n = 1
    while output_size(n, layers) < needed:
        n += 1
    return n


SOLUTIONS = [
    residual_parameters,
    residual_forward,
    without_gradient,
    smallest_input,
]


# Mistakes.


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


def always_1x1(c_i, c_o, use_1x1conv):
    return residual_parameters(c_i, c_o, True)


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


def names_where(found):
    """Return the names of parameters by their gradient."""

    def names(net, X, y):
        F.cross_entropy(net(X), y).backward()
        return [n for n, p in net.named_parameters() if found(p, p.grad)]

    return names


def has_zeros(p, g):
    return p.requires_grad and (g is None or g.abs().min() == 0)


def forwards(layers, needed):
    n = needed
    for k, s, p in layers:
        n = s * (n - 1) + k - 2 * p
    return n


def backwards(step):
    def smallest(layers, needed):
        n = needed
        for layer in layers[::-1]:
            n = step(n, *layer)
        return n

    return smallest


MISTAKES = [
    ("residual_parameters", without("bn"), "batch norms are missing"),
    ("residual_parameters", with_running_statistics, "are not trained"),
    ("residual_parameters", without("bn2"), "there are two batch norms"),
    ("residual_parameters", without_conv_biases, "biases of the conv"),
    ("residual_parameters", always_1x1, "even where the block has none"),
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
    ("without_gradient",
     names_where(lambda p, g: g is not None and g.abs().max() == 0),
     "has the gradient None"),
    ("without_gradient",
     names_where(lambda p, g: p.requires_grad and g is None),
     "zero everywhere counts"),
    ("without_gradient", names_where(has_zeros), "one zero is not enough"),
    ("without_gradient",
     names_where(lambda p, g: g is None or g.abs().max() == 0),
     "frozen on purpose"),
    ("without_gradient",
     names_where(lambda p, g: g is not None and g.abs().max() > 0),
     "parameters that learn"),
    ("without_gradient",
     names_where(lambda p, g: p.requires_grad and p.abs().max() == 0),
     "not at the weights"),
    ("smallest_input", forwards, "work backwards"),
    ("smallest_input", backwards(lambda n, k, s, p: s * n + k - 2 * p),
     "n - 1 steps apart"),
    ("smallest_input", backwards(lambda n, k, s, p: s * n),
     "a stride alone"),
    ("smallest_input", backwards(lambda n, k, s, p: s * (n - 1) + k),
     "padding is forgotten"),
    ("smallest_input", backwards(lambda n, k, s, p: s * (n - 1) + k - p),
     "on both sides"),
    ("smallest_input", backwards(lambda n, k, s, p: n - 1 + k - 2 * p),
     "stride is forgotten"),
    ("smallest_input", backwards(lambda n, k, s, p: s * (n - 1) + k - 2 * p),
     "at least one pixel"),
    ("smallest_input", backwards(lambda n, k, s, p: s * n + k - 2 * p - 1),
     "find the smallest"),
]  # fmt: skip


def test_article_network_takes_71_pixels():
    halve, keep = (3, 2, 1), (3, 1, 1)
    layers = [(7, 2, 0), (3, 2, 1)] + 3 * [halve, keep]
    assert smallest_input(layers, 3) == 71

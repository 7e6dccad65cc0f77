"""What a net costs: its parameters and multiply-adds."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from .arguments import require_ints, require_net, validated


def check_cost(net, input_size):
    """Require a net, and a shape of one integer or more."""
    require_net("net", net)
    count = len(input_size) if isinstance(input_size, (tuple, list)) else 0
    require_ints("input_size", input_size, count or "some", minimum=1)


@validated(check_cost)
def count_cost(net, input_size):
    """Count a net's trainable parameters and multiply-adds.

    Parameters
    ----------
    net : torch.nn.Module
    input_size : tuple of int
        Shape of one input with its batch axis, such as (1, 1, 28, 28).

    Returns
    -------
    parameters, multiply_adds : int
        Multiply-adds of convolutions and dense layers, for one forward
        pass; adding a bias is not counted.
    """
    parameters = sum(p.numel() for p in net.parameters() if p.requires_grad)
    device = next((p.device for p in net.parameters()), "cpu")
    training = net.training
    net.eval()  # batch norm cannot train on a single example
    X = torch.zeros(tuple(input_size), device=device)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            net(X)
    finally:
        net.train(training)
    return parameters, counter.get_total_flops() // 2

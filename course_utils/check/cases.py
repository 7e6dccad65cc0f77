"""Random cases for checks, the same at each call."""

import torch


def random_cases(make, count=12, seed=0):
    """Build cases from small to large with a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    return [make(size, generator) for size in range(1, count + 1)]


def integer(low, high, generator):
    """Draw a whole number from low to high - 1."""
    return int(torch.randint(low, high, (), generator=generator))

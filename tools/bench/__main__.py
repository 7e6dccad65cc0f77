"""Run comparisons: python -m bench [NAME ...]."""

import importlib
import sys

NAMES = (
    "against_d2l",
    "against_limit",
    "options",
    "growth",
    "distributed",
    "memory",
    "fast_net",
)


def main(names):
    """Run the comparisons of these names, or all of them."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"no comparison {', '.join(unknown)}; there are {NAMES}")
    for name in names or NAMES:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])

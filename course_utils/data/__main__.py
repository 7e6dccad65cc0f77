"""Show which data sets are there, and fetch what is not.

python -m course_utils.data [--no-download]
"""

import argparse
import sys

from .catalog import DATA_SETS
from .sources import data_folder, load_arrays


def _describe(name):
    arrays = load_arrays(name, allow_stand_in=False)
    return (
        f"{len(arrays.x_train):,} training and {len(arrays.x_test):,} test "
        f"images ({arrays.source})"
    )


def main(arguments=None):
    """Print one line a data set; return 1 if one is missing or damaged."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.data",
        description="Show which data sets are there, and fetch the rest.",
    )
    parser.add_argument(
        "--no-download", action="store_true", help="only show what is there"
    )
    options = parser.parse_args(arguments)
    try:
        folder = data_folder()
    except NotADirectoryError as error:
        print(error)
        return 1
    print(f"folder: {folder}")
    missing = False
    for name, data_set in DATA_SETS.items():
        path = folder / f"{name}.npz"
        if not path.exists() and options.no_download:
            print(f"{data_set.title}: not there ({path.name})")
            missing = True
            continue
        try:
            print(f"{data_set.title}: {_describe(name)}")
        except (ConnectionError, ValueError) as error:
            print(error)
            missing = True
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())

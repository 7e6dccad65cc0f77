"""Show which data sets are there, and fetch what is not.

python -m course_utils.data [--no-download]
"""

import argparse
import sys

from .sources import DATA_SETS, data_folder, load_arrays


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
            arrays = load_arrays(name, allow_stand_in=False)
        except (ConnectionError, ValueError) as error:
            print(error)
            missing = True
            continue
        print(
            f"{data_set.title}: {len(arrays.x_train):,} training and "
            f"{len(arrays.x_test):,} test images ({arrays.source})"
        )
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())

"""Fetch the data sets that are not there: python -m course_utils.data."""

import sys

from .sources import DATA_SETS, data_folder, read_or_download


def main():
    """Print one line a data set; return 1 if one is missing or damaged."""
    print(f"folder: {data_folder()}")
    missing = False
    for data_set in DATA_SETS.values():
        try:
            arrays = read_or_download(data_set)
        except (OSError, ValueError) as error:
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

"""Fetch the data sets that are not there: python -m course_utils.data."""

import sys

from .sources import DATA_SETS, data_folder, read_or_download


def main():
    """Print one line a data set; return 1 if one is missing or damaged."""
    print(f"folder: {data_folder()}")
    missing = 0
    for data_set in DATA_SETS.values():
        try:
            title, a = data_set.title, read_or_download(data_set)
            print(f"{title}: {len(a['x_train']):,} training and", end=" ")
            print(f"{len(a['x_test']):,} test images ({a['source']})")
        except (OSError, ValueError) as error:
            print(error)
            missing = 1
    return missing


if __name__ == "__main__":
    sys.exit(main())

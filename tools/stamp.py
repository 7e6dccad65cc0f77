"""Write a fork's address into the notebooks and the book.

python tools/stamp.py OWNER/NAME

Fills in REPO in every set-up cell, so that the notebook installs
course_utils from the fork where it is opened alone (Colab), and the
address in _config.yml, which gives each page its Colab button. An empty
argument takes the address out again.
"""

import os
import re
import sys

from notebook_code import NOTEBOOKS, ROOT

CELL = re.compile(r'REPO = \\"[^"\\]*\\"')

ADDRESS = re.compile(r'(^repository:\n  url: )"[^"]*"', re.MULTILINE)


def replace_text(path, text):
    """Write a file atomically if its text is new."""
    if path.read_text(encoding="utf-8") != text:
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
        print(f"stamped {path.relative_to(ROOT)}")


def stamp_config(repo):
    """Set the one address in the book's configuration."""
    path = ROOT / "_config.yml"
    address = f"https://github.com/{repo}" if repo else ""
    text, count = ADDRESS.subn(
        f'\\g<1>"{address}"', path.read_text(encoding="utf-8")
    )
    if count != 1:
        sys.exit("_config.yml has no line `url:` under `repository:`")
    replace_text(path, text)


def main(repo):
    if repo and not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        sys.exit(
            f"REPO: expected owner/name, as in the fork's address on "
            f"GitHub, got {repo!r}"
        )
    stamp_config(repo)
    for path in NOTEBOOKS:
        text = path.read_text(encoding="utf-8")
        if not CELL.search(text):
            sys.exit(f'{path.name} has no set-up cell with REPO = ""')
        replace_text(
            path, CELL.sub(f'REPO = \\\\"{repo}\\\\"', text, count=1)
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))

"""Write a fork's address into the notebooks and the book.

python tools/stamp.py OWNER/NAME

Fills in REPO in every set-up cell, so that the notebook installs
course_utils from the fork where it is opened alone (Colab), and the
address in _config.yml, which gives each page its Colab button. An empty
argument takes the address out again.
"""

import re
import sys

from notebook_code import NOTEBOOKS, ROOT

CELL = re.compile(r'(REPO = \\")[^"\\]*(\\")')
ADDRESS = re.compile(r'(^repository:\n  url: ")[^"]*(")', re.MULTILINE)


def stamp(path, pattern, value):
    """Write a value into the one place of a file that a pattern finds."""
    text = path.read_text(encoding="utf-8")
    new, count = pattern.subn(rf"\g<1>{value}\g<2>", text)
    if count != 1:
        sys.exit(f"{path.name}: expected one {pattern.pattern}, got {count}")
    if new != text:
        path.write_text(new, encoding="utf-8")
        print(f"stamped {path.relative_to(ROOT)}")


def main(repo):
    if repo and not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        sys.exit(
            f"REPO: expected owner/name, as in the fork's address on "
            f"GitHub, got {repo!r}"
        )
    address = f"https://github.com/{repo}" if repo else ""
    stamp(ROOT / "_config.yml", ADDRESS, address)
    for path in NOTEBOOKS:
        stamp(path, CELL, repo)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))

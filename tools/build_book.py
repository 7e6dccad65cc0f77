"""Build the book: `jupyter-book build . -W -n --keep-going`, but sooner.

jsonschema, which Jupyter Book imports, imports rfc3987_syntax where it is
installed, and that compiles 38 grammars: a quarter of the time that a build
takes after a change of one page. It serves to check addresses in JSON
files, of which a book has none, and jsonschema does without it.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # as if it were not installed

from jupyter_book.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main(["build", ".", "-W", "-n", "--keep-going", *sys.argv[1:]])

"""Count what was tried to break the course, and write it down.

A test that tries to break something says so with a marker of two texts, the
group and what is tried:

    @pytest.mark.robustness("Data", "a mirror that refuses")

It counts as one case, each parameter as one more. A test that tries several
says how many with pytest's ``record_property("cases", 20)``. ``make
robustness`` runs these tests with ``--robustness-report FILE``, which writes
a row for each text with the cases that ran and those that failed. A script
that is no test hands its rows to `write_rows`.
"""

import json
from pathlib import Path

from course_utils.device import environment
from course_utils.files import replacing

COLUMNS = {  # in the table on the results page
    "group": "part",
    "tried": "what was tried",
    "cases": "cases",
    "lost": "lost",
    "date": "date",
    "versions": "with",
}


def make_row(group, tried, cases, lost):
    """Return a row of the table, with today's date and the versions here."""
    here = environment("cpu")
    versions = here["versions"]
    return {
        "group": group,
        "tried": tried,
        "cases": cases,
        "lost": lost,
        "date": here["date"],
        "versions": f"Python {versions['python']}, torch {versions['torch']}",
    }


def write_rows(path, rows):
    """Write rows to a results file; the rows of other groups stay.

    Parameters
    ----------
    path : str or pathlib.Path
        ``results/robustness.json``; made if it is not there.
    rows : list of dict
        As `make_row` gives. They replace all earlier rows of their groups.
    """
    path = Path(path)
    groups = {row["group"] for row in rows}
    old = []
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))["rows"]
    kept = [row for row in old if row["group"] not in groups]
    content = {
        "title": "What was tried to break it",
        "data": "cases counted by the tests as they ran",
        **environment("cpu"),
        "columns": COLUMNS,
        "rows": sorted(kept + rows, key=lambda row: row["group"]),
        "published": [],
    }
    with replacing(path) as file:
        file.write(f"{json.dumps(content, indent=1)}\n".encode())


class Counter:
    """A plug-in that counts the cases of each row while tests run.

    Parameters
    ----------
    path : str
        Where the rows go at the end.
    """

    def __init__(self, path):
        self.path, self.counts = path, {}

    def pytest_runtest_logreport(self, report):
        """Add a test that ran; one that was skipped is none."""
        said = dict(report.user_properties)
        if "robustness" not in said or report.skipped:
            return
        if report.when != "call" and report.passed:
            return
        count = self.counts.setdefault(tuple(said["robustness"]), [0, 0])
        count[0] += said.get("cases", 1)
        count[1] += report.failed

    def pytest_sessionfinish(self):
        """Write the rows."""
        if self.counts:
            rows = [make_row(*k, *v) for k, v in self.counts.items()]
            write_rows(self.path, rows)


def pytest_addoption(parser):
    """Add the option."""
    parser.addoption(
        "--robustness-report",
        metavar="FILE",
        help="write what the tests marked robustness tried to FILE",
    )


def pytest_configure(config):
    """Count in the process that sees all reports, also with xdist."""
    path = config.getoption("--robustness-report")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Counter(path))


def pytest_collection_modifyitems(items):
    """Hand each test's two texts to its reports."""
    for item in items:
        marker = item.get_closest_marker("robustness")
        if marker:
            group, tried = marker.args
            item.user_properties.append(("robustness", (group, tried)))

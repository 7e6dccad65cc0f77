"""What was measured, read from ``results/*.json``.

The directive ``results`` is every file as a table, and the role ``run-time``
what it took to run a lesson: ``{run-time}`05_lenet, CPU with bfloat16` `` is
such as "37 s", and ``{run-time}`devices` `` where that was.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from provenance import describe_versions
from sphinx.util.docutils import SphinxDirective, SphinxRole

NUMBER = re.compile(r"[-+]?[\d,.]*(e[-+]\d+)?")


def table(columns, rows):
    """Return rows as a Markdown table; numbers end at the right."""
    lines = [columns.values(), []]
    for name in columns:
        number = all(NUMBER.fullmatch(str(row[name])) for row in rows)
        lines[1].append("--:" if number else ":--")
    lines += [[row[name] for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


class Results(SphinxDirective):
    """A section for each file."""

    def run(self):
        self.env.note_reread()  # a file may be new, or other than it was
        paths = sorted(Path(self.env.srcdir, "results").glob("*.json"))
        return [self.section(p) for p in paths if p.stem != "costs"]

    def section(self, path):
        """Return the section of one file."""
        result = json.loads(path.read_text(encoding="utf-8"))
        name = nodes.make_id(f"results-{path.stem}")
        section = nodes.section(names=[path.stem], ids=[name])
        section += nodes.title("", result["title"])
        rows = result.get("table") or table(result["columns"], result["rows"])
        text = result.get("text", "")
        text += f"\n\n:::{{container}} results\n{rows}\n:::"
        lines = text.splitlines()
        self.state.nested_parse(lines, self.content_offset, section)
        line = (
            f"This run: data {result['data']}; {result['device']}; "
            f"{describe_versions(result['versions'])}; {result['date']}."
        )
        section += nodes.paragraph("", line, classes=["provenance"])
        return section


class RunTime(SphinxRole):
    """What a lesson took on a kind of computer, or which computers."""

    def run(self):
        path = Path(self.env.srcdir, "results", "costs.json")
        self.env.note_dependency(str(path))
        costs = json.loads(path.read_text(encoding="utf-8"))
        return [nodes.Text(run_time(costs, *self.text.split(", ")))], []


def run_time(costs, lesson, kind=""):
    """Return such as "37 s" or "8 min"; for "devices", their names."""
    if lesson == "devices":
        runs = [run for kinds in costs.values() for run in kinds.values()]
        return "; ".join(sorted({run["device"] for run in runs}))
    if kind not in costs.get(lesson, ()):
        return "not measured"
    seconds = costs[lesson][kind]["seconds"]
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def setup(app):
    app.add_directive("results", Results)
    app.add_role("run-time", RunTime())

"""The directive ``results``: every ``results/*.json`` as a table.

The files are written by ``course_utils.results`` during the runs that they
tell of. The tables are made by the same code that a notebook uses.
"""

import json
import re
import sys
from pathlib import Path

from docutils import nodes
from provenance import describe_versions
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
NONE = "No results yet: results/ holds no file. `make execute` writes them."


def result_files(env):
    """Return the paths of the results, by name."""
    found = sorted(Path(env.srcdir, "results").glob("*.json"))
    return [path for path in found if path.stem != "costs"]


def snapshot(env):
    """Return what changes when a results file does."""
    return [
        (path.name, path.stat().st_mtime_ns) for path in result_files(env)
    ]


def describe_source(result):
    """Return the line under a table: data, device, date, versions."""
    return (
        f"This run: data {result['data']}; {result['device']}; "
        f"{describe_versions(result['versions'])}; {result['date']}."
    )


def is_number(value):
    """Tell whether a cell is a number, perhaps one that was formatted."""
    return bool(re.fullmatch(r"[-+]?[\d,.]*(e[-+]\d+)?", str(value)))


def own_table(columns, rows):
    """Return rows as a Markdown table with a file's own columns."""
    align = [
        "--:" if all(is_number(row[name]) for row in rows) else ":--"
        for name in columns
    ]
    lines = [columns.values(), align]
    lines += [[row[name] for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def markdown_table(rows):
    """Return rows as a Markdown table, as in the notebooks."""
    # Imported here: torch comes with it, and only this page needs it.
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    from course_utils import results

    return results.markdown_table(rows)


class Results(SphinxDirective):
    """A section for each results file, or a sentence where there is none."""

    def run(self):
        """Return the sections."""
        self.env.results_seen[self.env.docname] = snapshot(self.env)
        paths = result_files(self.env)
        if not paths:
            return [nodes.paragraph("", NONE)]
        return [self.section(path) for path in paths]

    def section(self, path):
        """Return the section of one results file."""
        result = json.loads(path.read_text(encoding="utf-8"))
        section = nodes.section(names=[path.stem])
        section["ids"] = [nodes.make_id(f"results-{path.stem}")]
        section += nodes.title("", result["title"])
        if "text" in result:
            section += self.parsed([result["text"]])
        rows = result["rows"] + result["published"]
        table = nodes.container(classes=["results"])
        if "columns" in result:
            text = own_table(result["columns"], rows)
        else:
            text = markdown_table(rows)
        table += self.parsed(text.splitlines())
        section += table
        if "figure" in result:
            figure = result["figure"]
            uri = f"/results/{figure['file']}"
            lines = [f"```{{image}} {uri}", ":class: figure"]
            lines += [f":alt: {figure['alt']}", "```"]
            section += self.parsed(lines)
        section += nodes.paragraph(
            "", describe_source(result), classes=["provenance"]
        )
        return section

    def parsed(self, lines):
        """Return what Markdown lines make on the page."""
        place = nodes.container()
        self.state.nested_parse(lines, self.content_offset, place)
        return place.children


def prepare(app):
    """Make a place for what each page last saw."""
    if not hasattr(app.env, "results_seen"):
        app.env.results_seen = {}


def outdated(app, env, added, changed, removed):
    """Name the pages whose results changed since they were read."""
    now = snapshot(env)
    return [
        docname
        for docname, seen in env.results_seen.items()
        if seen != now and docname in env.found_docs
    ]


def setup(app):
    """Register the directive."""
    app.add_directive("results", Results)
    app.connect("builder-inited", prepare)
    app.connect("env-get-outdated", outdated)
    return {"version": "1", "parallel_read_safe": False}

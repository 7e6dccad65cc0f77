"""Measure the built book with Lighthouse; write results/site.json.

python tools/lighthouse.py [RUNS]

Opens the start page and the two heaviest lessons as on a phone and as on a
desktop, RUNS times each (5), and keeps the medians. Needs Node.js 18.16 or
newer, whose npx fetches Lighthouse, and Chromium: the one in $CHROMIUM, or
`chromium` or `google-chrome` on the path.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from gzip_server import serving

from course_utils.device import environment
from course_utils.files import replacing

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
LIGHTHOUSE = "lighthouse@12.8.2"  # the last that runs on Node.js 18 and 20
FLAGS = "--headless=new --no-sandbox --disable-gpu"
FORMS = {"phone": [], "desktop": ["--preset=desktop"]}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {  # key in the result: Lighthouse's audit, in milliseconds
    "first_paint": "first-contentful-paint",
    "largest_paint": "largest-contentful-paint",
    "blocked": "total-blocking-time",
}
FIGURES = ("Image", "Media")
COLUMNS = {  # in the table on the results page
    "name": "page",
    "form": "as on a",
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best practices",
    "seo": "SEO",
    "first_paint": "first paint, s",
    "largest_paint": "largest paint, s",
    "shift": "layout shift",
    "kilobytes": "kB",
    "figures": "kB of figures",
}


def find_chromium():
    """Return the path of Chromium, or stop and say what is missing."""
    names = (os.environ.get("CHROMIUM"), "chromium", "google-chrome")
    path = next(filter(None, (shutil.which(n) for n in names if n)), None)
    if not path or not shutil.which("npx"):
        sys.exit(__doc__)
    return path


def weight(lesson):
    """Return the bytes of a lesson's page and of the figures on it."""
    text = lesson.read_text(encoding="utf-8")
    figures = SITE.joinpath("_images").iterdir()
    return lesson.stat().st_size + sum(
        figure.stat().st_size for figure in figures if figure.name in text
    )


def pages():
    """Return the start page and the two heaviest lessons, by address."""
    lessons = sorted(SITE.glob("notebooks/*.html"), key=weight)[-2:]
    names = (path.relative_to(SITE).as_posix() for path in lessons)
    return ["index.html", *sorted(names)]


def visit(address, form, chromium):
    """Return Lighthouse's report on one visit, as a dict."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            ["npx", "--yes", LIGHTHOUSE, address, *FORMS[form]]
            + ["--quiet", f"--chrome-flags={FLAGS}"]
            + ["--output=json", f"--output-path={report}"],
            env={**os.environ, "CHROME_PATH": chromium},
            check=True,
        )
        return json.loads(report.read_text(encoding="utf-8"))


def numbers(report):
    """Return what is kept of a report: scores, seconds and kilobytes."""
    audits = report["audits"]
    kept = {
        name: round(100 * report["categories"][name]["score"])
        for name in CATEGORIES
    }
    for key, audit in TIMES.items():
        kept[key] = audits[audit]["numericValue"] / 1000
    kept["shift"] = audits["cumulative-layout-shift"]["numericValue"]
    sizes = {True: 0, False: 0}
    for request in audits["network-requests"]["details"]["items"]:
        if not request["url"].startswith("data:"):  # came with its page
            figure = request["resourceType"] in FIGURES
            sizes[figure] += request["transferSize"]
    kept["kilobytes"] = sizes[False] / 1000
    kept["figures"] = sizes[True] / 1000
    return kept


def failures(report):
    """Return the audits that cost points, but for those of speed."""
    return sorted(
        audit["id"]
        for name in CATEGORIES[1:]
        for audit in report["categories"][name]["auditRefs"]
        if audit["weight"] and report["audits"][audit["id"]]["score"] == 0
    )


def tidy(key, value):
    """Return a number with the digits that mean something."""
    digits = 3 if key == "shift" else 2 if key in TIMES else 0
    return round(value, digits) if digits else round(value)


def measure(address, name, form, runs, chromium):
    """Return the medians of several visits to a page, and one report."""
    visits = [visit(f"{address}/{name}", form, chromium) for _ in range(runs)]
    for fault in sorted(set().union(*map(failures, visits))):
        print(f"  {name}: {fault}")
    each = [numbers(report) for report in visits]
    medians = {
        key: tidy(key, statistics.median(one[key] for one in each))
        for key in each[0]
    }
    return {"name": name, "form": form, **medians}, visits[0]


def main(runs):
    if not (SITE / "index.html").exists():
        sys.exit("There is no book in _build/html: run make book first.")
    chromium, rows, load = find_chromium(), [], []
    with serving(SITE) as address:
        for name in pages():
            for form in FORMS:
                row, report = measure(address, name, form, runs, chromium)
                rows.append(row)
                load.append(os.getloadavg()[0])
                scores = "  ".join(f"{c} {row[c]:.0f}" for c in CATEGORIES)
                print(f"{name}, {form}: {scores}", flush=True)
    here = environment("cpu")
    content = {
        "title": "The pages of this site",
        "data": f"Lighthouse {report['lighthouseVersion']}, medians of "
        f"{runs} visits; pages compressed as a web host does; load average "
        f"of the computer {statistics.median(load):.1f}",
        "date": here["date"],
        "device": here["device"],
        "versions": {"python": here["versions"]["python"]},
        "columns": COLUMNS,
        "rows": rows,
        "published": [],
    }
    with replacing(ROOT / "results" / "site.json") as file:
        file.write(f"{json.dumps(content, indent=1)}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

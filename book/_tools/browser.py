"""A browser and a server for what is printed or measured in a page."""

import functools
import http.server
import os
import shutil
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


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


def arguments():
    """What it is started with: no graphics card, no sandbox as root."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--disable-gpu", *(["--no-sandbox"] if root else [])]


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

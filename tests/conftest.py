"""What all tests share: the browser, and the environment of kernels."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

from notebooks import KERNEL_ENV  # noqa: E402

os.environ.update(KERNEL_ENV)

# Quiet: no sandbox as root, and nothing that a browser asks on its own.
CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    """Use the system's Chromium, else Playwright's own; without: skip."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    system = next(filter(None, map(shutil.which, names)), None)
    if (
        system is None
        and not Path(playwright.chromium.executable_path).exists()
    ):
        reason = (
            "no browser found: install chromium, or run "
            "`.venv/bin/python -m playwright install chromium`"
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    arguments = list(CHROMIUM_ARGUMENTS)
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    launch = browser_type_launch_args | {"args": arguments}
    return launch | ({"executable_path": system} if system else {})

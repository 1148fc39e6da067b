"""Makes pytest run the chapters: what is compared, and what was compared.

`pytest book --nbval --every-notebook` (part of `make test`) runs every code
cell of every notebook and compares its outputs with the stored ones.
"""

import os
import sys
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).resolve().parent
sys.path.insert(0, str(BOOK / "_tools"))

from notebooks import KERNEL_ENV  # noqa: E402

os.environ.update(KERNEL_ENV)

NOT_COMPARED = (
    # A picture's bytes differ by font and platform; nbval skips PNG itself.
    "image/svg+xml",
    # The number for the prose: the same value is compared where it is
    # printed, and the band of a measured one is held by dlcore.results.
    "application/papermill.record/text/plain",
)

ran = set()  # (notebook, number of the code cell) that passed


def pytest_addoption(parser):
    parser.addoption(
        "--every-notebook",
        action="store_true",
        help="fail unless every code cell of the book was run and passed",
    )


def pytest_collection_modifyitems(items):
    seen = set()
    for item in items:
        notebook = item.parent
        if hasattr(notebook, "skip_compare") and notebook not in seen:
            seen.add(notebook)
            notebook.skip_compare += NOT_COMPARED


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        path, _, cell = report.nodeid.partition("::")
        ran.add((Path(path).as_posix(), cell))


def notebooks(root=BOOK.parent):
    """Every notebook that the book has."""
    found = [root / "index.ipynb", *sorted((root / "book").rglob("*.ipynb"))]
    return [
        path
        for path in found
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    ]


def census(root=BOOK.parent):
    """All code cells of the book: {(notebook, nbval's name): compared?}."""
    cells = {}
    for path in notebooks(root):
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(code):
            tags = cell.metadata.get("tags", [])
            cells[path.relative_to(root).as_posix(), f"Cell {number}"] = (
                cell.execution_count is not None
                and "nbval-ignore-output" not in tags
                and "nbval-skip" not in tags
            )
    return cells


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    config = session.config
    is_worker = hasattr(config, "workerinput")
    if config.option.every_notebook and not is_worker:
        missed = sorted(set(census()) - ran)
        config.stash[missed_cells] = missed
        if missed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


missed_cells = pytest.StashKey()


def pytest_terminal_summary(terminalreporter, config):
    if missed_cells not in config.stash:
        return
    for path, cell in config.stash[missed_cells]:
        terminalreporter.write_line(f"did not run and pass: {path}, {cell}")


def pytest_unconfigure(config):
    if missed_cells not in config.stash:
        return
    cells = census()
    compared = sum(cells.values())
    exempt = len(cells) - compared
    share = compared / len(cells) if cells else 0
    missed = len(config.stash[missed_cells])
    print(
        f"{len(notebooks())} notebooks: {compared} cells compared, "
        f"{exempt} exempt ({share:.1%} compared)"
        + (f", {missed} NOT RUN OR FAILED" if missed else "")
    )

"""The comparison of outputs notices what it must, and only that."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]

# What runs, what is stored in its place, and whether that may pass.
CASES = {
    "same": ("print(0.25)", None, True),
    "another number": ("print(0.25)", ("0.25", "0.26"), False),
    "no output": ("print(0.25)", ("0.25\n", ""), False),
    "another table": ("[1, 2]", ("2]", "3]"), False),
    "measured value": (
        "print('measured a_b = 0.91 (band 0.9 to 1.0)')",
        ("0.91", "0.925"),
        True,
    ),
    "measured band": (
        "print('measured a_b = 0.91 (band 0.9 to 1.0)')",
        ("0.9 to", "0.5 to"),
        False,
    ),
    "measured name": (
        "print('measured a_b = 0.91 (band 0.9 to 1.0)')",
        ("a_b", "a_c"),
        False,
    ),
    "computed": ("print('computed_b = 0.91')", ("0.91", "0.92"), False),
    "picture": (
        "from IPython.display import SVG, display\n"
        "display({'image/svg+xml': '<svg/>'}, raw=True)",
        ("<svg/>", "<svg> </svg>"),
        True,
    ),
    "glued number": (
        "display({'application/papermill.record/text/plain': '1'}, raw=True)",
        ("'1'", "'2'"),
        True,
    ),
    "exempt": ("print(0.25)", ("0.25", "0.26"), True),
    "error": ("1 / 0", None, False),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A tree with one executed notebook whose outputs were changed."""
    root = tmp_path_factory.mktemp("nbval book")
    shutil.copytree(
        ROOT / "book" / "_tools",
        root / "book" / "_tools",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / "book" / "conftest.py", root / "book")
    (root / "pytest.ini").write_text("[pytest]\n")
    cells = [
        nbformat.v4.new_code_cell(
            source,
            metadata={"tags": ["nbval-ignore-output"], "exempt": "a test"}
            if name == "exempt"
            else {},
        )
        for name, (source, _, _) in CASES.items()
    ]
    path = root / "book" / "a.ipynb"
    notebook = nbformat.v4.new_notebook(cells=cells)
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["kernelspec"] = kernel

    from nbclient import NotebookClient

    NotebookClient(notebook, allow_errors=True).execute()
    for cell, (_, change, _) in zip(cells, CASES.values()):
        cell.outputs = [
            nbformat.from_dict(_replaced(output, change))
            for output in cell.outputs
            if change != ("0.25\n", "")
        ]
    nbformat.write(notebook, path)
    return root


def _replaced(output, change):
    if isinstance(output, dict):
        return {k: _replaced(v, change) for k, v in output.items()}
    if isinstance(output, str) and change:
        return output.replace(*(part.strip("'") for part in change))
    return output


def run_nbval(book, *options):
    # Without the plugins that it does not need, for speed.
    plugins = ["-p", "no:xdist", "-p", "no:playwright", "-p", "no:cov"]
    strict = ["--nbval", "--every-notebook", "-q", "-rA", "--color=no"]
    hidden = ["--nbval-sanitize-with", "book/_tools/sanitize.cfg"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "book"]
        + [*strict, *plugins, *hidden, *options],
        cwd=book,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_strict_comparison(book):
    code, output = run_nbval(book)
    passed = [
        f"PASSED book/a.ipynb::Cell {number}" in output.splitlines()
        for number in range(len(CASES))
    ]
    expected = [passes for _, _, passes in CASES.values()]
    assert dict(zip(CASES, passed)) == dict(zip(CASES, expected)), output
    assert code == 1
    failed = expected.count(False)
    assert output.splitlines()[-1] == (
        f"1 notebooks: {len(CASES) - 1} cells compared, 1 exempt "
        f"({1 - 1 / len(CASES):.1%} compared), {failed} NOT RUN OR FAILED"
    )


def test_a_cell_that_did_not_run_fails_the_run(book):
    code, output = run_nbval(book, "-k", "0 and not 10")
    assert "1 passed" in output
    assert "did not run and pass: book/a.ipynb, Cell 1" in output
    assert code == 1

"""The program that executes chapters: what is stale, what a failure leaves."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import lines  # noqa: E402
import notebooks  # noqa: E402

CHAPTER = """# A chapter

It needs `a_worker` and `a.json`.

```{code-cell} ipython3
import dlcore_like
print(6 * 7)
```

```{code-cell} ipython3
print("the same")
```

```{code-cell} ipython3
print("the same")
```
"""


@pytest.fixture
def book(tmp_path):
    """A tree like the repository's, with one chapter and one module."""
    (tmp_path / "book").mkdir()
    (tmp_path / "src" / "dlcore").mkdir(parents=True)
    (tmp_path / "src" / "dlcore" / "used.py").write_text("x = 1\n")
    (tmp_path / "src" / "dlcore" / "other.py").write_text("x = 1\n")
    (tmp_path / "requirements.txt").write_text("numpy==2\n")
    (tmp_path / "book" / "dlcore_like.py").write_text("")
    for name in "a_worker.py", "a.json", "b_worker.py":
        (tmp_path / "book" / name).write_text("")
    (tmp_path / "book" / "a.md").write_text(CHAPTER)
    return tmp_path


def test_a_chapter_is_executed_and_the_same_twice(book):
    text = book / "book" / "a.md"
    assert notebooks.texts(book) == [text]
    assert notebooks.is_stale(text, book)

    report = notebooks.run(text, book)
    assert "error" not in report
    assert 0 < report["cpu"] < 60 and report["memory"] > 1

    first = text.with_suffix(".ipynb").read_bytes()
    notebook = json.loads(first)
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert code[0]["outputs"][0]["text"] == ["42\n"]
    assert [c["execution_count"] for c in code] == [1, 2, 3]
    assert len({c["id"] for c in notebook["cells"]}) == 4
    assert "version" not in notebook["metadata"]["language_info"]
    assert not notebooks.is_stale(text, book)

    notebooks.run(text, book)
    assert text.with_suffix(".ipynb").read_bytes() == first


def test_what_makes_a_notebook_stale(book):
    text = book / "book" / "a.md"
    made_from = notebooks.key(text, ["src/dlcore/used.py"], book)
    text.with_suffix(".ipynb").write_text(
        json.dumps({"metadata": {"made_from": made_from}})
    )
    assert not notebooks.is_stale(text, book)

    def change(name, content):
        path = book / name
        before = path.read_bytes()
        path.write_bytes(content)
        stale = notebooks.is_stale(text, book)
        path.write_bytes(before)
        assert not notebooks.is_stale(text, book)
        return stale

    assert change("book/a.md", b"# Another text\n")
    assert change("requirements.txt", b"numpy==3\n")
    assert change("src/dlcore/used.py", b"x = 2\n")
    assert not change("src/dlcore/other.py", b"x = 2\n")
    assert change("book/a_worker.py", b"x = 2\n")
    assert change("book/a.json", b"{}\n")
    assert not change("book/b_worker.py", b"x = 2\n")
    assert not change("src/dlcore/used.py", b"x = 1\r\n")
    (book / "src" / "dlcore" / "used.py").unlink()
    assert notebooks.is_stale(text, book)


def test_a_chapter_that_reads_the_others_runs_last(book):
    folder = book / "book"
    cell = "```{code-cell} ipython3\nprint(1)\n```\n"
    (folder / "b.md").write_text(cell + "[a link](c.ipynb)\n")
    for name in "0.md", "1.md":
        (folder / name).write_text(cell.replace("1", 'open("a.ipynb")'))
    everything = notebooks.texts(book)
    zero, one, a, b = everything
    assert notebooks.waves(everything, everything) == [[a, b], [zero], [one]]
    assert notebooks.waves([b], everything) == [[b], [zero], [one]]
    assert notebooks.waves([one], everything) == [[one]]
    assert notebooks.waves([], everything) == []


def test_a_broken_chapter_keeps_its_old_notebook(book):
    text = book / "book" / "a.md"
    text.with_suffix(".ipynb").write_text("the old one")
    text.write_text(CHAPTER.replace("6 * 7", "6 / 0"))
    report = notebooks.run(text, book)
    assert "code cell 1" in report["error"]
    assert "| print(6 / 0)" in report["error"]
    assert "ZeroDivisionError" in report["error"]
    assert "\x1b[" not in report["error"]
    assert text.with_suffix(".ipynb").read_text() == "the old one"
    assert not list(book.rglob("*.part"))


def test_another_dlcore_is_noticed(book):
    module = book / "src" / "dlcore" / "used.py"
    found = notebooks.files_of_dlcore([str(module)], book)
    assert found == ["src/dlcore/used.py"]
    with pytest.raises(ImportError, match="received .*elsewhere"):
        notebooks.files_of_dlcore([str(book / "elsewhere.py")], book)


def test_code_lines_leave_out_what_is_no_code():
    source = '''"""Docstring
of two lines."""

# comment
import os  # with a comment


def f(x):
    """Another."""
    text = """not a
docstring"""
    return (
        x
    )
'''
    assert lines.code_lines(source) == 7

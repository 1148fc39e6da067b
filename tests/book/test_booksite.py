"""A small book built with the book's own settings, its address set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://github.com/someone/a-book"
KERNEL = {"name": "python3", "display_name": "Python 3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The output folder, and what the build said."""
    root = tmp_path_factory.mktemp("a book")
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    settings["repository"]["url"] = ADDRESS
    (root / "_config.yml").write_text(yaml.safe_dump(settings))
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: book/a\n"
    )
    (root / "index.md").write_text("# The book\n\n$x^2$ {cite:t}`key`\n")
    (root / "book").mkdir()
    (root / "book" / "references.bib").write_text(
        "@misc{key, author={A. Writer}, title={A title}, year={2000}}"
    )
    # The text of the pair says something else, to see which one is shown.
    (root / "book" / "a.md").write_text("# From the text\n")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(
                "# From the notebook\n\n```{bibliography}\n```\n"
            ),
            nbformat.v4.new_code_cell("1 + 1", execution_count=1),
        ],
        metadata={"kernelspec": KERNEL, "language_info": LANGUAGE},
    )
    nbformat.write(notebook, root / "book" / "a.ipynb")
    for name in ["_ext", "_static", "_templates"]:
        shutil.copytree(ROOT / "book" / name, root / "book" / name)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    build = "from jupyter_book.cli.main import main; main()"
    options = [".", "--all", "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", build, "build", *options],
        cwd=root,
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "_build" / "html"


def links(path):
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return [tag.get("href", "") for tag in page.find_all("a")]


def test_buttons_point_at_the_notebook(site):
    found = links(site / "book" / "a.html")
    colab = [link for link in found if "colab." in link]
    binder = [link for link in found if "mybinder." in link]
    assert len(colab) == len(binder) == 1
    assert colab[0].endswith("/someone/a-book/blob/main/book/a.ipynb")
    assert "/someone/a-book/main" in binder[0]
    assert binder[0].endswith("book/a.ipynb")
    assert ADDRESS in found


def test_the_notebook_is_the_page(site):
    text = (site / "book" / "a.html").read_text()
    assert "From the notebook" in text
    assert "From the text" not in text


def test_nothing_wants_another_host(site):
    text = (site / "index.html").read_text()
    assert "thebe" not in text.lower()
    assert 'src="_static/mathjax/startup.js' in text
    assert (site / "_static" / "mathjax" / "startup.js").is_file()
    assert (site / "_static" / "mathjax" / "LICENSE").is_file()


def test_pages_say_what_they_are_about(site):
    def head(name):
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        page = BeautifulSoup(text, "html.parser")
        (description,) = page.select("meta[name=description]")
        return page.title.text, description["content"]

    title = yaml.safe_load((ROOT / "_config.yml").read_text())["title"]
    assert head("index") == ("The book", "x^2 Writer [2000]")
    assert head("book/a")[0] == f"From the notebook \u2014 {title}"
    assert head("genindex")[1] == f"Index: {title}."

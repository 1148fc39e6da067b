"""Numbers of dlcore.results in the prose of a built page."""

import subprocess
import sys

import nbformat
from nbclient import NotebookClient

CODE = """
from dlcore.results import computed, measured
computed("page_share", 0.12)
computed("page_parameters", 54410)
measured("page_accuracy", 0.936, 0.92, 1, digits=1, unit="%")
"""
PROSE = """# Page

{glue:text}`page_share`, {glue:text}`page_parameters:,d`,
{glue:text}`page_accuracy` end.
"""


def test_prose_shows_the_bare_text(tmp_path):
    """A notebook with stored outputs, built as the book is built."""
    cells = [
        nbformat.v4.new_markdown_cell(PROSE),
        nbformat.v4.new_code_cell(CODE.strip()),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, tmp_path / "index.ipynb")
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_nb"]\nnb_execution_mode = "off"\n'
    )
    out = tmp_path / "out"
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-Wqb", "text", tmp_path, out],
        check=True,
    )
    text = (out / "index.txt").read_text()
    assert "\n0.1200, 54,410, 93.6\xa0% end.\n" in text
    assert text.split('="%")')[1].split("\n\n") == [
        "",
        "   page_share = 0.1200",
        "   page_parameters = 54410",
        "   measured page_accuracy = 93.6 (band 92 to 100 %)\n",
    ]

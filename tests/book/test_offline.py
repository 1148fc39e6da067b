"""The site as a zip, and the book as a PDF."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pack import pack
from pdf import Pdf

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"


# The zip ------------------------------------------------------------------


def make_site(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"This is {name}.\n" * 50)


def test_a_zip_depends_on_the_files_alone(tmp_path):
    names = ["index.html", "b/c.html", "b/Ä.png", ".stamp", "a/.buildinfo"]
    make_site(tmp_path / "one", names)
    make_site(tmp_path / "two", reversed(names))
    for path in (tmp_path / "two").rglob("*"):
        os.utime(path, (1, 1))
        if path.is_file():
            path.chmod(0o600)
    (tmp_path / "out").mkdir()
    packed = []
    for site in "one", "two":
        output = tmp_path / "out" / "book.zip"
        assert pack(tmp_path / site, output) == 3
        packed.append(output.read_bytes())
    assert packed[0] == packed[1]
    with zipfile.ZipFile(output) as archive:
        kept = ["book/b/c.html", "book/b/Ä.png", "book/index.html"]
        assert archive.namelist() == kept
        archive.extractall(tmp_path)
    text = (tmp_path / "book" / "index.html").read_text()
    assert text == (tmp_path / "one" / "index.html").read_text()


def test_the_unpacked_site_opens_and_finds(page, tmp_path):
    """From a folder with a space and a letter that addresses escape."""
    folder = tmp_path / "a stück"
    folder.mkdir()
    output = folder / "book.zip"
    pack(SITE, output)
    with zipfile.ZipFile(output) as archive:
        archive.extractall(folder)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def check_failure(request):
        # Aborted is what leaving a page does to its last requests.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    page.on("requestfailed", check_failure)
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type == "error" else None,
    )
    page.goto((folder / "book" / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("gradien")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=gradien")
    found = page.locator("#booksearch-results a")
    assert found.count() > 3
    for name in "propag", "volution":
        page.get_by_label("Words, or parts of words").fill(name)
        page.keyboard.press("Enter")
        assert name in found.first.locator("xpath=..").inner_text().lower()
    found.first.click()
    page.wait_for_url("**#*")
    page.locator("article h1").wait_for()
    assert complaints == []


# The PDF ------------------------------------------------------------------

FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">'
    '<path d="M0 60L90 0"/></svg>'
)
PAGES = {
    "index": (
        "# A small book\n\nSee {ref}`the other exercises <ex-two>`.\n\n"
        "```{toctree}\n:caption: Part & first\n:numbered:\n:hidden:\none\n"
        "```\n```{toctree}\n:caption: Part second\n:hidden:\ntwo\n```\n"
    ),
    "one": (
        "# One\n\n$$x^2 + y$$ (eq-one)\n\n(ex-one)=\n## Exercises\n\n"
        "```{figure} figure.svg\n:name: fig-line\n:alt: A line\nA line\n```\n"
        "\n```{quiz} What?\n:name: quiz-a\n- (x) Yes\n  Because.\n"
        "- ( ) No\n  So.\n```\n"
    ),
    "two": (
        "# Two\n\nIn {eq}`eq-one` and {numref}`fig-line`, "
        "[a quiz](#quiz-a).\n\n(ex-two)=\n## Exercises\n\n{ref}`ex-two` "
        "and [start](index.md).\n\n<details><summary>Folded</summary>\n\n"
        "Unfolded\n\n</details>\n"
    ),
}


def print_pages(small_site, folder, pages):
    """The messages of the build, then what pdf.py returns and says."""
    source = folder / "pages"
    source.mkdir()
    (source / "figure.svg").write_text(FIGURE)
    said = small_site(folder, pages, ["quiz", "onepage"], "singlehtml")
    tool = ROOT / "book" / "_tools" / "pdf.py"
    done = subprocess.run(
        [sys.executable, tool, folder / "singlehtml", folder / "book.pdf"],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return said, done


@pytest.fixture(scope="module")
def printed(small_site, tmp_path_factory, browser_type_launch_args):
    """A small book as PDF; without a browser its tests are skipped."""
    folder = tmp_path_factory.mktemp("pdf")
    said, done = print_pages(small_site, folder, PAGES)
    assert said == []
    assert done.returncode == 0, done.stderr
    assert "book.pdf: 5 pages" in done.stdout
    return folder


def test_pages_links_and_outline(printed):
    book = Pdf((printed / "book.pdf").read_bytes())
    # Cover, contents, the landing page, and each chapter with its part.
    assert len(book.pages) == 5
    assert book.problems() == []
    place = book.places
    assert place["index--a-small-book"] == 3
    assert place["part-1"] == place["one--exercises"] == 4
    assert place["part-2"] == place["two--exercises"] == 5
    # Both chapters have a section "Exercises": each link to its own.
    for anchor in "one--exercises", "two--exercises":
        assert book.links.count(anchor) == 1  # from the contents
    assert book.links.count("two--ex-two") == 2  # from index and two
    assert place["two--ex-two"] == 5
    for link in "one--fig-line", "quiz-a", "one--equation-eq-one":
        assert link in book.links and place[link] == 4
    # Contents, landing page, two parts, two chapters, two sections.
    assert book.outline == 8


def test_one_page_numbers_and_anchors(printed):
    from bs4 import BeautifulSoup

    text = (printed / "singlehtml" / "index.html").read_text()
    page = BeautifulSoup(text, "html.parser").article
    titles = [heading.text for heading in page.select("h1")]
    assert titles == [
        "A small book#",
        "Part & first",
        "1. One#",
        "Part second",
        "Two#",
    ]
    assert page.select_one("#one--exercises h2").text == "1.1. Exercises#"
    link = page.find("a", string="Fig. 1") or page.find(
        "a", href="#one--fig-line"
    )
    assert link["href"] == "#one--fig-line"


BAD = {
    "missing": (
        '<img src="gone.png" alt="Gone">',
        ["missing image:", "gone.png"],
    ),
    "link": ('<a href="#gone">Gone</a>', ["link to nowhere: #gone"]),
    "page": ('<a href="gone.html">Gone</a>', ["link to nowhere: gone.html"]),
    "formula": ("$\\frac{1}$", ["formula: Missing argument for \\frac"]),
    "wide": (
        '<table style="min-width: 900px"><tr><td>Wide</td></tr></table>',
        ["cut off: Wide"],
    ),
}


def test_what_is_wrong_with_a_page_is_said(
    small_site, tmp_path, browser_type_launch_args
):
    bad = "\n\n".join(text for text, _ in BAD.values())
    pages = {"index": f"# Bad\n\n{bad}\n\n```{{toctree}}\none\n```\n"}
    _, done = print_pages(small_site, tmp_path, pages | {"one": "# One\n"})
    assert done.returncode == 1
    assert not (tmp_path / "book.pdf").exists()
    for _, messages in BAD.values():
        for message in messages:
            assert message in done.stderr


def test_links_to_nowhere_in_a_pdf_are_noticed(printed):
    data = (printed / "book.pdf").read_bytes()
    broken = data.replace(b"/two--exercises [", b"/two--exercised [")
    assert broken != data
    message = "link to nowhere in the PDF: two--exercises"
    assert Pdf(broken).problems() == [message]
    with pytest.raises(ValueError, match="a PDF expected"):
        Pdf(b"<html>")


def test_the_layout_of_paper_is_what_the_check_measures():
    """The width that pdf.py looks at is what the margins leave of A4."""
    from pdf import WIDTH

    style = ROOT / "book" / "_ext" / "onepage_assets" / "onepage.css"
    assert "margin: 19mm 18mm 20mm" in style.read_text()
    assert round((210 - 2 * 18) / 25.4 * 96) == WIDTH

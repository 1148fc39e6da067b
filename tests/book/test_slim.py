"""What the theme brings and no page needs stays out; every icon stays in."""

import base64
import io
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "index": "# Start\n\nNo formula here.\n\n```{toctree}\nmath\n```\n",
    "math": "# Formulas\n\n$x^2$\n",
}


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slim")
    assert small_site(folder, PAGES, ["slim"]) == []
    return folder / "html"


@pytest.fixture
def slim(small_site):
    """The extension as a module; small_site makes it importable."""
    import slim

    return slim


def fonts(sheet):
    """The fonts in a style sheet: {(family, weight): characters}."""
    from fontTools.ttLib import TTFont

    face = re.compile(
        r'font-family:"([^"]+)";font-style:normal;font-weight:(\d+).*?'
        r"base64,([^)]+)\)"
    )
    return {
        (family, int(weight)): set(
            TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()
        )
        for family, weight, data in face.findall(sheet)
    }


def test_every_icon_of_a_page_is_kept(site):
    sheet = (site / "_static" / "icons" / "icons.css").read_text()
    rule = r'\.(fa-[\w-]+):before\{content:"\\(\w+)"'
    glyphs = dict(re.findall(rule, sheet))
    solid = fonts(sheet)["Font Awesome 6 Free", 900]
    page = (site / "math.html").read_text()
    icons = BeautifulSoup(page, "html.parser").select(".fas, .fa-solid")
    # What document.write() adds is in scripts.
    names = {name for icon in icons for name in icon["class"]}
    names |= set(re.findall(r"fa-(?:sun|moon|magnifying-glass)\b", page))
    names -= {"fas", "fa-solid", "fa-lg", "btn__icon"}
    names = {name for name in names if name.startswith("fa-")}
    assert {"fa-sun", "fa-magnifying-glass", "fa-download"} <= names
    for name in names:
        assert int(glyphs[name], 16) in solid, name
    # The bell of an admonition stands as a character in the theme's CSS.
    assert 0xF0F3 in solid


def test_icons_weigh_little(site):
    folder = site / "_static" / "icons"
    assert (folder / "icons.css").stat().st_size < 20_000
    assert "Font Awesome" in (folder / "LICENSE.txt").read_text()
    assert not (site / "_static" / "vendor").exists()
    assert list(site.rglob("*.map")) == []


def test_icons_are_the_same_in_every_build(site, small_site, tmp_path):
    assert small_site(tmp_path, PAGES, ["slim"]) == []
    path = Path("_static") / "icons" / "icons.css"
    again = tmp_path / "html" / path
    assert again.read_bytes() == (site / path).read_bytes()


@pytest.fixture
def package():
    import pydata_sphinx_theme

    theme = Path(pydata_sphinx_theme.__file__).parent
    (found,) = theme.glob("theme/*/static/vendor/fontawesome/*")
    return found


def test_brands_come_from_their_own_font(slim, package):
    sheet = slim.icon_sheet(package, {frozenset({"fab", "fa-github"})}, set())
    assert fonts(sheet) == {("Font Awesome 6 Brands", 400): {0xF09B}}


@pytest.mark.parametrize("name", ["fa-nonsense", "fa-github"])
def test_an_icon_that_is_not_there_is_an_error(slim, package, name):
    with pytest.raises(slim.ExtensionError, match=name):
        slim.icon_sheet(package, {frozenset({"fas", name})}, set())


def test_mathjax_is_on_pages_with_formulas_only(site):
    def loads(name):
        text = (site / f"{name}.html").read_text()
        return "tex-chtml.js" in text, "window.MathJax" in text

    assert loads("math") == (True, True)
    assert loads("index") == (False, False)

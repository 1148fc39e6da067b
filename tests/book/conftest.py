"""Builds a small site around one of the book's own Sphinx extensions."""

import contextlib
import io
import re
import sys
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import served

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # javascript.py


@pytest.fixture(scope="session")
def small_site():
    """build(folder, pages, extensions, builder="html", ...) -> messages.

    pages: {name: Markdown}; "index" is the root. Writes the site to
    folder/builder and returns Sphinx's warnings and errors as lines, with
    paths relative to the pages. More keywords are settings of Sphinx.
    """
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    yield build
    sys.path.remove(str(ROOT / "book" / "_ext"))


def build(folder, pages, extensions, builder="html", parallel=1, **more):
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    source = folder / "pages"
    source.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        path = source / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    mathjax = ROOT / "node_modules" / "mathjax" / "es5" / "tex-chtml.js"
    settings = {
        "extensions": ["myst_nb", "sphinx.ext.mathjax", *extensions],
        "html_theme": "sphinx_book_theme",
        "mathjax_path": mathjax.as_uri(),
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "nb_execution_mode": "off",
        "numfig": True,
        # As the book has them, so that a browser does not complain.
        "html_context": {"default_mode": "auto"},
        "html_favicon": str(ROOT / "book" / "_static" / "favicon.svg"),
        "language": "en",
        **more,
    }
    messages = io.StringIO()
    with (
        warnings.catch_warnings(),
        patch_docutils(),
        docutils_namespace(),
    ):
        # The libraries' own deprecations are not what is tested here.
        warnings.simplefilter("ignore")
        Sphinx(
            source,
            None,
            folder / builder,
            folder / f"{builder}-doctrees",
            builder,
            settings,
            status=None,
            warning=messages,
            parallel=parallel,
        ).build()
    text = re.sub(r"\x1b\[[0-9;]*m", "", messages.getvalue())
    lines = text.replace(f"{source}/", "").splitlines()
    return [line for line in lines if "included in any toctree" not in line]


@pytest.fixture(scope="session")
def serve():
    """serve(folder) -> its address on this machine's loopback."""
    with contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(served(folder))


@pytest.fixture
def quiet_page(page):
    """A page; an error in it, or a request to others, fails the test."""
    complaints = []

    def check_request(route):
        url = urlsplit(route.request.url)
        if "vendor/fontawesome" in url.path:
            route.abort()  # 1.5 MB that the book's own pages do not have
        elif url.scheme in ("file", "data", "blob") or (
            url.hostname == "127.0.0.1"
        ):
            route.continue_()
        else:
            complaints.append(f"outside request: {route.request.url}")
            route.abort()

    def check_console(message):
        about = message.text + message.location["url"]
        if "vendor/fontawesome" in about:
            return
        if message.type in ("error", "warning"):
            complaints.append(f"console {message.type}: {about}")

    page.route("**/*", check_request)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", check_console)
    yield page
    assert complaints == []

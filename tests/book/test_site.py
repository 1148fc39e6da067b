"""The built site: links and figures, then every page in a real browser."""

import functools
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
PAGES = [
    path.relative_to(SITE).as_posix()
    for path in sorted(SITE.rglob("*.html"))
    if "_static" not in path.parts
]


@functools.cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(path):
    return {tag["id"] for tag in parsed(path).find_all(id=True)} | {
        tag["name"] for tag in parsed(path).find_all("a", attrs={"name": True})
    }


# All pages of source code are made alike: two of them are opened.
OPENED = [name for name in PAGES if not name.startswith("_modules/")] + [
    name
    for name in ["_modules/index.html", "_modules/dlcore/layers/core.html"]
    if name in PAGES
]


def test_the_site_is_built():
    assert "index.html" in PAGES, f"no site in {SITE}: run `make book`"


# What the files say -------------------------------------------------------


def broken_links(path, site):
    """Links and files of a page that lead nowhere inside the site."""
    broken = []
    for tag in parsed(path).find_all(["a", "link", "script", "img", "source"]):
        link = tag.get("href") or tag.get("src")
        if not link or link.startswith(("data:", "mailto:", "javascript:")):
            continue
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = path
        if parts.path:
            target = (path.parent / unquote(parts.path)).resolve()
        inside = target.is_file() and target.is_relative_to(site.resolve())
        anchor = unquote(parts.fragment) if target.suffix == ".html" else ""
        if not inside or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def undescribed_images(path):
    """Images without alt text, or whose alt text is a file's name."""
    return [
        str(image)
        for image in parsed(path).find_all("img")
        if "logo__image" not in image.get("class", [])
        and (
            not (image.get("alt") or "").strip()
            or re.search(r"\.(png|svg|jpe?g)$|^[\w/]*_images/", image["alt"])
        )
    ]


@pytest.mark.parametrize("name", PAGES)
def test_page_files(name):
    path = (SITE / name).resolve()
    assert broken_links(path, SITE) == []
    assert undescribed_images(path) == []


def test_bad_links_and_images_are_noticed(tmp_path):
    (tmp_path / "b.html").write_text('<p id="here">')
    page = tmp_path / "a.html"
    page.write_text(
        '<a href="b.html#here">1</a><a href="b.html#gone">2</a>'
        '<a href="c.html">3</a><a href="#gone">4</a><a href="../x">5</a>'
        '<img src="b.html" alt="A line"><img src="d.png" alt=" ">'
        '<img src="b.html" alt="_images/ab.png"><a href="https://a.b/">6</a>'
    )
    assert broken_links(page, tmp_path) == [
        "b.html#gone",
        "c.html",
        "#gone",
        "../x",
        "d.png",
    ]
    assert len(undescribed_images(page)) == 2


def test_every_page_has_the_licences():
    for name in PAGES:
        text = parsed(SITE / name).get_text()
        assert "CC BY 4.0" in text and "MIT" in text, name


def test_no_button_without_the_public_address():
    """While the repository's address is not set, nothing points at it."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    if settings["repository"]["url"]:
        pytest.skip("the address is set")
    for name in PAGES:
        buttons = parsed(SITE / name).select(".article-header-buttons a")
        links = [button["href"] for button in buttons]
        assert not [link for link in links if urlsplit(link).scheme], name


def test_the_text_of_a_pair_is_no_page():
    for path in (ROOT / "book").rglob("*.ipynb"):
        source = path.relative_to(ROOT).as_posix()
        if ".ipynb_checkpoints" not in source:
            assert (SITE / "_sources" / source).is_file(), source
            text = SITE / "_sources" / Path(source).with_suffix(".md")
            assert not text.exists()


# In a browser -------------------------------------------------------------


@pytest.fixture(scope="session")
def server(serve):
    """The site's address on this machine's loopback."""
    return serve(SITE)


@pytest.fixture(scope="session")
def watched(browser):
    """One browser tab for all pages, and what went wrong in it.

    A request to any other host is refused and noted.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    complaints = []

    def check_request(route):
        url = urlsplit(route.request.url)
        inside = url.scheme in ("file", "data", "blob") or (
            url.hostname == "127.0.0.1"
        )
        if inside:
            route.continue_()
        else:
            complaints.append(f"outside request: {route.request.url}")
            route.abort()

    def check_response(response):
        if response.status >= 400:
            complaints.append(f"{response.status}: {response.url}")

    def check_failure(request):
        # Aborted is what leaving a page does to its last requests.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"failed: {request.url}, {request.failure}")

    def check_console(message):
        if message.type in ("error", "warning"):
            complaints.append(f"console {message.type}: {message.text}")

    context.route("**/*", check_request)
    page = context.new_page()
    page.on("console", check_console)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("response", check_response)
    page.on("requestfailed", check_failure)
    yield page, complaints
    context.close()


def settle(page):
    """Wait until MathJax has typeset the page, if it is on it."""
    page.evaluate("() => window.MathJax?.startup?.promise")


def set_theme(page, theme):
    page.evaluate(
        """theme => {
            document.documentElement.dataset.mode = theme;
            document.documentElement.dataset.theme = theme;
        }""",
        theme,
    )


# Colours that fade would be measured half-way.
STILL = "*, *::before, *::after { transition: none !important; }"

UNRENDERED = """() => [...document.querySelectorAll('.math')]
    .filter(e => !e.querySelector('mjx-container'))
    .map(e => e.textContent.slice(0, 60))"""
MATH_ERRORS = """() => [...document.querySelectorAll('mjx-merror')]
    .map(e => e.getAttribute('data-mjx-error'))"""
BROKEN_IMAGES = """async () => {
    const broken = [];
    for (const image of document.images) {
        image.loading = 'eager';
        try { await image.decode(); } catch { broken.push(image.src); }
    }
    return broken;
}"""
TOO_WIDE = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const scrolls = e => e && e !== document.body
        && (getComputedStyle(e).overflowX !== 'visible'
            || scrolls(e.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter(e => e.scrollWidth > e.clientWidth + 1 && !scrolls(e))
        .slice(-3).map(e => e.outerHTML.slice(0, 200));
}"""


def serious(page, **options):
    """Axe's serious and critical findings, readable."""
    # Reading style sheets by a request of its own fails for files.
    options["preload"] = False
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("name", OPENED)
def test_page_in_a_browser(name, watched):
    """Opened once, from its file: errors, math, axe, dark, phone."""
    page, complaints = watched
    complaints.clear()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((SITE / name).as_uri())
    page.add_style_tag(content=STILL)
    settle(page)
    assert page.evaluate(UNRENDERED) == []
    assert page.evaluate(MATH_ERRORS) == []
    assert page.evaluate(BROKEN_IMAGES) == []
    set_theme(page, "light")
    assert serious(page) == []
    set_theme(page, "dark")
    only_colours = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    assert serious(page, **only_colours) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(TOO_WIDE) == []
    assert complaints == []


@pytest.mark.parametrize("name", OPENED)
def test_page_from_a_server(name, watched, server):
    page, complaints = watched
    complaints.clear()
    page.goto(f"{server}/{name}")
    settle(page)
    assert page.evaluate(UNRENDERED) == []
    assert complaints == []


def test_the_browser_checks_notice(watched, tmp_path):
    """What the checks above look for, all on one bad page."""
    page, complaints = watched
    complaints.clear()
    page.set_viewport_size({"width": 360, "height": 740})
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<html><head><title>Bad</title></head><body><main>"
        '<p style="color:#ccc;background:#fff">pale</p>'
        '<div class="math">x</div><div style="width:900px">wide</div>'
        '<img src="gone.png"><script src="https://example.org/x.js"></script>'
        '<script>console.error("oh"); throw Error("no");</script></main>'
    )
    page.goto(bad.as_uri())
    assert page.evaluate(UNRENDERED) == ["x"]
    assert page.evaluate(BROKEN_IMAGES)
    assert page.evaluate(TOO_WIDE)
    found = " ".join(serious(page))
    assert "color-contrast" in found and "image-alt" in found
    seen = " ".join(complaints)
    for what in ["outside request", "console error", "error: no", "gone.png"]:
        assert what in seen

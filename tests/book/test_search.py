"""The search: what it writes, finds and says, from a file and a server."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "index": (
        "# A book\n\nAbout networks and convolution.\n\n"
        "```{toctree}\n:numbered:\nlearning\nsmall\n```\n"
        "```{toctree}\nwords\n```\n"
    ),
    "learning": (
        "# Learning\n\nA page about gradients.\n\n"
        "## Backpropagation\n\n"
        "The chain rule, from the last layer to the *first*. It was Émile's "
        "and ends before anybody goes back.\n\n"
        "```python\nmodel.train_on_batch(x, y)\n```\n\n"
        "### A formula\n\nInline $\\mathbf{w}$ stays, a block does not.\n\n"
        "$$\\hidden_{secret}$$\n"
    ),
    "small": "# Convolution\n\nA kernel slides. <em>raw</em>\n\n"
    "## Rates\n\nLearning.\n\n## The learning rate\n\nA step.\n",
    "words": (
        "# Glossary\n\n:::{glossary}\nRegularization\n"
        "  Whatever keeps weights small.\n:::\n"
    ),
}


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a search")
    assert small_site(folder, PAGES, ["booksearch"]) == []
    return folder / "html"


# What is written ----------------------------------------------------------


def read_data(site):
    text = (site / "_static" / "search" / "data.js").read_text()
    begin, end = "window.bookSearchData = ", ";\n"
    assert text.startswith(begin) and text.endswith(end)
    return json.loads(text[len(begin) : -len(end)])


def test_every_place_is_written_in_order(site):
    data = read_data(site)
    assert list(data) == ["index", "learning", "small", "words"]
    titles = [page["title"] for page in data.values()]
    assert titles == ["A book", "1. Learning", "2. Convolution", "Glossary"]
    assert data["learning"]["places"] == [
        ["", "Learning", "A page about gradients."],
        [
            "backpropagation",
            "Backpropagation",
            "The chain rule, from the last layer to the first. It was "
            "Émile’s and ends before anybody goes back. "
            "model.train_on_batch(x, y)",
        ],
        ["a-formula", "A formula", "Inline w stays, a block does not."],
    ]
    assert data["words"]["places"][1] == [
        "term-Regularization",
        "Regularization",
        "Whatever keeps weights small.",
    ]


def test_sphinx_own_search_is_gone(site):
    assert not (site / "searchindex.js").exists()
    assert "searchtools" not in (site / "search.html").read_text()


def test_an_incremental_build_keeps_the_other_pages(small_site, tmp_path):
    assert small_site(tmp_path, PAGES, ["booksearch"]) == []
    before = read_data(tmp_path / "html")
    pages = PAGES | {"small": "# Convolution\n\nChanged.\n"}
    assert small_site(tmp_path, pages, ["booksearch"]) == []
    after = read_data(tmp_path / "html")
    assert after.pop("small")["places"] == [["", "Convolution", "Changed."]]
    del before["small"]
    assert after == before


# What is found ------------------------------------------------------------


@pytest.fixture(scope="module")
def server(site, serve):
    return serve(site)


@pytest.fixture(params=["file", "server"])
def reader(request, page, site):
    """A search page without complaints, opened both ways."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def check_console(message):
        # What a small site takes from places where a file or a server may
        # not: the real site has its own icons and MathJax.
        text = message.text + message.location["url"]
        small = "fontawesome" in text or "tex-chtml" in text
        if message.type == "error" and not small:
            complaints.append(message.text)

    page.on("console", check_console)
    page.base = site.as_uri()
    if request.param == "server":
        page.base = request.getfixturevalue("server")
    page.goto(f"{page.base}/search.html")
    yield page
    assert complaints == []


def ask(page, question):
    """Type a question; what is said, and the titles found."""
    page.get_by_label("Words, or parts of words").fill(question)
    page.keyboard.press("Enter")
    titles = page.locator("#booksearch-results a").all_inner_texts()
    return page.locator("#booksearch-status").inner_text(), titles


QUESTIONS = [
    ("backprop", ["Backpropagation"]),
    ("PROPAG", ["Backpropagation"]),
    # What stands in a title comes first.
    ("volution", ["2. Convolution", "A book"]),
    ("emile", ["Backpropagation"]),
    ("train_on_batch", ["Backpropagation"]),
    ('"last layer"', ["Backpropagation"]),
    ('"layer last"', []),
    ("chain first", ["Backpropagation"]),
    ("chain kernel", []),
    # The page's title helps, but alone it finds the page only.
    ("learning chain", ["Backpropagation"]),
    ("learning", ["1. Learning", "The learning rate", "Rates"]),
    ("learning rate", ["The learning rate", "Rates"]),
    ("back", ["Backpropagation"]),
    ("hidden", []),
    ("<em>", []),
    ("   ", []),
]


def test_what_is_found(reader):
    found = [(question, ask(reader, question)[1]) for question, _ in QUESTIONS]
    assert found == QUESTIONS


def test_what_is_said(reader):
    assert ask(reader, "kernel")[0] == "1 place for “kernel”."
    assert ask(reader, "zebra")[0] == "Nothing found for “zebra”."
    # Endings are cut, and the answer says so.
    said, titles = ask(reader, "regularizing")
    assert titles == ["Regularization"]
    assert said == ("1 place for “regulariz”; nothing has “regularizing”.")
    assert ask(reader, "")[0] == ""


def test_a_result_leads_to_its_place(reader):
    ask(reader, "propag")
    result = reader.locator("#booksearch-results li")
    assert result.locator("mark").first.inner_text() == "propag"
    assert "1. Learning" in result.inner_text()
    assert "The chain rule" in result.inner_text()
    result.get_by_role("link").click()
    assert reader.url.endswith("/learning.html#backpropagation")
    reader.go_back()
    # The question and its answer are still there.
    box = reader.get_by_label("Words, or parts of words")
    assert box.input_value() == "propag"
    assert result.count() == 1


def test_the_keyboard_alone(reader):
    """The field has the focus; Tab leads to what was found."""
    reader.keyboard.type("kernel")
    reader.locator("#booksearch-results a").wait_for()
    for _ in range(6):
        reader.keyboard.press("Tab")
        focus = "document.activeElement.innerText"
        if reader.evaluate(focus) == "2. Convolution":
            break
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/small.html")


def test_from_another_page(reader):
    reader.goto(f"{reader.base}/small.html")
    reader.keyboard.press("Control+k")
    reader.keyboard.type("propag")
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/search.html?q=propag")
    found = reader.locator("#booksearch-results a")
    assert found.all_inner_texts() == ["Backpropagation"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible(reader, theme):
    ask(reader, "the")
    reader.evaluate("t => document.documentElement.dataset.theme = t", theme)
    options = {"preload": False}
    context = ".bd-search-container"
    found = Axe().run(reader, context=context, options=options)
    assert found.response["violations"] == []
    assert reader.get_by_role("status").count() == 1


def test_fits_a_phone(reader):
    reader.set_viewport_size({"width": 360, "height": 640})
    ask(reader, "the")
    assert reader.evaluate("document.documentElement.scrollWidth") == 360


def test_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "search.html").as_uri())
    note = page.get_by_text("The search needs JavaScript.")
    assert note.is_visible()
    context.close()

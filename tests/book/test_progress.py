"""Your progress: the list in the site, and what a reader does with it."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
KEY = "dlcore-book-progress"
QUIZ = """\
```{{quiz}} What is $1 + 1$, as *you* know?
:name: {name}
- (x) Two
  Yes.
- ( ) Three
  No.
```
"""
EXERCISE = """\
```{{exercise}} The sum of {name}
:label: ex-{name}
Do it.
```
"""
EXTENSIONS = ["sphinx_exercise", "quiz", "progress"]
PAGES = {
    "index": "# Book\n\n```{toctree}\n:numbered:\nsums\nplain\nmore\n"
    "progress\n```\n",
    "sums": "# Sums & more\n\n"
    + QUIZ.format(name="quiz-a")
    + EXERCISE.format(name="a")
    + EXERCISE.format(name="b")
    + QUIZ.format(name="quiz-b"),
    "more": "# Other\n\n" + QUIZ.format(name="quiz-c"),
    "plain": "# Plain\n\nNothing to do.\n",
    "progress": "# Your progress\n\nIt is here.\n\n```{progress}\n```\n",
}
REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("no", "SecurityError"); } });"""


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("progress")
    mathjax = "mathjax/tex-chtml.js"
    assert small_site(folder, PAGES, EXTENSIONS, mathjax_path=mathjax) == []
    source = ROOT / "node_modules" / "mathjax" / "es5"
    (folder / "html" / "_static" / "mathjax").symlink_to(source)
    return folder / "html"


# What is written ----------------------------------------------------------


def read(path):
    return BeautifulSoup(path.read_text(), "html.parser")


def test_the_list_is_there_without_a_script(site):
    page = read(site / "progress.html")
    rows = [
        [" ".join(cell.text.split()) for cell in row.select("th, td")]
        for row in page.select(".book-progress tr")
    ]
    assert rows == [
        ["Chapter", "Quizzes", "At first try", "Exercises"],
        ["1. Sums & more", "2", "", "2"],
        ["3. Other", "1", "", "0"],
    ]
    entries = page.select(".book-progress li")
    assert [(e.a["href"], " ".join(e.text.split())) for e in entries] == [
        ("sums.html#quiz-a", r"Quiz: What is \(1 + 1\), as you know?"),
        ("sums.html#ex-a", "Exercise: The sum of a"),
        ("sums.html#ex-b", "Exercise: The sum of b"),
        ("sums.html#quiz-b", r"Quiz: What is \(1 + 1\), as you know?"),
        ("more.html#quiz-c", r"Quiz: What is \(1 + 1\), as you know?"),
    ]
    assert entries[0].em.text == "you"
    for name in "sums", "more":
        other = read(site / f"{name}.html")
        for entry in entries:
            target, anchor = entry.a["href"].split(".html#")
            assert target != name or other.find(id=anchor)
    hidden = page.select("[hidden]")
    for part in "p.progress-sum", "div.progress-controls", "li input":
        assert all(e in hidden for e in page.select(part))


def test_scripts_are_where_they_are_needed(site):
    scripts = {
        "progress": ["store", "progress"],
        "sums": ["store", "exercises", "quiz"],
        "more": ["store", "quiz"],
        "plain": [],
    }
    for name, expected in scripts.items():
        tags = read(site / f"{name}.html").select("script[src]")
        files = [tag["src"].split("?")[0] for tag in tags]
        own = [f for f in files if "/progress/" in f or "/quiz/" in f]
        stems = [file.rpartition("/")[2].removesuffix(".js") for file in own]
        assert stems == expected
    folder = site / "_static" / "progress"
    assert sum(f.stat().st_size for f in folder.iterdir()) < 20_000


@pytest.mark.parametrize("builder", ["latex", "singlehtml"])
def test_on_paper_the_plain_list(small_site, tmp_path, builder):
    pages = PAGES | {"plain": "# Plain\n\nNo $x$.\n"}
    assert small_site(tmp_path, pages, EXTENSIONS, builder) == []
    names = {"latex": "*.tex", "singlehtml": "index.html"}
    (file,) = (tmp_path / builder).glob(names[builder])
    text = file.read_text().partition("It is here.")[2]
    places = [
        text.index(part) for part in ("Sums", "The sum of a", "The sum of b")
    ]
    assert places == sorted(places) and "Other" in text
    assert "progress/progress.js" not in text


def test_a_new_quiz_elsewhere_is_on_the_list(small_site, tmp_path):
    for parallel in 2, 1:
        pages = {f"page{i}": f"# P\n\n{parallel}\n" for i in range(8)}
        pages |= PAGES
        if parallel == 1:
            pages["more"] += QUIZ.format(name="quiz-d")
        small_site(tmp_path, pages, EXTENSIONS, parallel=parallel)
        page = read(tmp_path / "html" / "progress.html")
        assert len(page.select("li[data-quiz]")) == 4 - (parallel == 2)


def test_twice_on_a_page_is_an_error(small_site, tmp_path):
    pages = {"index": PAGES["progress"] + "\n```{progress}\n```\n"}
    messages = small_site(tmp_path, pages, EXTENSIONS, "dummy")
    expected = "index.md:8: ERROR: progress: expected once on a page"
    assert messages[0].startswith(expected)


# How records are read and merged ------------------------------------------


@pytest.fixture(params=["http", "file"])
def reader(request, quiet_page, site, serve):
    """go(name): the page of this name, from a server or as a file."""
    root = serve(site) if request.param == "http" else site.as_uri()

    def go(name):
        quiet_page.goto(f"{root}/{name}.html")
        return quiet_page

    quiet_page.go = go
    return quiet_page


from_file = pytest.mark.parametrize("reader", ["file"], indirect=True)


def record(quizzes=None, tries=None, exercises=None):
    return {
        "version": 1,
        "quizzes": quizzes or {},
        "tries": tries or {},
        "exercises": exercises or {},
    }


@from_file
def test_merging_loses_nothing(reader):
    page = reader.go("progress")
    one = record(
        {"q-both": "2025-01-02", "q-one": "2025-01-01", "q-day": "2025-01-01"},
        {"q-both": 1, "q-one": 3, "q-open": 2, "q-day": 2, "q-new": 4},
        {"ex-both": "2025-03-01", "ex-one": "2025-03-01"},
    )
    other = record(
        {"q-both": "2025-01-01", "q-day": "2025-01-01", "q-new": "2025-01-01"},
        {"q-both": 2, "q-open": 5, "q-day": 1},
        {"ex-both": "2025-02-01"},
    )
    expected = record(
        {
            "q-both": "2025-01-01",
            "q-one": "2025-01-01",
            "q-day": "2025-01-01",
            "q-new": "2025-01-01",
        },
        {"q-both": 2, "q-one": 3, "q-open": 5, "q-day": 2},
        {"ex-both": "2025-02-01", "ex-one": "2025-03-01"},
    )
    merge = "([a, b]) => dlcoreProgress.merge(a, b)"
    for pair in (
        [one, other],
        [other, one],
        [expected, one],
        [expected, expected],
    ):
        assert page.evaluate(merge, pair) == expected


BAD_FILES = {
    "empty": ("", "it is not JSON, or it is cut off"),
    "cut": ('{"kind": "dlcore-book', "it is not JSON, or it is cut off"),
    "picture": (b"\x89PNG\xff\x00", "it is not JSON, or it is cut off"),
    "other": ('{"version": 1}', "it is not a record of this book's progress"),
    "list": ("[1]", "it is not a record of this book's progress"),
    "null": ("null", "it is not a record of this book's progress"),
    "later": (
        {"version": 2, "new": 1},
        "it has version 2: a later version of the book has written it",
    ),
    "no_version": ({"quizzes": {}}, "it has no version"),
    "no_object": (
        {"version": 1, "quizzes": ["quiz-a"]},
        'its "quizzes" are damaged',
    ),
    "no_day": (
        record({"quiz-a": "yesterday"}),
        'its "quizzes" are damaged at "quiz-a"',
    ),
    "no_number": (
        record(tries={"quiz-a": 0}),
        'its "tries" are damaged at "quiz-a"',
    ),
    "no_name": (
        record(exercises={"<b>": "2025-01-01"}),
        'its "exercises" are damaged at "<b>"',
    ),
    "large": ("x" * 1_000_001, "it is far too large"),
}


def choose(page, name, content):
    """Import a file as a reader does; what the page says to it."""
    if isinstance(content, dict):
        content = json.dumps({"kind": KEY} | content)
    if isinstance(content, str):
        content = content.encode()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import a file").click()
    status = page.locator(".progress-controls [role=status]")
    status.evaluate("e => (e.textContent = '')")
    chooser.value.set_files(
        {"name": name, "mimeType": "application/json", "buffer": content}
    )
    status.filter(has_text=name).wait_for()
    return status.inner_text()


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')"))


@from_file
def test_a_bad_file_is_refused_and_nothing_is_lost(reader):
    page = reader.go("progress")
    page.get_by_role("checkbox").first.check()
    before = kept(page)
    assert list(before["exercises"]) == ["ex-a"]
    for name, (content, message) in BAD_FILES.items():
        said = choose(page, f"{name}.json", content)
        assert said.startswith(f"{name}.json is not imported: {message}"), name
        assert said.endswith("Nothing has changed.")
        assert kept(page) == before


# How a reader uses it -----------------------------------------------------


def summary(page):
    return page.locator(".progress-sum").inner_text()


def counts(page):
    rows = page.locator(".book-progress tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_answer_see_export_clear_import(reader, tmp_path):
    page = reader.go("sums")
    for name, answers in ("quiz-a", "A"), ("quiz-b", "BBA"):
        quiz = page.locator(f"#{name}")
        for letter in answers:
            quiz.locator(f"input[value={letter}]").check()
            quiz.get_by_role("button", name="Check").click()
    page.get_by_label("Done: Exercise 1.1 (The sum of a)").check()
    today = page.evaluate("new Date().toISOString().slice(0, 10)")
    page.go("more").locator("#quiz-c input[value=B]").check()
    page.get_by_role("button", name="Check").click()

    page.go("progress")
    page.locator(".book-progress li mjx-container").first.wait_for()
    expected = (
        "You have answered 2 of 3 quizzes right, 1 of them at the first try, "
        "and done 1 of 2 exercises."
    )
    assert summary(page) == expected
    full = [["2 of 2", "1", "1 of 2"], ["0 of 1", "0", "none"]]
    assert counts(page) == full
    about = [
        t.strip() for t in page.locator(".progress-about").all_inner_texts()
    ]
    assert about == [
        f"right at the first try, {today}",
        today,
        "",
        f"right after 3 tries, {today}",
        "1 try, not yet right",
    ]

    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == f"{KEY}-{today}.json"
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    content = json.loads(saved.read_text())
    assert content == {"kind": KEY} | kept(page)

    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Clear it").click()
    page.get_by_text("Your progress is cleared.").wait_for()
    assert counts(page) == [["0 of 2", "0", "0 of 2"], ["0 of 1", "0", "none"]]
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None

    page.locator("[data-exercise=ex-b] input").check()
    said = choose(page, "saved.json", saved.read_text())
    assert said == "saved.json is added to what was here."
    assert counts(page) == [["2 of 2", "1", "2 of 2"], full[1]]
    assert "✓" in page.evaluate(
        "getComputedStyle(document.querySelector("
        "'.progress-all td:last-child'), '::after').content"
    )
    page.go("sums")
    assert page.get_by_label("Done: Exercise 1.1").is_checked()
    assert page.get_by_label("Done: Exercise 1.2").is_checked()
    page.get_by_label("Done: Exercise 1.1").uncheck()
    page.go_back()
    page.locator(".progress-sum", has_text="done 1 of 2 exercises").wait_for()


@from_file
def test_clearing_by_keyboard_asks_first(reader):
    page = reader.go("progress")
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    clear = page.get_by_role("button", name="Clear", exact=True)
    dialog = page.get_by_role("dialog", name="Clear your progress in this")
    status = page.locator(".progress-controls [role=status]")
    focused = "document.activeElement.textContent"

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    clear.focus()
    press("Enter")
    assert dialog.is_visible()
    assert page.evaluate(focused) == "Keep it"
    press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate(focused) == "Clear"
    press("Enter", "Enter")  # opens, and keeps
    assert not dialog.is_visible()
    expect(status).to_have_text("Nothing is cleared.")
    assert list(kept(page)["exercises"]) == ["ex-a"]
    press("Enter", "Tab")
    assert page.evaluate(focused) == "Clear it"
    press("Enter")
    expect(status).to_have_text("Your progress is cleared.")
    assert page.evaluate(focused) == "Clear"
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None


@from_file
def test_another_tab_is_seen(reader):
    page = reader.go("progress")
    other = page.context.new_page()
    other.goto(page.url.replace("progress.html", "sums.html"))
    other.get_by_label("Done: Exercise 1.2").check()
    page.locator(".progress-sum", has_text="done 1 of 2 exercises").wait_for()
    assert page.locator("[data-exercise=ex-b] input").is_checked()
    other.close()


@pytest.mark.parametrize("stored", ['{"version": 2, "x": 1}', "no JSON", "[]"])
@from_file
def test_what_is_not_known_is_left_alone(reader, stored):
    page = reader.go("progress")
    page.evaluate("([k, v]) => localStorage.setItem(k, v)", [KEY, stored])
    page.reload()
    assert "a later version of the book, or is damaged" in summary(page)
    for name in "Export to a file", "Import a file":
        assert page.get_by_role("button", name=name).is_disabled()
    page.go("sums").get_by_label("Done: Exercise 1.1").check()
    assert page.get_by_text("This browser does not keep it.").is_visible()
    value = f"localStorage.getItem('{KEY}')"
    assert page.evaluate(value) == stored
    page.go("progress")
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Clear it").click()
    text = re.compile("You have answered 0 of 3")
    expect(page.locator(".progress-sum")).to_have_text(text)


def test_where_storage_is_refused(page, site):
    """The theme's own scripts do not survive it; ours and the links do."""
    errors = []
    page.on("pageerror", lambda error: errors.append(error.stack or ""))
    page.add_init_script(REFUSED)
    page.goto((site / "progress.html").as_uri())
    assert summary(page).startswith("This browser keeps nothing")
    for name in "Export to a file", "Import a file", "Clear":
        button = page.get_by_role("button", name=name, exact=True)
        assert button.is_disabled()
    page.get_by_role("link", name="The sum of a").click()
    page.get_by_label("Done: Exercise 1.1").check()
    assert page.get_by_text("This browser does not keep it.").is_visible()
    page.locator("#quiz-a input[value=A]").check()
    page.locator("#quiz-a").get_by_role("button", name="Check").click()
    status = page.locator("#quiz-a [role=status]")
    assert status.inner_text() == "Right."
    ours = "/_static/progress/", "/_static/quiz/"
    assert not [e for e in errors if any(part in e for part in ours)]


def test_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "progress.html").as_uri())
    assert page.get_by_role("button", name="Clear").count() == 0
    assert page.get_by_role("checkbox").count() == 0
    assert page.locator(".progress-sum").is_hidden()
    page.get_by_role("link", name="The sum of b").click()
    assert page.url.endswith("sums.html#ex-b")
    context.close()


@from_file
@pytest.mark.parametrize("name", ["progress", "sums"])
def test_accessible_and_readable_on_a_phone(reader, name):
    page = reader.go(name)
    page.add_style_tag(content="* { transition: none !important; }")
    page.get_by_role("checkbox", name="Done").first.check()
    if name == "progress":
        choose(page, "a" * 90 + ".json", record({"quiz-a": "2025-01-01"}))
    part = {"progress": ".book-progress", "sums": ".progress-box"}[name]
    for width, theme in (1280, "light"), (1280, "dark"), (360, "dark"):
        page.evaluate("t => document.documentElement.dataset.theme = t", theme)
        page.set_viewport_size({"width": width, "height": 800})
        for dialog in [False, True] if name == "progress" else [False]:
            if dialog:
                page.get_by_role("button", name="Clear", exact=True).click()
            axe = Axe().run(page, part, {"preload": False})
            found = axe.response["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide == width
        if name == "progress":
            page.keyboard.press("Escape")

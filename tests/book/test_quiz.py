"""The quiz directive: what it writes and refuses, how a reader uses it."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

ONE = """\
:::{quiz} How many numbers has $Wx + b$, with `W` of shape $(3, 5)$?
:name: quiz-one
- ( ) $15$
  The weights alone.

  Each *output* has a bias.
- (x) $18$
  Weights and biases: `W.size + b.size`.

- ( ) $20$
  One bias for each input.
:::
"""
SEVERAL = """\
```{quiz}
:name: quiz-several
Which keep a network from overfitting, and
why?

~~~python
a_line_of_code_that_is_longer_than_a_phone_is_wide = "as wide as this one is"
~~~

- (X) Dropout, as on [the other page](without.md)
  It switches units off.
- (x) More data
  Fewer coincidences.
- () More units
  They memorise.
```
"""
PAGES = {
    "index": f"# Page\n\n[Go](#quiz-one).\n\n{ONE}\nBetween.\n\n{SEVERAL}",
    "without": "# Without\n\nNo quiz, but $x$.\n",
}
KEY = "dlcore-book-progress"


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiz")
    assert small_site(folder, PAGES, ["quiz"]) == []
    return folder / "html"


# What is written ----------------------------------------------------------


def test_html_is_made_of_native_elements(site):
    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    one, several = page.select("div.quiz")
    assert one["id"] == "quiz-one"
    assert "How many numbers" in one.fieldset.legend.text
    assert one.legend.select_one("span.math")
    assert one.legend.code.text == "W"
    assert [i["type"] for i in one.select("label > input")] == ["radio"] * 3
    assert [i["value"] for i in one.select("[data-right]")] == ["B"]
    assert [e.text for e in one.select(".quiz-letter")] == ["A", "B", "C"]
    assert {i["type"] for i in several.select("input")} == {"checkbox"}
    assert [i["value"] for i in several.select("[data-right]")] == ["A", "B"]
    assert "overfitting, and\nwhy? Choose all" in several.legend.text
    assert several.fieldset.select_one("div.highlight-python")
    assert page.find("a", string="Go")["href"] == "#quiz-one"


def test_html_explains_every_answer_without_script(site):
    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    texts = [
        " ".join(item.text.split())
        for item in page.select("#quiz-one details li")
    ]
    assert texts == [
        "A is not right. The weights alone. Each output has a bias.",
        "B is right. Weights and biases: W.size + b.size.",
        "C is not right. One bias for each input.",
    ]
    assert page.select_one("#quiz-one .quiz-controls").has_attr("hidden")


def test_assets_are_on_pages_with_a_quiz_only(site):
    for name, count in ("index", 1), ("without", 0):
        page = (site / f"{name}.html").read_text()
        assert page.count("_static/quiz/quiz.js") == count
        assert page.count("_static/quiz/quiz.css") == count
    files = (site / "_static" / "quiz").iterdir()
    assert sum(path.stat().st_size for path in files) < 10_000


@pytest.mark.parametrize("builder", ["text", "man", "latex"])
def test_on_paper_the_answers_come_after(small_site, tmp_path, builder):
    assert small_site(tmp_path, PAGES, ["quiz"], builder) == []
    files = {"text": "index.txt", "man": "*.1", "latex": "*.tex"}
    (file,) = (tmp_path / builder).glob(files[builder])
    text = file.read_text()
    parts = [
        "How many numbers",
        "15",
        "18",
        "20",
        "Answers",
        "A is not right.",
        "The weights alone.",
        "B is right.",
        "Weights and biases",
        "C is not right.",
        "Between.",
        "Which keep",
        "Dropout",
        "A is right.",
        "It switches units off.",
    ]
    assert re.search(".*".join(map(re.escape, parts)), text, re.DOTALL)


def test_single_page_has_quiz_and_assets(small_site, tmp_path):
    assert small_site(tmp_path, PAGES, ["quiz"], "singlehtml") == []
    page = (tmp_path / "singlehtml" / "index.html").read_text()
    assert page.count('<div class="quiz"') == 2
    assert "_static/quiz/quiz.js" in page


# What is refused ----------------------------------------------------------

GOOD = "- (x) Yes\n  Because.\n- ( ) No\n  Because.\n"
BAD = {
    "no_answers": (
        "```{quiz} What?\n:name: quiz-a\nText.\n```\n",
        3,
        "expected 2 to 26 answers, lines such as '- (x) Yes', received 0",
    ),
    "one_answer": (
        "```{quiz} What?\n:name: quiz-a\n- (x) Yes\n  Because.\n```\n",
        3,
        "expected 2 to 26 answers, lines such as '- (x) Yes', received 1",
    ),
    "no_right_answer": (
        "```{quiz} What?\n:name: quiz-a\n" + GOOD.replace("x", " ") + "```\n",
        3,
        "has no right answer: expected at least one '- (x)'",
    ),
    "no_feedback": (
        "```{quiz} What?\n:name: quiz-a\n- (x) Yes\n- ( ) No\n  So.\n```\n",
        5,
        "answer A has no feedback: expected indented text below it",
    ),
    "no_feedback_at_the_end": (
        "```{quiz} What?\n:name: quiz-a\n- (x) Yes\n  So.\n- ( ) No\n```\n",
        7,
        "answer B has no feedback: expected indented text below it",
    ),
    "no_answer_text": (
        "```{quiz} What?\n:name: quiz-a\n- (x)\n  So.\n- ( ) No\n  No.\n```\n",
        5,
        "answer A: expected text after the brackets",
    ),
    "not_indented": (
        "```{quiz} What?\n:name: quiz-a\n- (x) Y\nSo.\n- ( ) N\n  No.\n```\n",
        6,
        "expected '- ( ) ...' or feedback indented by two spaces, "
        "received 'So.'",
    ),
    "no_question": (
        "```{quiz}\n:name: quiz-a\n" + GOOD + "```\n",
        3,
        "has no question: expected it after '{quiz}' or above the answers",
    ),
    "no_name": (
        "```{quiz} What?\n" + GOOD + "```\n",
        3,
        "expected ':name:' in lower case, such as quiz-mlp-1",
    ),
    "bad_name": (
        "```{quiz} What?\n:name: Quiz 1\n" + GOOD + "```\n",
        3,
        "expected ':name:' in lower case, such as quiz-mlp-1",
    ),
    "same_name": (
        2 * ("```{quiz} What?\n:name: quiz-b\n" + GOOD + "```\n\n"),
        11,
        "the name is taken by the quiz in line 3",
    ),
    "backtick": (
        "```{quiz} What is `x`?\n:name: quiz-a\n" + GOOD + "```\n",
        3,
        "expected :::{quiz} ... :::",
    ),
}


def test_malformed_quizzes_are_errors_at_their_line(small_site, tmp_path):
    pages = {name: f"# T\n\n{text}" for name, (text, _, _) in BAD.items()}
    pages["index"] = "# Index\n"
    pages["other"] = "# T\n\n```{quiz} What?\n:name: quiz-b\n" + GOOD + "```\n"
    messages = small_site(tmp_path, pages, ["quiz"], "dummy")
    errors = [line for line in messages if "ERROR" in line]
    for name, (_, line, text) in BAD.items():
        start = f"{name}.md:{line}: ERROR: quiz"
        found = [e for e in errors if e.startswith(start) and text in e]
        assert len(found) == 1, (start, text, errors)
    # same_name comes after other, and its first quiz is well formed.
    (error,) = [e for e in errors if "same_name.md:3" in e and "other" in e]
    assert error.endswith("the name is taken by the quiz in other.md:3")
    assert len(errors) == len(BAD) + 1


def test_names_survive_parallel_reading_and_rebuilding(small_site, tmp_path):
    """Both quizzes have one name; the error stays until one changes."""
    quiz = "# T\n\n```{quiz} What?\n:name: quiz-b\n" + GOOD + "```\n"
    pages = {f"page{i}": "# T\n" for i in range(8)}
    pages |= {"index": quiz, "page7": quiz}
    expected = 'page7.md:3: ERROR: quiz "quiz-b": the name is taken by the '
    for parallel in 2, 1:
        messages = small_site(tmp_path, pages, ["quiz"], "dummy", parallel)
        assert [m for m in messages if m.startswith(expected)], messages
        pages["page1"] += "Changed.\n"
    pages["page7"] = quiz.replace("quiz-b", "quiz-c")
    assert small_site(tmp_path, pages, ["quiz"], "dummy") == []


# How a reader uses it -----------------------------------------------------


@pytest.fixture
def reader(page, site):
    """The page, opened from a file as from a USB stick."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "index.html").as_uri())
    yield page
    assert errors == []


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')"))


def test_wrong_then_right(reader):
    quiz = reader.locator("#quiz-one")
    status = quiz.get_by_role("status")
    quiz.get_by_role("button", name="Check").click()
    assert status.inner_text() == "Choose an answer first."
    quiz.get_by_role("radio", name="A").check()
    quiz.get_by_role("button", name="Check").click()
    assert status.inner_text() == "Not right. Try another answer."
    shown = quiz.locator("fieldset [aria-live=polite]")
    assert "The weights alone." in shown.nth(0).inner_text()
    assert shown.nth(1).inner_text() == shown.nth(2).inner_text() == ""
    assert kept(reader)["quizzes"] == {}
    assert kept(reader)["tries"] == {"quiz-one": 1}
    quiz.get_by_role("radio", name="B").check()
    assert shown.nth(0).inner_text() == status.inner_text() == ""
    quiz.get_by_role("button", name="Check").click()
    assert status.inner_text() == "Right."
    assert "B is right." in shown.nth(1).inner_text()
    assert kept(reader)["tries"] == {"quiz-one": 2}
    # What comes after the first right answer is practice.
    quiz.get_by_role("button", name="Check").click()
    assert kept(reader)["tries"] == {"quiz-one": 2}


def tab_to(page, text):
    """Press Tab until it is reached; formulas on the way take the focus."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == text:
            return
    raise AssertionError(f"Tab does not reach {text!r}")


def test_keyboard_only(reader):
    quiz = reader.locator("#quiz-one")
    status = quiz.get_by_role("status")
    quiz.locator("input").first.focus()
    reader.keyboard.press("Space")
    reader.keyboard.press("ArrowDown")
    assert status.inner_text() == ""
    reader.keyboard.press("Enter")
    assert status.inner_text() == "Right."
    reader.keyboard.press("ArrowDown")
    tab_to(reader, "Check")
    reader.keyboard.press("Enter")
    assert status.inner_text() == "Not right. Try another answer."
    tab_to(reader, "All answers explained")
    reader.keyboard.press("Enter")
    assert quiz.locator("details").get_attribute("open") == ""


def test_several_answers(reader):
    quiz = reader.locator("#quiz-several")
    status = quiz.get_by_role("status")
    for letters, text in [
        ("A", "Right so far, but there is more."),
        ("AC", "Not all of these are right. Try again."),
        ("ABC", "Not all of these are right. Try again."),
        ("AB", "All right."),
    ]:
        for letter in "ABC":
            box = quiz.get_by_role("checkbox", name=letter, exact=False)
            box.nth(0).set_checked(letter in letters)
        quiz.get_by_role("button", name="Check").click()
        assert status.inner_text() == text
        marks = quiz.locator("[data-verdict]")
        assert marks.count() == len(letters)


def test_progress_is_kept(reader):
    for name, letters in ("quiz-one", "B"), ("quiz-several", "AB"):
        quiz = reader.locator(f"#{name}")
        for letter in letters:
            quiz.locator(f"input[value={letter}]").check()
        quiz.get_by_role("button", name="Check").click()
    today = reader.evaluate("new Date().toISOString().slice(0, 10)")
    assert kept(reader) == {
        "version": 1,
        "quizzes": {"quiz-one": today, "quiz-several": today},
        "tries": {"quiz-one": 1, "quiz-several": 1},
        "exercises": {},
    }
    reader.reload()
    status = reader.locator("#quiz-one").get_by_role("status")
    assert status.inner_text() == f"You answered this right on {today}."


@pytest.mark.parametrize("stored", ['{"version": 2, "x": 1}', "no JSON"])
def test_progress_of_another_kind_is_left_alone(reader, stored):
    reader.evaluate("([k, v]) => localStorage.setItem(k, v)", [KEY, stored])
    reader.reload()
    reader.locator("#quiz-one input[value=B]").check()
    quiz = reader.locator("#quiz-one")
    quiz.get_by_role("button", name="Check").click()
    assert quiz.get_by_role("status").inner_text() == "Right."
    assert reader.evaluate(f"localStorage.getItem('{KEY}')") == stored


def test_nothing_leaks_into_the_page(reader, site):
    names = "Object.getOwnPropertyNames(window)"
    reader.wait_for_load_state("networkidle")
    with_quiz = set(reader.evaluate(names))
    reader.goto((site / "without.html").as_uri())
    reader.wait_for_load_state("networkidle")
    more = with_quiz - set(reader.evaluate(names))
    assert more == {"dlcoreProgress"}


def test_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    quiz = page.locator("#quiz-one")
    assert quiz.get_by_text("How many numbers").is_visible()
    assert not quiz.get_by_role("button", name="Check").is_visible()
    feedback = quiz.get_by_text("One bias for each input.")
    assert not feedback.is_visible()
    quiz.get_by_text("All answers explained").click()
    assert feedback.is_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_in_both_themes(reader, theme):
    reader.evaluate("t => document.documentElement.dataset.theme = t", theme)
    for letter in "AB":
        reader.locator(f"#quiz-several input[value={letter}]").check()
    reader.locator("#quiz-one input[value=A]").check()
    for button in reader.get_by_role("button", name="Check").all():
        button.click()
    reader.get_by_text("All answers explained").first.click()
    found = Axe().run(reader, context=".quiz").response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []
    mark = "getComputedStyle(document.querySelector('[data-verdict=wrong] "
    mark += ".quiz-verdict'), '::before')"
    assert "✗" in reader.evaluate(f"{mark}.content")


def test_fits_a_phone(reader):
    reader.set_viewport_size({"width": 360, "height": 640})
    for summary in reader.get_by_text("All answers explained").all():
        summary.click()
    width = "document.documentElement.scrollWidth"
    assert reader.evaluate(width) == 360
    box = reader.locator("#quiz-several").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_paper_shows_the_answers(reader):
    feedback = reader.locator("#quiz-one").get_by_text("One bias for each in")
    reader.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert feedback.is_visible()
    reader.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not feedback.is_visible()

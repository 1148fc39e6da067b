"""exercise-help and exercise-index: what a page shows of the exercises."""

import pickle

import pytest
from bs4 import BeautifulSoup

import dlcore.exercises as exercises

ID = "training_loop.mean_squared_error_gradient"
EXTENSIONS = ["sphinx_exercise", "exercise_help"]
HELP = f"""\
# Page

```{{exercise-help}} {ID}
```

The end.
"""
LABELS = "\n".join(
    f"```{{exercise}} {exercise.id}\n:label: {exercise.label}\nDo it.\n```\n"
    for exercise in exercises.catalogue().values()
)
INDEX = f"# Page\n\n```{{exercise-index}}\n```\n\n{LABELS}"


def body(folder, name="index"):
    page = (folder / "html" / f"{name}.html").read_text()
    return BeautifulSoup(page, "html.parser").select_one("article")


def test_hints_and_solution_are_folded(small_site, tmp_path):
    assert small_site(tmp_path, {"index": HELP}, EXTENSIONS) == []
    folded = body(tmp_path).select("details")
    assert not any(details.has_attr("open") for details in folded)
    exercise = exercises.find(ID)
    count = len(exercise.hints)
    assert [" ".join(d.summary.text.split()) for d in folded] == [
        *(f"Hint {i} of {count}" for i in range(1, count + 1)),
        "A solution",
    ]
    # Markdown is read: a formula in the second hint, code in the last.
    assert folded[1].select_one("span.math").text == r"\(2 (p - t)\)"
    assert folded[2].code.text == "y_pred.size"
    code = folded[-1].select_one("div.highlight-python pre")
    assert code.text.strip() == exercise.source
    assert code.select_one("span.k").text == "def"


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_on_paper_all_is_there(small_site, tmp_path, builder):
    assert small_site(tmp_path, {"index": HELP}, EXTENSIONS, builder) == []
    files = {"text": "index.txt", "latex": "*.tex"}
    (file,) = (tmp_path / builder).glob(files[builder])
    text = file.read_text()
    places = [
        text.index(part)
        for part in ("Hint 1 of", "Hint 2 of", "A solution", "The end.")
    ]
    assert places == sorted(places)


def test_a_wrong_id_is_an_error_at_its_line(small_site, tmp_path):
    page = HELP.replace("mean_squared_error", "mean_square_error")
    messages = small_site(tmp_path, {"index": page}, EXTENSIONS, "dummy")
    assert messages[0].startswith(
        "index.md:3: ERROR: exercise-help: no exercise "
        "'training_loop.mean_square_error_gradient'; near: "
        "training_loop.mean_squared_error_gradient"
    )


def typeset(text):
    """With the apostrophe that the site sets."""
    return text.replace("'", "\u2019")


def test_the_index_links_every_exercise(small_site, tmp_path):
    assert small_site(tmp_path, {"index": INDEX}, EXTENSIONS) == []
    page = body(tmp_path)
    for exercise in exercises.catalogue().values():
        link = page.find("a", href=f"#{exercise.label}")
        item = link.find_parent("li")
        assert link.text == typeset(exercise.task.rstrip("."))
        # A name stands first; what the reader is told may stress a word too.
        names = item.select("li > p > em:first-child")
        assert [em.text for em in names] == [
            typeset(name) for name, _, _ in exercise.misconceptions
        ]
        assert page.find(id=exercise.label)


def test_a_page_is_read_again_when_its_exercises_change(small_site, tmp_path):
    small_site(tmp_path, {"index": HELP}, EXTENSIONS, "dummy")
    path = tmp_path / "dummy-doctrees" / "environment.pickle"
    environment = pickle.loads(path.read_bytes())
    depends = [str(one) for one in environment.dependencies["index"]]
    assert any(one.endswith("exercises/training_loop.py") for one in depends)

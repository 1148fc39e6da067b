"""Every exercise of the book: module, chapter and catalogue agree."""

import itertools
import re
from pathlib import Path

import pytest
from terms import reading_order

import dlcore.exercises as exercises

BOOK = Path(__file__).parents[2] / "book"
CATALOGUE = exercises.catalogue()
CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n)?(.*?)^```$", re.M | re.S
)
HELP = re.compile(r"^`{3,}\{exercise-help\} *(\S*)", re.M)
CHECK = re.compile(r"""exercises\.check\(\s*["']([^"']*)["'],\s*(\w+)""")
LABEL = re.compile(r"^:label: *(ex-\S+)", re.M)


def chapters():
    """{path: text} of every page that people write."""
    return {path: path.read_text() for path in sorted(BOOK.rglob("*.md"))}


def verdict(exercise, answer, capsys):
    capsys.readouterr()
    exercises.check(exercise.id, answer)
    return " ".join(capsys.readouterr().out.split())


def parametrize(function):
    return pytest.mark.parametrize(
        "exercise", CATALOGUE.values(), ids=CATALOGUE.keys()
    )(function)


def test_the_catalogue_has_every_module_in_reading_order():
    folder = Path(exercises.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    assert set(exercises.CHAPTERS) == modules - {"__init__", "exercise"}
    order = reading_order((BOOK.parent / "_toc.yml").read_text())
    names = [page.split("/")[-1] for page in order]
    assert [*exercises.CHAPTERS] == [n for n in names if n in modules]
    assert len(CATALOGUE) >= 3 * len(exercises.CHAPTERS)


@parametrize
def test_the_stub_is_not_yet_an_answer(exercise, capsys):
    names = {}
    exec(exercise.stub, names)
    text = verdict(exercise, names[exercise.name], capsys)
    assert text.startswith(f"{exercise.id}: not yet. ")


@parametrize
def test_the_solution_is_right(exercise, capsys):
    text = verdict(exercise, exercise.solution, capsys)
    assert text == f"{exercise.id}: right."


@parametrize
def test_each_misconception_is_told_its_own_message(exercise, capsys):
    assert exercise.misconceptions, f"{exercise.id} has no misconceptions"
    told = {}
    for name, wrong, message in exercise.misconceptions:
        text = verdict(exercise, wrong, capsys)
        message = " ".join(message.split())
        assert f"{exercise.id}: not quite. " in text
        assert message in text, f"{name!r} is told {text!r}"
        told[name] = text, message
    for one, other in itertools.permutations(told, 2):
        assert told[other][1] not in told[one][0], f"{one!r} as {other!r}"


@parametrize
def test_the_verdict_is_the_same_each_time(exercise, capsys):
    answers = [exercise.misconceptions[0][1], exercise.solution, None]
    for answer in answers:
        texts = {verdict(exercise, answer, capsys) for _ in range(2)}
        assert len(texts) == 1


@parametrize
def test_texts_are_complete(exercise):
    assert len(exercise.hints) >= 2
    texts = [exercise.task, *exercise.hints]
    for text in texts:
        assert text[0].isupper() or text[0] in "`$", text
        assert text.endswith((".", "?")), text
    assert "\n\n" not in exercise.task
    assert max(map(len, exercise.source.splitlines())) <= 79
    assert "Return" in exercise.stub or "Yield" in exercise.stub


@parametrize
def test_hard_coded_answers_fail(exercise, capsys):
    """The result of the first call, whatever the input is."""
    results = []

    def first_result(*arguments):
        if not results:
            result = exercise.solution(*arguments)
            results.append(
                [*result] if hasattr(result, "__next__") else result
            )
        return results[0]

    assert "not quite" in verdict(exercise, first_result, capsys)


@parametrize
def test_the_chapter_starts_from_the_stub_and_checks_it(exercise):
    pages = [
        path
        for path, text in chapters().items()
        if exercise.stub in [cell.strip() for cell in CELL.findall(text)]
    ]
    assert len(pages) == 1, (
        f"one code cell of the book must be the stub of {exercise.id}, "
        f"found in {pages}:\n{exercise.stub}"
    )
    text = pages[0].read_text()
    assert (exercise.id, exercise.name) in CHECK.findall(text)
    assert exercise.id in HELP.findall(text)
    assert exercise.label in LABEL.findall(text)


def test_the_book_uses_no_exercise_that_is_not_there():
    for path, text in chapters().items():
        used = HELP.findall(text) + [id for id, _ in CHECK.findall(text)]
        assert set(used) <= set(CATALOGUE), path
        labels = {exercise.label for exercise in CATALOGUE.values()}
        assert set(LABEL.findall(text)) <= labels, path

"""The chapters keep to the rules; and each rule notices when it is broken."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import checks  # noqa: E402
import notebooks  # noqa: E402

TEXTS = notebooks.texts()
PAGES = [
    page
    for page in [ROOT / "index.md", *sorted((ROOT / "book").rglob("*.md"))]
    if not any(part.startswith("_") for part in page.relative_to(ROOT).parts)
]


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_the_book_has_chapters():
    assert TEXTS, "no page of the book has a code cell"


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_pair(text):
    path = text.with_suffix(".ipynb")
    assert path.is_file(), f"{name(text)} has no notebook: `make notebooks`"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    complaints = checks.out_of_step(notebooks.unexecuted(text), notebook)
    for check in checks.CHECKS:
        complaints += check(notebook)
    assert not complaints, "\n".join([name(text), *complaints])


@pytest.mark.parametrize("text", PAGES, ids=name)
def test_no_typed_in_numbers(text):
    complaints = checks.typed_numbers(text.read_text(encoding="utf-8"))
    assert not complaints, "\n".join([name(text), *complaints])


def test_every_notebook_has_its_text():
    alone = [
        name(path)
        for path in (ROOT / "book").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
        and path.with_suffix(".md") not in TEXTS
    ]
    assert not alone, f"notebooks that no text makes: {alone}"


# Each rule against bad examples ------------------------------------------

IMAGE = nbformat.v4.new_output("display_data", data={"image/png": "iVBO"})
ERROR = nbformat.v4.new_output(
    "error", ename="ValueError", evalue="", traceback=[]
)
STDERR = nbformat.v4.new_output("stream", name="stderr", text="warning")
DESCRIBED = {
    "image": {"alt": "A line that falls"},
    "figure": {"name": "fig-loss", "caption": "The loss."},
}


def notebook_of(source="1 + 1", metadata=None, outputs=(), count=1):
    cell = nbformat.v4.new_code_cell(
        source,
        metadata=metadata or {},
        outputs=list(outputs),
        execution_count=count,
    )
    return nbformat.v4.new_notebook(cells=[cell])


EXEMPT = {"tags": ["nbval-ignore-output"]}
GOOD = [
    notebook_of(),
    notebook_of("%matplotlib inline\nx = (7\n    % 2)"),
    notebook_of(metadata=EXEMPT | {"exempt": "wall-clock time"}),
    notebook_of(metadata={"mystnb": DESCRIBED}, outputs=[IMAGE]),
    notebook_of(metadata={"tags": ["raises-exception"]}, outputs=[ERROR]),
    notebook_of("\n".join(["x = 1"] * 25)),
    notebook_of("x" * 90, metadata={"verbatim": "the source's program"}),
]
BAD = [
    (checks.not_executed, notebook_of(count=None)),
    (checks.not_executed, notebook_of(count=3)),
    (checks.bad_outputs, notebook_of(outputs=[ERROR])),
    (checks.bad_outputs, notebook_of(outputs=[STDERR])),
    (checks.bad_exemptions, notebook_of(metadata=EXEMPT)),
    (checks.bad_exemptions, notebook_of(metadata=EXEMPT | {"exempt": " "})),
    (checks.bad_exemptions, notebook_of(metadata={"exempt": "time"})),
    (checks.bad_exemptions, notebook_of(metadata={"tags": ["nbval-skip"]})),
    (checks.bad_exemptions, notebook_of("# NBVAL_IGNORE_OUTPUT\n1")),
    (checks.bad_exemptions, notebook_of("#NBVAL_SKIP\n1")),
    (checks.unknown_magics, notebook_of("%nonsense\nprint(1)")),
    (checks.unknown_magics, notebook_of("%%nonsense\nprint(1)")),
    (checks.unknown_magics, notebook_of("x = 1\n!ls")),
    (checks.too_big, notebook_of("\n".join(["x = 1"] * 26))),
    (checks.too_big, notebook_of("x = " + "1" * 76)),
    (checks.too_big, notebook_of("x" * 90, metadata={"verbatim": ""})),
    (checks.undescribed_figures, notebook_of(outputs=[IMAGE])),
    (
        checks.undescribed_figures,
        notebook_of(
            metadata={"mystnb": DESCRIBED | {"image": {"alt": ""}}},
            outputs=[IMAGE],
        ),
    ),
    (
        checks.undescribed_figures,
        notebook_of(metadata={"mystnb": DESCRIBED}, outputs=[IMAGE, IMAGE]),
    ),
]


@pytest.mark.parametrize("notebook", GOOD)
def test_good_example_passes(notebook):
    assert [check(notebook) for check in checks.CHECKS] == [[]] * 6


@pytest.mark.parametrize(("check", "notebook"), BAD)
def test_bad_example_is_noticed(check, notebook):
    assert check(notebook)
    for other in checks.CHECKS:
        if other is not check:
            assert not other(notebook)


def test_a_changed_text_is_out_of_step(tmp_path):
    text = tmp_path / "a.md"
    text.write_text("# A\n\n```{code-cell} ipython3\n1 + 1\n```\n")
    notebook = notebooks.unexecuted(text)
    assert not checks.out_of_step(notebooks.unexecuted(text), notebook)
    for change in [
        ("1 + 1", "1 + 2"),
        ("# A", "# B"),
        ("1 + 1", "---\ntags: [hide-input]\n---\n1 + 1"),
        ("1 + 1\n```", "1 + 1\n```\n\nMore."),
    ]:
        text.write_text(
            "# A\n\n```{code-cell} ipython3\n1 + 1\n```\n".replace(*change)
        )
        assert checks.out_of_step(notebooks.unexecuted(text), notebook)


@pytest.mark.parametrize(
    "prose",
    [
        "It reaches 93.6 % of the test images.",
        "It reaches 93 %.",
        "About 12 percent are wrong.",
        "The loss ends at 0.25.",
        "The loss ends at\n0.25, which is low.",
        "```{note}\nThe loss is 0.25.\n```",
        "````{card}\n```python\nx = 0.5\n```\nIt is 0.25.\n````",
        "```{quiz} Is it 0.25?\n- (x) It is.\n```",
        "```{quiz} Is it so?\n- (x) It is.\n  So 0.25 it is.\n```",
        "| network | 0.93 |\n| --- | --- |",
        "<!-- numbers: -->\nThe loss is 0.25.",
        "<!-- numbers: from the paper -->\n\nThe loss is 0.25.",
    ],
)
def test_a_typed_in_number_is_noticed(prose):
    assert checks.typed_numbers(prose)


@pytest.mark.parametrize(
    "prose",
    [
        "It reaches {glue:text}`mlp_accuracy` of the images.",
        "The rate is `0.1`, that is $\\eta = 0.1$.",
        "$$\nx = 0.5\n$$",
        "```{math}\n:label: eq-a\nx = 0.5\n```",
        "```{code-cell} ipython3\nx = 0.5\n```",
        "```python\nx = 0.5\n```",
        "```\nx = 0.5\n```\n\nText.\n\n```\nx = 0.5\n```",
        "````{card}\n```python\nx = 0.5\n```\nIt is.\n````",
        "# Version 1.0",
        "Python 3.11 to 3.13 will do. The text is CC BY 4.0.",
        "There are 10 digits in 5,000 images of 28 × 28 pixels.",
        "See [the page](https://example.org/1.0/2.5).",
        "They report an error of 0.8 %. <!-- numbers: from the paper -->",
        "---\nformat_version: 0.13\n---\n\nText.",
    ],
)
def test_other_numbers_may_stand(prose):
    assert not checks.typed_numbers(prose)

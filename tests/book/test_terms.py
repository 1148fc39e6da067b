"""Words, citations, notation, anatomy and order of the chapters hold.

`book/_tools/terms.py` states the rules; here the book is held to them, and
each rule is shown a page that breaks it.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import terms  # noqa: E402

BOOK = ROOT / "book"
ORDER = terms.reading_order((ROOT / "_toc.yml").read_text(encoding="utf-8"))
#: The pages with the parts of a chapter: not the landing page.
CHAPTERS = [page for page in ORDER if page.startswith("book/")]
TERMS = terms.glossary(
    (BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8")
)


def read(page):
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


def everything():
    """{name: text} of every page that people write."""
    paths = [ROOT / "index.md", *sorted(BOOK.rglob("*.md"))]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
        if not any(p.startswith("_") for p in path.relative_to(ROOT).parts)
    }


def fail_with(complaints):
    assert not complaints, "\n".join(["", *complaints])


def test_there_is_something_to_hold():
    assert len(CHAPTERS) >= 21
    assert len(TERMS) >= 100
    assert len(set(TERMS)) == len(TERMS)
    unknown = (terms.EVERYWHERE | terms.EVERYDAY) & set(TERMS)
    assert len(unknown) >= 10, "the lists of frequent words fit no glossary"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_term_is_linked_at_its_first_use(chapter):
    text = read(chapter)
    fail_with(
        terms.unlinked_terms(text, TERMS) + terms.unknown_terms(text, TERMS)
    )


def test_frequent_words_are_linked_at_their_first_use_in_the_book():
    texts = {page: read(page) for page in CHAPTERS}
    fail_with(terms.unlinked_in_book(texts, TERMS))


def test_bibliography_and_citations_agree():
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    fail_with(terms.citations(everything(), bibliography))


def test_notation_is_well_formed():
    text = (BOOK / "appendix" / "notation.md").read_text(encoding="utf-8")
    fail_with(terms.malformed_notation(text))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_anatomy(chapter):
    most = 8 if chapter == CHAPTERS[-1] else 4  # a test over the whole book
    fail_with(terms.wrong_anatomy(read(chapter), most))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_is_needed_before_it_was_read(chapter):
    text = read(chapter)
    fail_with(terms.needs_what_comes_later(chapter, text, ORDER))


# Each rule against good and bad examples ----------------------------------

WORDS = ["vanishing gradient", "gradient", "one-hot", "key", "Jacobian",
         "entropy", "chain rule", "dead unit"]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "The {term}`vanishing gradient`. A vanishing gradient again.",
        "{term}`Vanishing gradients <vanishing gradient>` vanish.",
        "Gradients, keys and the key.",  # of the book, not of the page
        "# Vanishing gradient\n\nText.",
        "After this chapter you can see a vanishing gradient.\n\nText.",
        ":::{admonition} At a glance\n:class: chapter-card\nOne-hot.\n:::\n",
        "```{quiz} One-hot?\n- (x) One-hot\n  The chain rule.\n```",
        "```{exercise} The chain rule\n:label: ex-a\n\nText.\n```",
        "```{widget} a\n:caption: One-hot.\n\nThe chain rule.\n```",
        "```{code-cell} ipython3\nx = 'one-hot'\n```",
        "```python\n# one-hot\n```",
        "`one-hot` and {doc}`the chain rule </book/a>` and $one-hot$.",
        "[The chain rule](https://example.org).",
        "$$\n\\text{one-hot}\n$$",
        "<!-- the chain rule -->\nText.",
        "**Sources.** The chain rule is old.",
        "One hotel, a chain ruler, undead units, cross-entropy.",
        "---\ntitle: one-hot\n---\nText.",
        "{term}`Jacobian` and `x` and Jacobians.",
        "```{note}\nThe {term}`chain rule`.\n```\n\nThe chain rule.",
    ],
)
def test_good_words_pass(text):
    assert not terms.unlinked_terms(text, WORDS)
    assert not terms.unknown_terms(text, WORDS)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("A vanishing gradient. The {term}`vanishing gradient`.",
         "vanishing gradient"),
        ("Vanishing\ngradients vanish.", "vanishing gradient"),
        ("One-hot rows.", "one-hot"),
        ("The Jacobian.", "Jacobian"),
        ("All entropies.", "entropy"),
        ("```{note}\nThe chain rule.\n```", "chain rule"),
        ("````{admonition} A\n```python\nx\n```\nThe chain rule.\n````",
         "chain rule"),
        ("```{exercise} A title\n:label: ex-a\n\nThe chain rule.\n```",
         "chain rule"),
        ("| the chain rule | x |\n| --- | --- |", "chain rule"),
        ("`code` and *the chain rule*, {term}`chain rule`.", "chain rule"),
        ("{doc}`/book/a` and the chain rule.", "chain rule"),
        ("- {glue:text}`a_b` dead units", "dead unit"),
    ],
)  # fmt: skip
def test_an_unlinked_word_is_noticed(text, term):
    (complaint,) = terms.unlinked_terms(text, WORDS)
    assert complaint.startswith(f"{term!r} is not linked")


def test_a_link_to_no_term_is_noticed():
    text = "{term}`one hot` {term}`rows <rows>` {term}`Dead unit`"
    assert terms.unknown_terms(text, WORDS) == [
        "'one hot' is not in the glossary", "'rows' is not in the glossary",
    ]  # fmt: skip


def test_the_book_counts_as_one_text_for_frequent_words():
    link, plain = "The {term}`gradient`.", "A gradient."
    good = {"a": "# Gradient", "b": link, "c": plain}
    assert not terms.unlinked_in_book(good, ["gradient"])
    bad = {"a": plain, "b": link, "c": plain}
    (complaint,) = terms.unlinked_in_book(bad, ["gradient"])
    assert complaint.startswith("a: 'gradient' is not linked")
    # Inside a longer term it is another word.
    several = ["gradient", "vanishing gradient"]
    longer = {"a": "The {term}`vanishing gradient`. Vanishing gradients."}
    assert not terms.unlinked_in_book({**good, **longer}, several)


def test_a_word_that_is_linked_nowhere_is_noticed():
    assert terms.unlinked_in_book({"a": "The key."}, ["key"]) == [
        "'key' is linked on no page"
    ]
    texts = {"a": "The key.", "b": "{term}`keys <key>`"}
    assert not terms.unlinked_in_book(texts, ["key"])


ENTRIES = "@book{a2000,\n  year = {2000}\n}\n\n@misc{b2001,\n}\n"


def test_good_citations_pass():
    texts = {"p": "{cite}`a2000,b2001` and {cite:t}`a2000`."}
    assert not terms.citations(texts, ENTRIES)


@pytest.mark.parametrize(
    ("text", "entries", "complaint"),
    [
        ("{cite}`a2000`", ENTRIES, "'b2001' is cited nowhere"),
        ("{cite}`a2000, b2001,c`", ENTRIES, "p cites 'c', which has no entry"),
        ("{cite:t}`a2000,b2001`", ENTRIES + ENTRIES, "has two entries"),
    ],
)
def test_bad_citations_are_noticed(text, entries, complaint):
    found = terms.citations({"p": text}, entries)
    assert any(complaint in one for one in found)


TABLE = "| symbol | in code | meaning | shape |\n| - | - | - | - |\n"


def test_good_notation_passes():
    rows = "| $x$, $X$ | `x` | an input | $d$ |\n| $f$ | | a function | |\n"
    rows += "| $f$ | `f` | a gate (elsewhere $f$ is a function) | |\n"
    assert not terms.malformed_notation("Text.\n\n" + TABLE + rows)


@pytest.mark.parametrize(
    "rows",
    [
        "| $x$ | `x` | an input |",
        "| x | `x` | an input | $d$ |",
        "| $x$ | x | an input | $d$ |",
        "| $x$ | `x` | | $d$ |",
        "| $x$ | `x` | one | $d$ |\n| $y$, $x$ | `x` | another | $d$ |",
    ],
)
def test_bad_notation_is_noticed(rows):
    assert len(terms.malformed_notation(TABLE + rows)) == 1


CHAPTER = """---
kernelspec:
  name: python3
---

# A title

After this chapter you can read, and write.

:::{admonition} At a glance
:class: chapter-card

**You will** read.

**You need** {doc}`/book/a` and {doc}`the start </book/start>`.

**Study time** 1 minute.

**Cost** nothing.
:::

## A question

Text.

## Check yourself

```{quiz} A?
```

:::{quiz} B?
:::

## Exercises

```{exercise} A
```

```{exercise} B
```

```{exercise} C
```

## Summary

One. \\
Two. \\
Three. \\
Four. \\
Five.

**What comes next.** More.

**Sources.** None.
"""


def test_a_good_chapter_passes():
    assert not terms.wrong_anatomy(CHAPTER)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("# A title\n", "A title\n"), "no title"),
        (("read, and write.", "read. And write."), "one sentence"),
        (("After this chapter you", "You"), "one sentence"),
        (("At a glance", "Overview"), "no card"),
        (("**Cost** nothing.", "Free."), "card lacks **Cost**"),
        (("## Check yourself", "## Check"), "0 times 'Check yourself'"),
        (("## Exercises", "## Summary"), "2 times 'Summary'"),
        (("**Sources.** None.", "Sources: none."), "0 times"),
        (("Five.\n", "Five. \\\nSix.\n"), "6 lines"),
        (("Two. \\\n", "Two.\n"), "expected 5"),
        (("```{quiz} A?\n```\n", ""), "1 quizzes"),
        (("```{quiz} A?\n```\n", "```{quiz} A?\n```\n" * 4), "5 quizzes"),
        (("```{exercise} B\n```\n", ""), "2 exercises"),
    ],
)
def test_a_bad_chapter_is_noticed(change, complaint):
    old, new = change
    assert old in CHAPTER
    found = terms.wrong_anatomy(CHAPTER.replace(old, new, 1))
    assert any(complaint in one for one in found), found


def test_parts_in_another_order_are_noticed():
    head, tail = CHAPTER.split("## Exercises")
    exercises, summary = tail.split("## Summary")
    moved = head + "## Summary" + summary + "\n## Exercises" + exercises
    assert terms.wrong_anatomy(moved) == [
        "the parts at the end stand in another order"
    ]


def test_what_comes_later_cannot_be_needed():
    order = ["index", "book/start", "book/a", "book/b"]
    need = terms.needs_what_comes_later
    assert not need("book/b", CHAPTER, order)
    assert need("book/a", CHAPTER, order) == [
        "needs book/a, which comes later"
    ]
    assert need("book/b", CHAPTER, ["book/start", "book/b"]) == [
        "needs book/a, which is no chapter"
    ]


def test_the_order_is_that_of_the_contents():
    toc = """
root: index
parts:
  - caption: One
    chapters:
      - file: book/start
      - file: book/a
  - caption: Appendix
    chapters:
      - file: book/appendix/glossary
"""
    assert terms.reading_order(toc) == ["index", "book/start", "book/a"]

"""What holds the pages together: words, citations, notation, anatomy, order.

Each check takes text and returns a list of complaints.
`tests/book/test_terms.py` runs them over the book, and over bad examples.

The rule for words. A word of the glossary is a link to it at its first use:

- on every page, for words that mean nothing else (vanishing gradient);
- in the book, in reading order, for the words that stand in every paragraph
  (`EVERYWHERE`): a link on each page would only be noise;
- at least once, for words that also have an everyday sense (`EVERYDAY`): no
  program can tell whether "the key" is meant as the glossary means it.

Prose counts. Headings, the sentence below the title, the card, quizzes, titles
of exercises, the texts of widgets, the list of sources, code, formulas and the
texts of other links do not.
"""

import re

import yaml
from checks import NO_PROSE, without_code

#: Linked at the first use in the book.
EVERYWHERE = {
    "activation", "batch", "bias", "data", "epoch", "gradient",
    "gradient descent", "kernel", "layer", "learning rate", "loss",
    "network", "neuron", "parameter", "sample", "unit", "weight",
}  # fmt: skip
#: Linked somewhere.
EVERYDAY = {
    "architecture", "attention", "cell", "depth", "feature", "gate", "graph",
    "head", "key", "mask", "momentum", "norm", "padding", "pooling", "query",
    "seed", "sequence", "state", "stride", "tape", "temperature", "token",
    "value", "width",
}  # fmt: skip

TERM = re.compile(r"\{term\}`([^`<]*?)\s*(?:<([^`>]*)>)?`", re.DOTALL)
CODE = re.compile(r"(\{[\w:.-]+\})?(`+)[^`]+?\2")  # a role, or inline code
CITE = re.compile(r"\{cite(?::\w+)?\}`([^`]*)`")
DOC = re.compile(r"\{doc\}`(?:[^`<]*<)?/?([^`>]*)>?`")
CARD = re.compile(r"^:::\{admonition\} At a glance\n(.*?)^:::", re.M | re.S)
TITLE_ONLY = {"exercise"}  # what stands behind the name is a title
UNREAD = NO_PROSE | {"quiz", "widget", "exercise-help"}
NOT_READ = [
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),  # front matter
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"\$\$.*?\$\$", re.DOTALL),
    re.compile(r"(?<!\\)\$[^$\n]+(?:\n[^$\n]+)?\$"),
    re.compile(r"\[[^\]]*\]\([^)]*\)"),  # links
    re.compile(r"^After this chapter .*$", re.MULTILINE),
    re.compile(r"^\*\*Sources\.\*\* .*$", re.MULTILINE),
    re.compile(r"^#+ .*$", re.MULTILINE),
    re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE),
    re.compile(r"^\(.*\)=$", re.MULTILINE),
]


def reading_order(toc):
    """The pages of _toc.yml as "book/part/name", without the appendix."""
    toc = yaml.safe_load(toc)
    pages = [toc["root"]]
    for part in toc["parts"]:
        if part["caption"] != "Appendix":
            pages += [chapter["file"] for chapter in part["chapters"]]
    return pages


def glossary(text):
    """The terms of the glossary page."""
    body = re.search(r"```\{glossary\}\n(.*?)^```", text, re.M | re.S)[1]
    return re.findall(r"^(\S.*)$", body, re.M)


def prose(text):
    """What a reader reads as sentences, with its {term} roles."""
    text = without_code(CARD.sub("", text), UNREAD, TITLE_ONLY)
    text = CODE.sub(lambda m: m[0] if m[1] == "{term}" else _blank(m), text)
    for pattern in NOT_READ:
        text = pattern.sub(_blank, text)
    return text


def _blank(match):
    """As many line breaks as were there, and nothing else."""
    return "\n" * match[0].count("\n")


def _pattern(terms):
    """One pattern for all terms, the longest first; and their plurals."""
    forms = []
    for term in sorted(terms, key=len, reverse=True):
        form = re.escape(term).replace(r"\ ", r"\s+")
        first = form[0]
        if first.isalpha():
            form = f"[{first.lower()}{first.upper()}]{form[1:]}"
        if form.endswith("y"):
            form = f"{form[:-1]}(?:y|ies)"
        forms.append(f"{form}(?:s|es)?")
    return re.compile(rf"(?<![\w-])(?:{'|'.join(forms)})(?![\w-])")


def uses(text, terms):
    """[(term, is a link, the line)] in the order of the page."""
    text, known = prose(text), {term.lower(): term for term in terms}
    found = [(m.start(), _target(m), True) for m in TERM.finditer(text)]
    plain = TERM.sub(lambda m: re.sub(r"[^\n]", "\0", m[0]), text)
    pattern = _pattern(terms)
    found += [(m.start(), m[0], False) for m in pattern.finditer(plain)]
    result = []
    for start, word, linked in sorted(found):
        term = known.get(_words(word)) or _singular(word, known)
        begin = text.rfind("\n", 0, start) + 1
        end = text.find("\n", start)
        line = text[begin : end if end >= 0 else None].strip()
        result.append((term or word, linked, line))
    return result


def _target(match):
    """What a {term} role leads to: word, or text <word>."""
    return (match[2] or match[1]).strip()


def _words(text):
    """In small letters, one space between words."""
    return " ".join(text.split()).lower()


def _singular(word, known):
    """The term of which this is a plural, or None."""
    word = _words(word)
    for ending, instead in ("s", ""), ("es", ""), ("ies", "y"):
        if word.endswith(ending):
            term = known.get(word[: -len(ending)] + instead)
            if term:
                return term
    return None


def unlinked_terms(text, terms):
    """On this page the first use of a term is no link."""
    seen, found = set(), []
    for term, linked, line in uses(text, terms):
        if term in seen or term in EVERYWHERE or term in EVERYDAY:
            continue
        seen.add(term)
        if not linked:
            found.append(f"{term!r} is not linked at its first use: {line}")
    return found


def unknown_terms(text, terms):
    """A link to a word that the glossary does not have."""
    known = {_words(term) for term in terms}
    targets = [_target(m) for m in TERM.finditer(text)]
    return [
        f"{target!r} is not in the glossary"
        for target in targets
        if _words(target) not in known
    ]


def unlinked_in_book(texts, terms):
    """In the book the first use of a frequent word is no link.

    texts: {page: text} in reading order. And every term is linked somewhere,
    the glossary itself left aside.
    """
    linked, found, seen = set(), [], set()
    for page, text in texts.items():
        for term, is_link, line in uses(text, terms):
            if is_link:
                linked.add(term)
            elif term in EVERYWHERE and term not in seen:
                found.append(
                    f"{page}: {term!r} is not linked at its first use in the "
                    f"book: {line}"
                )
            seen.add(term)
    missing = [term for term in terms if term not in linked]
    return found + [f"{term!r} is linked on no page" for term in missing]


def citations(texts, bibliography):
    """Each entry is cited, and each citation has its entry."""
    entries = re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.M)
    cited, found = set(), []
    for page, text in texts.items():
        for keys in CITE.findall(text):
            for key in re.split(r"\s*,\s*", keys.strip()):
                cited.add(key)
                if key not in entries:
                    found.append(f"{page} cites {key!r}, which has no entry")
    for key in sorted({key for key in entries if entries.count(key) > 1}):
        found.append(f"{key!r} has two entries")
    return found + [
        f"{key!r} is cited nowhere" for key in entries if key not in cited
    ]


def malformed_notation(text):
    """Each row: symbol in $...$, name in `code`, meaning, shape.

    A symbol with a second meaning says so: "(elsewhere $Z$ is ...)".
    """
    found, seen = [], set()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for row in rows[2:]:
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if len(cells) != 4:
            found.append(f"{len(cells)} cells, expected 4: {row}")
            continue
        symbol, code, meaning, _ = cells
        if not re.fullmatch(r"\$[^$]+\$(?:[,;] \$[^$]+\$)*", symbol):
            found.append(f"the symbol is no formula: {row}")
        if code and "`" not in code:
            found.append(f"the name is no code: {row}")
        if not meaning:
            found.append(f"no meaning: {row}")
        for one in re.findall(r"\$[^$]+\$", symbol):
            if one in seen and f"elsewhere {one}" not in meaning:
                found.append(
                    f"{one} has a second meaning, which must say what it is "
                    f"elsewhere: {row}"
                )
            seen.add(one)
    return found


def wrong_anatomy(text, most_quizzes=4):
    """A chapter's parts are all there, in their order."""
    found = []
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S).strip()
    blocks = re.split(r"\n\s*\n", body, maxsplit=3)
    if not re.fullmatch(r"# \S.*", blocks[0]):
        found.append(f"no title, but: {blocks[0][:60]}")
    sentence = blocks[1].strip()
    if not re.fullmatch(r"After this chapter you [^.?!:]+\.", sentence):
        found.append(
            "expected one sentence, After this chapter you ..., "
            f"found: {sentence[:80]}"
        )
    if not body[body.find(sentence) + len(sentence) :].lstrip().startswith(
        ":::{admonition} At a glance\n:class: chapter-card\n"
    ):
        found.append("no card behind the first sentence")
    card = CARD.search(body)
    wanted = ["**You will** ", "**You need** ", "**Study time** ", "**Cost** "]
    for name in wanted:
        if not card or name not in card[1]:
            found.append(f"the card lacks {name.strip()}")
    marks = [
        r"^## Check yourself$", r"^## Exercises$", r"^## Summary$",
        r"^\*\*What comes next\.\*\* \S", r"^\*\*Sources\.\*\* \S",
    ]  # fmt: skip
    places = [[m.start() for m in re.finditer(p, body, re.M)] for p in marks]
    for mark, place in zip(marks, places, strict=True):
        if len(place) != 1:
            name = re.sub(r"[\\^$*#]|S$", "", mark).strip()
            found.append(f"{len(place)} times {name!r}, expected once")
    firsts = [place[0] for place in places if place]
    if firsts != sorted(firsts):
        found.append("the parts at the end stand in another order")
    summary = re.search(r"^## Summary\n+(.*?)\n\s*\n", body, re.M | re.S)
    lines = summary[1].split("\n") if summary else []
    if len(lines) != 5 or not all(x.endswith("\\") for x in lines[:-1]):
        found.append(f"the summary has {len(lines)} lines, expected 5")
    quizzes = len(re.findall(r"^[`:]{3,}\{quiz\}", body, re.M))
    if not 2 <= quizzes <= most_quizzes:
        found.append(f"{quizzes} quizzes, expected 2 to {most_quizzes}")
    exercises = len(re.findall(r"^```\{exercise\}", body, re.M))
    if exercises < 3:
        found.append(f"{exercises} exercises, expected at least 3")
    return found


def needs_what_comes_later(page, text, order):
    """The card asks for a chapter that stands behind this one, or nowhere."""
    card = CARD.search(text)
    needs = re.findall(r"^\*\*You need\*\*.*$", card[1] if card else "", re.M)
    found = []
    for needed in DOC.findall("".join(needs)):
        if needed not in order:
            found.append(f"needs {needed}, which is no chapter")
        elif order.index(needed) >= order.index(page):
            found.append(f"needs {needed}, which comes later")
    return found

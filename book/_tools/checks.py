"""What every chapter must keep to; each check returns a list of complaints.

`tests/book/test_pairs.py` runs them over the book, and over bad examples.
"""

import re

LONGEST_CELL = 25  # lines
WIDEST_LINE = 79  # columns
KNOWN_MAGICS = {"%matplotlib", "%timeit", "%%timeit", "%%time"}

# Directives whose content is no prose. A fence without a directive is code.
NO_PROSE = {
    "code-cell", "py-live", "code-block", "code", "literalinclude", "math",
    "eval-rst", "bibliography", "raw",
}  # fmt: skip
FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([^}]*)\})?(.*)")
NOT_PROSE = [
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),  # front matter
    re.compile(r"\$\$.*?\$\$", re.DOTALL),
    re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL),
    re.compile(r"(?<!\\)\$[^$\n]+(?:\n[^$\n]+)?\$"),
    re.compile(r"(?:\{[\w:.-]+\})?(`+)[^`]+?\1"),  # roles and inline code
    re.compile(r"\]\([^)]*\)"),  # where a link goes
    re.compile(r"<https?://[^>]*>|https?://\S+"),
    re.compile(r"^#+ .*$", re.MULTILINE),  # headings
    re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE),  # options of directives
    re.compile(r"^\(.*\)=$", re.MULTILINE),  # labels
    re.compile(r"^%.*$", re.MULTILINE),  # comments
    re.compile(r"\b(Python|CC BY) \d\.\d+( (to|and) \d\.\d+)?"),
]
MEASURED = re.compile(
    r"(?<![\w.])[-−+]?\d+(?:[.,]\d+)*\s?(?:%|percent\b|per cent\b)"
    r"|(?<![\w.])[-−+]?\d+\.\d+(?![\w.]*\.\w)"
)
ALLOWED = re.compile(r"<!-- numbers: \S.*?-->", re.DOTALL)


def code_cells(notebook):
    """(number, cell) of each code cell; the first is 1, as in the report."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return list(enumerate(cells, 1))


def out_of_step(expected, notebook):
    """The notebook holds other cells than its text gives (`expected`)."""
    mine = [(c.cell_type, c.source, dict(c.metadata)) for c in expected.cells]
    its = [(c.cell_type, c.source, dict(c.metadata)) for c in notebook.cells]
    if mine == its:
        return []
    for number, (a, b) in enumerate(zip(mine, its), 1):
        if a != b:
            return [
                f"cell {number} differs from the text: run `make notebooks`"
            ]
    return [f"{len(its)} cells, the text has {len(mine)}: `make notebooks`"]


def not_executed(notebook):
    """Every code cell was run, once, from top to bottom."""
    counts = [cell.execution_count for _, cell in code_cells(notebook)]
    if counts == list(range(1, len(counts) + 1)):
        return []
    return [f"code cells ran as {counts}, expected 1 to {len(counts)}"]


def bad_outputs(notebook):
    """No output is an error or was written to stderr."""
    found = []
    for number, cell in code_cells(notebook):
        meant = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.output_type == "error" and not meant:
                found.append(f"code cell {number} ends in {output.ename}")
            if output.get("name") == "stderr":
                found.append(f"code cell {number} writes to stderr")
    return found


def bad_exemptions(notebook):
    """A cell is left uncompared with a reason, and in one way only."""
    found = []
    for number, cell in code_cells(notebook):
        tags = cell.metadata.get("tags", [])
        exempt = "nbval-ignore-output" in tags
        reason = cell.metadata.get("exempt")
        if exempt and not (isinstance(reason, str) and reason.strip()):
            found.append(f"code cell {number} is exempt without a reason")
        if reason is not None and not exempt:
            found.append(
                f"code cell {number} has a reason but no tag "
                "nbval-ignore-output"
            )
        if "nbval-skip" in tags:
            found.append(f"code cell {number} is skipped: every cell runs")
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)\w+", cell.source):
            found.append(
                f"code cell {number} has an nbval comment: use tag and reason"
            )
    return found


def unknown_magics(notebook):
    """No unknown magic: nbval lets a cell that starts with one pass."""
    found = []
    for number, cell in code_cells(notebook):
        for line in cell.source.splitlines():
            word = re.match(r"\s*(%%?[A-Za-z]\w*|!)", line)
            if word and word[1] not in KNOWN_MAGICS:
                found.append(
                    f"code cell {number} starts a line with {word[1]}"
                )
    return found


def too_big(notebook):
    """A code cell fits on a screen.

    Lines that are quoted unchanged may be wider; the cell's metadata says
    whose they are: `verbatim: the source's program`.
    """
    found = []
    for number, cell in code_cells(notebook):
        lines = cell.source.splitlines()
        if len(lines) > LONGEST_CELL:
            found.append(
                f"code cell {number} has {len(lines)} lines, at most "
                f"{LONGEST_CELL} expected"
            )
        width = max(map(len, lines), default=0)
        quoted = str(cell.metadata.get("verbatim") or "").strip()
        if width > WIDEST_LINE and not quoted:
            found.append(
                f"code cell {number} is {width} columns wide, at most "
                f"{WIDEST_LINE} expected"
            )
    return found


def undescribed_figures(notebook):
    """A figure has alt text, a caption and a name; one figure a cell."""
    found = []
    for number, cell in code_cells(notebook):
        images = sum(
            any(kind.startswith("image/") for kind in output.get("data", {}))
            for output in cell.outputs
        )
        if not images:
            continue
        settings = cell.metadata.get("mystnb", {})
        figure = settings.get("figure", {})
        wanted = {
            "image: {alt: ...}": settings.get("image", {}).get("alt"),
            "figure: {caption: ...}": figure.get("caption"),
            "figure: {name: ...}": figure.get("name"),
        }
        found += [
            f"code cell {number} draws a figure without mystnb {what}"
            for what, value in wanted.items()
            if not (isinstance(value, str) and value.strip())
        ]
        if images > 1:
            found.append(f"code cell {number} draws {images} figures, not one")
    return found


def without_code(text, no_prose=NO_PROSE, titles=()):
    """The text without code blocks and without the fences of directives.

    no_prose: directives whose content is left out. titles: those whose own
    line is left out.
    """
    kept = []
    open_fences = []  # (fence, holds prose)
    for line in text.splitlines():
        fence = FENCE.fullmatch(line)
        if not fence:
            if all(prose for _, prose in open_fences):
                kept.append(line)
            continue
        marks, directive, rest = fence.groups()
        if open_fences:
            opening, prose = open_fences[-1]
            closes = marks.startswith(opening) and directive is None
            if closes and not rest.strip():
                open_fences.pop()
                kept.append("")
                continue
            if not prose:
                continue
        prose = directive is not None and directive not in no_prose
        open_fences.append((marks, prose))
        shown = prose and directive not in titles
        kept.append(rest if shown else "")  # a title or a question
    return "\n".join(kept)


def typed_numbers(text):
    """Prose holds no typed-in decimal or percentage.

    A result is glued: {glue:text}`name`. A number that is given, not found,
    stands as `code` or in $math$. What remains (a quoted result of others)
    carries a comment in its paragraph: <!-- numbers: from the cited paper -->
    """
    found = []
    prose = without_code(text)
    for pattern in NOT_PROSE:
        prose = pattern.sub(lambda m: "\n" * m[0].count("\n"), prose)
    for block in re.split(r"\n[ \t]*\n", prose):
        if ALLOWED.search(block):
            continue
        block = re.sub(r"<!--.*?-->", "", block, flags=re.DOTALL)
        for number in MEASURED.finditer(block):
            line = block[: number.start()].count("\n")
            sentence = block.splitlines()[line].strip()
            found.append(f"typed-in number {number[0]!r} in: {sentence}")
    return found


CHECKS = [
    not_executed,
    bad_outputs,
    bad_exemptions,
    unknown_magics,
    too_big,
    undescribed_figures,
]

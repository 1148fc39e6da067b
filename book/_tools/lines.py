"""Counts the code lines of dlcore: no blanks, comments or docstrings.

The core is what `import dlcore` may need; the packages around it (data,
drawing, comparison with Keras, exercises, numbers for the prose) are counted
apart.
"""

import ast
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "dlcore"
AROUND = {"datasets", "plot", "compare", "exercises", "export", "results"}
NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(source):
    """The number of lines of a Python source that hold code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef
        ) and ast.get_docstring(node, clean=False):
            text = node.body[0]
            lines -= set(range(text.lineno, text.end_lineno + 1))
    return len(lines)


def main():
    """Print a line for each file, then the sums."""
    core = around = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        count = code_lines(path.read_text(encoding="utf-8"))
        if name.parts[0].removesuffix(".py") in AROUND:
            around += count
        else:
            core += count
            print(f"{count:6}  {name}")
    print(f"{core:6}  lines of code in the core")
    print(f"{around:6}  lines of code around it ({', '.join(sorted(AROUND))})")


if __name__ == "__main__":
    main()

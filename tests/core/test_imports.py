"""What `import dlcore` loads, and what the core must never import."""

import ast
import subprocess
import sys
from pathlib import Path

import dlcore

ROOT = Path(dlcore.__file__).parent
APART = {"datasets", "plot", "compare", "exercises", "results"}


def test_import_needs_numpy_alone():
    code = """
import sys
before = set(sys.modules)
import dlcore
names = {name.split(".")[0] for name in set(sys.modules) - before}
names -= set(sys.stdlib_module_names)
print(*sorted(names))
inside = {n for n in sys.modules if n.startswith("dlcore.")}
print(*sorted(n.split(".")[1] for n in inside))
"""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, inside = result.stdout.splitlines()
    assert loaded == "dlcore numpy"
    assert not APART & set(inside.split())


def core_files():
    files = [*ROOT.glob("*.py"), *ROOT.glob("layers/*.py")]
    return [file for file in files if file.stem not in APART]


def test_the_core_imports_nothing_but_itself_numpy_and_python():
    assert len(core_files()) > 15
    for file in core_files():
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(a.name for a in node.names)]
                assert not APART & {n.split(".")[0] for n in names}, file
                names = [] if node.level else names[:1]
            for name in names:
                top = name.split(".")[0]
                assert top == "numpy" or top in sys.stdlib_module_names, file


def test_every_module_opens_with_a_sentence():
    for file in core_files():
        text = ast.get_docstring(ast.parse(file.read_text()))
        assert text and text.splitlines()[0].endswith((".", ":", ","))


def test_public_names_exist_and_are_documented():
    for name in dlcore.__all__:
        assert getattr(dlcore, name).__doc__
    for name in dlcore.layers.__all__:
        assert getattr(dlcore.layers, name).__doc__

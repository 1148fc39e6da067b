"""Mutation testing of dlcore's core: does a test notice each small change?

mutmut changes one thing at a time in a function (+ to -, < to <=, an argument
to None, a text) and runs the tests. Here each module is mutated alone, and
only the test files that are named for it below have to kill its mutants: so
its neighbours run unchanged and fast, and a mutant dies by a test that is
about it. What draws at random and what kills processes is not asked.

Usage: mutants.py [module ...], such as losses or layers/conv; all without.
Everything is kept in _build/mutants, survivors with their differences too.
"""

import json
import os
import subprocess
import sys
from collections import Counter

from lines import AROUND, PACKAGE

ROOT = PACKAGE.parents[1]
WORK = ROOT / "_build" / "mutants"
GOAL = 95  # per cent of the mutants

#: Test files besides test_<module>.py and test_messages.py for a module.
TRAINS = "messages_of_training"
ALSO = {
    "callbacks": [TRAINS],
    "checks": ["errors", "utils"],
    "data": [TRAINS, "training", "losses"],
    "gradcheck": [TRAINS],
    "layers/core": ["layers"],
    "layers/layer": ["layers", "errors", "graph"],
    "layers/merge": ["graph"],
    "models": [TRAINS, "graph", "errors"],
    "optimizers": [TRAINS],
    "saving": [TRAINS, "graph"],
    "schedules": [TRAINS],
    "training": [TRAINS, "callbacks", "graph", "models"],
}

CONFIG = """[mutmut]
source_paths=src
only_mutate=src/dlcore/{module}.py
pytest_add_cli_args_test_selection={tests}
pytest_add_cli_args=
    --confcutdir=tests/core
    -pno:playwright
    -pno:base_url
    -pno:nbval
    -pno:cov
    -pno:xdist
    -pno:cacheprovider
timeout_multiplier=10
timeout_constant=2
use_git_change_detection=false
track_dependencies=false
process_isolation=forkserver
"""

KILLED = {1: "killed", 3: "killed", 0: "survived", 33: "survived"}


def core_modules():
    """losses, layers/conv, ...: what lines.py counts, with functions in it."""
    names = sorted(
        path.relative_to(PACKAGE).with_suffix("").as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    )
    return [name for name in names if name.split("/")[0] not in AROUND]


def test_files(module):
    """The files below tests/core that have to kill a module's mutants."""
    names = [module.split("/")[-1], "messages", *ALSO.get(module, [])]
    paths = [f"tests/core/test_{name}.py" for name in dict.fromkeys(names)]
    return [path for path in paths if (ROOT / path).exists()]


def prepare(module):
    """A folder with links to the sources, and mutmut's settings."""
    folder = WORK / module.replace("/", ".")
    # mutmut looks for its copy of src before it has made it.
    (folder / "mutants" / "src").mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests", "pyproject.toml"):
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(ROOT / name, folder))
    tests = "".join("\n    " + path for path in test_files(module))
    text = CONFIG.format(module=module, tests=tests)
    (folder / "setup.cfg").write_text(text)
    return folder


def mutmut(folder, *arguments, **how):
    """Run mutmut in a folder; what the tests start imports mutants too."""
    environment = os.environ | {
        "PYTHONPATH": str(folder / "mutants" / "src"),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder, env=environment, text=True, **how,
    )


def verdicts(folder, module):
    """{mutant: killed, survived or timeout}."""
    meta = folder / "mutants" / "src" / "dlcore" / f"{module}.py.meta"
    codes = json.loads(meta.read_text())["exit_code_by_key"]
    return {
        name: "not run" if code is None else KILLED.get(code, "timeout")
        for name, code in codes.items()
    }


def test(module):
    """How many mutants were killed, ...; None if the tests fail anyway."""
    folder = prepare(module)
    before = verdicts(folder, module) if list(folder.rglob("*.meta")) else {}
    again = [n for n, verdict in before.items() if verdict == "survived"]
    log = folder / "log.txt"
    with log.open("w") as file:
        done = mutmut(folder, "run", stdout=file, stderr=subprocess.STDOUT)
        if again and done.returncode == 0:
            now = verdicts(folder, module)
            again = [name for name in again if now.get(name) == "survived"]
            if again:
                mutmut(folder, "run", *again, stdout=file, stderr=file)
    if done.returncode:
        print(f"{module:18} not tested: {log} ends in the reason", flush=True)
        return None
    found = verdicts(folder, module)
    left = [name for name, what in found.items() if what == "survived"]
    shown = [
        mutmut(folder, "show", name, capture_output=True).stdout
        for name in left
    ]
    (folder / "survivors.diff").write_text("".join(shown))
    return Counter(found.values())


def show(name, counts):
    """Print one line of the table; returns counts."""
    if counts:
        total = counts.total()
        dead = counts["killed"] + counts["timeout"]
        print(
            f"{name:18}{total:8}{counts['killed']:8}{counts['timeout']:9}"
            f"{total - dead:10}{100 * dead / total:8.1f} %",
            flush=True,
        )
    return counts


def main(names):
    """Test the modules and print a table; 1 if too many mutants survive."""
    modules = core_modules()
    if unknown := set(names) - set(modules):
        raise SystemExit(f"unknown: {unknown}; known: {', '.join(modules)}")
    print(f"{'module':18} mutants  killed  timeout  survived   score")
    found = [show(module, test(module)) for module in names or modules]
    whole = sum(filter(None, found), Counter())
    show("altogether", whole)
    dead = whole["killed"] + whole["timeout"]
    return None in found or 100 * dead < GOAL * whole.total()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Executes the chapters: makes book/x/y.ipynb, with outputs, from y.md.

A chapter is a pair. People edit the text (`.md`, jupytext's MyST format); this
program runs it and writes the notebook beside it, which the site shows and the
tests compare. Only stale notebooks run again: those whose text, whose files
beside it, whose part of `src/dlcore` or whose locked packages changed. A
chapter that reads the results of the others runs after them, and again with
them. A chapter that fails leaves its old notebook as it was.

    python book/_tools/notebooks.py [--all] [--jobs N] [book/x/y.md ...]
"""

import argparse
import hashlib
import json
import os
import re
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPU_LIMIT = 60  # CPU seconds a chapter may cost
CELL_TIMEOUT = 600  # seconds of wall time before a cell counts as hung

# Kernels run with these here, in the tests and nowhere else. TensorFlow's log
# lines would be output that differs by machine; one BLAS thread is faster for
# small arrays and adds in the same order everywhere.
KERNEL_ENV = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OPENBLAS_NUM_THREADS": "1",
}

# Without the version, which differs between machines.
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}

# Asked in the kernel after the last cell: what the chapter cost, and which
# files of dlcore it used.
QUESTION = """
import json, resource, sys
_own = resource.getrusage(resource.RUSAGE_SELF)
_sub = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "cpu": _own.ru_utime + _own.ru_stime + _sub.ru_utime + _sub.ru_stime,
    "memory": _own.ru_maxrss,
    "modules": [m.__file__ for n, m in sorted(sys.modules.items())
                if n.split(".")[0] == "dlcore" and getattr(m, "__file__", 0)],
}))
"""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
READS_NOTEBOOKS = re.compile(r"\.ipynb[\"']")  # in code: a file's name
CODE_CELL = re.compile(r"^\s*(```+|~~~+|:::+)\s*\{code-cell\}", re.MULTILINE)


def texts(root=ROOT):
    """The texts of all pairs: every page of the book that has a code cell."""
    pages = [root / "index.md", *sorted((root / "book").rglob("*.md"))]
    return [
        page
        for page in pages
        if page.is_file()
        and not any(
            part.startswith(("_", "."))
            for part in page.relative_to(root).parts
        )
        and CODE_CELL.search(page.read_text(encoding="utf-8"))
    ]


def digest(*paths):
    """A short hash over the contents of files (line endings do not count)."""
    found = hashlib.sha256()
    for path in paths:
        content = Path(path).read_bytes().replace(b"\r\n", b"\n")
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()[:16]


def beside(text):
    """The files beside a chapter that it names: programs, tables."""
    content = text.read_text(encoding="utf-8")
    return [
        path
        for path in sorted(text.parent.iterdir())
        if path.is_file()
        and path.suffix not in (".md", ".ipynb")
        and (path.name in content
             or (path.suffix == ".py" and path.stem in content))
    ]


def key(text, used, root=ROOT):
    """What a notebook was made from; it is stale when this changes.

    text: the chapter's path; used: the files of dlcore that it imported.
    """
    return {
        "text": digest(text, *beside(text)),
        "lock": digest(root / "requirements.txt"),
        "dlcore": digest(*(root / name for name in used)),
        "used": list(used),
    }


def is_stale(text, root=ROOT):
    """True if the notebook of this text is missing or out of date."""
    try:
        notebook = json.loads(
            text.with_suffix(".ipynb").read_text(encoding="utf-8")
        )
        made_from = notebook["metadata"]["made_from"]
        return made_from != key(text, made_from["used"], root)
    except (OSError, ValueError, KeyError):
        return True  # never made, or a file of dlcore is gone


def waves(chosen, everything):
    """What runs at once, in order: the chapters, then each of their readers.

    chosen: the texts to run. A chapter of `everything` that reads notebooks
    is a reader; if any other is chosen, all readers follow it.
    """
    readers = [
        text
        for text in everything
        if READS_NOTEBOOKS.search(text.read_text(encoding="utf-8"))
    ]
    first = [text for text in chosen if text not in readers]
    return [
        wave
        for wave in (
            first, *([text] for text in readers if first or text in chosen))
        if wave
    ]


def unexecuted(text):
    """The notebook of a text as jupytext converts it: no outputs yet.

    Cell ids are hashes of the source, so that the same text gives the same
    file and an insertion changes no other cell.
    """
    import jupytext

    notebook = jupytext.read(text, fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    seen = {}
    for cell in notebook.cells:
        name = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def run(text, root=ROOT):
    """Execute one chapter and write its notebook; return its report (dict)."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    os.environ.update(KERNEL_ENV)
    started = time.monotonic()
    report = {"text": str(text.relative_to(root))}
    try:
        notebook = unexecuted(text)
        notebook.cells.append(nbformat.v4.new_code_cell(QUESTION))
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            # Without ipykernel's warning that a local kernel speaks plain TCP.
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(text.parent)}},
        )
        client.execute()
        answer = json.loads(notebook.cells.pop().outputs[0]["text"])
        used = files_of_dlcore(answer["modules"], root)
        notebook.metadata["language_info"] = LANGUAGE
        notebook.metadata["made_from"] = key(text, used, root)
        target = text.with_suffix(".ipynb")
        half = target.with_suffix(".ipynb.part")
        half.write_text(nbformat.writes(notebook), encoding="utf-8")
        os.replace(half, target)
        scale = 2**20 if sys.platform == "darwin" else 2**10
        report["cpu"] = answer["cpu"]
        report["memory"] = answer["memory"] / scale
    except CellExecutionError as error:
        report["error"] = cell_error(notebook, error)
    except Exception:  # a dead kernel, a hung cell, a text that does not parse
        report["error"] = traceback.format_exc()
    report["wall"] = time.monotonic() - started
    return report


def files_of_dlcore(modules, root=ROOT):
    """Paths from the root, sorted; error if they are of another dlcore."""
    package = (root / "src" / "dlcore").resolve()
    paths = [Path(name).resolve() for name in modules]
    for path in paths:
        if not path.is_relative_to(package):
            raise ImportError(
                f"dlcore expected from {package}, received {path}: "
                "delete .venv and run `make env`"
            )
    return sorted(p.relative_to(root.resolve()).as_posix() for p in paths)


def cell_error(notebook, error):
    """Say which cell failed, show its code and its traceback."""
    number = 0
    for cell in notebook.cells:
        number += cell.cell_type == "code"
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "raises-exception" not in (
                cell.metadata.get("tags", [])
            ):
                code = "\n".join(
                    f"    | {s}" for s in cell.source.splitlines()
                )
                return f"code cell {number}:\n{code}\n" + ANSI.sub(
                    "", "\n".join(output.traceback)
                )
    return ANSI.sub("", str(error))


def main(arguments=None):
    """Run the stale or the named chapters; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Execute the chapters whose notebooks are stale."
    )
    parser.add_argument("texts", nargs="*", type=Path, help="chapters (.md)")
    parser.add_argument(
        "--all", action="store_true", help="also those in step"
    )
    parser.add_argument("--list", action="store_true", help="list stale ones")
    parser.add_argument("--jobs", type=int, default=2, help="at once (2)")
    options = parser.parse_args(arguments)

    chosen = [path.resolve() for path in options.texts] or texts()
    for path in chosen:
        if path.suffix != ".md" or not path.is_file():
            parser.error(f"expected a chapter's text (.md), received {path}")
    if not (options.all or options.texts):
        chosen = [path for path in chosen if is_stale(path)]
    if options.list or not chosen:
        print("\n".join(str(path.relative_to(ROOT)) for path in chosen))
        print(f"{len(chosen)} of {len(texts())} notebooks are stale")
        return 0

    rounds = [chosen] if options.texts else waves(chosen, texts())
    failed = 0
    for wave in rounds:
        with ProcessPoolExecutor(
            max_workers=options.jobs, mp_context=get_context("spawn")
        ) as pool:
            for job in as_completed([pool.submit(run, path) for path in wave]):
                failed += not told(job.result())
    done = sum(map(len, rounds)) - failed
    print(f"{done} notebooks executed, {failed} failed")
    return 1 if failed else 0


def told(report):
    """Print what became of a chapter; True if it ran to its end."""
    if "error" in report:
        print(f"FAILED {report['text']}, {report['error']}", flush=True)
        return False
    warning = (
        f"  <-- above the limit of {CPU_LIMIT} CPU s"
        if report["cpu"] > CPU_LIMIT
        else ""
    )
    print(
        f"{report['text']}: {report['cpu']:.1f} CPU s, "
        f"{report['wall']:.1f} s, {report['memory']:.0f} MB{warning}",
        flush=True,
    )
    return True


if __name__ == "__main__":
    sys.exit(main())

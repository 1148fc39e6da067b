"""Times dlcore beside other libraries, round by round: `make bench`.

    python book/_tools/bench.py [--rounds 10] [--to FOLDER] [NAME ...]

Keras (on TensorFlow) and dlcore train the same models on the same digits,
and so do PyTorch, JAX and scikit-learn where they are installed. Each has a
process of its own; in every round they take turns, another one first each
time. A ratio is another library's time over dlcore's in one round; the table
shows the median over the rounds, the smallest and the largest, and what the
ratio to Keras must be and aims to be. A miss is shown and fails nothing.

The others run at their defaults. dlcore has shuffling, metrics, progress bar
and validation on, as Keras has. Nothing else should run beside it: the load
of the machine stands above and below the table.

Writes speed.json, speed.svg and speed.png into _build. A run of some cases,
those whose name holds a NAME, writes only where --to says.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

WORKER = Path(__file__).with_name("bench_worker.py")

#: name -> what a program imports that uses it. The first two are always
#: compared, the others where they are installed.
LIBRARIES = {
    "dlcore": "dlcore",
    "Keras": "keras",
    "PyTorch": "torch",
    "JAX": "jax",
    "scikit-learn": "sklearn.neural_network",
}
PAIR = ("dlcore", "Keras")
FAILURES = (RuntimeError, subprocess.CalledProcessError)


class Case(NamedTuple):
    """One row: what is timed, and what Keras's time over dlcore's must be."""

    name: str
    must: float
    aim: float
    what: str
    model: str | None = None
    batch_size: int = 32
    samples: int = 2048
    times: int = 1  # calls in a round, where one would be too short


CASES = [
    Case("M1 fit, batch 32", 4, 7, "fit", "M1", 32),
    Case("M1 fit, batch 8", 6, 10, "fit", "M1", 8),
    Case("M1 fit, batch 1024", 2.5, 3.5, "fit", "M1", 1024, times=5),
    Case("M2 fit, batch 32", 1.0, 1.25, "fit", "M2", 32),
    Case("M2 fit, batch 8", 1.4, 1.8, "fit", "M2", 8),
    Case("M2 fit, batch 128", 0.8, 1.0, "fit", "M2", 128),
    Case("M2 fit, batch 1024", 0.8, 1.0, "fit", "M2", 1024),
    Case("M1 predict, batch 32", 10, 20, "predict", "M1", times=5),
    Case("M2 predict, batch 32", 1.4, 2, "predict", "M2"),
    Case("M1 predict, one image", 40, 80, "predict", "M1", samples=1, times=9),
    Case("M2 predict, one image", 40, 80, "predict", "M2", samples=1, times=9),
    Case("LSTM(64) fit, 50 steps", 1.2, 1.7, "fit", "LSTM"),
    Case("GRU(64) fit, 50 steps", 1.2, 2.3, "fit", "GRU"),
    Case("attention block fit", 1.0, 1.5, "fit", "attention"),
    Case("two convolutions fit", 0.6, 1.0, "fit", "two convolutions"),
    Case("import", 15, 30, "import"),
    Case("peak memory, M2 trained", 8, 11, "memory", "M2", samples=1024),
    Case("step 3,000 over step 100", 1.3, 1.1, "late", "M2", samples=320),
]


def environment(library):
    """What a library's process sees: dlcore on one BLAS thread, as its
    chapters run; the others as if nobody had set anything."""
    hidden = ("TF_ENABLE_ONEDNN_OPTS", "OPENBLAS_NUM_THREADS")
    found = {k: v for k, v in os.environ.items() if k not in hidden}
    # Messages only, no change of what is computed.
    found.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if library == "dlcore":
        found["OPENBLAS_NUM_THREADS"] = "1"
    return found


class Process:
    """A library in a process of its own (see bench_worker)."""

    def __init__(self, library, data):
        self.library = library
        # Closed by __exit__; TensorFlow has more to say than a pipe holds.
        self.messages = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), library, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.messages,
            text=True,
            env=environment(library),
        )

    def ask(self, *command):
        """The worker's answer. Raises RuntimeError if that is an error."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.messages.seek(0)
            said = self.messages.read().strip().splitlines()[-1:]
            raise RuntimeError(f"{self.library} has ended: {''.join(said)}")
        answer = json.loads(answer)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{self.library}: {answer['error']}")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.messages.close()


def takes_part(library, case):
    """scikit-learn has no layer but Dense; late steps are dlcore's alone."""
    if library == "scikit-learn":
        return case.model == "M1" or case.what == "import"
    return case.what != "late" or library == "dlcore"


def start(case, library, worker, data):
    """Return a call that measures one round: seconds, KB or a ratio."""
    if case.what == "import":
        imported(library)  # once, to have the files read from the disk
        return lambda: imported(library)
    if case.what == "memory":
        return lambda: peak_memory(library, case, data)
    if case.what == "late":
        return lambda: late_step(case, worker, data)
    worker.ask("prepare", case.model, case.what, case.batch_size, case.samples)
    worker.ask("run", 1)  # compiles, fills caches; not counted
    return lambda: worker.ask("run", case.times)


def imported(library):
    """Seconds from the start of a Python to its end after an import."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import {LIBRARIES[library]}"],
        check=True,
        capture_output=True,
        env=environment(library),
    )
    return time.perf_counter() - began


def peak_memory(library, case, data):
    """KB that a fresh process held at most, having trained for an epoch."""
    with Process(library, data) as fresh:
        fresh.ask(
            "prepare", case.model, "fit", case.batch_size, case.samples
        )
        fresh.ask("run", 1)
        return fresh.ask("peak")


def late_step(case, worker, data):
    """Time of a step about step 3,000 over that about step 100.

    Ten steps a run on few digits: the loss comes near 0 and gradients grow
    tiny, which is when slow numbers (denormals) turn up. The old training
    and a young one take turns, so that other work on the machine meets both.
    """
    settings = (case.model, "steps", case.batch_size, case.samples)
    with Process(worker.library, data) as young:
        for process, runs in ((worker, 295), (young, 5)):
            process.ask("prepare", *settings)
            for _ in range(runs):
                process.ask("run", 1)
        turns = [
            (worker.ask("run", 1), young.ask("run", 1)) for _ in range(10)
        ]
    late, early = np.median(turns, axis=0)
    return late / early


def measure(case, workers, data, rounds):
    """One row of the table, as it goes into the JSON.

    A library that fails is named in the row and left out of it. Raises what
    it raised if it is dlcore or Keras.
    """
    failed = {}

    def attempt(library, call, *arguments):
        try:
            return call(*arguments)
        except FAILURES as error:
            if library in PAIR:
                raise
            failed[library] = str(error)

    calls, values = {}, {}
    for name, worker in workers.items():
        if takes_part(name, case):
            values[name] = []
            calls[name] = attempt(name, start, case, name, worker, data)
    order = list(calls)
    for _ in range(rounds):
        for name in order:
            if name not in failed:
                values[name].append(attempt(name, calls[name]))
        order = order[1:] + order[:1]
    values = {k: np.array(v) for k, v in values.items() if k not in failed}
    own = 1 if case.what == "late" else values["dlcore"]
    others = [name for name in values if name != "dlcore"] or ["dlcore"]
    return {
        "name": case.name,
        "must": case.must,
        "aim": case.aim,
        "at_most": case.what == "late",
        "ratios": {
            name: np.round(values[name] / own, 4).tolist() for name in others
        },
        "medians": {name: float(np.median(v)) for name, v in values.items()},
        "failed": failed,
    }


def met(row, wanted):
    """Whether the median ratio (to Keras) reaches row["must"] or ["aim"]."""
    ratio = np.median(next(iter(row["ratios"].values())))
    if row["at_most"]:
        return bool(ratio <= row[wanted])
    return bool(ratio >= row[wanted])


def heading(libraries):
    others = "".join(f"{name:>14}" for name in libraries[2:])
    return (
        f"{'':26}{'Keras / dlcore':^25}{'must':>8}{'aim':>8}{others}\n"
        f"{'':26}{'median':>9}{'low':>8}{'high':>8}"
    )


def line(row, libraries):
    """A row as the table prints it."""
    first, *_ = row["ratios"].values()
    text = f"{row['name']:26}{np.median(first):9.2f}"
    text += f"{min(first):8.2f}{max(first):8.2f}"
    for wanted in ("must", "aim"):
        mark = "✓" if met(row, wanted) else "✗"
        text += f"{row[wanted]:6g} {mark}"
    for name in libraries[2:]:
        ratios = row["ratios"].get(name)
        text += f"{np.median(ratios):14.2f}" if ratios else f"{'–':>14}"
    return text


def machine():
    """The computer, by name and number of cores."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        for entry in cpu.read_text().splitlines():
            if entry.startswith("model name"):
                model = entry.split(":", 1)[1].strip()
                break
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas_threads": {"dlcore": 1, "others": "as they choose"},
    }


def digits(path):
    """Write the digits that all libraries train on."""
    from dlcore.datasets import mnist_5k

    (x, y), (x_test, y_test) = mnist_5k()
    x, x_test = (
        (a.reshape(-1, 784) / 255).astype(np.float32) for a in (x, x_test)
    )
    np.savez(path, x=x, y=y, x_test=x_test, y_test=y_test)


def draw(table, folder):
    """The plot of a table, as speed.svg and speed.png."""
    import matplotlib

    matplotlib.use("Agg")
    from dlcore import plot

    plot.setup()
    figure = plot.speed_ratios(table).figure
    figure.savefig(folder / "speed.svg", metadata={"Date": None})
    figure.savefig(folder / "speed.png")


def measure_all(cases, rounds, data):
    """The whole table; prints it row by row. Failures are named in it."""
    installed = [
        name
        for name, module in LIBRARIES.items()
        if name in PAIR or find_spec(module.split(".")[0])
    ]
    table = {
        "machine": machine() | {"load_before": os.getloadavg()[0]},
        "date": date.today().isoformat(),
        "rounds": rounds,
        "cases": [],
        "failed": {},
    }
    about = table["machine"]
    print(
        f"{about['cpu']}, {about['cores']} cores, {about['system']}\n"
        f"load before: {about['load_before']:.2f}; {rounds} rounds\n\n"
        f"{heading(installed)}"
    )
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(Process(name, data))
            for name in installed
        }
        for case in cases:
            try:
                row = measure(case, workers, data, rounds)
            except FAILURES as error:
                table["failed"][case.name] = [str(error)]
                print(f"{case.name:26} not measured, {error}", flush=True)
                continue
            table["cases"].append(row)
            print(line(row, installed), flush=True)
            if row["failed"]:
                table["failed"][case.name] = list(row["failed"].values())
                print(*row["failed"].values(), sep="\n", flush=True)
        about["versions"] = {}
        for worker in workers.values():
            with contextlib.suppress(RuntimeError):  # ended: named above
                about["versions"] |= worker.ask("about")
    about["load_after"] = os.getloadavg()[0]
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    print(
        f"\nload after: {about['load_after']:.2f} (its own work included)\n"
        f"Python {about['python']}, {versions}\n"
        "BLAS threads: 1 for dlcore, the others as they choose"
    )
    return table


def main(arguments=None):
    """Measure, print, write; 1 if a case could not be measured."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--to", type=Path, help="folder for the results")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="2 rounds of 64 samples: whether it runs, not how fast",
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    cases = [
        case
        for case in CASES
        if not options.names or any(n in case.name for n in options.names)
    ]
    if not cases or options.rounds < 1:
        parser.error(
            "expects rounds of 1 or more and a NAME found in one of: "
            + "; ".join(case.name for case in CASES)
        )
    if options.quick:
        options.rounds = 2
        cases = [
            case._replace(samples=min(case.samples, 64)) for case in cases
        ]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "digits.npz"
        digits(data)
        table = measure_all(cases, options.rounds, data)
    whole = len(cases) == len(CASES) and not options.quick
    to = options.to or (Path("_build") if whole else None)
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        (to / "speed.json").write_text(json.dumps(table, indent=1) + "\n")
        draw(table, to)
    return 1 if table["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

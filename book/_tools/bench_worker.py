"""One library in a process of its own, timed on demand: part of bench.py.

    python book/_tools/bench_worker.py LIBRARY DATA.npz

Reads one command a line, as JSON, and answers each by one line of JSON:
["prepare", model, what, batch_size, samples], ["run", times] for seconds,
["peak"] for the most memory so far in KB, ["about"] for versions. An
exception is an answer too.
"""

import contextlib
import importlib
import io
import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from bench_models import MODELS

#: name -> (module with the trainer, its name)
TRAINERS = {
    "dlcore": ("bench_libraries", "DlcoreTrainer"),
    "Keras": ("bench_libraries", "KerasTrainer"),
    "PyTorch": ("bench_torch", "TorchTrainer"),
    "JAX": ("bench_jax", "JaxTrainer"),
    "scikit-learn": ("bench_libraries", "ScikitLearnTrainer"),
}


def samples_of(model, file, samples):
    """x, y, x_test, y_test: digits, or noise where a model reads sequences.

    A quarter as many to validate on. The time does not ask what x means.
    """
    shape = MODELS[model][0]
    found = {}
    with np.load(file) as data:
        for part, n in (("", samples), ("_test", -(-samples // 4))):
            x = data[f"x{part}"][:n]
            if len(shape) == 2:
                rng = np.random.default_rng(0)
                x = rng.normal(size=(len(x), *shape)).astype(np.float32)
            found[f"x{part}"] = x.reshape(-1, *shape)
            found[f"y{part}"] = data[f"y{part}"][:n]
    return [found[name] for name in ("x", "y", "x_test", "y_test")]


def peak_memory():
    """The most memory this process has held so far, in KB.

    ru_maxrss would count the parent's: Linux hands it on to a new program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


class Worker:
    """Answers the commands of bench.py with one library."""

    def __init__(self, library, file):
        self.library, self.file = library, file

    def prepare(self, model, what, batch_size, samples):
        module, name = TRAINERS[self.library]
        trainer = getattr(importlib.import_module(module), name)
        data = samples_of(model, self.file, samples)
        self.call = getattr(trainer(*MODELS[model], data), what)
        self.batch_size = batch_size

    def run(self, times):
        """Seconds of as many calls."""
        began = time.perf_counter()
        for _ in range(times):
            self.call(self.batch_size)
        return time.perf_counter() - began

    def peak(self):
        return peak_memory()

    def about(self):
        """Versions of what is loaded, and NumPy's BLAS."""
        blas = np.show_config("dicts")["Build Dependencies"]["blas"]
        names = ("dlcore", "keras", "tensorflow", "torch", "jax", "sklearn")
        return {
            "numpy": f"{np.__version__} ({blas['name']} {blas['version']})"
        } | {
            name: sys.modules[name].__version__
            for name in names
            if name in sys.modules
        }


def main(library, file):
    warnings.simplefilter("ignore")
    worker = Worker(library, file)
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            # The progress bar is drawn, but nowhere to be seen.
            with contextlib.redirect_stdout(io.StringIO()):
                answer = getattr(worker, command)(*arguments)
        except Exception as error:  # the other cases can still be timed
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Times dlcore beside Keras, in one run, round by round: `make bench`.

Both train the same models on the same digits, by turns. A ratio is Keras's
time over dlcore's in one round; the table shows the median over the rounds,
and the smallest and largest. Keras runs at its defaults, dlcore with
shuffling, metrics, progress bar and validation on. Nothing else should run
beside it: the load of the machine is printed with the table.

    python book/_tools/bench.py [--rounds 10] [NAME ...]
"""

import argparse
import contextlib
import io
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path

if __name__ == "__main__":  # before NumPy and TensorFlow are imported
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Keras at its defaults: unlike the chapters, with oneDNN's kernels.
    os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)

import numpy as np

import dlcore
from dlcore.datasets import mnist_5k

RESULT = Path("_build/bench.json")
TRAINED_IN = """
import resource, sys
if sys.argv[1] == "dlcore":
    from dlcore import layers, Sequential
else:
    from keras import layers, Sequential
import numpy as np
model = Sequential([
    layers.Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
    layers.MaxPooling2D((2, 2)), layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy",
              metrics=["accuracy"])
x = np.zeros((1024, 28, 28, 1), np.float32)
model.fit(x, np.zeros(1024, int), verbose=0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def mlp(layers):
    """The first source's network."""
    return [
        layers.Dense(64, activation="relu", input_shape=(784,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]


def cnn(layers):
    """The second source's network."""
    return [
        layers.Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]


def two_convolutions(layers):
    return [
        layers.Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]


def recurrent(kind):
    def build(layers):
        return [
            getattr(layers, kind)(64, input_shape=(50, 16)),
            layers.Dense(10, activation="softmax"),
        ]

    return build


class Bench:
    """Both libraries with the same model, ready to be timed by turns."""

    def __init__(self, build, shape, samples=2048):
        import keras

        (x, y), (x_test, y_test) = mnist_5k()
        if shape == (50, 16):
            rng = np.random.default_rng(0)
            x, x_test = (rng.normal(size=(n, *shape)) for n in (4000, 1000))
        scale = 255 if len(shape) != 2 else 1
        self.x = (x / scale).reshape(-1, *shape).astype("float32")[:samples]
        self.test = (x_test / scale).reshape(-1, *shape)[: samples // 4]
        self.test = self.test.astype("float32"), y_test[: samples // 4]
        self.y = y[:samples]
        self.models = []
        for layers, sequential in (
            (dlcore.layers, dlcore.Sequential),
            (keras.layers, keras.Sequential),
        ):
            model = sequential(build(layers))
            model.compile(
                optimizer="adam",
                loss="sparse_categorical_crossentropy",
                metrics=["accuracy"],
            )
            self.models.append(model)

    def fit(self, batch_size):
        return [
            lambda model=model: model.fit(
                self.x,
                self.y,
                batch_size=batch_size,
                validation_data=self.test,
            )
            for model in self.models
        ]

    def predict(self, samples):
        x = self.x[:samples]
        return [
            lambda model=model: model.predict(x, batch_size=32)
            for model in self.models
        ]


def cases():
    """name -> [call of dlcore, call of Keras], made when asked for."""
    small, image, sequence = (784,), (28, 28, 1), (50, 16)
    plan = {}
    for name, build, shape, sizes in (
        ("M1", mlp, small, (32, 8, 1024)),
        ("M2", cnn, image, (32, 8, 128, 1024)),
    ):
        for size in sizes:
            plan[f"{name} fit, batch {size}"] = (build, shape, "fit", size)
        plan[f"{name} predict, batch 32"] = (build, shape, "predict", 2048)
    plan["M1 predict, one image"] = (mlp, small, "predict", 1)
    plan["two convolutions fit, batch 32"] = (
        two_convolutions,
        image,
        "fit",
        32,
    )
    for kind in "LSTM", "GRU":
        plan[f"{kind}(64) fit, 50 steps, batch 32"] = (
            recurrent(kind),
            sequence,
            "fit",
            32,
        )
    return plan


def timed(call):
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.perf_counter()
        call()
        return time.perf_counter() - began


def compare(build, shape, what, size, rounds):
    """Seconds of both in every round, after a round to warm up."""
    bench = Bench(build, shape)
    calls = getattr(bench, what)(size)
    seconds = [[timed(call) for call in calls] for _ in range(rounds + 1)][1:]
    return np.array(seconds)


def in_new_process(code, *arguments):
    """(seconds, output) of a new Python."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, done.stdout


def whole_programs(rounds):
    """name -> array (rounds, 2) for the import and the memory."""
    libraries = ("dlcore", "keras")
    return {
        "import": np.array(
            [
                [in_new_process(f"import {name}")[0] for name in libraries]
                for _ in range(rounds + 1)
            ][1:]
        ),
        "peak memory, M2 trained": np.array(
            [
                [
                    int(in_new_process(TRAINED_IN, name)[1])
                    for name in libraries
                ]
                for _ in range(min(rounds, 3))
            ]
        ),
    }


def late_steps():
    """How much slower step 3,000 is than step 100 in dlcore's M2."""
    bench = Bench(cnn, (28, 28, 1), samples=320)
    model = bench.models[0]
    model.compile("adam", "sparse_categorical_crossentropy")
    medians = []
    for _ in range(300):
        epoch = [timed(lambda: model.fit(bench.x, bench.y, verbose=0))]
        medians.append(min(epoch) / 10)
    return np.median(medians[-10:]) / np.median(medians[5:15])


def main():
    """Measure, print the table, and write it to _build/bench.json."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    plan = {
        name: case
        for name, case in cases().items()
        if not options.names or any(n in name for n in options.names)
    }
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load before: "
        f"{os.getloadavg()[0]:.1f}; {options.rounds} rounds"
    )
    table = {}
    measured = whole_programs(options.rounds) if not options.names else {}
    for name in [*measured, *plan]:
        values = measured.get(name)
        if values is None:
            values = compare(*plan[name], options.rounds)
        ratios = values[:, 1] / values[:, 0]
        table[name] = {
            "dlcore": float(np.median(values[:, 0])),
            "keras": float(np.median(values[:, 1])),
            "ratio": float(np.median(ratios)),
            "low": float(ratios.min()),
            "high": float(ratios.max()),
        }
        print(
            f"{name:36} Keras / dlcore = {table[name]['ratio']:6.2f}   "
            f"({ratios.min():.2f} to {ratios.max():.2f})",
            flush=True,
        )
    if not options.names:
        late = float(late_steps())
        table["step 3,000 over step 100"] = {"ratio": late}
        print(f"step 3,000 takes {late:.2f} times as long as step 100")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()

"""A training that is killed at any moment ends as one that ran through.

Real processes, real kills (SIGKILL, the one that nothing can catch), at
random moments: while training, while saving, while starting.
"""

import random
import subprocess
import sys
import time

import pytest

from dlcore import Sequential, load_model
from dlcore.layers import Dense

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no SIGKILL"
)

# Dropout, shuffling, Adam and a schedule: all that has a state of its own.
PROGRAM = """
import pathlib, sys
import numpy as np
from dlcore import Sequential, load_model
from dlcore.callbacks import ModelCheckpoint
from dlcore.layers import BatchNormalization, Dense, Dropout
from dlcore.optimizers import Adam
from dlcore.schedules import CosineDecay

path = pathlib.Path(sys.argv[1])
x = np.random.default_rng(0).normal(size=(256, 64)).astype(np.float32)
y = (x[:, 0] * x[:, 1] > 0).astype(int)
if path.exists():
    model = load_model(path)
else:
    model = Sequential([
        Dense(256, activation="relu", input_shape=(64,)),
        BatchNormalization(),
        Dropout(0.3),
        Dense(2, activation="softmax"),
    ])
    rate = CosineDecay(0.01, decay_steps=300)
    model.compile(Adam(rate), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
print("ready", flush=True)
model.fit(x, y, epochs=40, verbose=0, callbacks=[ModelCheckpoint(path)],
          initial_epoch=len(model.history.epoch))
"""
KILLS = 24
SEED = 0


def start(path):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_trainings_end_with_the_same_bytes(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole, killed = tmp_path / "whole/m.npz", tmp_path / "killed/m.npz"
    process = start(whole)
    assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    process.communicate()
    assert process.returncode == 0
    duration = time.perf_counter() - began
    rng, kills, runs = random.Random(SEED), 0, 0
    while kills < KILLS:
        process = start(killed)
        process.stdout.readline()
        # Short enough that a training takes several kills to its end.
        time.sleep(rng.uniform(0, duration / 4))
        if process.poll() is None:
            process.kill()
            kills += 1
        process.communicate()
        if process.returncode == 0:  # it came to its end: begin again
            runs += 1
            assert killed.read_bytes() == whole.read_bytes()
            killed.unlink()
    process = start(killed)
    process.communicate()
    assert process.returncode == 0
    assert killed.read_bytes() == whole.read_bytes()
    # The end of a training cleans up what killed ones had left half written.
    assert [path.name for path in killed.parent.iterdir()] == ["m.npz"]


def test_a_kill_within_save_leaves_the_old_file(tmp_path):
    """Killed between the first byte and the renaming, again and again."""
    path = tmp_path / "m.npz"
    program = """
import os, signal, sys
from dlcore import Sequential, saving
from dlcore.layers import Dense
model = Sequential([Dense(4, input_shape=(3,))])
model.save(sys.argv[1])
model.set_weights([w + 1 for w in model.get_weights()])
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[2], die)
model.save(sys.argv[1])
"""
    for moment in ("fsync", "replace"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(path), moment], check=False
        )
        assert done.returncode == -9
        first = Sequential([Dense(4, input_shape=(3,))])
        again = load_model(path)
        for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()

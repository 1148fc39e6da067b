"""Saving: the same bytes after a crash, and clear words about bad files."""

import copy
import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from dlcore import (
    Model,
    Sequential,
    callbacks,
    layers,
    load_model,
    losses,
    optimizers,
    saving,
    schedules,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 6, 6, 1)).astype(np.float32)
Y = RNG.integers(0, 3, 20)

# A model with random numbers (Dropout), with averages that are not trained
# (BatchNormalization), and with two slots (Adam). Also run in new processes.
SCRIPT = """
import numpy as np
from dlcore import Sequential, load_model, optimizers, schedules
from dlcore.layers import *

rng = np.random.default_rng(0)
x = rng.normal(size=(20, 6, 6, 1)).astype(np.float32)
y = rng.integers(0, 3, 20)

def make():
    model = Sequential([
        Conv2D(4, 3, activation="relu", input_shape=(6, 6, 1)),
        MaxPooling2D(2), BatchNormalization(), Flatten(), Dropout(0.3),
        Dense(5, "tanh"), Dense(3, "softmax"),
    ], seed=3)
    rate = schedules.ExponentialDecay(0.01, 5, 0.5)
    model.compile(optimizers.Adam(rate),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def fit(model, epochs, first=0):
    model.fit(x, y, epochs=epochs, batch_size=6, validation_data=(x, y),
              verbose=0, initial_epoch=first)
"""


def python(code, *arguments):
    subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT + textwrap.dedent(code)]
        + [str(a) for a in arguments],
        check=True,
    )


def test_killed_and_resumed_is_the_same_as_run_through(tmp_path):
    """4 epochs; and 2, save, load in a new process, 2 more."""
    whole, half, resumed = (
        tmp_path / name for name in ("whole.npz", "half.npz", "resumed.npz")
    )
    python(
        """
        import sys
        model = make()
        fit(model, 2)
        model.save(sys.argv[1])
        model = make()
        fit(model, 4)
        model.save(sys.argv[2])
        """,
        half,
        whole,
    )
    python(
        """
        import sys
        model = load_model(sys.argv[1])
        fit(model, 4, 2)
        model.save(sys.argv[2])
        """,
        half,
        resumed,
    )
    assert whole.read_bytes() == resumed.read_bytes()
    assert whole.read_bytes() != half.read_bytes()
    model = load_model(resumed)
    assert model.history.epoch == [0, 1, 2, 3]
    assert len(model.history.history["val_accuracy"]) == 4
    assert model.optimizer.iterations == 16


def small(optimizer="adam", loss="mse", metrics=("mae",)):
    model = Sequential([layers.Dense(2, input_shape=(3,))], name="small")
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


SMALL = RNG.normal(size=(8, 3)), RNG.normal(size=(8, 2))


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd",
        optimizers.SGD(0.1, 0.9, True),
        optimizers.RMSprop(0.01, 0.8),
        optimizers.Adagrad(0.1),
        optimizers.SGD(0.1, use_ema=True),
        optimizers.AdamW(0.02, weight_decay=0.1),
        optimizers.Adam(schedules.CosineDecay(0.1, 30)),
    ],
)
@pytest.mark.parametrize("steps", [0, 3])
def test_every_optimizer_goes_on_where_it_was(optimizer, steps, tmp_path):
    if not isinstance(optimizer, str):  # each case needs one of its own
        optimizer = copy.deepcopy(optimizer)
    model = small(optimizer, losses.Huber(0.3))
    for _ in range(steps):
        model.train_on_batch(*SMALL)
    model.save(tmp_path / "m.npz")
    again = load_model(str(tmp_path / "m.npz"))
    assert again.optimizer.iterations == steps
    assert again.loss.delta == 0.3 and again.metrics == ["mae"]
    for _ in range(3):
        assert model.train_on_batch(*SMALL) == again.train_on_batch(*SMALL)
    np.testing.assert_array_equal(model.vector, again.vector)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_comes_back(dtype, tmp_path):
    model = Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(
                3, (2, 3), (1, 2), "same", "silu", kernel_initializer="ones"
            ),
            layers.MaxPooling2D(2, 1, "same"),
            layers.AveragePooling2D((2, 1)),
            layers.BatchNormalization(0.5, 0.1),
            layers.LayerNormalization(0.2),
            layers.Activation("elu"),
            layers.Dropout(0.1),
            layers.GlobalAveragePooling2D(),
            layers.Reshape((3, 1)),
            layers.Flatten(),
            layers.Dense(2, use_bias=False, name="last"),
        ],
        name="all",
        seed=9,
        dtype=dtype,
    )
    model.set_weights([w + 0.5 for w in model.get_weights()])
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    assert again.name == "all" and again.seed == 9
    assert again.dtype == dtype and again.optimizer is None
    assert [repr(a) for a in again.layers] == [repr(b) for b in model.layers]
    assert [a.name for a in again.layers] == [b.name for b in model.layers]
    x = RNG.normal(size=(4, 8, 8, 1))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    embedding = Sequential([layers.Embedding(5, 2, input_shape=(3,))])
    embedding.save(tmp_path / "e.npz")
    again = load_model(tmp_path / "e.npz")
    np.testing.assert_array_equal(again.vector, embedding.vector)


def test_metrics_that_are_functions_are_left_out(tmp_path):
    def mine(y_true, y_pred):
        return 0.0

    small(metrics=[mine, "mae"]).save(tmp_path / "m.npz")
    assert load_model(tmp_path / "m.npz").metrics == ["mae"]


def test_a_fresh_seed_is_kept(tmp_path):
    model = Sequential([layers.Dense(2, input_shape=(3,))], seed=None)
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    assert again.seed == model.seed
    again.build((3,))
    np.testing.assert_array_equal(again.vector, model.vector)


# --- files that are not right -------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.npz"
    model = small()
    model.train_on_batch(*SMALL)
    model.save(path)
    return path


def rewrite(path, change):
    """The file with other arrays, and a checksum that fits them."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    meta = json.loads(arrays["meta"].tobytes())
    change(arrays, meta)
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    del arrays["checksum"]
    arrays["checksum"] = saving._checksum(arrays)
    np.savez(path, **arrays)


def test_a_file_cut_short(file):
    whole = file.read_bytes()
    for share in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:share])
        with pytest.raises(ValueError, match="not a whole model file"):
            load_model(file)


def test_a_changed_byte_is_found_or_harmless(file):
    """Wherever it is: an error that names the file, or the same model."""
    whole, model = file.read_bytes(), load_model(file)
    found = 0
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        file.write_bytes(changed)
        try:
            again = load_model(file)
        except ValueError as error:
            assert "model.npz is not a whole model file" in str(error)
            found += 1
        else:  # the byte was one that zip files do not use
            np.testing.assert_array_equal(again.vector, model.vector)
    assert found > 0.7 * len(whole) / 7


def test_changed_weights_are_found(file):
    with np.load(file) as content:
        arrays = {name: content[name] for name in content.files}
    arrays["weight/0"] = arrays["weight/0"] + 1
    np.savez(file, **arrays)
    expected = "not a whole model file: its checksum does not fit: it was"
    with pytest.raises(ValueError, match=expected + " changed$"):
        load_model(file)


class Mischief:
    """A pickle of it calls print when somebody loads it."""

    def __reduce__(self):
        return print, ("unpickled",)


def test_objects_in_a_file_are_not_unpickled(file, capsys):
    with np.load(file) as content:
        arrays = {name: content[name] for name in content.files}
    arrays["weight/0"] = np.array([Mischief()], object)
    np.savez(file, **arrays)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_model(file)
    assert capsys.readouterr().out == ""


def test_the_checksum_has_the_32_bytes_of_sha256(file):
    with np.load(file) as content:
        checksum = content["checksum"]
    assert (checksum.dtype, checksum.shape) == (np.uint8, (32,))


def test_the_description_is_sorted_text_that_people_can_read(file):
    with np.load(file) as content:
        meta = json.loads(content["meta"].tobytes())
    assert [*meta] == sorted(meta)
    assert meta["kind"] == "Sequential"


def test_a_model_comes_back_as_what_it_was(tmp_path):
    path = tmp_path / "model.npz"
    small().save(path)
    assert type(load_model(path)) is Sequential
    x = layers.Input((3,))
    model = Model(x, layers.Dense(2)(x), name="graph", seed=5)
    model.save(path)
    again = load_model(path)
    assert type(again) is Model
    assert (again.name, again.seed) == ("graph", 5)


def test_a_number_is_no_path():
    with pytest.raises(TypeError, match="^load_model expects a path"):
        load_model(1)


def test_a_newer_version(file):
    rewrite(file, lambda arrays, meta: meta.update(version=99))
    expected = r": load_model expects dlcore version 1 or older, received "
    with pytest.raises(ValueError, match=expected + "dlcore version 99$"):
        load_model(file)


def test_another_format(file):
    rewrite(file, lambda arrays, meta: meta.update(format="other"))
    with pytest.raises(ValueError, match="expects dlcore"):
        load_model(file)


def test_a_layer_that_is_not_known_here(file):
    def rename(arrays, meta):
        meta["layers"][0][0] = "Dence"

    rewrite(file, rename)
    with pytest.raises(ValueError, match=r"unknown layer 'Dence'.*Dense"):
        load_model(file)


@pytest.mark.parametrize("content", ["text", "array", "arrays", "folder"])
def test_other_content(tmp_path, content):
    path = tmp_path / "other.npz"
    if content == "text":
        path.write_text("not a model")
    elif content == "array":
        with path.open("wb") as f:
            np.save(f, np.ones(3))
    elif content == "arrays":
        np.savez(path, a=np.ones(3))
    else:
        path.mkdir()
    with pytest.raises(ValueError, match=r"other\.npz is not a whole model"):
        load_model(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        load_model(tmp_path / "nothing.npz")


def untouched(path, call, error, match):
    """The call fails, and leaves the file and its folder as they were."""
    before, names = path.read_bytes(), sorted(os.listdir(path.parent))
    with pytest.raises(error, match=match):
        call()
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == names


def test_weights_that_are_not_finite(file):
    model = load_model(file)
    model.vector[0] = np.nan
    untouched(file, lambda: model.save(file), ValueError, "weight/0")
    model = load_model(file)
    model.optimizer.state["v"][0] = np.inf
    untouched(file, lambda: model.save(file), ValueError, "optimizer/v")


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failure_while_writing(file, monkeypatch, error):
    def fail(*arguments, **named):
        raise error

    model = load_model(file)
    model.train_on_batch(*SMALL)
    for name in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(saving.os, name, fail)
            untouched(file, lambda: model.save(file), type(error), None)


def test_wrong_endings_and_missing_folders(tmp_path):
    model = small()
    for name in ("model", "model.h5", "model.keras"):
        with pytest.raises(ValueError, match=r"ending in \.npz, received"):
            model.save(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        model.save(tmp_path / "missing" / "model.npz")
    with pytest.raises(ValueError, match="built model"):
        Sequential([layers.Dense(1)]).save(tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_an_old_file_is_replaced(file):
    before = file.read_bytes()
    model = load_model(file)
    model.train_on_batch(*SMALL)
    model.save(file)
    assert file.read_bytes() != before
    np.testing.assert_array_equal(load_model(file).vector, model.vector)


def test_saving_does_not_change_the_training(tmp_path):
    plain, saved = small(), small()
    plain.fit(*SMALL, epochs=3, verbose=0)
    checkpoint = callbacks.ModelCheckpoint(tmp_path / "{epoch}.npz")
    saved.fit(*SMALL, epochs=3, verbose=0, callbacks=[checkpoint])
    np.testing.assert_array_equal(plain.vector, saved.vector)


@pytest.mark.parametrize("part", ["optimizer", "loss"])
def test_a_part_that_is_not_known_here(file, part):
    def rename(arrays, meta):
        meta[part][0] = "Dence"

    rewrite(file, rename)
    with pytest.raises(ValueError, match=f"^unknown {part} 'Dence'"):
        load_model(file)


def test_a_missing_folder_is_the_only_error(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        small().save(tmp_path / "missing" / "model.npz")
    assert error.value.__context__ is None


def test_the_new_file_grows_beside_the_old_one(file, monkeypatch):
    moves, move = [], os.replace

    def replace(source, target):
        moves.append((str(source), str(target)))
        move(source, target)

    monkeypatch.setattr(saving.os, "replace", replace)
    load_model(file).save(file)
    assert moves == [(f"{file}.part", str(file))]

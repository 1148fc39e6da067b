"""Models as scripts for a page: bytes near the weights, honest accuracies."""

import base64
import json

import numpy as np
import pytest

from dlcore import Sequential, export
from dlcore.layers import Dense
from dlcore.losses import SparseCategoricalCrossentropy
from dlcore.optimizers import Adam

RNG = np.random.default_rng(0)
X = RNG.random((60, 4)).astype(np.float32)
Y = (X @ [[1, 0, -1], [0, 1, 0], [-1, 0, 1], [0, 0, 0]]).argmax(axis=1)
Y[:9] = (Y[:9] + 1) % 3  # what no model names rightly


@pytest.fixture(scope="module")
def model():
    layers = [Dense(8, "relu", input_shape=(4,)), Dense(3, "softmax")]
    model = Sequential(layers, seed=3)
    model.compile(Adam(0.05), "sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=40, verbose=0)
    return model


def test_bytes_of_a_small_array():
    q, scale, offset = export.to_bytes([[-1.0, 0.0], [0.02, 4.1]])
    assert (q.dtype, scale, offset) == (np.uint8, pytest.approx(0.02), -1.0)
    assert q.tolist() == [[0, 50], [51, 255]]
    np.testing.assert_allclose(
        export.from_bytes(q, scale, offset), [[-1, 0], [0.02, 4.1]], atol=1e-9
    )


def test_no_weight_moves_by_more_than_half_a_step():
    w = RNG.normal(size=(50, 40)).astype(np.float32)
    q, scale, offset = export.to_bytes(w)
    error = np.abs(export.from_bytes(q, scale, offset) - w).max()
    assert 0.4 * scale < error <= 0.5 * scale * (1 + 1e-9)
    assert (q.min(), q.max()) == (0, 255)


def test_a_constant_array_keeps_its_value():
    q, scale, offset = export.to_bytes(np.full((2, 3), 0.25))
    assert export.from_bytes(q, scale, offset).tolist() == [[0.25] * 3] * 2


@pytest.mark.parametrize("array", [[], [1, np.nan], [np.inf]])
def test_arrays_that_have_no_bytes(array):
    with pytest.raises(ValueError, match="to_bytes expects finite numbers"):
        export.to_bytes(array)


def test_eight_bit_is_a_copy(model):
    before = [w.copy() for w in model.get_weights()]
    small = export.eight_bit(model)
    for w, old, new in zip(model.get_weights(), before, small.get_weights()):
        assert np.array_equal(w, old)
        steps = (new - new.min()) / (np.ptp(old) / 255)
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
    assert not np.array_equal(small.predict(X), model.predict(X))
    np.testing.assert_allclose(small.predict(X), model.predict(X), atol=0.05)
    with pytest.raises(ValueError, match="eight_bit expects a built model"):
        export.eight_bit(Sequential([Dense(2)]))


def test_checksum_tells_models_apart(model):
    name = export.checksum(model)
    assert len(name) == 16 and int(name, 16) >= 0
    assert export.checksum(export.eight_bit(model)) != ""
    other = Sequential([Dense(8, "relu", input_shape=(4,)), Dense(3)], seed=4)
    other.build((4,))
    other.set_weights(model.get_weights())
    assert export.checksum(other) == name
    weights = model.get_weights()
    weights[1] = weights[1] + np.eye(8)[0] * 0.1
    other.set_weights(weights)
    assert export.checksum(other) != name


def test_script(model, tmp_path):
    path = tmp_path / "net.js"
    facts = export.write_script(model, path, "NET", X, Y, mistakes=2)
    first, second, text = path.read_text().split("\n", 2)
    assert first.startswith("/* Written by") and second == "const NET = {"
    data, end = text.rsplit("};\n", 1)
    assert end == (
        'if (typeof module !== "undefined") module.exports = NET;\n'
    )
    data = json.loads("{" + data + "}")
    assert {name: data[name] for name in facts} == facts
    assert (facts["seed"], facts["count"], facts["held_out"]) == (3, 67, 60)
    assert facts["checksum"] == export.checksum(model)
    loss = SparseCategoricalCrossentropy()(Y, model.predict(X))
    assert facts["loss"] == pytest.approx(loss, abs=1e-4)
    before = model.predict(X).argmax(axis=1)
    assert facts["accuracy"] == np.mean(before == Y)
    answers = export.eight_bit(model).predict(X).argmax(axis=1)
    assert facts["accuracy_8_bit"] == np.mean(answers == Y) < 1
    assert facts["changed"] == np.count_nonzero(before != answers)
    for part, weights in zip(data["weights"], model.get_weights()):
        q = np.frombuffer(base64.b64decode(part["bytes"]), np.uint8)
        w = export.from_bytes(q, part["scale"], part["offset"])
        assert tuple(part["shape"]) == weights.shape
        np.testing.assert_allclose(
            w.reshape(weights.shape), weights, atol=0.51 * part["scale"]
        )


def test_samples_are_right_ones_then_the_worst_mistakes(model, tmp_path):
    path = tmp_path / "net.js"
    export.write_script(model, path, "NET", X, Y, mistakes=2)
    text = path.read_text()
    data = json.loads(text[text.index("{") : text.rindex("};") + 1])
    pixels = np.rint(X * 255).astype(np.uint8)
    p = export.eight_bit(model).predict(X)
    found = []
    for sample in data["samples"]:
        shown = np.frombuffer(base64.b64decode(sample["pixels"]), np.uint8)
        (i,) = np.flatnonzero((pixels == shown).all(axis=1))
        assert sample["label"] == Y[i]
        found.append(i)
    assert len(found) == 5
    right, wrong = found[:3], found[3:]
    assert Y[right].tolist() == p[right].argmax(axis=1).tolist() == [0, 1, 2]
    assert (Y[wrong] != p[wrong].argmax(axis=1)).all()
    mistakes = p[p.argmax(axis=1) != Y].max(axis=1)
    np.testing.assert_array_equal(
        p[wrong].max(axis=1), np.sort(mistakes)[::-1][:2]
    )


def test_the_same_model_gives_the_same_file(model, tmp_path):
    for name in "a.js", "b.js":
        export.write_script(model, tmp_path / name, "NET", X, Y)
    one, two = (tmp_path / name for name in ("a.js", "b.js"))
    assert one.read_bytes() == two.read_bytes()


def test_bad_arguments_write_nothing(model, tmp_path):
    path = tmp_path / "net.js"
    for change in (
        {"path": tmp_path / "net.json"},
        {"name": "a-b"},
        {"y": Y[:-1]},
        {"x": X[:0], "y": Y[:0]},
        {"y": Y[:, None]},
    ):
        given = {"path": path, "name": "NET", "x": X, "y": Y} | change
        with pytest.raises(ValueError, match="write_script expects"):
            export.write_script(model, **given)
    assert list(tmp_path.iterdir()) == []

"""convolution and draw-digit: their arithmetic and data against dlcore."""

import hashlib
import importlib
import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from javascript import run

from dlcore import Sequential, datasets, export
from dlcore.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
)

ROOT = Path(__file__).resolve().parents[2]


# convolution --------------------------------------------------------------

POOLS = {"max": MaxPooling2D, "average": AveragePooling2D}


def by_dlcore(layer, image):
    x = np.asarray(image, float)[None, :, :, None]
    model = Sequential([layer], dtype="float64")
    model.build(x.shape[1:])
    return model, x


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("relu", [False, True])
def test_convolution_and_pooling_are_those_of_dlcore(stride, padding, relu):
    rng = np.random.default_rng(10 * stride + padding)
    for n, pool in (8, "max"), (9, "average"), (12, "none"):
        image, kernel = rng.random((n, n)), rng.normal(size=9)
        values = {
            "kernel": kernel.tolist(),
            "stride": stride,
            "padding": padding,
            "relu": relu,
            "pool": pool,
        }
        got = run(
            "convolution",
            "w.compute(data.image, data)",
            values | {"image": image.tolist()},
        )
        padded = np.pad(image, padding)
        np.testing.assert_array_equal(got["padded"], padded)
        layer = Conv2D(1, 3, stride, activation="relu" if relu else None)
        model, x = by_dlcore(layer, padded)
        layer.set_weights([kernel.reshape(3, 3, 1, 1), np.zeros(1)])
        answers = model.forward(x)[0, ..., 0]
        np.testing.assert_allclose(got["answers"], answers, atol=1e-12)
        if pool == "none":
            assert got.get("pooled") is None
        elif len(answers) > 1:
            model, x = by_dlcore(POOLS[pool](2), answers)
            pooled = model.forward(x)[0, ..., 0]
            np.testing.assert_allclose(got["pooled"], pooled, atol=1e-12)


# draw-digit: the network --------------------------------------------------


@pytest.fixture(scope="module")
def file(tool):
    return tool.load(tool.NETWORK)


@pytest.fixture(scope="module")
def tool():
    return importlib.import_module("digits")


@pytest.fixture(scope="module")
def held_out():
    _, (x, y) = datasets.mnist_5k()
    return (x[..., None] / 255).astype(np.float32), y


@pytest.fixture(scope="module")
def network(file):
    """The chapter's architecture, with the file's weights."""
    model = Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
            MaxPooling2D((2, 2)),
            Flatten(),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    arrays = []
    for part in file["weights"]:
        q = np.frombuffer(b64decode(part["bytes"]), np.uint8)
        w = export.from_bytes(q, part["scale"], part["offset"])
        arrays.append(w.reshape(part["shape"]))
    model.set_weights(arrays)
    return model


def test_outputs_are_those_of_dlcore(network, held_out):
    x = held_out[0][:200]
    got = run(
        "draw-digit",
        "(weights => data.map(image => w.predict(weights, image)))"
        "(w.unpack(file))",
        x.reshape(200, 784).tolist(),
    )
    np.testing.assert_allclose(got, network.predict(x), atol=1e-4)


def test_accuracy_in_the_file_is_that_of_its_weights(file, network, held_out):
    x, y = held_out
    answers = network.predict(x).argmax(axis=1)
    assert file["held_out"] == len(y)
    assert file["accuracy_8_bit"] == pytest.approx(np.mean(answers == y))
    assert abs(file["accuracy_8_bit"] - file["accuracy"]) <= 0.005
    assert file["changed"] <= 5


def test_samples_are_held_out_digits_some_of_them_misread(
    file, network, held_out
):
    pixels = np.rint(held_out[0] * 255).reshape(-1, 784).astype(np.uint8)
    places = []
    for sample in file["samples"]:
        shown = np.frombuffer(b64decode(sample["pixels"]), np.uint8)
        (place,) = np.flatnonzero((pixels == shown).all(axis=1))
        assert held_out[1][place] == sample["label"]
        places.append(place)
    answers = network.predict(held_out[0][places]).argmax(axis=1)
    labels = [sample["label"] for sample in file["samples"]]
    assert labels[:10] == answers[:10].tolist() == list(range(10))
    assert len(labels) == 16 and (answers[10:] != labels[10:]).all()


def test_the_file_is_of_the_model_that_the_chapter_trains(file, tool):
    """As its notebook says: loss and accuracy, to the last digit printed."""
    digest = hashlib.sha256()
    for part in file["weights"]:
        shape = tuple(part["shape"])
        head = f"{shape} {part['scale']!r} {part['offset']!r};"
        digest.update(head.encode() + b64decode(part["bytes"]))
    assert file["checksum"] == digest.hexdigest()[:16]
    text = tool.CHAPTER.with_suffix(".ipynb").read_text(encoding="utf-8")
    (cell,) = [
        cell
        for cell in json.loads(text)["cells"]
        if tool.CELLS[1] in "".join(cell["source"])
    ]
    (output,) = cell["outputs"]
    said = re.search(
        r"\nloss: ([\d.]+) - accuracy: ([\d.]+)\n", "".join(output["text"])
    )
    again = "is of another training: run book/_tools/digits.py"
    assert file["loss"] == pytest.approx(float(said[1]), abs=2e-4), again
    assert file["accuracy"] == pytest.approx(float(said[2])), again
    shapes = [(3, 3, 1, 32), (32,), (5408, 128), (128,), (128, 10), (10,)]
    assert [tuple(part["shape"]) for part in file["weights"]] == shapes
    assert file["count"] == 693_962


def test_the_tool_runs_the_chapters_own_cells(tool, monkeypatch):
    data, training = tool.cells()
    assert "/ 255" in data and "test_images" in data
    assert "Conv2D(32, (3, 3)" in training and "epochs=5" in training
    monkeypatch.setattr(tool, "CELLS", ["no such cell", "import"])
    with pytest.raises(ValueError, match="expected one cell each"):
        tool.cells()


def test_convolution_data_are_made_from_the_same_network(file, tool):
    image = datasets.mnist_5k()[0][0][0]
    expected = tool.digit_script(file, image)
    assert tool.DIGIT.read_text(encoding="utf-8") == expected


# draw-digit: the preparation ----------------------------------------------


def prepared(pixels):
    """MNIST's preparation with matrices (LeCun et al. 1998, section III.A).

    cover(n)[i, k] is how much of source pixel k is in pixel i of the box.
    """
    rows, columns = (np.flatnonzero(pixels.any(axis=k)) for k in (1, 0))
    crop = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(crop.shape)
    edges = np.arange(21) * side / 20

    def cover(n):
        low = np.maximum(edges[:-1, None], np.arange(n))
        high = np.minimum(edges[1:, None], np.arange(n) + 1)
        return np.maximum(high - low, 0) * 20 / side

    box = cover(crop.shape[0]) @ crop @ cover(crop.shape[1]).T
    image = np.zeros((28, 28))
    image[:20, :20] = box
    for axis in 0, 1:
        mass = image.sum(axis=1 - axis)
        center = mass @ np.arange(28) / mass.sum()
        assert abs((14.5 - center) % 1 - 0.5) < 0.4999  # clearly rounded
        room = 28 - np.ceil(20 * crop.shape[axis] / side)
        shift = int(np.clip(np.floor(14.5 - center), 0, room))
        image = np.roll(image, shift, axis)
    return image


PREPARE = "data.map(([x, n]) => Array.from(w.prepare(x, n)))"


def test_mnist_itself_is_prepared_already(held_out):
    """All held-out digits go through unchanged: box, size, centre of mass."""
    images = held_out[0].reshape(-1, 784).astype(float)
    got = run("draw-digit", PREPARE, [[x.tolist(), 28] for x in images])
    np.testing.assert_allclose(got, images, atol=1e-6)


def test_preparation_agrees_with_python():
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(40):
        n = int(rng.integers(5, 109))
        a, b = rng.integers(0, n, 2), rng.integers(0, n, 2)
        pixels = np.zeros((n, n))
        (top, low), (left, right) = np.sort(a), np.sort(b)
        box = pixels[top : low + 1, left : right + 1]
        # Grey, so that no centre of mass lies just between two pixels.
        box[:] = rng.random(box.shape) * (rng.random(box.shape) < 0.3)
        pixels[a[0], b[0]], pixels[0, 0] = 0.7, 0.5  # never quite empty
        cases.append(pixels)
    for heavy in 0, -1:  # nearly all ink at one edge: it stays in the field
        edge = np.zeros((50, 50))
        edge[heavy] = edge[:, 3] = 1
        cases.append(edge)
    data = [[x.ravel().tolist(), len(x)] for x in cases]
    got = run("draw-digit", PREPARE, data)
    expected = [prepared(x).ravel() for x in cases]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_no_ink_stays_no_ink():
    got = run("draw-digit", "Array.from(w.prepare(data, 5))", [0] * 25)
    assert got == [0] * 784


def test_strokes_as_text_and_as_ink():
    strokes = [[[0, 0], [215, 215], [30, 180]], [[100, 7]]]
    text, decoded, ink = run(
        "draw-digit",
        "(text => [text, w.decode(text), Array.from(w.ink(w.decode(text)))])"
        "(data.map(s => s.map(p => w.encode(...p)).join('')).join('.'))",
        strokes,
    )
    assert re.fullmatch(r"[0-9a-z]{9}\.[0-9a-z]{3}", text)
    assert decoded == [[[x / 2, y / 2] for x, y in s] for s in strokes]
    rows, columns = np.mgrid[:108, :108]
    distance = np.full((108, 108), np.inf)
    for stroke in decoded:
        for (x, y), (u, v) in zip(stroke, stroke[1:] + stroke[-1:]):
            for t in np.linspace(0, 1, 300):
                px, py = x + t * (u - x), y + t * (v - y)
                here = np.hypot(columns + 0.5 - px, rows + 0.5 - py)
                distance = np.minimum(distance, here)
    ink = np.reshape(ink, (108, 108))
    assert set(ink.ravel()) == {0, 1}
    assert ink[distance < 4].all() and not ink[distance > 6].any()


def test_shared_strokes_that_are_no_strokes_draw_nothing():
    got = run("draw-digit", "data.map(t => w.decode(t))", ["", ".", "a.zz"])
    assert got == [[[]], [[], []], [[], []]]

"""A trained classifier as one script that a web page loads: bytes for weights.

Each weight array w becomes whole numbers q from 0 to 255, with a scale and
an offset of its own: w is nearly offset + scale * q. The file is a quarter
of the size, and no weight moves by more than half a scale.
"""

import base64
import copy
import hashlib
import json
from pathlib import Path

import numpy as np

from .losses import SparseCategoricalCrossentropy

# Loaded by a page's <script> it is a global name, in Node it is exported.
SCRIPT = """\
/* Written by dlcore.export.write_script; do not edit. */
const {name} = {data};
if (typeof module !== "undefined") module.exports = {name};
"""


def to_bytes(array):
    """Return (q, scale, offset): uint8 of the array's shape, two floats.

    q = round((array - offset) / scale), offset = min, scale = (max - min) /
    255 (Jacob et al. 2018, "Quantization and Training of Neural Networks",
    eq. 1, without its whole zero point). A constant array has scale 0.

    Raises ValueError for an array that is empty or not finite.
    """
    array = np.asarray(array, np.float64)
    if not array.size or not np.isfinite(array).all():
        raise ValueError(
            "to_bytes expects finite numbers, at least one, received an "
            f"array of shape {array.shape} without"
        )
    offset = float(array.min())
    scale = (float(array.max()) - offset) / 255
    steps = (array - offset) / (scale or 1)
    return np.rint(steps).astype(np.uint8), scale, offset


def from_bytes(q, scale, offset):
    """Return offset + scale * q, in float64 and of the shape of q."""
    return offset + scale * np.asarray(q, np.float64)


def eight_bit(model):
    """Return a copy of a built model whose weights went through bytes.

    Raises ValueError for a model that is not built.
    """
    if not model.built:
        raise ValueError(
            "eight_bit expects a built model, received one without weights"
        )
    small = copy.deepcopy(model)
    small.set_weights([from_bytes(*to_bytes(w)) for w in model.get_weights()])
    return small


def checksum(model):
    """Return 16 hex digits that tell one trained model from another.

    They are the start of SHA-256 over shape, scale, offset and bytes of each
    weight array in turn.
    """
    digest = hashlib.sha256()
    for weights in model.get_weights():
        q, scale, offset = to_bytes(weights)
        digest.update(f"{q.shape} {scale!r} {offset!r};".encode())
        digest.update(q.tobytes())
    return digest.hexdigest()[:16]


def write_script(model, path, name, x, y, mistakes=6):
    """Write a classifier and samples as a script; return what it says.

    model: a built Sequential that ends in a softmax.
    path: ends in .js; the script replaces what is there.
    name: the variable that the script defines.
    x, y: data held out from training, (n, ...) from 0 to 1 and class numbers
        (n,). Both accuracies are computed on them, and samples taken: of each
        class the first that the eight-bit model names rightly, then its
        most confident mistakes.
    mistakes: how many of those.

    The script says: checksum, seed, count (of weights), held_out (n), loss
    and accuracy (of the model), accuracy_8_bit, changed (how many answers
    the bytes have changed), weights (shape, scale, offset, bytes) and
    samples (label, pixels); bytes and pixels in base64. Returned is a dict
    of all of it but the last two. The same model gives the same file.

    Raises ValueError for a model that is not built, another ending, a name
    that is none, and x and y of different lengths.
    """
    path, x, y = Path(path), np.asarray(x), np.asarray(y)
    if path.suffix != ".js" or not name.isidentifier():
        raise ValueError(
            "write_script expects a path ending in .js and a variable's name, "
            f"received {path} and {name!r}"
        )
    if y.shape != (len(x),) or not len(x):
        raise ValueError(
            f"write_script expects one class for each of {len(x)} samples, "
            f"received y of shape {y.shape}"
        )
    small = eight_bit(model)
    before, after = model.predict(x), small.predict(x)
    answers = after.argmax(axis=1)
    facts = {
        "checksum": checksum(model),
        "seed": model.seed,
        "count": model.count_params(),
        "held_out": len(x),
        "loss": round(float(SparseCategoricalCrossentropy()(y, before)), 4),
        "accuracy": float(np.mean(before.argmax(axis=1) == y)),
        "accuracy_8_bit": float(np.mean(answers == y)),
        "changed": int(np.count_nonzero(before.argmax(axis=1) != answers)),
    }
    right = [
        np.flatnonzero((y == k) & (answers == k))[:1] for k in np.unique(y)
    ]
    wrong = np.flatnonzero(answers != y)
    worst = np.argsort(-after[wrong].max(axis=1), kind="stable")[:mistakes]
    samples = [
        {"label": int(y[i]), "pixels": _text(np.rint(x[i] * 255))}
        for i in [*np.concatenate(right), *wrong[worst]]
    ]
    weights = [_describe(*to_bytes(w)) for w in model.get_weights()]
    data = facts | {"weights": weights, "samples": samples}
    script = SCRIPT.format(name=name, data=json.dumps(data, indent=1))
    path.write_text(script, encoding="utf-8", newline="\n")
    return facts


def _describe(q, scale, offset):
    return {
        "shape": q.shape,
        "scale": scale,
        "offset": offset,
        "bytes": _text(q),
    }


def _text(array):
    """Bytes as base64."""
    return base64.b64encode(array.astype(np.uint8).tobytes()).decode()

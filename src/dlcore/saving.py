"""A trained model as one file: .npz without pickle, written safely.

The file holds the architecture, all weights, the optimizer's state, the
history and the random states: a training that was killed and loaded again
gives the same bytes as one that ran through.
"""

import hashlib
import json
import os

import numpy as np

from . import checks, layers, losses, models, optimizers, schedules
from .checks import misfit
from .configured import described, rebuilt

FORMAT, VERSION = "dlcore", 1
_KINDS = {name: getattr(layers, name) for name in layers.__all__}
_KINDS |= losses.KINDS | optimizers.KINDS | schedules.KINDS


def save_model(model, path):
    """Write the model to path, which ends in .npz.

    A temporary file beside it is renamed at the end, so a crash leaves the
    old file whole. ValueError for another ending or an unbuilt model;
    OSError (folder missing, disk full) leaves the old file untouched.
    """
    path = checks.path(path, "save")
    if path.suffix != ".npz":
        raise misfit("save", "a path ending in .npz", path)
    if not model.built:
        raise misfit("save", "a built model", "one that is not")
    arrays = _arrays(model)
    meta = json.dumps(_describe(model), sort_keys=True).encode()
    arrays["meta"] = np.frombuffer(meta, np.uint8)
    arrays["checksum"] = _checksum(arrays)
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_model(path):
    """The model that save_model wrote, ready to predict or to train on.

    FileNotFoundError if there is none; ValueError for a file that is cut
    short, changed, not finite, or from a newer version. Metrics that were
    functions have no name to store and are left out.
    """
    path = checks.path(path, "load_model")
    try:
        with open(path, "rb") as f, np.load(f, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        stored = arrays.pop("checksum")
        if stored.tobytes() != _checksum(arrays).tobytes():
            raise ValueError("its checksum does not fit: it was changed")
        meta = json.loads(arrays["meta"].tobytes())
        if meta["format"] != FORMAT or meta["version"] > VERSION:
            received = f"{meta['format']} version {meta['version']}"
            expected = f"{FORMAT} version {VERSION} or older"
            raise misfit("load_model", expected, received)
    except FileNotFoundError:
        raise
    except Exception as e:  # a broken zip file raises almost anything
        raise ValueError(f"{path} is not a whole model file: {e}") from e
    return _rebuild(meta, arrays)


def _describe(model):
    """Everything but the arrays, as JSON can hold it."""
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "kind": type(model).__name__,
        "settings": {"name": model.name, "seed": model.seed,
                     "dtype": str(model.dtype)},
        "input_shapes": model.input_shapes,
        "layers": [described(layer) for layer in model.layers],
        "sources": [sources for _, sources in model.graph],
        "history": vars(model.history),
        "random": [rng.bit_generator.state for rng in _generators(model)],
    }
    if model.optimizer is not None:
        meta["optimizer"] = described(model.optimizer)
        meta["iterations"] = model.optimizer.iterations
        meta["loss"] = described(model.loss)
        meta["metrics"] = [m for m in model.metrics if isinstance(m, str)]
    return meta


def _generators(model):
    return [model.rng, *(layer.rng for layer in model.layers)]


def _arrays(model):
    """The weights and the optimizer's slots, by name."""
    arrays = {f"weight/{i}": w for i, w in enumerate(model.get_weights())}
    if model.optimizer is not None:
        for name, array in model.optimizer.state.items():
            arrays[f"optimizer/{name}"] = array
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise misfit("save", f"finite numbers in {name}", "others")
    return arrays


def _rebuild(meta, arrays):
    """The model that _describe and _arrays took apart."""
    model = _network(meta)
    places = range(len(model.variables))
    model.set_weights([arrays[f"weight/{i}"] for i in places])
    if "optimizer" in meta:
        optimizer = rebuilt(meta["optimizer"], _KINDS, "optimizer")
        loss = rebuilt(meta["loss"], _KINDS, "loss")
        model.compile(optimizer, loss, metrics=meta["metrics"])
        optimizer.iterations = meta["iterations"]
        slots = optimizer.slots if optimizer.iterations else ()
        optimizer.state = {name: arrays[f"optimizer/{name}"] for name in slots}
    vars(model.history).update(meta["history"])
    for rng, state in zip(_generators(model), meta["random"]):
        rng.bit_generator.state = state
    return model


def _network(meta):
    """The architecture: layers in a row, or called on one another."""
    parts = [rebuilt(layer, _KINDS, "layer") for layer in meta["layers"]]
    settings = meta["settings"]
    if meta["kind"] == "Sequential":
        model = models.Sequential(parts, **settings)
        model.build(*meta["input_shapes"])
        return model
    inputs = [layers.Input(shape) for shape in meta["input_shapes"]]
    places = [*inputs]
    for layer, sources in zip(parts, meta["sources"]):
        places.append(layer(*(places[source] for source in sources)))
    return models.Model(inputs, places[-1], **settings)


def _checksum(arrays):
    """SHA-256 over names, types, shapes and bytes, in order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape};".encode())
        digest.update(array.tobytes())
    return np.frombuffer(digest.digest(), np.uint8)

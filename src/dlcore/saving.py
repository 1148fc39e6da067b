"""A trained model as one file: .npz without pickle, written safely.

The file holds the architecture, all weights, the optimizer's state, the
history and the random states: a training that was killed and loaded again
gives the same bytes as one that ran through.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from . import layers, losses, models, optimizers
from .utils import look_up

FORMAT, VERSION = "dlcore", 1


def save_model(model, path):
    """Write the model to path, which ends in .npz.

    A temporary file beside it is renamed at the end, so a crash leaves the
    old file whole. ValueError for another ending or an unbuilt model;
    OSError (folder missing, disk full) leaves the old file untouched.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(
            f"save expects a path ending in .npz, received {path}"
        )
    if not model.built:
        raise ValueError("save expects a built model, received one without")
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
    try:
        with open(path, "rb") as f, np.load(f, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        stored = arrays.pop("checksum")
        if stored.tobytes() != _checksum(arrays).tobytes():
            raise ValueError("its checksum does not fit: it was changed")
        meta = json.loads(arrays["meta"].tobytes())
        if meta["format"] != FORMAT or meta["version"] > VERSION:
            raise ValueError(
                f"expected {FORMAT} version {VERSION} or older, received "
                f"{meta['format']} version {meta['version']}"
            )
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
        "name": model.name,
        "seed": model.seed,
        "dtype": str(model.dtype),
        "input_shape": model.input_shape,
        "layers": [[type(x).__name__, x.get_config()] for x in model.layers],
        "history": vars(model.history),
        "random": [
            rng.bit_generator.state
            for rng in [model.rng, *(layer.rng for layer in model.layers)]
        ],
    }
    if model.optimizer is not None:
        meta["optimizer"] = [
            type(model.optimizer).__name__,
            model.optimizer.get_config(),
            model.optimizer.iterations,
        ]
        meta["loss"] = [type(model.loss).__name__, model.loss.get_config()]
        meta["metrics"] = [m for m in model.metrics if isinstance(m, str)]
    return meta


def _arrays(model):
    """The weights and the optimizer's slots, by name."""
    arrays = {f"weight/{i}": w for i, w in enumerate(model.get_weights())}
    if model.optimizer is not None:
        for name, array in model.optimizer.state.items():
            arrays[f"optimizer/{name}"] = array
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"save expects finite numbers; {name} has none")
    return arrays


def _rebuild(meta, arrays):
    model = models.Sequential(
        name=meta["name"], seed=meta["seed"], dtype=meta["dtype"]
    )
    for name, config in meta["layers"]:
        model.add(_layer(name, config))
    model.build(meta["input_shape"])
    count = len(model.get_weights())
    model.set_weights([arrays[f"weight/{i}"] for i in range(count)])
    if "optimizer" in meta:
        name, config, iterations = meta["optimizer"]
        optimizer = optimizers.from_config(name, config)
        loss = losses.from_config(*meta["loss"])
        model.compile(optimizer, loss, metrics=meta["metrics"])
        optimizer.iterations = iterations
        optimizer.state = {
            slot: arrays[f"optimizer/{slot}"]
            for slot in optimizer.slots
            if iterations
        }
    vars(model.history).update(meta["history"])
    generators = [model.rng, *(layer.rng for layer in model.layers)]
    for rng, state in zip(generators, meta["random"]):
        rng.bit_generator.state = state
    return model


def _layer(name, config):
    """The layer that get_config described, with the one it holds, if any."""
    kinds = {kind: getattr(layers, kind) for kind in layers.__all__}
    if "layer" in config:
        config = config | {"layer": _layer(*config["layer"])}
    return look_up(name, kinds, "layer")(**config)


def _checksum(arrays):
    """SHA-256 over names, types, shapes and bytes, in order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape};".encode())
        digest.update(array.tobytes())
    return np.frombuffer(digest.digest(), np.uint8)

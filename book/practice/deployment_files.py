"""A model as a folder that says what it holds; NumPy alone.

MANIFEST is text that any language reads line by line:

    dlcore-deployment 1
    shape 28 28 1 -> 10
    array 3,3,1,32 uint8 0.0024 -0.348   (weights: shape, type, scale, offset)
    names input:0 output:0               (a TensorFlow graph's two ends)
    file 693962 <SHA-256> weights.bin
    end

`deployment_server.cc` and `.js` read the same lines.
"""

import hashlib
from pathlib import Path

import numpy as np

from dlcore import export

HEAD, SHAPE = "dlcore-deployment 1", "shape 28 28 1 -> 10"


class Refused(ValueError):  # noqa: N818
    """A model that must not be served, and why."""


def write_manifest(folder, lines=(), shape=SHAPE):
    """Describe all files of a folder in its MANIFEST.

    lines: what to say besides, such as ["names input:0 output:0"].
    shape: the line that says what goes in and out.
    """
    folder = Path(folder)
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != "MANIFEST"
    )
    said = [HEAD, shape, *lines]
    for path in files:
        data = path.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        name = path.relative_to(folder).as_posix()
        said.append(f"file {len(data)} {sha} {name}")
    text = "\n".join([*said, "end", ""])
    (folder / "MANIFEST").write_text(text, encoding="utf-8", newline="\n")


def check(folder):
    """The MANIFEST's lines as lists of words, after every file was checked.

    Raises Refused for a folder that is not what its MANIFEST says.
    """
    folder = Path(folder)
    try:
        lines = (folder / "MANIFEST").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{folder / 'MANIFEST'} cannot be read") from None
    if not lines or lines[0] != HEAD:
        raise Refused("this MANIFEST is of another kind")
    if lines[-1] != "end":
        raise Refused("the MANIFEST is cut short")
    if lines[1] != SHAPE:
        raise Refused(f"expected a model of {SHAPE}, received {lines[1]}")
    words = [line.split(" ") for line in lines]
    for size, sha, name in (w[1:] for w in words if w[0] == "file"):
        try:
            data = (folder / name).read_bytes()
        except OSError:
            raise Refused(f"{name} cannot be read") from None
        if len(data) != int(size):
            raise Refused(
                f"{name} has {len(data)} bytes, expected {size}: cut short?"
            )
        if hashlib.sha256(data).hexdigest() != sha:
            raise Refused(f"{name} was changed: its SHA-256 differs")
    return words


def write_weights(model, folder, dtype):
    """Write the weights of a dlcore model as weights.bin.

    dtype: "float32", or "uint8" for a byte each, by dlcore.export.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines, parts = [], []
    for w in model.get_weights():
        line = "array " + ",".join(map(str, w.shape)) + f" {dtype}"
        if dtype == "uint8":
            part, scale, offset = export.to_bytes(w)
            line += f" {scale!r} {offset!r}"
        else:
            part = np.asarray(w, "<f4")
        lines.append(line)
        parts.append(part.tobytes())
    (folder / "weights.bin").write_bytes(b"".join(parts))
    inputs = model.input_shape
    outputs = model.predict(np.zeros((1, *inputs))).shape[1:]
    write_manifest(folder, lines, _shape(inputs, outputs))


def write_graph(folder):
    """Write the MANIFEST of a SavedModel of TensorFlow with one signature."""
    from tensorflow.core.protobuf import saved_model_pb2

    folder, found = Path(folder), saved_model_pb2.SavedModel()
    found.ParseFromString((folder / "saved_model.pb").read_bytes())
    signature = found.meta_graphs[0].signature_def["serving_default"]
    ((x,), (y,)) = signature.inputs.values(), signature.outputs.values()
    inputs = [d.size for d in x.tensor_shape.dim][1:]
    outputs = [d.size for d in y.tensor_shape.dim][1:]
    names = f"names {x.name} {y.name}"
    write_manifest(folder, [names], _shape(inputs, outputs))


def _shape(inputs, outputs):
    return " ".join(map(str, ["shape", *inputs, "->", *outputs]))


def read_weights(folder):
    """The arrays that write_weights wrote, as float32.

    Raises Refused as `check` does.
    """
    words = check(folder)
    data = (Path(folder) / "weights.bin").read_bytes()
    arrays, at = [], 0
    for shape, dtype, *how in (w[1:] for w in words if w[0] == "array"):
        shape = [int(n) for n in shape.split(",")]
        kind = np.dtype("u1" if dtype == "uint8" else "<f4")
        part = np.frombuffer(data, kind, int(np.prod(shape)), at)
        at += part.nbytes
        if dtype == "uint8":
            part = export.from_bytes(part, *map(float, how))
        arrays.append(part.reshape(shape).astype("float32"))
    return arrays

"""Serves a model from Python: `deployment_server.py dlcore|keras PATH`.

PATH is the library's own file (.npz, .keras), or for dlcore a folder with a
MANIFEST.
Requests and answers are those of `deployment_server.cc`.
"""

import struct
import sys
from pathlib import Path

import numpy as np
from deployment_files import Refused, read_weights

MOST_IMAGES = 10_000


def by_dlcore(path):
    from dlcore import Sequential, layers, models

    if path.suffix == ".npz":
        model = models.load_model(path)
    else:
        model = Sequential(network(layers))
        model.set_weights(read_weights(path))
    shape = model.input_shape
    expect(shape, model.predict(np.zeros((1, *shape))))
    return lambda x: model.predict(x, batch_size=len(x))


def by_keras(path):
    import keras

    model = keras.models.load_model(path, compile=False)
    expect(model.input_shape[1:], np.zeros(model.output_shape[1:])[None])
    return lambda x: model(x, training=False).numpy()


def network(layers):
    """The network of the chapter."""
    shape = (28, 28, 1)
    return [
        layers.Conv2D(32, (3, 3), activation="relu", input_shape=shape),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]


def expect(input_shape, output):
    if tuple(input_shape) != (28, 28, 1) or output.shape != (1, 10):
        raise Refused(
            "expected a model of shape (28, 28, 1) -> (10,), received "
            f"{tuple(input_shape)} -> {output.shape[1:]}"
        )


def serve(predict, requests, answers):
    """Answer until the requests end."""
    while head := requests.read(4):
        count = struct.unpack("<I", head)[0] if len(head) == 4 else 0
        if not 1 <= count <= MOST_IMAGES:
            raise Refused("expected 1 to 10000 images")
        data = requests.read(4 * 784 * count)
        if len(data) != 4 * 784 * count:
            raise Refused("the request is cut short")
        x = np.frombuffer(data, "<f4").reshape(count, 28, 28, 1)
        answers.write(np.asarray(predict(x), "<f4").tobytes())
        answers.flush()


if __name__ == "__main__":
    try:
        library, path = sys.argv[1:]
        load = {"dlcore": by_dlcore, "keras": by_keras}[library]
        serve(load(Path(path)), sys.stdin.buffer, sys.stdout.buffer)
    except Exception as error:
        sys.exit(f"refused: {error}")

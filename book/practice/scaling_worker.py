"""A worker of TensorFlow's own engine: the digits, by several processes.

`scaling_launcher.Workers("scaling_worker.py")` starts it; each run's order
holds "worker" and "ports" and, for all workers the same:

start: a file that `save` or the chapter has written: where training begins
steps: the number of the last step
batch: samples in the whole batch, of which each worker takes its share
checkpoint: the file to save to, after every step that "every" divides
fit: if true, model.fit is tried instead of our own loop
rest: steps after which the last worker rests, so that it can be disturbed
"""

import json
import os
import socket
import stat
import time

import keras
import numpy as np
import tensorflow as tf
from scaling_launcher import serve

from dlcore import datasets

(images, labels), _ = datasets.mnist_5k()
X = (images.reshape(-1, 784) / 255).astype("float32")
y = labels.astype("int32")


def work(order, say):
    """Train from `start` to step `steps`, and report the losses."""
    os.environ["TF_CONFIG"] = json.dumps({
        "cluster": {"worker": [f"127.0.0.1:{p}" for p in order["ports"]]},
        "task": {"type": "worker", "index": order["worker"]},
    })  # fmt: skip
    # First of all: the engine must be there before any other operation.
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with strategy.scope():
        model = keras.Sequential([
            keras.Input((784,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ])  # fmt: skip
        optimizer = keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        first = load(order["start"], model, optimizer)
        if order.get("fit"):
            model.compile(optimizer, "sparse_categorical_crossentropy")
            try_fit(model, order["batch"], say)
    step = make_step(strategy, model, optimizer, order["batch"])
    try:
        for k in range(first + 1, order["steps"] + 1):
            loss = step(*my_share(k, order))
            say(step=k, loss=float(loss), bytes=bytes_sent())
            if order.get("checkpoint") and k % order["every"] == 0:
                save(order, k, model, optimizer)
            if k in order.get("rest", ()) and is_last(order):
                time.sleep(0.5)
    except tf.errors.OpError as error:
        # Nothing can be awaited from the engine any more: leave at once.
        say(error=type(error).__name__)
        os._exit(1)


def make_step(strategy, model, optimizer, batch):
    """One step of all workers together, as TensorFlow compiles it."""
    losses = keras.losses.SparseCategoricalCrossentropy(reduction="none")

    def on_my_share(x, y):
        with tf.GradientTape() as tape:
            # The sum over my samples, divided by the size of the whole batch.
            loss = tf.nn.compute_average_loss(
                losses(y, model(x, training=True)), global_batch_size=batch
            )
        gradients = tape.gradient(loss, model.trainable_variables)
        # Here the workers' gradients are added, by an all-reduce.
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    @tf.function
    def step(x, y):
        share = strategy.run(on_my_share, args=(x, y))
        return strategy.reduce("SUM", share, axis=None)

    return step


def try_fit(model, batch, say):
    """One epoch of model.fit on two batches; say what it ended in."""
    try:
        model.fit(X[: 2 * batch], y[: 2 * batch], batch_size=batch, verbose=0)
        say(fit="well")
    except Exception as error:  # whatever it is, it is the answer
        say(fit=type(error).__name__)
    os._exit(0)


def my_share(k, order):
    """The samples of step k that are mine: every p-th of the batch."""
    rows = np.arange((k - 1) * order["batch"], k * order["batch"]) % len(X)
    rows = rows[order["worker"] :: len(order["ports"])]
    return tf.constant(X[rows]), tf.constant(y[rows])


def is_last(order):
    return order["worker"] == len(order["ports"]) - 1


def load(path, model, optimizer):
    """Set weights and the optimizer's memory; return the step's number."""
    with np.load(path) as file:
        for kind, variables in states(model, optimizer).items():
            if f"{kind}0" in file:  # a start may have no optimizer's memory
                for k, variable in enumerate(variables):
                    variable.assign(file[f"{kind}{k}"])
        return int(file["step"])


def save(order, k, model, optimizer):
    """Write what `load` reads. Only worker 0 writes: all have the same."""
    if order["worker"] != 0:
        return
    arrays = {"step": k}
    for kind, variables in states(model, optimizer).items():
        for i, variable in enumerate(variables):
            arrays[f"{kind}{i}"] = variable.numpy()
    half = f"{order['checkpoint']}.part.npz"
    np.savez(half, **arrays)
    os.replace(half, order["checkpoint"])  # all of it, or the old one


def states(model, optimizer):
    return {"weight": model.variables, "optimizer": optimizer.variables}


def bytes_sent():
    """Bytes that this process has sent by TCP so far, as the kernel counts.

    The data alone, without what is sent again. None if the system does not
    tell (only Linux does).
    """
    if not os.path.isdir("/proc/self/fd"):
        return None
    total = 0
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as one:
                info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        except OSError:  # closed meanwhile, or no TCP
            continue
        total += int.from_bytes(info[120:128], "little")  # tcpi_bytes_acked
    return total


if __name__ == "__main__":
    serve(work)

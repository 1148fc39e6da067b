"""A worker of our own engine: dlcore, and an all-reduce around a ring.

`scaling_launcher.Workers("scaling_ring.py")` starts it. Each worker sends to
the next one and receives from the one before, by TCP. An order's "task" is a
name of `TASKS`.
"""

import select
import socket
import time

import numpy as np
from scaling_launcher import HOST, serve

from dlcore import Sequential, datasets
from dlcore.layers import Dense
from dlcore.optimizers import Adam

PATIENCE = 60  # seconds without a byte after which a neighbour counts as lost


class Ring:
    """Connections to both neighbours; `sent` counts the bytes to the right."""

    def __init__(self, number, ports):
        self.number, self.workers, self.sent = number, len(ports), 0
        if self.workers == 1:
            return
        with socket.create_server((HOST, ports[number])) as door:
            door.settimeout(PATIENCE)
            self.right = _connect(ports[(number + 1) % len(ports)])
            self.left, _ = door.accept()
        for one in (self.left, self.right):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, out, into):
        """Send an array to the right and fill one from the left, at once."""
        out, into = memoryview(out).cast("B"), memoryview(into).cast("B")
        self.sent += len(out)
        while out or into:
            readable, writable, _ = select.select(
                [self.left] if into else [],
                [self.right] if out else [], [], PATIENCE,
            )  # fmt: skip
            if readable:
                received = self.left.recv_into(into)
                if not received:
                    raise ConnectionError("the worker to the left is gone")
                into = into[received:]
            if writable:
                out = out[self.right.send(out) :]
            if not (readable or writable):
                raise TimeoutError(f"no byte moved for {PATIENCE} s")

    def all_reduce(self, vector):
        """Replace vector by the sum of all workers' vectors, in place."""
        p, me = self.workers, self.number
        chunks = np.array_split(vector, p)
        for k in range(p - 1):  # collect: what comes in is added
            received = np.empty_like(chunks[(me - k - 1) % p])
            self.exchange(chunks[(me - k) % p], received)
            chunks[(me - k - 1) % p] += received
        for k in range(p - 1):  # hand round: what comes in is complete
            self.exchange(chunks[(me + 1 - k) % p], chunks[(me - k) % p])


class SharedAdam(Adam):
    """Adam that first takes the mean of all workers' gradients."""

    ring = seconds = None

    def update(self, vector, gradient, *parts):
        began = time.perf_counter()
        self.ring.all_reduce(gradient)
        gradient /= self.ring.workers
        reduced = time.perf_counter()
        super().update(vector, gradient, *parts)
        ended = time.perf_counter()
        self.seconds = {"reduce": reduced - began, "update": ended - reduced}


def _connect(port):
    """A connection to the neighbour, who may not listen yet."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection((HOST, port), PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)


def exchange(order, ring, say):
    """Time messages of several sizes: all workers send at the same time."""
    for size in order["sizes"]:
        out, into = np.zeros(size, "uint8"), np.zeros(size, "uint8")
        seconds = []
        for _ in range(order["times"]):
            began = time.perf_counter()
            ring.exchange(out, into)
            seconds.append(time.perf_counter() - began)
        say(size=size, seconds=float(np.quantile(seconds, 0.1)))


def train(order, ring, say):
    """Train the digits' network; each worker takes its share of the batch."""
    (images, labels), _ = datasets.mnist_5k()
    x = (images.reshape(-1, 784) / 255).astype("float32")
    model = Sequential([
        Dense(64, activation="relu", input_shape=(784,)),
        Dense(32, activation="relu"),
        Dense(10, activation="softmax"),
    ], seed=0)  # fmt: skip
    optimizer = SharedAdam()
    optimizer.ring = ring
    model.compile(optimizer, "sparse_categorical_crossentropy")
    n = order["batch"]
    if n % ring.workers:  # the plain mean would be wrong
        raise ValueError(
            f"train expects a batch that {ring.workers} workers share "
            f"equally, received {n}"
        )
    for k in range(1, order["steps"] + 1):
        rows = np.arange((k - 1) * n, k * n) % len(x)
        mine = rows[ring.number :: ring.workers]
        x_mine, y_mine = x[mine], labels[mine]
        before, began = ring.sent, time.perf_counter()
        loss = model.train_on_batch(x_mine, y_mine)
        seconds = time.perf_counter() - began
        say(step=k, loss=loss, seconds=seconds, bytes=ring.sent - before,
            **optimizer.seconds)  # fmt: skip
    say(weights=float(np.abs(model.vector).sum(dtype="float64")))


TASKS = {"exchange": exchange, "train": train}


def work(order, say):
    """Join the ring and do the task."""
    ring = Ring(order["worker"], order["ports"])
    TASKS[order["task"]](order, ring, say)


if __name__ == "__main__":
    datasets.mnist_5k()  # read once; the workers inherit it
    serve(work)

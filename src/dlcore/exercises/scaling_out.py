"""Exercises of the chapter on training on several workers."""

import hashlib

import numpy as np

from dlcore.exercises.exercise import Exercise


def average_gradients(gradients, sizes):
    """Return the gradient of the whole batch's mean loss.

    gradients: a list with one array for each worker, all of one shape: the
        gradient of the mean loss over that worker's samples.
    sizes: how many samples each worker had, whole numbers of at least 1.

    Returns a new array; the arrays given stay as they are.
    """
    total = sum(sizes)
    return sum(n / total * g for g, n in zip(gradients, sizes))


class AverageGradients(Exercise):
    """Put the gradients of unequal parts together."""

    solution = average_gradients
    hints = (
        "Undo each worker's mean first: its gradient times its number of "
        "samples is a sum over samples.",
        "Add these sums, and divide once by the number of all samples.",
        "`sum(n / total * g for g, n in zip(gradients, sizes))` with "
        "`total = sum(sizes)`.",
    )
    misconceptions = (
        (
            "takes the plain mean",
            lambda gradients, sizes: sum(gradients) / len(gradients),
            "This is the plain mean. A worker with few samples then counts "
            "as much as one with many.",
        ),
        (
            "adds the gradients",
            lambda gradients, sizes: sum(gradients),
            "This is the sum of means. With p equal parts it is p times too "
            "long, as if the learning rate had been raised.",
        ),
        (
            "divides by the number of workers",
            lambda gradients, sizes: sum(
                n * g for g, n in zip(gradients, sizes)
            )
            / len(sizes),
            "The weights are right, but they must have the sum 1. Divide by "
            "the number of samples, not of workers.",
        ),
    )

    def inputs(self, rng):
        yield [np.array([1.0, 0.0]), np.array([0.0, 1.0])], [3, 1]
        yield [np.array([[2.0]])], [5]
        for sizes in ([4, 4, 4], [48, 16], [1, 2, 3, 10]):
            yield [rng.normal(size=(3, 2)) for _ in sizes], sizes


def ring_bytes(size, workers):
    """Return how many bytes one worker sends in an all-reduce by a ring.

    size: bytes of the array that is added up, a multiple of workers.
    workers: how many there are, at least 1.

    Each worker has one neighbour to send to. The array is cut into equal
    chunks, as many as workers; a message is one chunk. Returns a number.
    """
    return 2 * (workers - 1) * size / workers


class RingBytes(Exercise):
    """Count what a ring sends."""

    solution = ring_bytes
    hints = (
        "How long is one message? How many messages must pass until a chunk "
        "has met all workers?",
        "A chunk needs workers - 1 messages to collect all summands. Then "
        "only one worker has the sum.",
        "Two laps of workers - 1 messages, each of size / workers bytes.",
    )
    misconceptions = (
        (
            "stops after one lap",
            lambda size, workers: (workers - 1) * size / workers,
            "After one lap each sum is known to one worker only. It needs "
            "a second lap to reach the others.",
        ),
        (
            "sends the whole array each time",
            lambda size, workers: 2 * (workers - 1) * size,
            "This is what all workers send together, or one that sends the "
            "whole array each time. In the ring a message is one chunk.",
        ),
        (
            "counts a lap as one message for each worker",
            lambda size, workers: 2 * size,
            "A lap of a ring of p workers has p - 1 messages: a chunk need "
            "not come back to where it began. A single worker sends nothing.",
        ),
    )

    def inputs(self, rng):
        yield 8, 2
        yield 100, 1
        yield 12, 3
        for workers in (8, 1024):
            yield workers * int(rng.integers(10, 1000)), workers


def fastest_workers(compute, latency, transfer, most):
    """Return the number of workers with which a step is shortest.

    compute: seconds of computing that the workers share.
    latency: seconds that a message takes, however short it is.
    transfer: seconds that the whole gradient takes through one wire.
    most: how many workers there are at most, at least 1.

    With p workers a step takes
    compute / p + 2 (p - 1) (latency + transfer / p) seconds.
    Returns a whole number from 1 to most; of equal steps, the one with
    fewer workers.
    """
    p = np.arange(1, most + 1)
    seconds = compute / p + 2 * (p - 1) * (latency + transfer / p)
    return int(p[seconds.argmin()])


def _without(latency=True, transfer=True):
    def wrong(compute, delay, wire, most):
        return fastest_workers(compute, delay * latency, wire * transfer, most)

    return wrong


class FastestWorkers(Exercise):
    """Find where more workers stop helping."""

    solution = fastest_workers
    hints = (
        "There are at most `most` answers. Try them all.",
        "`p = np.arange(1, most + 1)` holds all numbers of workers; the "
        "formula works on it as a whole.",
        "`argmin` gives the first smallest place, and place 0 is one worker.",
    )
    misconceptions = (
        (
            "takes all workers there are",
            lambda compute, latency, transfer, most: most,
            "This takes all workers there are. Each one more adds two "
            "messages, and at some point they cost more than they save.",
        ),
        (
            "forgets the latency",
            _without(latency=False),
            "This forgets the latency. Then only the bytes count, and those "
            "of one worker hardly grow.",
        ),
        (
            "forgets the bytes",
            _without(transfer=False),
            "This forgets the bytes. Where a gradient takes longer through "
            "the wire than to compute, one worker is fastest.",
        ),
        (
            "returns the place",
            lambda *settings: fastest_workers(*settings) - 1,
            "argmin counts from 0, workers count from 1.",
        ),
    )

    def inputs(self, rng):
        yield 1.0, 0.02, 0.1, 100
        yield 1.0, 0.02, 0.1, 3
        yield 1.0, 0.02, 0.7, 100
        yield 1.0, 0.0, 0.1, 64
        yield 1.0, 0.25, 0.0, 10
        for _ in range(2):
            yield 1.0, float(rng.uniform(1e-4, 1e-3)), 0.2, 1024


def newest_whole(files):
    """Return the step of the newest checkpoint that is whole.

    files: a list of (step, data, checksum): the number of the step at which
        it was written, the file's bytes, and the SHA-256 of what should
        have been written, as hexadecimal text. In any order.

    A file is whole if the SHA-256 of its bytes is the checksum. Returns 0,
    the start, if none is.
    """
    return max(
        (
            step
            for step, data, checksum in files
            if hashlib.sha256(data).hexdigest() == checksum
        ),
        default=0,
    )


def _last_whole(files):
    found = 0
    for step, data, checksum in files:
        if hashlib.sha256(data).hexdigest() == checksum:
            found = step
    return found


def _newest_if_whole(files):
    step, data, checksum = max(files, default=(0, b"", ""))
    return step if hashlib.sha256(data).hexdigest() == checksum else 0


class NewestWhole(Exercise):
    """Choose what to restart from."""

    solution = newest_whole
    hints = (
        "`hashlib.sha256(data).hexdigest()` is the checksum of the bytes "
        "that are really there.",
        "Keep the steps of the whole files. The newest has the largest step.",
        "`max(steps, default=0)` also covers an empty list.",
    )
    misconceptions = (
        (
            "trusts every file",
            lambda files: max((step for step, _, _ in files), default=0),
            "This trusts every file. A worker that dies while it writes "
            "leaves half a file, and that is just the newest one.",
        ),
        (
            "looks at the newest only",
            _newest_if_whole,
            "If the newest is damaged, an older one may be whole. Starting "
            "over would lose more than needed.",
        ),
        (
            "takes the last of the list",
            _last_whole,
            "The list has any order. Compare the steps.",
        ),
    )

    def inputs(self, rng):
        def file(step, damage=None):
            data = rng.bytes(40)
            checksum = hashlib.sha256(data).hexdigest()
            if damage == "cut":
                data = data[:-1]
            if damage == "flip":
                data = bytes([data[0] ^ 1]) + data[1:]
            return step, data, checksum

        yield ([file(10), file(20)],)
        yield ([file(10), file(20, "cut")],)
        yield ([file(30), file(10), file(20)],)
        yield ([],)
        yield ([file(5, "flip")],)
        steps = [int(k) for k in rng.permutation(50)[:6] + 1]
        kinds = [None, "cut", None, "flip", None, "flip"]
        yield ([file(k, kind) for k, kind in zip(steps, kinds)],)

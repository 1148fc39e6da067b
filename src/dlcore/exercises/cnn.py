"""Exercises of the chapter "A network that sees"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def output_size(n, k, s, p):
    """Return how many positions a window has along one side of an image.

    n: pixels of the side, without padding. k: pixels of the window.
    s: stride, the pixels from one position to the next.
    p: pixels of padding that are added at each of the two ends.

    All are whole numbers; the padded side is at least as long as the
    window. Returns an int.
    """
    return (n + 2 * p - k) // s + 1


class OutputSize(Exercise):
    """Find the size of a convolution's output."""

    solution = output_size
    hints = (
        "No padding and stride 1 first. In 5 pixels a window of 3 can start "
        "at pixel 0, 1 or 2.",
        "The window's start runs from 0 to (padded side) - k. The padding "
        "is added at both ends.",
        "With stride s only every s-th start counts. `//` drops what does "
        "not fit.",
    )
    misconceptions = (
        (
            "forgets the first position",
            lambda n, k, s, p: (n + 2 * p - k) // s,
            "One position is missing: the window stands at 0 before it "
            "moves at all.",
        ),
        (
            "pads one end only",
            lambda n, k, s, p: (n + p - k) // s + 1,
            "The padding counts once here. It is added at both ends.",
        ),
        (
            "ignores the window",
            lambda n, k, s, p: (n + 2 * p) // s,
            "The window has a width too: it must not reach beyond the end.",
        ),
        (
            "rounds up",
            lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1,
            "A last window that does not fit is left out: round down.",
        ),
        (
            "gives a fraction",
            lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            "The number of positions is a whole number. `//` divides and "
            "rounds down.",
        ),
    )

    def inputs(self, rng):
        yield 5, 3, 1, 0
        yield 28, 3, 1, 0
        yield 28, 3, 2, 1
        yield 7, 7, 3, 0
        for _ in range(10):
            k, s, p = (int(v) for v in rng.integers(1, 6, size=3))
            yield int(rng.integers(6, 40)), k, s, p - 1


def convolve(image, kernel):
    """Return the sum of image times kernel at every position of the kernel.

    image: (height, width); kernel: (a, b), not larger than the image.

    Returns (height - a + 1, width - b + 1). Its element (r, c) is the sum
    over i and j of image[r + i, c + j] * kernel[i, j]: the kernel is not
    turned round, and never reaches beyond the image.
    """
    a, b = kernel.shape
    rows, columns = image.shape[0] - a + 1, image.shape[1] - b + 1
    y = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            y[r, c] = (image[r : r + a, c : c + b] * kernel).sum()
    return y


def convolve_flipped(image, kernel):
    return convolve(image, kernel[::-1, ::-1])


def convolve_padded(image, kernel):
    a, b = kernel.shape
    border = [(a // 2, (a - 1) // 2), (b // 2, (b - 1) // 2)]
    return convolve(np.pad(image, border), kernel)


class Convolve(Exercise):
    """Slide one kernel over one image."""

    solution = convolve
    hints = (
        "How many rows and columns does the result have? The exercise "
        "before this one knows.",
        "Two loops, over r and c. The part of the image under the kernel is "
        "`image[r : r + a, c : c + b]`.",
        "Multiply that part with the kernel element by element, and sum.",
    )
    misconceptions = (
        (
            "turns the kernel round",
            convolve_flipped,
            "The kernel is turned round by 180 degrees here. That is the "
            "convolution of mathematics; networks leave the kernel as it is.",
        ),
        (
            "pads the image",
            convolve_padded,
            'The result is as large as the image: that is "same" padding. '
            'The exercise asks for "valid", without any.',
        ),
        (
            "swaps rows and columns",
            lambda image, kernel: convolve(image, kernel.T)
            if kernel.shape[0] == kernel.shape[1]
            else convolve(image.T, kernel).T,
            "Rows and columns of the kernel are swapped.",
        ),
        (
            "takes the mean",
            lambda image, kernel: convolve(image, kernel) / kernel.size,
            "This is the mean under the kernel. The formula has a sum.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(16.0).reshape(4, 4), np.array([[0.0, 1.0], [2.0, 3.0]])
        for size in (3, 3), (2, 2), (1, 1):
            yield rng.normal(size=(7, 6)), rng.normal(size=size)
        yield rng.normal(size=(5, 5)), rng.normal(size=(5, 5))


def max_pool(image, size):
    """Return the largest value of each block of size by size pixels.

    image: (height, width). size: a whole number, at most height and width.

    Blocks do not overlap. Rows and columns at the bottom and the right that
    do not fill a block are left out. Returns (height // size,
    width // size).
    """
    rows, columns = image.shape[0] // size, image.shape[1] // size
    blocks = image[: rows * size, : columns * size]
    return blocks.reshape(rows, size, columns, size).max(axis=(1, 3))


def pool_with(function):
    def pool(image, size):
        rows, columns = image.shape[0] // size, image.shape[1] // size
        blocks = image[: rows * size, : columns * size]
        blocks = blocks.reshape(rows, size, columns, size)
        return function(blocks, axis=(1, 3))

    return pool


def pool_overlapping(image, size):
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    return np.array(
        [
            [image[r : r + size, c : c + size].max() for c in range(columns)]
            for r in range(rows)
        ]
    )


def pool_ragged(image, size):
    rows, columns = (range(0, side, size) for side in image.shape)
    return np.array(
        [
            [image[r : r + size, c : c + size].max() for c in columns]
            for r in rows
        ]
    )


class MaxPool(Exercise):
    """Shrink an image to the largest values of its blocks."""

    solution = max_pool
    hints = (
        "Draw a 4 by 4 table and its four blocks. Where does block (1, 0) "
        "start?",
        "Block (r, c) is `image[r * size : (r + 1) * size, c * size : "
        "(c + 1) * size]`. Two loops do it.",
        "Without loops: cut off what does not fill a block, reshape to "
        "(rows, size, columns, size), and take the maximum over axes 1 and 3.",
    )
    misconceptions = (
        (
            "averages",
            pool_with(np.mean),
            "These are the means of the blocks: average pooling.",
        ),
        (
            "moves by one pixel",
            pool_overlapping,
            "The blocks overlap here. Pooling moves by a whole block.",
        ),
        (
            "keeps the incomplete blocks",
            pool_ragged,
            "Blocks at the edge that are not full are left out.",
        ),
        (
            "takes the smallest value",
            pool_with(np.min),
            "These are the smallest values of the blocks.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(16.0).reshape(4, 4), 2
        yield rng.normal(size=(5, 7)), 2
        yield rng.normal(size=(9, 8)), 3
        yield -1 - rng.random(size=(4, 6)), 2
        yield rng.normal(size=(3, 3)), 1

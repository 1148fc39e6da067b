"""Exercises of the chapter "Which pixel is what"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def intersection_over_union(y_true, y_pred, k):
    """Return how well the pixels of class k are found, from 0 to 1.

    y_true, y_pred: the class of each pixel, whole numbers, of one shape.

    The number of pixels that are of class k in both, divided by the number
    of pixels that are of class k in one of them or in both. Where no pixel
    is of class k in either, there is nothing to find: return 1.
    """
    true, predicted = y_true == k, y_pred == k
    union = (true | predicted).sum()
    if union == 0:
        return 1.0
    return (true & predicted).sum() / union


def safe(share):
    """1 where there is nothing to divide by."""

    def wrong(y_true, y_pred, k):
        true, predicted = y_true == k, y_pred == k
        if not (true | predicted).any():
            return 1.0
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(np.nan_to_num(share(true, predicted)))

    return wrong


class IntersectionOverUnion(Exercise):
    """Measure how well one class was found."""

    solution = intersection_over_union
    hints = (
        "`y_true == k` is True at the pixels of the class. So is "
        "`y_pred == k` at those that the network calls so.",
        "`&` is True where both are, `|` where one of them is. `.sum()` "
        "counts.",
        "Divide the two counts. If the second is 0, return 1 before you "
        "divide.",
    )
    misconceptions = (
        (
            "measures the share of equal pixels",
            safe(lambda true, predicted: (true == predicted).mean()),
            "This counts every pixel on which both agree, the background "
            "too. Only the pixels of class k count here.",
        ),
        (
            "adds the two areas",
            safe(lambda t, p: (t & p).sum() / (t.sum() + p.sum())),
            "The pixels that both have are counted twice below the line. "
            "A union counts each pixel once.",
        ),
        (
            "computes Dice",
            safe(lambda t, p: 2 * (t & p).sum() / (t.sum() + p.sum())),
            "That is Dice, twice the common pixels over the sum of both "
            "areas. It is never smaller than what is asked for here.",
        ),
        (
            "computes the recall",
            safe(lambda t, p: (t & p).sum() / t.sum()),
            "You divide by the true pixels alone. A network that calls "
            "every pixel k would get 1.",
        ),
        (
            "computes the precision",
            safe(lambda t, p: (t & p).sum() / p.sum()),
            "You divide by the predicted pixels alone. A network that "
            "dares one sure pixel would get 1.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[0, 1], [1, 1]]), np.array([[1, 1], [0, 1]]), 1
        yield np.array([[0, 0], [0, 0]]), np.array([[0, 2], [2, 2]]), 2
        yield np.zeros((3, 3), int), np.zeros((3, 3), int), 1
        for k in range(3):
            y = rng.integers(3, size=(2, 5, 4))
            yield y, np.where(rng.random(y.shape) < 0.7, y, 0), k


def dice_from_iou(j):
    """Return Dice for an intersection over union of j.

    j: a number from 0 to 1. Dice is twice the common pixels over the sum of
    both areas. Derive a formula with j alone.
    """
    return 2 * j / (1 + j)


class DiceFromIou(Exercise):
    """Turn one measure into the other."""

    solution = dice_from_iou
    hints = (
        "Call the common pixels c and the two areas a and b. How large is "
        "the union?",
        "The union is a + b - c. So j = c / (a + b - c), and Dice is "
        "2 c / (a + b).",
        "Solve the first for a + b: it is c (1 + j) / j. Put that into the "
        "second.",
    )
    misconceptions = (
        (
            "doubles it",
            lambda j: 2 * j,
            "For j = 1 this gives 2, and Dice is at most 1. The union is "
            "smaller than the sum of the areas.",
        ),
        (
            "solves for the other one",
            lambda j: j / (2 - j),
            "This is the way back: from Dice to intersection over union.",
        ),
        (
            "takes both for the same",
            lambda j: j,
            "They agree at 0 and 1 only. Try two areas of 2 pixels that "
            "share one.",
        ),
    )

    def inputs(self, rng):
        yield (1 / 3,)
        yield (0.0,)
        yield (1.0,)
        for j in rng.random(5):
            yield (float(j),)


def upsample(image, size):
    """Return the image with each pixel as a block of size by size pixels.

    image: (height, width). size: a whole number, 1 or more.

    Returns (height * size, width * size).
    """
    return image.repeat(size, axis=0).repeat(size, axis=1)


def _spread(image, size):
    y = np.zeros(np.multiply(image.shape, size))
    y[::size, ::size] = image
    return y


class Upsample(Exercise):
    """Enlarge an image by whole blocks."""

    solution = upsample
    hints = (
        "A row [1, 2] becomes [1, 1, 2, 2], and then there are two such "
        "rows.",
        "`image.repeat(size, axis=0)` repeats each row where it stands.",
        "Repeat along axis 0, then along axis 1.",
    )
    misconceptions = (
        (
            "tiles the image",
            lambda image, size: np.tile(image, (size, size)),
            "The whole picture stands there several times. Each pixel is "
            "to be repeated where it is.",
        ),
        (
            "leaves zeros between",
            _spread,
            "Only one pixel of each block has a value, the others are 0.",
        ),
        (
            "repeats the rows only",
            lambda image, size: image.repeat(size, axis=0),
            "The image is higher now, and not wider.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[1.0, 2.0], [3.0, 4.0]]), 2
        yield rng.normal(size=(2, 3)), 3
        yield rng.normal(size=(3, 2)), 2
        yield rng.normal(size=(4, 4)), 1


def upsample_backward(dy, size):
    """Return dL/d(image), given dL/d(enlarged image).

    dy: (height * size, width * size), the gradient of the loss by the
    enlarged image. Each pixel of the image was repeated in a block of size
    by size pixels. Returns (height, width).
    """
    rows, columns = dy.shape[0] // size, dy.shape[1] // size
    return dy.reshape(rows, size, columns, size).sum(axis=(1, 3))


def blocks_with(function):
    def backward(dy, size):
        rows, columns = dy.shape[0] // size, dy.shape[1] // size
        blocks = dy.reshape(rows, size, columns, size)
        return function(blocks, axis=(1, 3))

    return backward


class UpsampleBackward(Exercise):
    """Send the gradient back through the enlargement."""

    solution = upsample_backward
    hints = (
        "One pixel x becomes four copies y1 to y4. The loss depends on x "
        "through all four. What does the chain rule say?",
        "The slopes of all four copies add: dL/dx = dL/dy1 + dL/dy2 + "
        "dL/dy3 + dL/dy4, since each copy has the slope 1.",
        "Reshape to (height, size, width, size) and sum over axes 1 and 3.",
    )
    misconceptions = (
        (
            "averages the copies",
            blocks_with(np.mean),
            "You take the mean. Nobody divided on the way forward: each "
            "copy has the slope 1, so the gradients add.",
        ),
        (
            "takes one of the copies",
            lambda dy, size: dy[::size, ::size],
            "Only one copy of each pixel is asked. The loss depends on the "
            "pixel through all of them.",
        ),
        (
            "takes the largest",
            blocks_with(np.max),
            "The largest gradient wins here. That is a memory of pooling; "
            "enlarging has no winner.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(16.0).reshape(4, 4), 2
        yield rng.normal(size=(6, 3)), 3
        yield rng.normal(size=(4, 6)), 2
        yield rng.normal(size=(2, 2)), 1

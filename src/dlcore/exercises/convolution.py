"""Exercises of the chapter "A layer that knows its neighbours"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def im2col(image, rows, columns):
    """Return every window of the image as a row of a matrix.

    image: (height, width). rows, columns: the window's size, not larger
        than the image.

    Returns ((height - rows + 1) * (width - columns + 1), rows * columns).
    The windows come in reading order, left to right and then down, and so
    do the pixels within each window.
    """
    height, width = image.shape
    return np.array(
        [
            image[r : r + rows, c : c + columns].ravel()
            for r in range(height - rows + 1)
            for c in range(width - columns + 1)
        ]
    )


def im2col_down_first(image, rows, columns):
    height, width = image.shape
    return np.array(
        [
            image[r : r + rows, c : c + columns].ravel()
            for c in range(width - columns + 1)
            for r in range(height - rows + 1)
        ]
    )


def im2col_columns_in_windows(image, rows, columns):
    height, width = image.shape
    return np.array(
        [
            image[r : r + rows, c : c + columns].T.ravel()
            for r in range(height - rows + 1)
            for c in range(width - columns + 1)
        ]
    )


def im2col_of_blocks(image, rows, columns):
    height, width = image.shape
    return np.array(
        [
            image[r : r + rows, c : c + columns].ravel()
            for r in range(0, height - rows + 1, rows)
            for c in range(0, width - columns + 1, columns)
        ]
    )


class Im2col(Exercise):
    """Lay all windows of an image out as rows."""

    solution = im2col
    hints = (
        "How many windows are there? The last one starts at "
        "`height - rows`, so there are `height - rows + 1` starts downwards.",
        "One window is `image[r : r + rows, c : c + columns]`. `ravel()` "
        "lays its rows end to end.",
        "Two loops collect them, the outer one over r. Without loops: "
        "`sliding_window_view(image, (rows, columns))` and a reshape.",
    )
    misconceptions = (
        (
            "walks down first",
            im2col_down_first,
            "The windows come column by column. Reading order is left to "
            "right and then down: the outer loop runs over rows.",
        ),
        (
            "reads each window downwards",
            im2col_columns_in_windows,
            "The pixels within a window are read downwards. Lay the window's "
            "rows end to end.",
        ),
        (
            "cuts the image into blocks",
            im2col_of_blocks,
            "These are blocks that do not overlap, as in pooling. A "
            "convolution's window moves by one pixel.",
        ),
        (
            "puts the windows into columns",
            lambda image, rows, columns: im2col(image, rows, columns).T,
            "Each window stands in a column. The name says columns, but this "
            "book, like its batches, has one item in each row.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(12.0).reshape(3, 4), 2, 2
        yield np.arange(12.0).reshape(3, 4), 3, 2
        yield rng.normal(size=(6, 5)), 3, 3
        yield rng.normal(size=(4, 7)), 1, 3
        yield rng.normal(size=(4, 4)), 4, 4


def receptive_field(layers):
    """Return how many pixels wide the field of one answer is.

    layers: a list of (window, stride), from the first layer to the last;
        may be empty: then an answer is a pixel.

    Returns an int.
    """
    field, jump = 1, 1
    for window, stride in layers:
        field += (window - 1) * jump
        jump *= stride
    return field


def field_with_the_jump_first(layers):
    field, jump = 1, 1
    for window, stride in layers:
        jump *= stride
        field += (window - 1) * jump
    return field


def field_of_whole_windows(layers):
    field, jump = 1, 1
    for window, stride in layers:
        field += window * jump
        jump *= stride
    return field


def field_with_the_last_stride(layers):
    field, jump = 1, 1
    for window, stride in layers:
        field += (window - 1) * jump
        jump = stride
    return field


class ReceptiveField(Exercise):
    """Find how wide the field of one answer is."""

    solution = receptive_field
    hints = (
        "Carry two numbers through the layers: the width of the field and "
        "the jump. Both are 1 for a pixel.",
        "A window of k covers k answers of the layer before. Between them "
        "lie k - 1 jumps.",
        "`field += (window - 1) * jump`, and only then `jump *= stride`.",
    )
    misconceptions = (
        (
            "ignores the strides",
            lambda layers: 1 + sum(k - 1 for k, _ in layers),
            "The strides have no effect here. Behind a stride of 2 the "
            "neighbours lie two pixels apart, and the field grows faster.",
        ),
        (
            "makes the jump longer too early",
            field_with_the_jump_first,
            "A layer's own stride acts on the layers behind it. Widen the "
            "field first, then multiply the jump.",
        ),
        (
            "adds whole windows",
            field_of_whole_windows,
            "Between k answers lie k - 1 steps. Here k are added.",
        ),
        (
            "forgets earlier strides",
            field_with_the_last_stride,
            "The jump is the product of all strides so far, not the last "
            "one alone.",
        ),
    )

    def inputs(self, rng):
        yield ([(3, 1)],)
        yield ([],)
        yield ([(3, 1), (3, 1)],)
        yield ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],)
        yield ([(7, 2), (3, 2), (3, 2)],)
        for depth in (3, 5, 8):
            pairs = rng.integers(1, [6, 4], size=(depth, 2)).tolist()
            yield ([tuple(pair) for pair in pairs],)


def convolution_matrix(w, n, stride):
    """Return the matrix T with T @ x = the convolution of x by w.

    w: (k,) weights. n: how many numbers x has, at least k. stride: a whole
        number of at least 1.

    Answer i is the sum over j of x[i * stride + j] * w[j]: no padding, and
    the kernel is not turned round. Returns an array with n columns and one
    row for each answer.
    """
    answers = (n - len(w)) // stride + 1
    matrix = np.zeros((answers, n))
    for i in range(answers):
        matrix[i, i * stride : i * stride + len(w)] = w
    return matrix


def matrix_that_wraps_around(w, n, stride):
    first = np.zeros(n)
    first[: len(w)] = w
    return np.array([np.roll(first, start) for start in range(0, n, stride)])


def matrix_with_partial_windows(w, n, stride):
    k = len(w)
    whole = convolution_matrix(w, n + 2 * (k - 1), stride)
    return whole[:, k - 1 : k - 1 + n]


class ConvolutionMatrix(Exercise):
    """Build the matrix of a convolution."""

    solution = convolution_matrix
    hints = (
        "How many answers are there? The formula with the floor knows, with "
        "no padding.",
        "Row i holds the weights of answer i. It is zero but for the k "
        "columns that its window sees.",
        "`T[i, i * stride : i * stride + k] = w`.",
    )
    misconceptions = (
        (
            "turns the kernel round",
            lambda w, n, stride: convolution_matrix(w[::-1], n, stride),
            "The kernel is turned round here. Networks leave it as it is.",
        ),
        (
            "lies on its side",
            lambda w, n, stride: convolution_matrix(w, n, stride).T,
            "This is the transposed matrix: it has a column for each answer. "
            "It is the matrix of the way back.",
        ),
        (
            "wraps around",
            matrix_that_wraps_around,
            "The last windows reach beyond the end and come in again at the "
            "beginning. A window must lie within x.",
        ),
        (
            "moves by one place whatever the stride",
            lambda w, n, stride: convolution_matrix(w, n, 1),
            "The stride has no effect here: each window starts one place "
            "behind the last.",
        ),
        (
            "lets windows reach over the ends",
            matrix_with_partial_windows,
            "Some windows lie partly outside, as if x had zeros around it. "
            "That is the full convolution.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, 2.0]), 4, 1
        yield np.array([1.0, 2.0, 3.0]), 7, 2
        yield rng.normal(size=3), 8, 3
        yield rng.normal(size=4), 4, 1
        yield rng.normal(size=2), 9, 1


def convolution_backward(dy, w):
    """Return dL/dx of a convolution of x by w, without padding.

    dy: (n - k + 1,) the derivative by y, where y[i] is the sum over j of
        x[i + j] * w[j]. w: (k,) the weights.

    Returns (n,): for each x[a] the sum of dy[i] * w[a - i] over all i for
    which both exist.
    """
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] += dy[i] * w
    return dx


def backward_without_the_turn(dy, w):
    return convolution_backward(dy, w[::-1])


def backward_that_overwrites(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] = dy[i] * w
    return dx


def backward_of_whole_windows(dy, w):
    short, long = sorted((dy, w), key=len)
    full = convolution_backward(dy, w)
    return full[len(short) - 1 : len(long)]


def backward_by_the_kernel_alone(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] += w
    return dx


class ConvolutionBackward(Exercise):
    """Walk back through a convolution without its matrix."""

    solution = convolution_backward
    hints = (
        "For the proof: $L$ depends on $x_a$ through every $y_i$, so "
        "$\\bar x_a = \\sum_i \\bar y_i\\, T_{ia}$. That is a row of "
        "$T^\\top$ times $\\bar y$.",
        "In the matrix of a convolution $T_{ia} = w_{a-i}$ where that "
        "exists. Turn the question round: to which x does one `dy[i]` hand "
        "shares, and how large are they?",
        "`dx[i : i + k] += dy[i] * w`, for each i. In NumPy's words it is "
        "`np.convolve(dy, w)`, which turns the kernel.",
    )
    misconceptions = (
        (
            "does not turn the kernel",
            backward_without_the_turn,
            "The kernel stands the wrong way round: dy[i] hands w[0] to x[i] "
            "and w[1] to x[i + 1]. Seen from x that is a turned kernel.",
        ),
        (
            "overwrites the shares",
            backward_that_overwrites,
            "Each x lies in several windows, and their shares add. Here the "
            "last one wipes out the others: = in place of +=.",
        ),
        (
            "keeps whole overlaps only",
            backward_of_whole_windows,
            "The result is shorter than x. The numbers at the ends of x lie "
            "in fewer windows, but they do lie in some.",
        ),
        (
            "forgets dy",
            backward_by_the_kernel_alone,
            "This takes every dy[i] for 1. Each answer passes on its own "
            "derivative times the weight.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, 10.0, 100.0]), np.array([1.0, 2.0])
        yield np.array([2.0]), np.array([1.0, -1.0, 3.0])
        for answers, k in (6, 3), (5, 5), (3, 4), (9, 2):
            yield rng.normal(size=answers), rng.normal(size=k)


def separate(kernel):
    """Return (column, row): two vectors whose outer product is the kernel.

    kernel: (a, b) numbers, not all zero, for which there are such vectors.

    column: (a,), scaled so that the first of its largest entries in size
        is 1. row: (b,). kernel[i, j] = column[i] * row[j].
    """
    sizes = np.abs(kernel).sum(axis=1)
    first = np.argmax(sizes > sizes.max() * (1 - 1e-9))
    row = kernel[first]
    j = np.argmax(np.abs(row))
    return kernel[:, j] / row[j], row


def separate_at_the_corner(kernel):
    return kernel[:, 0] / kernel[0, 0], kernel[0]


def separate_without_a_scale(kernel):
    column, row = separate(kernel)
    j = np.argmax(np.abs(row))
    return column * row[j], row


def separate_by_sums(kernel):
    column, row = kernel.sum(axis=1), kernel.sum(axis=0)
    return column / column[np.argmax(np.abs(column))], row


def separate_by_sizes(kernel):
    column, row = separate(np.abs(kernel))
    return column, row


class Separate(Exercise):
    """Write a kernel as a column times a row."""

    solution = separate
    hints = (
        "In such a kernel all rows are multiples of one row. Which of them "
        "must stand in the result, if the column has a 1 there?",
        "The row with the largest entries in size. Where several are equally "
        "large, the first.",
        "The column says how many times each row holds that one. Divide at a "
        "place j where the row is not zero: `kernel[:, j] / row[j]`.",
    )
    misconceptions = (
        (
            "trusts the corner",
            separate_at_the_corner,
            "This divides by the entry in the corner. It may be zero, and "
            "its row need not be the largest.",
        ),
        (
            "takes a column and a row as they stand",
            separate_without_a_scale,
            "A column of the kernel times a row of it counts their common "
            "entry twice. Divide by it.",
        ),
        (
            "sums rows and columns",
            separate_by_sums,
            "Sums over the rows and columns are multiples of the two, but "
            "with a wrong scale, and for an edge kernel they are all zero.",
        ),
        (
            "loses the signs",
            separate_by_sizes,
            "The sizes are right and the signs are lost. Compare sizes to "
            "find the row, but divide the numbers themselves.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[1.0, 2.0], [2.0, 4.0]]),)
        yield (np.array([[1.0, 1.0, 1.0], [0, 0, 0], [-1.0, -1.0, -1.0]]),)
        yield (np.outer([0.0, -2.0, 1.0], [0.0, 3.0, -1.0]),)
        yield (np.ones((3, 3)) / 9,)
        for a, b in (3, 3), (5, 3), (1, 4), (4, 1):
            yield (np.outer(rng.normal(size=a), rng.normal(size=b)),)

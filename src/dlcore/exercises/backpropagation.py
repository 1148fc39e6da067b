"""Exercises of the chapter "Backpropagation"."""

# The letters are those of the formulas.
# ruff: noqa: N803, N806

import numpy as np

from dlcore.exercises.exercise import Exercise


def dense_backward(x, kernel, dy):
    """Return (dx, dkernel, dbias) of the layer y = x @ kernel + bias.

    x: (n, inputs), one sample in each row.
    kernel: (inputs, units).
    dy: (n, units), the derivative of the loss by each element of y.

    The loss is one number for the whole batch. Returns its derivatives:
    dx (n, inputs), dkernel (inputs, units), dbias (units,).
    """
    return dy @ kernel.T, x.T @ dy, dy.sum(axis=0)


class DenseBackward(Exercise):
    """Write the backward pass of one Dense layer for a whole batch."""

    solution = dense_backward
    hints = (
        "Write the shapes down first. Which product of two of the arrays "
        "has the shape of `kernel`? Which one has the shape of `x`?",
        "A weight is used once by every sample, so its derivative is a sum "
        "over the samples. `x.T @ dy` is just that sum.",
        "An input goes into every unit, so its derivative is a sum over the "
        "units: `dy @ kernel.T`. The bias is added in each row: sum the "
        "rows of `dy`.",
    )
    misconceptions = (
        (
            "takes the mean over the samples",
            lambda x, kernel, dy: (
                dy @ kernel.T,
                x.T @ dy / len(x),
                dy.mean(axis=0),
            ),
            "dkernel and dbias are divided by the number of samples. The "
            "division belongs to the loss, and dy already contains it. "
            "Here the samples are added.",
        ),
        (
            "does not sum the bias over the samples",
            lambda x, kernel, dy: (dy @ kernel.T, x.T @ dy, dy),
            "dbias still has one row for each sample. All samples share "
            "one bias, so its derivative adds their rows.",
        ),
        (
            "returns dkernel transposed",
            lambda x, kernel, dy: (dy @ kernel.T, dy.T @ x, dy.sum(axis=0)),
            "dkernel lies on its side: (units, inputs). A gradient has the "
            "shape of what it belongs to.",
        ),
        (
            "adds the samples before it multiplies",
            lambda x, kernel, dy: (
                dy @ kernel.T,
                np.outer(x.sum(axis=0), dy.sum(axis=0)),
                dy.sum(axis=0),
            ),
            "dkernel is the product of two sums. It must be the sum of the "
            "products: each sample's input with the same sample's dy.",
        ),
        (
            "passes dy on as it is",
            lambda x, kernel, dy: (
                np.repeat(dy.sum(axis=1, keepdims=True), x.shape[1], 1),
                x.T @ dy,
                dy.sum(axis=0),
            ),
            "dx adds the derivatives of all units, but without the weights. "
            "An input reaches a unit through a weight, and the way back "
            "leads through the same weight.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[2.0]]), np.array([[3.0]]), np.array([[0.5]])
        for n, inputs, units in (1, 3, 2), (4, 2, 3), (5, 3, 3), (6, 4, 1):
            yield (
                rng.normal(size=(n, inputs)),
                rng.normal(size=(inputs, units)),
                rng.normal(size=(n, units)),
            )


def input_gradient(x, y, W, b, V, c):
    """Return dL/dx: how the loss changes with each input.

    x: (inputs,) one sample; y: (outputs,) its truth.
    W: (inputs, units), b: (units,); V: (units, outputs), c: (outputs,).

    The network: h = tanh(x W + b), p = sigmoid(h V + c).
    The loss: L = 1/2 * sum over the outputs of (p - y)**2.
    Returns an array of the shape of x.
    """
    h = np.tanh(x @ W + b)
    p = 1 / (1 + np.exp(-(h @ V + c)))
    dz = (p - y) * p * (1 - p)
    da = (V @ dz) * (1 - h * h)
    return W @ da


def _input_gradient(x, y, W, b, V, c, output_slope, hidden_slope):
    """The same with other local slopes: what the mistakes have in common."""
    a = x @ W + b
    h = np.tanh(a)
    p = 1 / (1 + np.exp(-(h @ V + c)))
    return W @ ((V @ ((p - y) * output_slope(p))) * hidden_slope(a, h))


class InputGradient(Exercise):
    """Derive by hand how the loss changes with the network's inputs."""

    solution = input_gradient
    hints = (
        "Follow one path first, from $x_1$ through $h_2$ to $p_1$: multiply "
        "the local slopes on its way. How many paths lead from $x_1$ to $L$?",
        "On paper: $\\partial L/\\partial x_i = \\sum_j w_{ij} (1-h_j^2) "
        "\\sum_k v_{jk}\\, p_k (1-p_k)(p_k-y_k)$. The inner sum is "
        "$\\partial L/\\partial h_j$.",
        "The inner sum for all $j$ at once is `V @ dz` with "
        "`dz = (p - y) * p * (1 - p)`. The outer one is `W @ da`.",
    )
    misconceptions = (
        (
            "forgets the slope of the sigmoid",
            lambda *a: _input_gradient(
                *a, lambda p: 1.0, lambda a, h: 1 - h * h
            ),
            "The way back starts well at p - y, but then it goes past the "
            "sigmoid as if that were not there. Its slope is p (1 - p).",
        ),
        (
            "forgets the slope of tanh",
            lambda *a: _input_gradient(
                *a, lambda p: p * (1 - p), lambda a, h: 1.0
            ),
            "The slope of tanh is missing: the way from h back to the sum "
            "a costs a factor of 1 - h**2.",
        ),
        (
            "takes the slope of tanh at the sum",
            lambda *a: _input_gradient(
                *a, lambda p: p * (1 - p), lambda a, h: 1 - a * a
            ),
            "The slope of tanh is written with the sum a. With its output "
            "it is 1 - h**2; with the sum it would be 1 - tanh(a)**2.",
        ),
        (
            "follows the first output only",
            lambda x, y, W, b, V, c: input_gradient(
                x, y[:1], W, b, V[:, :1], c[:1]
            ),
            "These are the paths through the first output only. The loss "
            "depends on every output, and all paths are added.",
        ),
        (
            "has the wrong sign",
            lambda *a: -input_gradient(*a),
            "The sign is wrong. Where p is larger than y, the loss grows "
            "with p: the way back starts with p - y.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([1.0, -0.5]),
            np.array([1.0, 0.0]),
            np.array([[0.5, -0.3], [0.8, 0.2]]),
            np.array([0.1, 0.0]),
            np.array([[-0.6, 0.9], [0.4, 0.7]]),
            np.array([0.0, 0.2]),
        )
        for i, j, k in (2, 2, 2), (3, 4, 2), (2, 8, 3):
            yield (
                rng.normal(size=i),
                rng.integers(2, size=k).astype(float),
                rng.normal(size=(i, j)),
                rng.normal(size=j),
                rng.normal(size=(j, k)),
                rng.normal(size=k),
            )


def repaired_backward(X, Y, W, b, V, c):
    """Return [dW, db, dV, dc] for the network of the training loop.

    X: (n, inputs), Y: (n, outputs), W: (inputs, units), b: (units,),
    V: (units, outputs), c: (outputs,).
    H = tanh(X W + b), P = sigmoid(H V + c), L = the mean of (P - Y)**2
    over all elements. Each gradient has the shape of its parameter.
    """
    A = X @ W + b
    H = np.tanh(A)
    P = 1 / (1 + np.exp(-(H @ V + c)))
    dZ = 2 * (P - Y) / Y.size * P * (1 - P)
    dV, dc = H.T @ dZ, dZ.sum(axis=0)
    dA = (dZ @ V.T) * (1 - H * H)
    dW, db = X.T @ dA, dA.sum(axis=0)
    return [dW, db, dV, dc]


def _repaired(X, Y, W, b, V, c, sigmoid=True, tanh=True, bias=True):
    """With some of the three bugs left in."""
    A = X @ W + b
    H = np.tanh(A)
    P = 1 / (1 + np.exp(-(H @ V + c)))
    dZ = 2 * (P - Y) / Y.size * (P * (1 - P) if sigmoid else 1)
    dV, dc = H.T @ dZ, dZ.sum(axis=0)
    dA = (dZ @ V.T) * (1 - (H * H if tanh else A * A))
    dW, db = X.T @ dA, dA.sum(axis=0) if bias else dA.mean(axis=0)
    return [dW, db, dV, dc]


class RepairedBackward(Exercise):
    """Find three bugs in a backward pass with the gradient check."""

    solution = repaired_backward
    stub = '''def repaired_backward(X, Y, W, b, V, c):
    """Return [dW, db, dV, dc] for the network of the training loop.

    X: (n, inputs), Y: (n, outputs), W: (inputs, units), b: (units,),
    V: (units, outputs), c: (outputs,).
    H = tanh(X W + b), P = sigmoid(H V + c), L = the mean of (P - Y)**2
    over all elements. Each gradient has the shape of its parameter.
    """
    A = X @ W + b  # three of the lines below are wrong
    H = np.tanh(A)
    P = 1 / (1 + np.exp(-(H @ V + c)))
    dZ = 2 * (P - Y) / Y.size
    dV, dc = H.T @ dZ, dZ.sum(axis=0)
    dA = (dZ @ V.T) * (1 - A * A)
    dW, db = X.T @ dA, dA.mean(axis=0)
    return [dW, db, dV, dc]'''
    hints = (
        "Compare each of the four with `numerical_gradient`. Begin with "
        "`dV` and `dc`: they are computed first, and what is wrong there is "
        "wrong in everything after it.",
        "Between the loss and `Z` stands the sigmoid. Between `H` and `A` "
        "stands tanh. Are both slopes there, and taken from the output?",
        "When only `db` is left, look at how many samples use one bias, and "
        "compare its line with that of `dc`.",
    )
    misconceptions = (
        (
            "leaves the sigmoid's slope out",
            lambda *a: _repaired(*a, sigmoid=False),
            "All four are still wrong. That points to the line that all "
            "four depend on: dZ must go back through the sigmoid.",
        ),
        (
            "leaves the slope of tanh as it was",
            lambda *a: _repaired(*a, tanh=False),
            "dV and dc are right, dW and db are not. So the fault lies "
            "between them: look at the slope of tanh.",
        ),
        (
            "leaves the bias as it was",
            lambda *a: _repaired(*a, bias=False),
            "dW, dV and dc are right. db is too small by a factor, the "
            "same for all its elements. Which factor, and why?",
        ),
        (
            "divides by the samples once more",
            lambda X, *a: [d / len(X) for d in repaired_backward(X, *a)],
            "All four are too small by the same factor, the number of "
            "samples. dZ already contains the division of the mean.",
        ),
    )

    def inputs(self, rng):
        for n, i, j, k in (3, 2, 2, 1), (5, 2, 8, 1), (4, 3, 2, 2):
            yield (
                rng.normal(size=(n, i)),
                rng.integers(2, size=(n, k)).astype(float),
                rng.normal(size=(i, j)),
                rng.normal(size=j),
                rng.normal(size=(j, k)),
                rng.normal(size=k),
            )


def walk_back(edges, last):
    """Return {name: derivative of `last` by it} for all names.

    edges: a list of (start, end, slope) in the order of computing: every
        arrow into a name stands before every arrow out of it. slope is the
        local slope, d end / d start. The same pair of names may occur
        twice, as in y = x * x, and every name leads to `last`.
    last: the name of the result, such as "L".

    Returns a dict; the derivative of `last` by itself is 1.0.
    """
    derivatives = {last: 1.0}
    for start, end, slope in reversed(edges):
        step = slope * derivatives[end]
        derivatives[start] = derivatives.get(start, 0.0) + step
    return derivatives


def walk_and_overwrite(edges, last):
    derivatives = {last: 1.0}
    for start, end, slope in reversed(edges):
        derivatives[start] = slope * derivatives[end]
    return derivatives


def walk_without_the_way_behind(edges, last):
    derivatives = {last: 1.0}
    for start, _, slope in reversed(edges):
        derivatives[start] = derivatives.get(start, 0.0) + slope
    return derivatives


def walk_and_multiply_paths(edges, last):
    derivatives = {last: 1.0}
    for start, end, slope in reversed(edges):
        step = slope * derivatives[end]
        derivatives[start] = derivatives.get(start, 1.0) * step
    return derivatives


def walk_and_count_from_one(edges, last):
    derivatives = {last: 1.0}
    for start, end, slope in reversed(edges):
        step = slope * derivatives[end]
        derivatives[start] = derivatives.get(start, 1.0) + step
    return derivatives


class WalkBack(Exercise):
    """Walk back over any computation, and add where paths join."""

    solution = walk_back
    hints = (
        "Go through the arrows from the last to the first. When you come to "
        "an arrow, the derivative at its end is already complete.",
        "One arrow contributes `slope * derivatives[end]` to the derivative "
        "of its start. A start with several arrows gets several such "
        "contributions.",
        "`derivatives.get(start, 0.0)` is what has been collected so far, "
        "or 0.0 if this is the first contribution.",
    )
    misconceptions = (
        (
            "overwrites where paths join",
            walk_and_overwrite,
            "Where a name has several arrows, only one of them counts: each "
            "contribution overwrites the one before. Contributions are added.",
        ),
        (
            "uses the local slopes alone",
            walk_without_the_way_behind,
            "This adds the local slopes of a name's own arrows. Each must "
            "be multiplied by the derivative at the arrow's end.",
        ),
        (
            "multiplies where paths join",
            walk_and_multiply_paths,
            "Slopes are multiplied along one path, but two paths are added. "
            "Here they are multiplied too.",
        ),
        (
            "starts every name at one",
            walk_and_count_from_one,
            "Every derivative but the last is too large by one or more. "
            "Only the last name starts with 1; all others start with 0.",
        ),
    )

    def inputs(self, rng):
        yield [("x", "L", 3.0)], "L"
        yield [("x", "y", 2.0), ("y", "L", -1.5)], "L"
        yield [("x", "L", 4.0), ("x", "L", 4.0)], "L"
        yield (
            [("x", "u", 2.0), ("x", "v", 3.0), ("u", "L", 5.0),
             ("v", "L", 7.0), ("x", "L", 1.0)],
            "L",
        )  # fmt: skip
        for sizes in (2, 2, 2, 1), (3, 4, 2, 3, 1):
            yield self.layered(sizes, rng), "0"

    @staticmethod
    def layered(sizes, rng):
        """Every unit of a layer joined to every unit of the next one."""
        depth = len(sizes) - 1
        names = [
            ["0"] if k == depth else [f"{k}:{i}" for i in range(size)]
            for k, size in enumerate(sizes)
        ]
        return [
            (start, end, float(rng.normal()))
            for one, two in zip(names, names[1:], strict=False)
            for start in one
            for end in two
        ]

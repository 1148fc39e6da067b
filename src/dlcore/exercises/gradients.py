"""Exercises of the chapter "Gradients of any layer"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def softmax_jacobian(z):
    """Return the table of all slopes of softmax, (m, m).

    z: (m,) numbers; p = softmax(z), that is exp(z) divided by its sum.
    Element [k, i] is the slope of p[k] when only z[i] grows.
    """
    p = np.exp(z - np.max(z))
    p = p / p.sum()
    return np.diag(p) - np.outer(p, p)


def _softmax(z):
    p = np.exp(z - np.max(z))
    return p / p.sum()


class SoftmaxJacobian(Exercise):
    """Write down every slope of softmax."""

    solution = softmax_jacobian
    hints = (
        "Write $p_k = e^{z_k} / s$ with $s = \\sum_j e^{z_j}$. In which "
        "places of it does $z_i$ occur if $i \\ne k$? In which if $i = k$?",
        "The quotient rule gives $-p_k p_i$ for $i \\ne k$, and "
        "$p_k - p_k p_k$ for $i = k$.",
        "`np.diag(p)` has p on its diagonal, `np.outer(p, p)` has all "
        "products. One line is enough.",
    )
    misconceptions = (
        (
            "knows the diagonal only",
            lambda z: np.diag(_softmax(z) * (1 - _softmax(z))),
            "The diagonal is right, but all other slopes are 0. If one z "
            "grows, the other probabilities must shrink: their sum is 1.",
        ),
        (
            "has the wrong sign",
            lambda z: (
                np.outer(_softmax(z), _softmax(z)) - np.diag(_softmax(z))
            ),
            "All signs are wrong: where z[k] grows, p[k] grows too, so the "
            "diagonal is positive.",
        ),
        (
            "lacks the diagonal",
            lambda z: -np.outer(_softmax(z), _softmax(z)),
            "Off the diagonal this is right. On it, z[k] also occurs in "
            "the numerator of p[k], which adds p[k].",
        ),
        (
            "forgets that the sum depends on z",
            lambda z: np.diag(_softmax(z)),
            "This treats the sum in the denominator as a constant. It "
            "grows with every z.",
        ),
    )

    def inputs(self, rng):
        yield (np.zeros(2),)
        yield (np.array([1.0, 2.0, 0.5]),)
        yield (np.array([1000.0, 1001.0]),)
        for m in 3, 5, 10:
            yield (rng.normal(size=m),)


def best_step(epsilon, value, third):
    """Return the step h for which a central difference errs the least.

    epsilon: the relative rounding error of one value of f.
    value: f(x), and third: f'''(x), the third derivative; neither is 0.

    The error is taken as  epsilon * |value| / h  +  h**2 * |third| / 6.
    """
    return (3 * epsilon * abs(value) / abs(third)) ** (1 / 3)


class BestStep(Exercise):
    """Derive the best step of a central difference."""

    solution = best_step
    hints = (
        "The error is a function of h alone. Where is it smallest? Derive "
        "it with respect to h and set that to 0.",
        "$-\\epsilon |f| / h^2 + h |f'''| / 3 = 0$. Bring one term to the "
        "other side and multiply by $h^2$.",
        "$h^3 = 3 \\epsilon |f| / |f'''|$. In Python a cube root is "
        "`** (1 / 3)`.",
    )
    misconceptions = (
        (
            "makes both terms equal",
            lambda e, f, d: (6 * e * abs(f) / abs(d)) ** (1 / 3),
            "Here both terms of the error are equal. That is near the best "
            "step, but the sum is smallest where its derivative is 0.",
        ),
        (
            "takes the square root",
            lambda e, f, d: (2 * e * abs(f) / abs(d)) ** 0.5,
            "A square root belongs to the one-sided difference, whose "
            "error grows with h. Here it grows with h**2.",
        ),
        (
            "forgets the factor",
            lambda e, f, d: (e * abs(f) / abs(d)) ** (1 / 3),
            "The power is right, the factor in front is not: the "
            "derivative of h**2 / 6 is h / 3.",
        ),
        (
            "returns the error instead of the step",
            lambda e, f, d: (
                e * abs(f) / best_step(e, f, d)
                + best_step(e, f, d) ** 2 * abs(d) / 6
            ),
            "This is the smallest error. Asked for is the step at which it "
            "occurs.",
        ),
        (
            "turns the fraction over",
            lambda e, f, d: (3 * e * abs(d) / abs(f)) ** (1 / 3),
            "The fraction stands on its head: a function that bends more, "
            "with a larger third derivative, wants a smaller step.",
        ),
    )

    def inputs(self, rng):
        yield 1e-6, 1.0, 3.0
        yield 2.0**-53, 1.0, 1.0
        yield 2.0**-24, -0.25, 8.0
        for _ in range(3):
            yield 1e-3, float(rng.normal()), float(rng.normal())


def normalize_backward(x, dy):
    """Return dx of the layer y = x / |x|, which gives each row length 1.

    x: (n, d), each row at least a little away from 0.
    dy: (n, d), the derivative of the loss by each element of y.
    |x| is the root of the sum of the squares of a row. Returns (n, d).
    """
    length = np.sqrt((x * x).sum(axis=1, keepdims=True))
    y = x / length
    return (dy - y * (y * dy).sum(axis=1, keepdims=True)) / length


def _length(x):
    return np.sqrt((x * x).sum(axis=1, keepdims=True))


def _normalize_over_the_batch(x, dy):
    y = x / _length(x)
    return (dy - y * (y * dy).sum()) / _length(x)


def _normalize_unscaled(x, dy):
    y = x / _length(x)
    return dy - y * (y * dy).sum(axis=1, keepdims=True)


def _normalize_with_x(x, dy):
    return (dy - x * (x * dy).sum(axis=1, keepdims=True)) / _length(x)


class NormalizeBackward(Exercise):
    """Derive the backward pass of a layer that is new to you."""

    solution = normalize_backward
    hints = (
        "One row is enough. Write $r = |x|$, so $y_k = x_k / r$. Every "
        "$y_k$ depends on every $x_i$, because $r$ does: "
        "$\\partial r / \\partial x_i = x_i / r = y_i$.",
        "The quotient rule gives $\\partial y_k / \\partial x_i = "
        "(\\delta_{ki} - y_k y_i) / r$, with $\\delta_{ki} = 1$ for $k = i$ "
        "and 0 otherwise. Multiply by $dy_k$ and add over $k$.",
        "`(y * dy).sum(axis=1, keepdims=True)` is one number for each row.",
    )
    misconceptions = (
        (
            "takes the length for a constant",
            lambda x, dy: dy / _length(x),
            "This treats the length as a constant. It depends on x too: "
            "that gives the second term.",
        ),
        (
            "forgets to divide by the length",
            _normalize_unscaled,
            "The direction is right, the size is not: a long row hardly "
            "turns when an element changes a little.",
        ),
        (
            "adds over the whole batch",
            _normalize_over_the_batch,
            "The rows are mixed: the product y * dy must be added within "
            "each row, not over the batch.",
        ),
        (
            "projects with x instead of y",
            _normalize_with_x,
            "For rows of length 1 this would be right. For others, the "
            "second term needs y, the row of length 1, and not x.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]])
        for n, d in (1, 3), (4, 2), (5, 6):
            yield rng.normal(size=(n, d)) + 0.5, rng.normal(size=(n, d))


def directional_check(f, x, gradient, direction, step):
    """Return how far a gradient is from the measured slope.

    f: a function of an array of x's shape that returns a number.
    gradient: what is claimed to be df/dx, of x's shape.
    direction: an array of x's shape. step: a small positive number h.

    The measured slope is the central difference of f at x along direction,
    with step h. The promised slope is the sum of gradient * direction.
    Returns |measured - promised| / the larger of |measured| and |promised|,
    or 0.0 if both are 0.
    """
    above, below = f(x + step * direction), f(x - step * direction)
    measured = (above - below) / (2 * step)
    promised = np.sum(gradient * direction)
    largest = max(abs(measured), abs(promised))
    return abs(measured - promised) / largest if largest else 0.0


def _relative(measured, promised):
    largest = max(abs(measured), abs(promised))
    return abs(measured - promised) / largest if largest else 0.0


class DirectionalCheck(Exercise):
    """Write the gradient check that costs two values of the function."""

    solution = directional_check
    hints = (
        "Two calls of f are enough, at `x + step * direction` and at "
        "`x - step * direction`. How far apart are these two points?",
        "They are two steps apart, so the difference is divided by "
        "`2 * step`.",
        "`np.sum(gradient * direction)` is what the gradient promises. "
        "Compare, and treat the case in which both are 0.",
    )
    misconceptions = (
        (
            "measures on one side",
            lambda f, x, g, d, h: _relative(
                (f(x + h * d) - f(x)) / h, np.sum(g * d)
            ),
            "This is the one-sided difference. Its error shrinks only with "
            "h, that of the central one with h squared.",
        ),
        (
            "divides by one step",
            lambda f, x, g, d, h: _relative(
                (f(x + h * d) - f(x - h * d)) / h, np.sum(g * d)
            ),
            "The measured slope is twice too large: the two points are two "
            "steps apart.",
        ),
        (
            "leaves the direction out of the promise",
            lambda f, x, g, d, h: _relative(
                (f(x + h * d) - f(x - h * d)) / (2 * h), np.sum(g)
            ),
            "The promised slope is the sum of gradient * direction. The "
            "sum of the gradient is the slope along a row of ones.",
        ),
        (
            "returns the absolute difference",
            lambda f, x, g, d, h: abs(
                (f(x + h * d) - f(x - h * d)) / (2 * h) - np.sum(g * d)
            ),
            "This is the difference itself. Whether it is small can only "
            "be said in relation to the slopes: divide by the larger one.",
        ),
    )

    def inputs(self, rng):
        x = np.array([1.0, 2.0])
        yield (
            lambda x: float(np.sum(x**3)), x, 3 * x**2, np.array([1.0, 0.0]),
            0.1,
        )  # fmt: skip
        yield (lambda x: 0.0), x, np.zeros(2), np.ones(2), 1e-5
        for shape in (3,), (2, 4):
            x, direction = rng.normal(size=(2, *shape))
            gradient = np.cos(x)
            for wrong in 0.0, 0.01, 1.0:
                yield (
                    lambda x: float(np.sum(np.sin(x))),
                    x, gradient + wrong, direction, 0.01,
                )  # fmt: skip

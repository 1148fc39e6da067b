"""Exercises of the chapter "One neuron"."""

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def neuron_output(x, w, b):
    """Return the answers of one sigmoid neuron to a batch.

    x: (n, d) numbers, one sample in each row.
    w: (d,) numbers, one weight for each input.
    b: a number, the bias.

    Returns (n,) numbers between 0 and 1.
    """
    return 1 / (1 + np.exp(-(x @ w + b)))


class NeuronOutput(Exercise):
    """Compute the answers of one neuron to a batch of points."""

    solution = neuron_output
    hints = (
        "First the weighted sums, one for each row: `x @ w`. Then the bias.",
        "The sigmoid is $1 / (1 + e^{-z})$. `np.exp` takes a whole array.",
    )
    misconceptions = (
        (
            "stops at the weighted sum",
            lambda x, w, b: x @ w + b,
            "These are the weighted sums. The activation is still missing: "
            "put them through the sigmoid.",
        ),
        (
            "leaves out the bias",
            lambda x, w, b: neuron_output(x, w, 0),
            "The bias has no effect. Where must it be added, before the "
            "sigmoid or after it?",
        ),
        (
            "adds the bias after the activation",
            lambda x, w, b: neuron_output(x, w, 0) + b,
            "The bias is part of the weighted sum. Added after the sigmoid "
            "it can push the answer out of the range from 0 to 1.",
        ),
        (
            "adds the bias for every input",
            lambda x, w, b: neuron_output(x + b, w, 0),
            "The bias belongs to the neuron. It is added once to the sum, "
            "not to each input.",
        ),
        (
            "has the sign of the exponent wrong",
            lambda x, w, b: neuron_output(-x, w, -b),
            "The answer is large where the sum is small. Look at the sign "
            "in the exponent.",
        ),
        (
            "decides instead of weighing",
            lambda x, w, b: (x @ w + b > 0).astype(float),
            "This is the step function. The sigmoid answers by degrees.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[2.0, 1.0]]), np.array([1.2, 1.6]), -1.0
        yield np.zeros((3, 2)), np.ones(2), 0.5
        for n, d in (4, 2), (5, 1), (6, 7):
            yield rng.normal(size=(n, d)), rng.normal(size=d), rng.normal()


def gate(name):
    """Return (w1, w2, b) of a neuron that computes a logical function.

    name: "AND", "OR" or "NAND".

    The neuron answers 1 if w1 * x1 + w2 * x2 + b > 0, and 0 otherwise, for
    inputs x1 and x2 that are 0 or 1. NAND is 0 only if both are 1.

    Returns a tuple of three numbers.
    """
    if name == "AND":
        return 2, 2, -3
    if name == "OR":
        return 2, 2, -1
    return -2, -2, 3


class Gate(Exercise):
    """Choose weights and a bias for AND, OR and NAND."""

    solution = gate
    points = ((0, 0), (0, 1), (1, 0), (1, 1))
    tables = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0)}
    hints = (
        "Draw the four points and a line that parts the ones from the "
        "zeros. The bias is the weighted sum at (0, 0).",
        "For AND and OR both weights can be the same positive number, say "
        "2. Then the sums without the bias are 0, 2, 2 and 4. Which bias "
        "leaves only the last one positive?",
        "NAND answers 1 where AND answers 0. Turn the sign of *all three* "
        "numbers of AND.",
    )
    misconceptions = (
        (
            "turns the weights but not the bias",
            lambda name: (-2, -2, -3) if name == "NAND" else gate(name),
            "Your NAND never answers 1. If the weights change their sign "
            "and the bias does not, all sums are negative. Turn the bias "
            "round as well.",
        ),
        (
            "lets the border run through points",
            lambda name: (-1, -1, 1) if name == "NAND" else gate(name),
            "Your NAND has the sum 0 at (0, 1) and (1, 0), and a sum of 0 "
            "is not positive. Let the border run between the points, not "
            "through them.",
        ),
        (
            "takes one neuron for AND and OR",
            lambda name: gate("OR" if name == "AND" else name),
            "Your AND is an OR: it answers 1 for a single 1 as well. Its "
            "bias must be more negative.",
        ),
        (
            "does without a bias",
            lambda name: (*gate(name)[:2], 0),
            "Without a bias the border goes through the origin. Then AND "
            "cannot tell one 1 from two, and NAND cannot answer 1 at (0, 0).",
        ),
    )

    def check(self, answer):
        given = {name: self.neuron(answer, name) for name in self.tables}
        found = {name: self.table(neuron) for name, neuron in given.items()}
        if found == self.tables:
            return
        for _, wrong, message in self.misconceptions:
            if all(self.table(wrong(name)) == found[name] for name in found):
                raise Wrong(message)
        for name, table in self.tables.items():
            for point, right, answered in zip(
                self.points, table, found[name], strict=True
            ):
                if answered != right:
                    raise Wrong(
                        f"The neuron for {name} answers {answered} at "
                        f"{point}, expected {right}."
                    )

    def neuron(self, answer, name):
        """The three numbers of a gate, once they are three numbers."""
        neuron = self.call(answer, name)
        if not isinstance(neuron, list | tuple | np.ndarray) or not (
            np.shape(neuron) == (3,) and np.isfinite(neuron).all()
        ):
            raise Wrong(
                f"Expected three numbers (w1, w2, b) for {name}, received "
                f"{neuron!r}."
            )
        return neuron

    def table(self, neuron):
        """What a neuron answers at the four points."""
        w1, w2, b = neuron
        return tuple(int(w1 * p + w2 * q + b > 0) for p, q in self.points)


def nearest_on_border(x, w, b):
    """Return the point of the border that is nearest to x.

    x: (d,) numbers, a point.
    w: (d,) numbers, the weights, not all of them zero.
    b: a number, the bias.

    The border is where w[0] * x[0] + w[1] * x[1] + ... + b is zero.

    Returns (d,) numbers.
    """
    t = (x @ w + b) / (w @ w)
    return x - t * w


class NearestOnBorder(Exercise):
    """Find the point of a neuron's border that is nearest to a point."""

    solution = nearest_on_border
    hints = (
        "Put $x - t\\,w$ into the weighted sum. It becomes "
        "$w \\cdot x - t\\, w \\cdot w + b$. When is that zero?",
        "So $t = (w \\cdot x + b) / (w \\cdot w)$. The way has the length "
        "$|t|\\,|w|$, which is the distance of the text, "
        "since $w \\cdot w = |w|^2$.",
        "`w @ w` is the square of the arrow's length. Return `x - t * w`.",
    )
    misconceptions = (
        (
            "divides by the length once only",
            lambda x, w, b: x - (x @ w + b) / np.linalg.norm(w) * w,
            "You go the distance times $w$. But $w$ itself has a length, so "
            "divide by it once more: the step is distance times $w / |w|$.",
        ),
        (
            "walks away from the border",
            lambda x, w, b: x + (x @ w + b) / (w @ w) * w,
            "The length of the step is right, but it leads away from the "
            "border. Which side does the arrow point to?",
        ),
        (
            "forgets the bias",
            lambda x, w, b: x - (x @ w) / (w @ w) * w,
            "This lands on the parallel line through the origin. The bias "
            "says how far the border is from it.",
        ),
        (
            "finds the point nearest to the origin",
            lambda x, w, b: -b * w / (w @ w),
            "This is the point of the border nearest to the origin, "
            "whatever x is.",
        ),
    )

    def inputs(self, rng):
        yield np.array([2.0, 1.0]), np.array([1.2, 1.6]), -1.0
        yield np.array([0.0, 0.0]), np.array([3.0, 4.0]), 5.0
        for d in 1, 2, 3, 6:
            yield rng.normal(size=d), rng.normal(size=d) + 3, rng.normal()


def diagonal_sums(w1, w2, b):
    """Return (equal, different): sums of z over the corners of a square.

    w1, w2, b: the weights and the bias of a neuron, numbers.
    The weighted sum at a point (x1, x2) is z = w1 * x1 + w2 * x2 + b.

    equal: the sum of z at (0, 0) and z at (1, 1).
    different: the sum of z at (0, 1) and z at (1, 0).

    Returns a tuple of two numbers.
    """
    # The same number: it cannot be positive and not positive. So there is
    # no neuron for exclusive or.
    return w1 + w2 + 2 * b, w1 + w2 + 2 * b


class DiagonalSums(Exercise):
    """Prove that no neuron computes exclusive or."""

    solution = diagonal_sums
    hints = (
        "At (0, 0) only the bias is left, so $z = b$. What is $z$ at (1, 1)?",
        "Both sums come out as $w_1 + w_2 + 2b$. For exclusive or the one "
        "would have to be positive, as the sum of two positive numbers.",
        "The other one, as the sum of two numbers that are not positive, "
        "could not be positive. One and the same number cannot do both. "
        "That is the proof.",
    )
    misconceptions = (
        (
            "counts the bias once",
            lambda w1, w2, b: (w1 + w2 + b, w1 + w2 + b),
            "Each corner has the bias in its sum, and there are two corners "
            "in each of the two sums.",
        ),
        (
            "takes the bias at the origin for zero",
            lambda w1, w2, b: (w1 + w2 + b, w1 + w2 + 2 * b),
            "At (0, 0) the inputs are zero, but the bias is still there: "
            "z = b.",
        ),
        (
            "adds answers instead of sums",
            lambda w1, w2, b: (
                int(b > 0) + int(w1 + w2 + b > 0),
                int(w1 + b > 0) + int(w2 + b > 0),
            ),
            "These are the answers after the step. Add the weighted sums z "
            "before it.",
        ),
        (
            "subtracts the corners",
            lambda w1, w2, b: (w1 + w2, w1 - w2),
            "These are differences of two corners. Add them.",
        ),
    )

    def inputs(self, rng):
        yield 1.0, 1.0, -0.5
        yield -2.0, 3.0, 0.0
        for _ in range(4):
            yield tuple(rng.normal(size=3).tolist())

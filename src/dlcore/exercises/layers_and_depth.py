"""Exercises of the chapter "Layers and depth"."""

# ruff: noqa: N806 (matrices have capital letters, as in the formulas)

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def xor_weights(low, high):
    """Return (W, b, V, c): a network 2-2-1 that computes exclusive or.

    low, high: two numbers, low < high. They stand for 0 and 1: the four
        inputs are (low, low), (low, high), (high, low), (high, high).

    W: (2, 2), b: (2,), V: (2, 1), c: (1,), arrays of numbers. With the
    step function, 1 for z > 0 and 0 otherwise, the hidden units give
    H = step(X @ W + b), which are 0 or 1, and the answers are
    P = step(H @ V + c): 0, 1, 1, 0 for the four inputs. No sum z of the
    four points may be closer to 0 than (high - low) / 10 in the hidden
    layer, or than 0.1 in the output layer.
    """
    middle = (low + high) / 2
    W = np.array([[1, -1], [1, -1]])
    b = np.array([-low - middle, high + middle])
    return W, b, np.ones((2, 1)), np.array([-1.5])


def xor_for_zero_and_one(low, high):
    return xor_weights(0, 1)


def or_twice(low, high):
    W, b, V, c = xor_weights(low, high)
    return W, b, V, np.array([-0.5])


def joined_by_nand(low, high):
    W, b, V, c = xor_weights(low, high)
    return W, b, -V, -c


def hidden_and_instead_of_nand(low, high):
    W, b, V, c = xor_weights(low, high)
    return np.ones((2, 2)), np.array([b[0], -b[1]]), V, c


def or_alone(low, high):
    W, b, V, c = xor_weights(low, high)
    return W, b, np.array([[1.0], [0.0]]), np.array([-0.5])


def border_through_the_points(low, high):
    W, b, V, c = xor_weights(low, high)
    return W, np.array([-2 * low, low + high]), V, np.array([-1.0])


class XorWeights(Exercise):
    """Choose the nine numbers of a network that computes exclusive or."""

    solution = xor_weights
    hints = (
        "The sum of the two inputs is `2 * low`, `low + high` or "
        "`2 * high`. Exclusive or is true for the one in the middle.",
        "One hidden unit says that the sum is large enough, the other that "
        "it is small enough. Put each border halfway between two sums.",
        "With `middle = (low + high) / 2` the borders are at "
        "`low + middle` and `high + middle`. The output joins both answers "
        "by AND: weights 1 and 1, bias -1.5.",
    )
    misconceptions = (
        (
            "fits 0 and 1 alone",
            xor_for_zero_and_one,
            "These thresholds lie between sums of 0 and 1. With other "
            "inputs the sums are others: where do the borders lie between "
            "low + low, low + high and high + high?",
        ),
        (
            "joins by OR",
            or_twice,
            "The output is 1 for all four points. OR or NAND is always "
            "true; the output must ask for both.",
        ),
        (
            "joins by NAND",
            joined_by_nand,
            "Every answer is the opposite of what it should be. Look at "
            "the signs of V and c.",
        ),
        (
            "takes AND for NAND",
            hidden_and_instead_of_nand,
            "This is AND. It asks for OR and AND, and whoever is on the "
            "side of AND is on the side of OR already. Which points must "
            "the second unit shut out?",
        ),
        (
            "forgets the second unit",
            or_alone,
            "This is OR. The point (high, high) must be shut out, which is "
            "what the second hidden unit is for.",
        ),
        (
            "puts a border through the points",
            border_through_the_points,
            "A sum lies on a border, or nearly so. Rounding would decide "
            "the answer: move the border halfway between the points.",
        ),
    )

    def check(self, answer):
        for low, high in (0, 1), (-1, 1), (2, 5), (-0.3, 0.1), (10, 10.5):
            self.check_case(self.call(answer, low, high), low, high)

    def check_case(self, arrays, low, high):
        case = f"For low = {low}, high = {high}"
        shapes = [(2, 2), (2,), (2, 1), (1,)]
        if not isinstance(arrays, tuple | list) or len(arrays) != 4:
            raise Wrong("Expected the four arrays W, b, V, c in a tuple.")
        W, b, V, c = arrays = [np.asarray(array) for array in arrays]
        received = [array.shape for array in arrays]
        if received != shapes:
            raise Wrong(f"Expected the shapes {shapes}, received {received}.")
        X = np.array([(p, q) for p in (low, high) for q in (low, high)])
        hidden = X @ W + b
        output = (hidden > 0) @ V + c
        nearest = abs(hidden).min() / (high - low), abs(output).min()
        if min(nearest) < 0.1 - 1e-9:
            raise self.wrong("puts a border through the points")
        answers = (output > 0).astype(int)[:, 0].tolist()
        if answers == [0, 1, 1, 0]:
            return
        known = {
            (1, 1, 1, 1): "joins by OR",
            (1, 0, 0, 1): "joins by NAND",
            (0, 0, 0, 1): "takes AND for NAND",
            (0, 1, 1, 1): "forgets the second unit",
        }
        if (low, high) != (0, 1):
            raise self.wrong("fits 0 and 1 alone")
        if tuple(answers) in known:
            raise self.wrong(known[tuple(answers)])
        raise Wrong(f"{case} the answers are {answers}, not [0, 1, 1, 0].")


def parameter_shapes(sizes):
    """Return the shapes of all weights and biases, layer by layer.

    sizes: the number of inputs, then the units of each layer, such as
        [2, 8, 1]; at least two numbers.

    Returns a list of tuples: for each layer first the shape of its
    weights, then that of its biases, such as
    [(2, 8), (8,), (8, 1), (1,)]. Samples are rows: a layer is X @ W + b.
    """
    shapes = []
    for inputs, units in zip(sizes, sizes[1:]):
        shapes += [(inputs, units), (units,)]
    return shapes


class ParameterShapes(Exercise):
    """Write down the shapes of all weights and biases of a network."""

    solution = parameter_shapes
    hints = (
        "Take one layer: 2 inputs, 8 units. `X` has 2 columns, `X @ W` has "
        "8. Which shape of `W` makes that so?",
        "`zip(sizes, sizes[1:])` gives each layer its two numbers: how many "
        "come in, and how many units it has.",
        "A bias belongs to a unit. A tuple with one number is `(8,)`.",
    )
    misconceptions = (
        (
            "turns the weights round",
            lambda sizes: [
                shape
                for a, b in zip(sizes, sizes[1:])
                for shape in ((b, a), (b,))
            ],
            "The weights are transposed. With samples in rows it is X @ W: "
            "the columns of X meet the rows of W.",
        ),
        (
            "forgets the biases",
            lambda sizes: [(a, b) for a, b in zip(sizes, sizes[1:])],
            "The weights are right, and the biases are missing: one for "
            "each unit.",
        ),
        (
            "gives a bias to each input",
            lambda sizes: [
                shape
                for a, b in zip(sizes, sizes[1:])
                for shape in ((a, b), (a,))
            ],
            "There are as many biases as inputs here. A bias belongs to a "
            "unit.",
        ),
        (
            "gives the inputs a layer",
            lambda sizes: [
                (sizes[0], sizes[0]), (sizes[0],), *parameter_shapes(sizes)
            ],
            "The input layer has no weights and no biases. It passes the "
            "data on.",
        ),
    )  # fmt: skip

    def inputs(self, rng):
        yield ([2, 8, 1],)
        yield ([2, 2, 1],)
        yield ([784, 64, 32, 10],)
        for layers in 2, 5:
            yield (rng.choice(50, size=layers, replace=False).tolist(),)


def collapse(layers):
    """Return (W, b): the one linear layer that does the same as all.

    layers: a list of pairs (W, b), at least one. Each is a layer without
        an activation, X @ W + b, whose result goes into the next one.
        W has the shape (inputs, units), b has (units,).

    Returns a tuple of two arrays: W with the shape (inputs of the first
    layer, units of the last one), b with (units of the last one,).
    """
    W, b = layers[0]
    for V, c in layers[1:]:
        W, b = W @ V, b @ V + c
    return W, b


def collapse_last_bias(layers):
    return collapse(layers)[0], layers[-1][1]


def collapse_bias_sums(layers):
    W, b = collapse(layers)
    return W, sum(b.sum() for _, b in layers[:-1]) + layers[-1][1]


def collapse_two(layers):
    """Right for one or two layers; stops there, and says so by a shape."""
    return collapse(layers[:2])


def collapse_ends(layers):
    """Adds the last bias alone to what comes through the last layer."""
    W, b = collapse(layers)
    V, c = layers[-1]
    if len(layers) == 1:
        return W, b
    return W, layers[-2][1] @ V + c


class Collapse(Exercise):
    """Make one layer of many that have no activation."""

    solution = collapse
    hints = (
        "Write two layers as one formula: $(XW + b)V + c$. Multiply it out.",
        "It is $X(WV) + (bV + c)$. The first bracket is the new weight "
        "matrix, the second the new bias.",
        "Start from the first pair, and let every next pair `(V, c)` "
        "replace `W, b` by `W @ V, b @ V + c`.",
    )
    misconceptions = (
        (
            "drops the hidden biases",
            collapse_last_bias,
            "W is right. But the bias of a hidden layer passes through the "
            "weights behind it; only its own layer's is added at the end.",
        ),
        (
            "adds the hidden biases unweighted",
            collapse_bias_sums,
            "The hidden biases are added as they are. They arrive through "
            "the next layer's weights: multiply $(XW + b)V + c$ out.",
        ),
        (
            "follows a bias through one layer only",
            collapse_ends,
            "For two layers this is right. With three, the first bias goes "
            "through two weight matrices. Take along what has been gathered "
            "so far.",
        ),
        (
            "stops after two layers",
            collapse_two,
            "Only the first two layers are in it. The list may be longer.",
        ),
    )

    def inputs(self, rng):
        yield ([(np.array([[2.0]]), np.array([1.0]))],)
        yield (
            [
                (np.array([[1.0, 2.0]]), np.array([1.0, -1.0])),
                (np.array([[3.0], [1.0]]), np.array([0.5])),
            ],
        )
        for sizes in (2, 3, 1), (2, 8, 4, 3), (3, 3, 3, 3, 3):
            yield (
                [
                    (rng.normal(size=(a, b)), rng.normal(size=b))
                    for a, b in zip(sizes, sizes[1:])
                ],
            )


def bump(x, left, right, steepness):
    """Return a bump: near 1 between left and right, near 0 outside.

    x: (n,) numbers. left, right: two numbers, left < right.
    steepness: a positive number s, the weight of both hidden units.

    The bump is made of two sigmoid units: the first rises through 1/2 at
    left, the second at right. Both have the weight s. The output subtracts
    the second from the first. sigmoid(z) = 1 / (1 + exp(-z)).

    Returns (n,) numbers.
    """
    rise = 1 / (1 + np.exp(-steepness * (x - left)))
    fall = 1 / (1 + np.exp(-steepness * (x - right)))
    return rise - fall


def bump_with_bare_bias(x, left, right, steepness):
    rise = 1 / (1 + np.exp(-(steepness * x - left)))
    fall = 1 / (1 + np.exp(-(steepness * x - right)))
    return rise - fall


def bump_added(x, left, right, steepness):
    rise = 1 / (1 + np.exp(-steepness * (x - left)))
    fall = 1 / (1 + np.exp(-steepness * (x - right)))
    return rise + fall


def bump_squeezed(x, left, right, steepness):
    rise = 1 / (1 + np.exp(-steepness * (x - left)))
    fall = 1 / (1 + np.exp(-steepness * (x - right)))
    return 1 / (1 + np.exp(-(rise - fall)))


class Bump(Exercise):
    """Build a bump out of two sigmoid units."""

    solution = bump
    hints = (
        "One sigmoid unit is a soft step. Where is its weighted sum zero? "
        "There it passes through one half.",
        "A unit with the weight s rises at `left` if its bias is "
        "`-s * left`: its sum is then `s * (x - left)`.",
        "Step up at `left`, minus step up at `right`.",
    )
    misconceptions = (
        (
            "takes the place for the bias",
            bump_with_bare_bias,
            "The steps are not where they should be. With the weight s and "
            "the bias -left the sum is zero at left / s. Which bias puts "
            "the step at left?",
        ),
        (
            "adds the two steps",
            bump_added,
            "These are stairs: beyond right both units say 1. The second "
            "must take away what the first gave.",
        ),
        (
            "turns the bump over",
            lambda x, left, right, s: -bump(x, left, right, s),
            "This is a dent. Subtract the later step from the earlier one.",
        ),
        (
            "bends the output too",
            bump_squeezed,
            "The output is the plain difference, without an activation of "
            "its own. Otherwise it never comes near 0 or 1.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.0, 0.5, 1.0]), 0.25, 0.75, 20.0
        for steepness in 1.0, 10.0, 60.0:
            left = rng.uniform(-1, 0)
            x = rng.uniform(-2, 2, size=9)
            yield x, left, left + rng.uniform(0.3, 1), steepness

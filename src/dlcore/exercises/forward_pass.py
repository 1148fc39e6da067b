"""Exercises of the chapter "The forward pass"."""

# ruff: noqa: N803, N806 (matrices are X, W, Z, as in the chapter's formulas)

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def dense(X, W, b):
    """Return the weighted sums X W + b of a layer, shapes checked first.

    X: (n, inputs), one sample in each row; W: (inputs, units); b: (units,).

    Returns (n, units). Raises ValueError if the number of axes or a size is
    another one, also where NumPy would broadcast.
    """
    if X.ndim != 2 or W.ndim != 2 or X.shape[1] != W.shape[0]:
        raise ValueError(
            f"expected X (n, inputs) and W (inputs, units), received "
            f"{X.shape} and {W.shape}"
        )
    if b.shape != W.shape[1:]:
        raise ValueError(f"expected b {W.shape[1:]}, received {b.shape}")
    return X @ W + b


def dense_with_assertion(X, W, b):
    assert X.ndim == W.ndim == 2
    assert X.shape[1] == len(W)
    assert b.shape == W.shape[1:]
    return X @ W + b


class Dense(Exercise):
    """Write a layer's weighted sums so that no wrong shape slips through."""

    solution = dense
    hints = (
        "`X @ W` complains by itself if the inner sizes differ. What does "
        "`+ b` do with a b of shape (n, 1) or (1,)?",
        "Compare `b.shape` with `W.shape[1:]`, which is (units,).",
        '`raise ValueError(f"expected b ..., received {b.shape}")` before '
        "you compute.",
    )
    misconceptions = (
        (
            "lets a wrong bias broadcast",
            lambda X, W, b: X @ W + b,
            "A b of another shape was accepted: NumPy has broadcast it "
            "without a word. Check its shape first.",
        ),
        (
            "forgets the bias",
            lambda X, W, b: dense(X, W, 0 * b),
            "This is X W alone. Each unit adds its bias.",
        ),
        (
            "adds the bias before multiplying",
            lambda X, W, b: dense(X, W, b) - b + X.sum(1, keepdims=True) * b,
            "Here the bias is counted once for each input. It is added to "
            "the sum, once for each unit.",
        ),
        (
            "asserts",
            dense_with_assertion,
            "An AssertionError can be switched off with python -O. Raise a "
            "ValueError that says what was expected and received.",
        ),
    )

    def check(self, answer):
        super().check(answer)
        W = np.ones((3, 2))
        silent = []
        for X, W, b in (
            (np.ones((4, 3)), np.ones((3, 2)), np.zeros((4, 1))),
            (np.ones((4, 3)), np.ones((3, 2)), np.zeros((1, 2))),
            (np.ones((4, 3)), np.ones((3, 2)), np.zeros(1)),
            (np.ones(3), np.ones((3, 2)), np.zeros(2)),
            (np.ones((2, 4, 3)), np.ones((3, 2)), np.zeros(2)),
            (np.ones((4, 2)), np.ones((3, 2)), np.zeros(2)),
        ):
            try:
                answer(X, W, b)
            except ValueError:
                continue
            except AssertionError:
                raise self.wrong("asserts") from None
            except Exception:
                pass
            silent.append((X.shape, W.shape, b.shape))
        if silent and silent[0][2] == (4, 1):
            raise self.wrong("lets a wrong bias broadcast")
        if silent:
            X, W, b = silent[0]
            raise Wrong(
                f"For X {X}, W {W} and b {b} a ValueError was expected, and "
                "none was raised."
            )

    def inputs(self, rng):
        yield np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.ones(1)
        for n, d, units in (1, 3, 2), (5, 2, 4), (4, 4, 4):
            W = rng.normal(size=(d, units))
            yield rng.normal(size=(n, d)), W, rng.normal(size=units)


def source_layer(W, X, b):
    """Return W X + b for samples that stand in columns.

    W: (units, inputs), one unit in each row; X: (inputs, n), one sample in
        each column; b: (units,), one number for each unit.

    Returns (units, n).
    """
    return (X.T @ W.T + b).T


class SourceLayer(Exercise):
    """Compute a layer in the sources' convention, with samples as columns."""

    solution = source_layer
    hints = (
        "On paper: element (i, j) of (WX)ᵀ is element (j, i) of WX. Write "
        "it as a sum, and read that sum as an element of XᵀWᵀ.",
        "`W @ X` is right. To which axis does NumPy add an array of shape "
        "(units,)? To the last one, which holds the samples here.",
        "Either make b a column, `b[:, None]`, or compute rows and turn the "
        "result: `(X.T @ W.T + b).T`.",
    )
    misconceptions = (
        (
            "adds the bias along the samples",
            lambda W, X, b: W @ X + np.resize(b, X.shape[1]),
            "Here b is added along the samples: sample j gets b[j]. Unit i "
            "gets b[i], so b must stand as a column.",
        ),
        (
            "returns rows",
            lambda W, X, b: X.T @ W.T + b,
            "The numbers are right, but this is (n, units). In the sources' "
            "convention samples are columns.",
        ),
        (
            "forgets the bias",
            lambda W, X, b: W @ X,
            "This is W X alone. Each unit adds its bias.",
        ),
        (
            "takes W as inputs × units",
            lambda W, X, b: W.T @ X + b[:, None],
            "In this convention W is units × inputs already. Turning it "
            "gives other sums even where the shapes happen to fit.",
        ),
    )

    def inputs(self, rng):
        W = np.array([[1.0, 2.0], [3.0, 4.0]])
        yield W, np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([10.0, 20.0])
        for size, n in (3, 3), (3, 5), (4, 1):
            W = rng.normal(size=(size, size))
            X = rng.normal(size=(size, n))
            yield W, X, rng.normal(size=size)


def pairs_loss(y, p):
    """Return the mean of (p[i] - y[j])**2 over all i and all j.

    y, p: (n,) numbers. n may be 10,000,000: no array may have more than a
        few times n elements.

    Returns a number.
    """
    return np.var(p) + np.var(y) + (np.mean(p) - np.mean(y)) ** 2


class PairsLoss(Exercise):
    """Derive what the loss becomes when every answer meets every label."""

    solution = pairs_loss
    hints = (
        "Multiply out: (p - y)² = p² - 2 p y + y². What is the mean of each "
        "part over all pairs?",
        "The mean of p[i] y[j] over all pairs is the product of the two "
        "means, since i and j run on their own.",
        "E[p²] is Var(p) + E[p]². Three of the parts make one square.",
    )
    misconceptions = (
        (
            "computes the loss that was meant",
            lambda y, p: np.mean((p - y) ** 2),
            "This is the right loss, with i = j. The question is what the "
            "mistaken one gives, over all i and j.",
        ),
        (
            "forgets the distance of the means",
            lambda y, p: np.var(p) + np.var(y),
            "The two variances alone are right only if p and y have the same "
            "mean. What does a shift of all p by 1 do?",
        ),
        (
            "forgets one of the variances",
            lambda y, p: np.var(y) + (np.mean(p) - np.mean(y)) ** 2,
            "The spread of p is missing. It is a mean over all p[i] as well.",
        ),
        (
            "subtracts the means' product once",
            lambda y, p: np.mean(p**2) - np.mean(p) * np.mean(y) + np.mean(
                y**2
            ),
            "The middle term of (p - y)² is 2 p y: the product of the means "
            "counts twice.",
        ),
        (
            "builds all pairs",
            lambda y, p: np.mean((p[:, None] - y) ** 2)
            if len(y) < 1e5
            else _too_large(),
            "For ten million samples this array of all pairs needs 800 "
            "million megabytes. Derive a formula that needs none.",
        ),
    )

    def check(self, answer):
        super().check(answer)
        rng = np.random.default_rng(1)
        # So large that no system can promise the memory for all pairs.
        y, p = rng.normal(size=10_000_000), rng.normal(size=10_000_000) + 1
        try:
            result = answer(y, p)
        except MemoryError:
            raise self.wrong("builds all pairs") from None
        if not np.isclose(result, pairs_loss(y, p), rtol=1e-6, atol=0):
            raise Wrong("For ten million samples the result is another one.")

    def inputs(self, rng):
        yield np.array([0.0, 1.0]), np.array([0.0, 1.0])
        yield np.array([1.0]), np.array([4.0])
        for n in 3, 50, 200:
            yield rng.normal(size=n), 2 * rng.normal(size=n) + 1


def _too_large():
    raise MemoryError


def forward(X, parameters, activations):
    """Return all arrays of a forward pass through Dense layers.

    X: (n, inputs). parameters: a list [W, b, W, b, ...], layer by layer,
        each W (inputs, units) and b (units,). activations: a list of
        functions, one for each layer, that take and return (n, units).

    Returns a list of len(activations) + 1 arrays: X itself, then what each
    layer gives. The last one is the prediction.
    """
    arrays = [X]
    for k, f in enumerate(activations):
        W, b = parameters[2 * k], parameters[2 * k + 1]
        arrays.append(f(arrays[-1] @ W + b))
    return arrays


def forward_sums(X, parameters, activations):
    arrays = [X]
    for W, b, f in zip(parameters[::2], parameters[1::2], activations):
        arrays.append(f(arrays[-1]) @ W + b)
    return arrays


def forward_without_bend(X, parameters, activations):
    return forward(X, parameters, [lambda z: z] * len(activations))


def forward_with_one_function(X, parameters, activations):
    return forward(X, parameters, activations[:1] * len(activations))


def forward_without_biases(X, parameters, activations):
    weights = [p if p.ndim == 2 else 0 * p for p in parameters]
    return forward(X, weights, activations)


class Forward(Exercise):
    """Write the whole forward pass from a list of weights."""

    solution = forward
    hints = (
        "Keep a list that begins with X. Each layer takes the last array of "
        "the list and appends its own.",
        "`parameters[::2]` are the W, `parameters[1::2]` the b.",
        "One layer is `f(arrays[-1] @ W + b)`.",
    )
    misconceptions = (
        (
            "keeps the prediction only",
            lambda *given: forward(*given)[-1:],
            "Only the prediction is returned. The backward pass will need "
            "what every layer gave.",
        ),
        (
            "leaves out the input",
            lambda *given: forward(*given)[1:],
            "The list must begin with X. The first layer's gradient will "
            "need it.",
        ),
        (
            "applies the activation before the sum",
            forward_sums,
            "Here f is applied to what comes in. A layer first adds up, "
            "then applies its f.",
        ),
        (
            "leaves out the activations",
            forward_without_bend,
            "These are the sums alone. Without the functions all layers "
            "together are one.",
        ),
        (
            "takes the first activation for all",
            forward_with_one_function,
            "Each layer has its own function; the last one is often another.",
        ),
        (
            "forgets the biases",
            forward_without_biases,
            "The biases have no effect here. Each unit adds its own.",
        ),
    )

    def inputs(self, rng):
        bends = {"tanh": np.tanh, "relu": relu, "double": double}
        for sizes, names in (
            ([2, 2, 1], ["relu", "double"]),
            ([3, 4], ["tanh"]),
            ([5, 4, 4, 2], ["tanh", "relu", "double"]),
        ):
            parameters = []
            for d, units in zip(sizes, sizes[1:]):
                parameters.append(rng.normal(size=(d, units)))
                parameters.append(rng.normal(size=units))
            X = rng.normal(size=(3, sizes[0]))
            yield X, parameters, [bends[name] for name in names]


def relu(z):
    return np.maximum(z, 0)


def double(z):
    return 2 * z


def softmax(Z):
    """Return the probabilities of each row of weighted sums.

    Z: (n, classes) numbers of any size, such as 1000 or -1000.

    Returns (n, classes): exp(Z[i, k]) / (sum over j of exp(Z[i, j])), each
    row with the sum 1, and without overflow.
    """
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_by_the_letter(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)


def softmax_of_all(Z):
    powers = np.exp(Z - Z.max())
    return powers / powers.sum()


class Softmax(Exercise):
    """Turn weighted sums into probabilities, whatever their size."""

    solution = softmax
    hints = (
        "Add the same number to all entries of a row. What happens to the "
        "quotient?",
        "Subtract the largest entry of the row: then no exponent is above 0, "
        "and nothing overflows.",
        "`Z.max(axis=1, keepdims=True)` has the shape (n, 1), so it is "
        "subtracted row by row.",
    )
    misconceptions = (
        (
            "overflows",
            softmax_by_the_letter,
            "For sums like 1000 this divides infinity by infinity. A row "
            "may be shifted before exp.",
        ),
        (
            "divides by the sum of the whole batch",
            softmax_of_all,
            "All rows together have the sum 1 here. Each sample has "
            "probabilities of its own.",
        ),
        (
            "normalises the columns",
            lambda Z: softmax(Z.T).T,
            "Here each column has the sum 1. The classes of one sample "
            "stand in a row.",
        ),
        (
            "divides without exp",
            lambda Z: Z / Z.sum(axis=1, keepdims=True),
            "Without exp negative sums become negative probabilities.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[0.0, 0.0], [np.log(3.0), 0.0]]),)
        yield (np.array([[1000.0, 1000.0, 0.0], [-1000.0, -999.0, 0.0]]),)
        for n, classes in (1, 3), (4, 4), (6, 10):
            yield (3 * rng.normal(size=(n, classes)),)

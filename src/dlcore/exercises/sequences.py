"""Exercises of the chapter "Sequences"."""

# ruff: noqa: N803, N806 (matrices have capital letters, as in the formulas)

import numpy as np

from dlcore.exercises.exercise import Exercise


def recurrent_parameters(kind, time, features, units):
    """Return how many numbers a layer learns that reads a sequence.

    kind: "SimpleRNN", "LSTM", "GRU" (as in Keras, with two biases for each
        gate) or "attention" (one head; units is the width of query, key
        and value; the output is as wide as the input; all with biases).
    time: the number of moments; features: the numbers at each moment.

    Returns a whole number.
    """
    if kind == "attention":
        return 3 * (features * units + units) + units * features + features
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[kind]
    biases = 2 if kind == "GRU" else 1
    return gates * (features * units + units * units + biases * units)


def parameters_without_recurrence(kind, time, features, units):
    if kind == "attention":
        return recurrent_parameters(kind, time, features, units)
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[kind]
    biases = 2 if kind == "GRU" else 1
    return gates * (features * units + biases * units)


def parameters_with_one_bias(kind, time, features, units):
    count = recurrent_parameters(kind, time, features, units)
    return count - 3 * units if kind == "GRU" else count


def parameters_without_output(kind, time, features, units):
    count = recurrent_parameters(kind, time, features, units)
    if kind == "attention":
        count -= units * features + features
    return count


class RecurrentParameters(Exercise):
    """Count the parameters of a layer that reads sequences."""

    solution = recurrent_parameters
    hints = (
        "Write down the shapes of $W$, $U$ and $b$ of a SimpleRNN. Does one "
        "of them contain the number of moments?",
        "An LSTM has four rows of such weights, one for each of $I$, $F$, "
        "$G$ and $O$; a GRU three. The GRU has two biases for each.",
        "Attention has three Dense layers from features to units, and one "
        "from units back to features.",
    )
    misconceptions = (
        (
            "has new weights at each moment",
            lambda kind, time, features, units: (
                time * recurrent_parameters(kind, time, features, units)
            ),
            "This counts the weights anew at each moment. They are the same "
            "ones at every moment; that is how any length can be read.",
        ),
        (
            "forgets the weights of the state",
            parameters_without_recurrence,
            "The layer reads the features and its own last state. The state "
            "has weights too: the matrix U.",
        ),
        (
            "gives the GRU one bias",
            parameters_with_one_bias,
            "Keras's GRU has two biases for each gate: one beside the input, "
            "one beside the state.",
        ),
        (
            "forgets the output of attention",
            parameters_without_output,
            "Query, key and value are counted. The mix of values goes "
            "through one more matrix, back to the width of the input.",
        ),
    )

    def inputs(self, rng):
        for kind in "SimpleRNN", "LSTM", "GRU", "attention":
            yield kind, 28, 28, 64
            yield kind, 2, 1, 1
            yield kind, *rng.integers(2, 40, size=3).tolist()


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_step(x, h, c, W, U, b):
    """Return (h, c) of an LSTM after one moment.

    x: (n, d), the input; h, c: (n, m), the state and the cell before it.
    W: (d, 4 m), U: (m, 4 m), b: (4 m,), with the columns in Keras's order:
        input gate, forget gate, candidate, output gate.

    The gates go through the sigmoid, the candidate through tanh. The new
    cell is F * c + I * G, the new state O * tanh(new cell).
    """
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def lstm_step_other_order(x, h, c, W, U, b):
    i, f, o, g = np.split(x @ W + h @ U + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def lstm_step_gates_swapped(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = _sigmoid(i) * c + _sigmoid(f) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def lstm_step_bare_cell(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * c, c


def lstm_step_old_cell(x, h, c, W, U, b):
    new = lstm_step(x, h, c, W, U, b)[1]
    o = np.split(x @ W + h @ U + b, 4, axis=1)[3]
    return _sigmoid(o) * np.tanh(c), new


class LstmStep(Exercise):
    """Compute one moment of an LSTM from its formulas."""

    solution = lstm_step
    hints = (
        "All four weighted sums come out of one product each: "
        "`x @ W + h @ U + b` has the shape (n, 4 m).",
        "`np.split(sums, 4, axis=1)` cuts it into the four parts.",
        "First the new cell, `F * c + I * G`. Then the state, from the new "
        "cell.",
    )
    misconceptions = (
        (
            "takes the parts in another order",
            lstm_step_other_order,
            "This reads the third quarter as the output gate. In Keras's "
            "order it is the candidate; the output gate comes last.",
        ),
        (
            "swaps the gates for old and new",
            lstm_step_gates_swapped,
            "The forget gate belongs to the old cell and the input gate to "
            "the candidate. Here they have changed places.",
        ),
        (
            "forgets the last tanh",
            lstm_step_bare_cell,
            "The cell is right, but it may have any size. The state is the "
            "output gate times tanh of the cell.",
        ),
        (
            "makes the state from the old cell",
            lstm_step_old_cell,
            "The cell is right, but the state is made from the cell as it "
            "was before this moment. Use the new one.",
        ),
        (
            "adds nothing to the old cell",
            lambda x, h, c, W, U, b: lstm_step(x, h, 0 * c, W, U, b),
            "The old cell is lost. The new cell is the old one times the "
            "forget gate, plus what is new.",
        ),
    )

    def inputs(self, rng):
        for n, d, m in (1, 1, 1), (1, 2, 3), (4, 3, 2), (5, 8, 16):
            shapes = (n, d), (n, m), (n, m), (d, 4 * m), (m, 4 * m), (4 * m,)
            yield tuple(rng.normal(size=shape) for shape in shapes)


def _softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def masked_attention(Q, K, V, seen):
    """Return what attention gives, (T, d_v), where not all may be seen.

    Q: (T, d_k), a query in each row; K: (S, d_k), a key in each row;
        V: (S, d_v), the value of each key.
    seen: (T, S) of True and False; query t may look at key s only where
        seen[t, s] is True. Each row holds at least one True.

    Each row of the result is a mean of the values, with the weights
    softmax(Q K' / sqrt(d_k)) over those keys alone that may be seen.
    """
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    return _softmax(np.where(seen, scores, -np.inf)) @ V


def attention_without_scale(Q, K, V, seen):
    return _softmax(np.where(seen, Q @ K.T, -np.inf)) @ V


def attention_over_queries(Q, K, V, seen):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    return _softmax(np.where(seen, scores, -1e9), axis=0) @ V


def attention_with_zero_scores(Q, K, V, seen):
    return _softmax(Q @ K.T / np.sqrt(Q.shape[1]) * seen) @ V


def attention_masked_late(Q, K, V, seen):
    return (_softmax(Q @ K.T / np.sqrt(Q.shape[1])) * seen) @ V


class MaskedAttention(Exercise):
    """Compute attention with a mask."""

    solution = masked_attention
    hints = (
        "`Q @ K.T` holds the dot product of each query with each key, "
        "(T, S). Divide by the root of the width of a key.",
        "A key that may not be seen must get the weight 0. Which score does "
        "the softmax turn into 0?",
        "`np.where(seen, scores, -np.inf)`, then the softmax along each "
        "row, then `@ V`.",
    )
    misconceptions = (
        (
            "does not scale the scores",
            attention_without_scale,
            "The scores are not divided by the root of the width of a key.",
        ),
        (
            "takes the softmax over the queries",
            attention_over_queries,
            "The weights of each column sum to 1 here. Each query shares out "
            "one whole among the keys: the softmax runs along a row.",
        ),
        (
            "sets the hidden scores to zero",
            attention_with_zero_scores,
            "A score of 0 is a score like any other: its weight is not 0. "
            "Which score has the weight 0?",
        ),
        (
            "masks after the softmax",
            attention_masked_late,
            "The hidden weights are 0, but the others no longer sum to 1. "
            "Mask before the softmax.",
        ),
        (
            "turns the mask round",
            lambda Q, K, V, seen: masked_attention(Q, K, V, ~seen),
            "This looks exactly at what is hidden: seen is True where a "
            "query may look.",
        ),
        (
            "ignores the mask",
            lambda Q, K, V, seen: masked_attention(Q, K, V, seen | True),
            "All keys are seen here. Which of them does the mask allow?",
        ),
    )

    def inputs(self, rng):
        Q = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
        V = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        first = np.tri(3, dtype=bool)
        first[0] = True, False, True  # each row shows and hides something
        first[2, 0] = False
        yield Q, Q, V, first
        for T, S, d in (4, 6, 3), (8, 5, 4), (6, 6, 16):
            seen = rng.random((T, S)) < 0.6
            seen[:, 0], seen[:, 1] = True, False
            yield (
                rng.normal(size=(T, d)),
                rng.normal(size=(S, d)),
                rng.normal(size=(S, 2)),
                seen,
            )


def dot_variance(d, mean, sigma):
    """Return the variance of the dot product of two random vectors.

    The 2 d components of the two vectors are independent of each other;
    each has this mean and the standard deviation sigma.
    """
    return d * (sigma**4 + 2 * mean**2 * sigma**2)


class DotVariance(Exercise):
    """Derive the variance of a dot product."""

    solution = dot_variance
    hints = (
        "The d products are independent, so their variances add. Take one "
        "product, $q k$, first.",
        "$\\operatorname{Var}(qk) = E[q^2] E[k^2] - (E[q] E[k])^2$, because "
        "$q$ and $k$ are independent.",
        "$E[q^2] = \\sigma^2 + \\mu^2$. Multiply out, and $\\mu^4$ cancels.",
    )
    misconceptions = (
        (
            "takes the mean for zero",
            lambda d, mean, sigma: d * sigma**4,
            "This is right where the mean is 0. With another mean a product "
            "also varies because one factor varies and the other is large.",
        ),
        (
            "forgets to subtract the square of the mean",
            lambda d, mean, sigma: d * (sigma**2 + mean**2) ** 2,
            "This is the mean of the squared products. The variance is that "
            "minus the square of their mean.",
        ),
        (
            "lets only one factor vary",
            lambda d, mean, sigma: d * (sigma**4 + mean**2 * sigma**2),
            "The term with the mean occurs twice: q varies beside the mean "
            "of k, and k beside the mean of q.",
        ),
        (
            "adds equal terms as if they were one",
            lambda d, mean, sigma: d**2 * (sigma**4 + 2 * mean**2 * sigma**2),
            "The variance of d independent terms is d times that of one, not "
            "d squared times. That would be d copies of the same term.",
        ),
        (
            "returns the standard deviation",
            lambda d, mean, sigma: np.sqrt(
                d * (sigma**4 + 2 * mean**2 * sigma**2)
            ),
            "This is the standard deviation, the root of what is asked for.",
        ),
    )

    def inputs(self, rng):
        yield 64, 0.0, 1.0
        yield 1, 1.0, 1.0
        yield 8, 0.5, 2.0
        for d in 3, 16, 100:
            yield d, float(rng.normal()), float(rng.uniform(0.5, 2))


def two_steps_back(X1, X2, H0, W, U, b, dH2):
    """Return dL/dU of a SimpleRNN that has read two moments.

    X1, X2: (n, d), the two moments; H0: (n, m), the state before them.
    W: (d, m), U: (m, m), b: (m,). H1 = tanh(X1 W + H0 U + b), and H2 is
        the same with X2 and H1.
    dH2: (n, m), the derivative of the loss with respect to H2, which is
        all of H1 and H2 that the loss sees.

    Returns (m, m).
    """
    H1 = np.tanh(X1 @ W + H0 @ U + b)
    H2 = np.tanh(X2 @ W + H1 @ U + b)
    dA2 = dH2 * (1 - H2 * H2)
    dA1 = (dA2 @ U.T) * (1 - H1 * H1)
    return H1.T @ dA2 + H0.T @ dA1


def _states(X1, X2, H0, W, U, b):
    H1 = np.tanh(X1 @ W + H0 @ U + b)
    return H1, np.tanh(X2 @ W + H1 @ U + b)


def two_steps_one(X1, X2, H0, W, U, b, dH2):
    H1, H2 = _states(X1, X2, H0, W, U, b)
    return H1.T @ (dH2 * (1 - H2 * H2))


def two_steps_overwritten(X1, X2, H0, W, U, b, dH2):
    both = two_steps_back(X1, X2, H0, W, U, b, dH2)
    return both - two_steps_one(X1, X2, H0, W, U, b, dH2)


def two_steps_not_transposed(X1, X2, H0, W, U, b, dH2):
    H1, H2 = _states(X1, X2, H0, W, U, b)
    dA2 = dH2 * (1 - H2 * H2)
    return H1.T @ dA2 + H0.T @ ((dA2 @ U) * (1 - H1 * H1))


def two_steps_without_slope(X1, X2, H0, W, U, b, dH2):
    H1, H2 = _states(X1, X2, H0, W, U, b)
    dA2 = dH2 * (1 - H2 * H2)
    return H1.T @ dA2 + H0.T @ (dA2 @ U.T)


class TwoStepsBack(Exercise):
    """Derive a gradient through two moments."""

    solution = two_steps_back
    hints = (
        "Write $A_1$ and $A_2$ for the weighted sums. First "
        "$\\partial L / \\partial A_2$, as in the training loop.",
        "$A_2$ contains $H_1 U$. So the gradient reaches $H_1$ through "
        "$U^\\top$, and then $A_1$ through the slope of tanh.",
        "$U$ occurs twice. Each place gives a term of the kind "
        "`H.T @ dA`, and the two are added.",
    )
    misconceptions = (
        (
            "stops after one step",
            two_steps_one,
            "This is the part of the second moment alone. U was also used at "
            "the first moment, and H1 depends on it.",
        ),
        (
            "keeps only the last part",
            two_steps_overwritten,
            "This is the part of the first moment alone. The parts of both "
            "moments are added: U is one matrix, used twice.",
        ),
        (
            "forgets to transpose U",
            two_steps_not_transposed,
            "Back through `H1 @ U` goes U transposed: `dA2 @ U.T`. With a "
            "square matrix the shapes do not warn you.",
        ),
        (
            "forgets the slope of the first tanh",
            two_steps_without_slope,
            "The gradient reaches H1, but then it must pass the tanh of the "
            "first moment: times 1 - H1 * H1.",
        ),
    )

    def inputs(self, rng):
        for n, d, m in (1, 1, 2), (1, 2, 3), (6, 3, 4):
            shapes = (n, d), (n, d), (n, m), (d, m), (m, m), (m,), (n, m)
            yield tuple(rng.normal(size=shape) for shape in shapes)

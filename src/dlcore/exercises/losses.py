"""Exercises of the chapter "Loss functions"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def best_constant(y, loss):
    """Return the one number that answers all of y with the smallest loss.

    y: (n,) numbers, the right answers. n is odd.
    loss: "squared" for the mean of (c - y)**2, or "absolute" for the mean
        of |c - y|, where c is the number returned.
    """
    return np.mean(y) if loss == "squared" else np.median(y)


class BestConstant(Exercise):
    """Find the constant answer with the smallest loss, for two losses."""

    solution = best_constant
    hints = (
        "Squared: set the derivative by $c$ to 0. "
        "$\\frac{2}{n} \\sum_i (c - y_i) = 0$. What is $c$?",
        "Absolute: the derivative of $|c - y_i|$ is 1 where $y_i$ lies "
        "below $c$ and -1 where it lies above. When do they cancel?",
        "They cancel when as many $y_i$ lie below $c$ as above: "
        "`np.median`.",
    )
    misconceptions = (
        (
            "gives the mean to both",
            lambda y, loss: np.mean(y),
            "The mean is right for the squared loss. For the absolute one "
            "a single far value pulls with the same strength as a near one.",
        ),
        (
            "gives the median to both",
            lambda y, loss: np.median(y),
            "The median is right for the absolute loss. For the squared "
            "one set the derivative by c to 0.",
        ),
        (
            "exchanges the two",
            lambda y, loss: (
                np.median(y) if loss == "squared" else np.mean(y)
            ),
            "It is the other way round. Which derivative counts how far a "
            "value is, and which only on which side it lies?",
        ),
        (
            "takes the middle of the range",
            lambda y, loss: (np.min(y) + np.max(y)) / 2,
            "The middle of the range makes the largest error as small as "
            "possible. That is a third loss.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.0, 1.0, 8.0]), "squared"
        yield np.array([0.0, 1.0, 8.0]), "absolute"
        for n in 1, 5, 51:
            for loss in "squared", "absolute":
                yield rng.exponential(size=n), loss


def binary_crossentropy_from_logits(y, z):
    """Return the mean binary cross-entropy of logits, without overflow.

    y: (n,) the right answers, 0 or 1.
    z: (n,) logits of any size; the probability of a 1 is
        p = 1 / (1 + exp(-z)).

    The loss of one sample is -(y log p + (1 - y) log(1 - p)). It is finite
    for every finite z: about |z| for a confident wrong answer.
    """
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))


def _as_written(y, z):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _clipped(y, z):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


class BinaryCrossentropyFromLogits(Exercise):
    """Write the binary cross-entropy so that no logit breaks it."""

    solution = binary_crossentropy_from_logits
    hints = (
        "Show that $-\\log p = \\log(1 + e^{-z})$ and that "
        "$-\\log(1 - p) = \\log(1 + e^{z})$.",
        "$\\log(1 + e^{z}) = z + \\log(1 + e^{-z})$, so the loss is "
        "$\\log(1 + e^{z}) - y z$.",
        "`np.logaddexp(0, z)` is $\\log(e^0 + e^z)$ without overflow. By "
        "hand: `np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))`.",
    )
    misconceptions = (
        (
            "goes through the probability",
            _as_written,
            "Through p it breaks: for z = 100, 1 - p is exactly 0, and its "
            "logarithm is minus infinity. Combine logarithm and "
            "exponential on paper first.",
        ),
        (
            "clips the probability",
            _clipped,
            "Clipping avoids the infinity, but the loss stops growing near "
            "16, and its gradient is 0 there. The loss must grow with |z|.",
        ),
        (
            "returns the sum",
            lambda y, z: np.sum(np.logaddexp(0, z) - y * z),
            "This is the sum over the samples. The mean is asked for.",
        ),
        (
            "forgets the label",
            lambda y, z: np.mean(np.logaddexp(0, z)),
            "This is right where y is 0. Where y is 1 the loss must fall "
            "as z grows.",
        ),
        (
            "has the sign of z wrong",
            lambda y, z: np.mean(np.logaddexp(0, -z) + y * z),
            "This gives small losses to wrong answers: z and -z have "
            "changed places.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0]), np.array([0.0])
        yield np.array([0.0, 1.0]), np.array([2.0, 2.0])
        yield np.array([0.0, 1.0, 0.0]), np.array([100.0, -1000.0, 40.0])
        yield rng.integers(0, 2, 9).astype(float), rng.normal(0, 3, 9)


def softmax_crossentropy_gradient(y, z):
    """Return dL/dz for the mean cross-entropy of a softmax.

    y: (n, classes) the right answers, one-hot.
    z: (n, classes) logits; P = softmax(z) over the last axis.

    L = -1/n * sum over samples and classes of y log P.
    """
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return (p - y) / len(y)


def _softmax(z):
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


class SoftmaxCrossentropyGradient(Exercise):
    """Derive the gradient of the cross-entropy by the logits."""

    solution = softmax_crossentropy_gradient
    hints = (
        "For one sample of class $c$ the loss is "
        "$-\\log p_c = \\log \\sum_j e^{z_j} - z_c$. Derive it by $z_k$.",
        "The first term gives $e^{z_k} / \\sum_j e^{z_j} = p_k$. The second "
        "gives -1 for $k = c$ and 0 elsewhere: that is $-y_k$.",
        "The loss is a mean over n samples, so the gradient has a factor "
        "1/n.",
    )
    misconceptions = (
        (
            "forgets the mean",
            lambda y, z: _softmax(z) - y,
            "This is the gradient of the sum over the samples. The loss is "
            "their mean.",
        ),
        (
            "divides by the classes too",
            lambda y, z: (_softmax(z) - y) / y.size,
            "The mean runs over the samples only. The classes of one "
            "sample are summed.",
        ),
        (
            "has the wrong sign",
            lambda y, z: (y - _softmax(z)) / len(y),
            "The sign is wrong: the loss grows when the logit of a wrong "
            "class grows.",
        ),
        (
            "multiplies by p(1 - p)",
            lambda y, z: (
                (_softmax(z) - y) * _softmax(z) * (1 - _softmax(z)) / len(y)
            ),
            "The factor p(1 - p) belongs to the squared error. The "
            "logarithm's derivative 1/p has cancelled it.",
        ),
        (
            "stops at the probabilities",
            lambda y, z: -y / _softmax(z) / len(y),
            "This is the derivative by P. The logits stand one softmax "
            "earlier.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]])
        for n, classes in (2, 3), (5, 4):
            y = np.eye(classes)[rng.integers(0, classes, n)]
            yield y, rng.normal(size=(n, classes))


def expected_crossentropy(truth, forecast):
    """Return the mean cross-entropy that a forecast gets in the long run.

    truth: (k,) the true probability of each of k outcomes; some may be 0.
    forecast: (k,) the probabilities that the forecaster states, all > 0.

    An outcome of class c costs -log forecast[c], and comes with the
    probability truth[c]. Logarithms are natural.
    """
    return -np.sum(truth * np.log(forecast))


class ExpectedCrossentropy(Exercise):
    """Compute what a forecaster pays in the long run."""

    solution = expected_crossentropy
    hints = (
        "An expected value is a sum: each cost times its probability.",
        "The cost of outcome c is `-np.log(forecast[c])`, its probability "
        "is `truth[c]`.",
    )
    misconceptions = (
        (
            "exchanges truth and forecast",
            lambda truth, forecast: -np.sum(
                forecast * np.log(np.maximum(truth, 1e-300))
            ),
            "The forecaster pays for what was stated, as often as it truly "
            "happens. Here the two have changed places.",
        ),
        (
            "subtracts the entropy",
            lambda truth, forecast: np.sum(
                truth * np.log(np.maximum(truth, 1e-300) / forecast)
            ),
            "This is what dishonesty costs on top (the Kullback-Leibler "
            "divergence). An honest forecaster of a fair coin pays too.",
        ),
        (
            "counts in bits",
            lambda truth, forecast: -np.sum(truth * np.log2(forecast)),
            "This is right in bits, with logarithms to base 2. Here they "
            "are natural.",
        ),
        (
            "takes the logarithm of the mean",
            lambda truth, forecast: -np.log(np.sum(truth * forecast)),
            "This is the cost of the mean probability. The mean of the "
            "costs is asked for: first the logarithm, then the sum.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.5, 0.5]), np.array([0.5, 0.5])
        yield np.array([1.0, 0.0]), np.array([0.9, 0.1])
        for k in 2, 3, 6:
            yield rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))

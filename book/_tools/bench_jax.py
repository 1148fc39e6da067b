"""JAX training a model of bench_models: one jitted step with its own Adam.

Written by hand rather than Keras on JAX, whose loop costs time that is not
JAX's. Loss and accuracy of every batch, and validation, as in Keras; they
stay on JAX's side until the epoch ends, so that steps need not wait.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


def network(shape, layers):
    """(weights, forward) of a model; softmax is left to the loss."""
    rng = np.random.default_rng(0)

    def weight(*size):
        bound = math.sqrt(6 / (math.prod(size[:-1]) + size[-1]))
        return jnp.array(rng.uniform(-bound, bound, size), jnp.float32)

    weights, steps = [], []
    for name, settings in layers:
        made, step, shape = KINDS[name](shape, weight, **settings)
        weights.append(made)
        steps.append(step)

    def forward(weights, x):
        for w, step in zip(weights, steps):
            x = step(w, x)
        return x

    return weights, forward


def activated(x, activation):
    return jax.nn.relu(x) if activation == "relu" else x


# Each kind: (input shape, weight, settings) -> weights, step, output shape.
def dense(shape, weight, units, activation):
    w = weight(shape[-1], units), jnp.zeros(units)
    return w, lambda w, x: activated(x @ w[0] + w[1], activation), (units,)


def convolution(shape, weight, filters, kernel_size, activation):
    height, width, channels = shape
    k = kernel_size
    w = weight(k, k, channels, filters), jnp.zeros(filters)

    def step(w, x):
        order = ("NHWC", "HWIO", "NHWC")
        y = lax.conv_general_dilated(
            x, w[0], (1, 1), "VALID", dimension_numbers=order
        )
        return activated(y + w[1], activation)

    return w, step, (height - k + 1, width - k + 1, filters)


def pooling(shape, weight, pool_size):
    size = (1, pool_size, pool_size, 1)

    def step(w, x):
        return lax.reduce_window(x, -jnp.inf, lax.max, size, size, "VALID")

    height, width, channels = shape
    return (), step, (height // pool_size, width // pool_size, channels)


def flatten(shape, weight):
    return (), lambda w, x: x.reshape(len(x), -1), (math.prod(shape),)


def lstm(shape, weight, units):
    w = (
        weight(shape[-1], 4 * units),
        weight(units, 4 * units),
        jnp.zeros(4 * units),
    )

    def step(w, x):
        def at_time(state, from_input):
            h, c = state
            gates = from_input + h @ w[1]
            i, f, g, o = jnp.split(gates, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), None

        start = jnp.zeros((len(x), units))
        from_inputs = jnp.swapaxes(x @ w[0] + w[2], 0, 1)
        (h, _), _ = lax.scan(at_time, (start, start), from_inputs)
        return h

    return w, step, (units,)


def gru(shape, weight, units):
    w = (
        weight(shape[-1], 3 * units),
        weight(units, 3 * units),
        jnp.zeros((2, 3 * units)),
    )

    def step(w, x):
        def at_time(h, from_input):
            z, r, g = jnp.split(from_input, 3, axis=1)
            hz, hr, hg = jnp.split(h @ w[1] + w[2][1], 3, axis=1)
            z = jax.nn.sigmoid(z + hz)
            g = jnp.tanh(g + jax.nn.sigmoid(r + hr) * hg)
            return z * h + (1 - z) * g, None

        from_inputs = jnp.swapaxes(x @ w[0] + w[2][0], 0, 1)
        start = jnp.zeros((len(x), units))
        return lax.scan(at_time, start, from_inputs)[0]

    return w, step, (units,)


def self_attention(shape, weight, num_heads, key_dim):
    length, width = shape
    inner = num_heads * key_dim
    w = [
        (weight(width, inner), jnp.zeros(inner)),
        (weight(width, inner), jnp.zeros(inner)),
        (weight(width, inner), jnp.zeros(inner)),
        (weight(inner, width), jnp.zeros(width)),
    ]

    def step(w, x):
        heads = (len(x), length, num_heads, key_dim)
        q, k, v = ((x @ a + b).reshape(heads) for a, b in w[:3])
        y = jax.nn.dot_product_attention(q, k, v)
        a, b = w[3]
        return x + y.reshape(len(x), length, inner) @ a + b

    return w, step, shape


KINDS = {
    "Dense": dense,
    "Conv2D": convolution,
    "MaxPooling2D": pooling,
    "Flatten": flatten,
    "LSTM": lstm,
    "GRU": gru,
    "SelfAttention": self_attention,
}


class JaxTrainer:
    def __init__(self, shape, layers, data):
        self.x, y, self.x_test, y_test = data
        self.y, self.y_test = y.astype(np.int32), y_test.astype(np.int32)
        self.rng = np.random.default_rng(0)
        weights, forward = network(shape, layers)
        zeros = jax.tree.map(jnp.zeros_like, weights)
        self.state = weights, zeros, zeros, 0

        def measured(weights, x, y):
            """Mean loss, and how many are right."""
            scores = forward(weights, x)
            logs = jax.nn.log_softmax(scores)
            loss = -jnp.take_along_axis(logs, y[:, None], 1).mean()
            return loss, (scores.argmax(1) == y).sum()

        def step(state, x, y):
            """Adam: Kingma & Ba 2015, algorithm 1."""
            weights, m, v, t = state
            results, g = jax.value_and_grad(measured, has_aux=True)(
                weights, x, y
            )
            t = t + 1
            rate = RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
            m = jax.tree.map(lambda m, g: m + (1 - BETA_1) * (g - m), m, g)
            v = jax.tree.map(
                lambda v, g: v + (1 - BETA_2) * (g * g - v), v, g
            )
            weights = jax.tree.map(
                lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON),
                weights, m, v,
            )  # fmt: skip
            return (weights, m, v, t), results

        self.step, self.measured = jax.jit(step), jax.jit(measured)
        self.forward = jax.jit(
            lambda weights, x: jax.nn.softmax(forward(weights, x))
        )

    def fit(self, batch_size):
        order = self.rng.permutation(len(self.x))
        results = []
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            self.state, result = self.step(
                self.state, self.x[rows], self.y[rows]
            )
            results.append(result)
        found = [
            self.measured(
                self.state[0],
                self.x_test[start : start + batch_size],
                self.y_test[start : start + batch_size],
            )
            for start in range(0, len(self.x_test), batch_size)
        ]
        return self.mean(results, self.x), self.mean(found, self.x_test)

    @staticmethod
    def mean(results, x):
        """(loss, accuracy) over all batches, which are of one size."""
        loss, right = np.array(results, float).T
        return loss.mean(), right.sum() / len(x)

    def predict(self, batch_size):
        batches = [
            self.forward(self.state[0], self.x[start : start + batch_size])
            for start in range(0, len(self.x), batch_size)
        ]
        return np.concatenate(batches)

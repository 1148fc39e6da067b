"""Every activation against Keras's: values and slopes from 0 to 1e4."""

import numpy as np
import pytest

from dlcore import activations

Z = np.concatenate(
    [np.linspace(-12, 12, 481), [-1e4, -100, -1e-30, 1e-30, 100, 1e4]]
).astype(np.float32)


def compare(tf, theirs, y, dz, dy):
    z = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = theirs(z)
    slope = tape.gradient(value, z, tf.constant(dy))
    np.testing.assert_allclose(y, value, rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(dz, slope, rtol=2e-6, atol=4e-6)
    assert y.dtype == dz.dtype == np.float32


@pytest.mark.parametrize("name", activations._TABLE)
def test_activation(keras, tf, rng, name):
    ours, theirs = activations.get(name), keras.activations.get(name)
    dy = rng.normal(size=Z.shape).astype(np.float32)
    y, kept = ours.forward(Z.copy())
    compare(tf, theirs, y, ours.backward(dy, kept), dy)


def test_gelu(keras, tf, rng):
    dy = rng.normal(size=Z.shape).astype(np.float32)
    y = activations.gelu(Z)
    dz = activations.gelu_backward(dy, Z)
    compare(tf, lambda z: keras.activations.gelu(z, False), y, dz, dy)


def test_the_default_gelu_is_exact(keras):
    y = np.array(keras.activations.gelu(Z))
    assert np.abs(activations.gelu(Z) - y).max() < 1e-6

"""Initializers against Keras's: the same bounds and the same spread."""

import numpy as np
import pytest

from dlcore import initializers, layers

NAMES = {
    "zeros": "Zeros",
    "ones": "Ones",
    "random_uniform": "RandomUniform",
    "random_normal": "RandomNormal",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "orthogonal": "Orthogonal",
}


@pytest.mark.parametrize("shape", [(300, 200), (3, 3, 60, 120)])
@pytest.mark.parametrize("name", NAMES)
def test_same_distribution(keras, name, shape):
    ours = getattr(initializers, name)(shape, np.random.default_rng(0))
    seed = {} if name in ("zeros", "ones") else {"seed": 0}
    initializer = getattr(keras.initializers, NAMES[name])(**seed)
    theirs = initializer(shape).numpy()
    assert ours.shape == theirs.shape
    levels = np.linspace(0, 1, 21)
    np.testing.assert_allclose(
        np.quantile(ours, levels[1:-1]),
        np.quantile(theirs, levels[1:-1]),
        atol=0.02 * np.abs(theirs).max(),
    )
    if name not in ("random_normal", "orthogonal"):  # these have no bounds
        np.testing.assert_allclose(
            [ours.min(), ours.max()], [theirs.min(), theirs.max()], rtol=2e-3
        )
    assert ours.std() == pytest.approx(theirs.std(), rel=0.01)


@pytest.mark.parametrize("layer", ["Dense", "Conv2D", "Embedding"])
def test_layers_start_as_in_keras(keras, layer):
    arguments = {
        "Dense": {"units": 2},
        "Conv2D": {"filters": 2, "kernel_size": 3},
        "Embedding": {"input_dim": 2, "output_dim": 2},
    }[layer]
    ours = getattr(layers, layer)(**arguments).get_config()
    theirs = getattr(keras.layers, layer)(**arguments).get_config()
    names = [key for key in ours if key.endswith("initializer")]
    assert names
    for key in names:
        assert NAMES[ours[key]] == theirs[key]["class_name"]

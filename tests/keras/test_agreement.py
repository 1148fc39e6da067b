"""The table of three ways: it holds every layer, and notices a wrong one."""

import warnings

import numpy as np
import pytest

from dlcore import layers, losses

with warnings.catch_warnings():
    # TensorFlow imports deprecated names of other packages.
    warnings.simplefilter("ignore")
    from dlcore.compare import agreement, keras


@pytest.fixture(scope="module")
def rows():
    return agreement.of_layers()


def test_every_layer_has_a_row(rows):
    names = {row.name for row in rows}
    assert names == set(layers.__all__) - set(agreement.WITHOUT)
    assert len(rows) == sum(map(len, agreement.CASES.values()))


def test_every_layer_agrees(rows):
    for row in [*rows, *agreement.of_losses()]:
        assert row.measured < 1e-7, row
        # These hold a constant that TensorFlow rounds to float32 first: the
        # root of 2, the slope 0.2, and attention's 1 / sqrt(3).
        rounded = any(
            text in row.settings for text in ("gelu", "leaky", "key_dim=3")
        )
        assert row.tape < (1e-7 if rounded else 1e-12), row


def test_every_activation_and_loss_has_a_row(rows):
    assert {"relu", "gelu", "softmax"} < set(agreement.ACTIVATIONS)
    tried = [row.settings for row in rows if row.name == "Activation"]
    assert tried == [f"activation={n!r}" for n in agreement.ACTIVATIONS]
    assert {r.name for r in agreement.of_losses()} == set(losses.KINDS)


def test_weights_are_counted_and_settings_readable(rows):
    row = next(r for r in rows if r.name == "Conv2D")
    assert row.weights == 3 * 3 * 2 * 3 + 3
    assert "padding='valid', strides=1" in row.settings
    row = next(r for r in rows if r.name == "Bidirectional")
    assert row.settings == "layer=LSTM(3)"


class Dense(layers.Dense):
    """Forgets that the samples share the bias."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.dbias /= len(dy)
        return dx


class Activation(layers.Activation):
    """Forgets dy: right where it is all ones."""

    def backward(self, dy):
        return super().backward(np.ones_like(dy))


class Flatten(layers.Flatten):
    """Returns dx flat."""

    def backward(self, dy):
        return dy


@pytest.mark.parametrize(
    "layer", [Dense(3), Activation("tanh"), Flatten()], ids=str
)
def test_a_wrong_backward_is_noticed(layer):
    row = agreement.of_layer(layer, "", [(2, 3)])
    assert row.measured > 0.01
    assert row.tape > 0.01


def test_a_loss_whose_gradient_is_wrong_is_noticed():
    class MeanSquaredError(losses.MeanSquaredError):
        def gradient(self, y_true, y_pred):
            return super().gradient(y_true, y_pred) / 2

    row = agreement.of_loss(MeanSquaredError(), "")
    assert row.measured == pytest.approx(0.5)
    assert row.tape == pytest.approx(0.5)


def test_a_layer_without_a_case_is_not_forgotten():
    with pytest.raises(LookupError, match="a case for Novelty"):
        agreement.of_layers(["Flatten", "Novelty"])


def test_keras_is_left_as_it_was():
    agreement.of_layers(["Flatten"])
    assert keras.config.floatx() == "float32"

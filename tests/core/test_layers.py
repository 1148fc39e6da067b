"""Dense, Dropout, Embedding and shapes: small arrays worked by hand."""

import numpy as np
import pytest

from dlcore import Model, Sequential, activations, layers
from dlcore.gradcheck import check_layer


def built(layer, shape, *weights, dtype="float32"):
    layer.dtype = np.dtype(dtype)
    layer.build(shape, np.random.default_rng(0))
    if weights:
        layer.set_weights([np.array(w) for w in weights])
    return layer


def check(layer, x, y, dy, dx, **gradients):
    """Forward, backward, and every gradient, from literal arrays."""
    x, dy = np.array(x, np.float32), np.array(dy, np.float32)
    np.testing.assert_allclose(layer.forward(x, True), y, rtol=1e-6)
    received = layer.backward(dy)
    np.testing.assert_allclose(received, dx, rtol=1e-6, atol=1e-7)
    assert received.shape == x.shape
    assert sorted(gradients) == sorted(
        "d" + name for name in layer.trainable_weights
    )
    for name, expected in gradients.items():
        np.testing.assert_allclose(
            getattr(layer, name), expected, rtol=1e-6, err_msg=name
        )


W = [[1, 0, -1], [2, 1, 0]]


def test_dense_with_bias():
    """y = x W + b; dW = x' dy, db = sum of dy, dx = dy W'."""
    check(
        built(layers.Dense(3), (2,), W, [10, 20, 30]),
        [[1, 2], [3, -1]],
        [[1 + 4 + 10, 2 + 20, -1 + 30], [3 - 2 + 10, -1 + 20, -3 + 30]],
        [[1, 0, 2], [0, -1, 1]],
        [[1 - 2, 2], [-1, -1]],
        dkernel=[[1, -3, 2 + 3], [2, 1, 4 - 1]],
        dbias=[1, -1, 3],
    )


def test_dense_with_relu_and_no_bias():
    """z = [5, 2, -1]: the last unit is off, so its dy is lost."""
    check(
        built(layers.Dense(3, "relu", use_bias=False), (2,), W),
        [[1, 2]],
        [[5, 2, 0]],
        [[1, 1, 7]],
        [[1, 2 + 1]],
        dkernel=[[1, 1, 0], [2, 2, 0]],
    )


@pytest.mark.parametrize("lead", [(0,), (2,), (9,), (1, 2), (0, 4)])
def test_dense_with_a_large_kernel(lead):
    """Few rows or many: dx = dy W', in whole numbers."""
    rng = np.random.default_rng(0)
    kernel = rng.integers(-3, 4, (400, 300))
    layer = built(layers.Dense(300, use_bias=False), (*lead[1:], 400), kernel)
    layer.forward(rng.normal(size=(*lead, 400)).astype(np.float32), True)
    dy = rng.integers(-3, 4, (*lead, 300)).astype(np.float32)
    dx = layer.backward(dy)
    np.testing.assert_array_equal(dx, dy @ kernel.T)
    assert dx.flags.c_contiguous
    assert dx.dtype == np.float32


def test_dense_mixes_only_the_last_axis():
    """Two time steps of one sample: their gradients add up."""
    check(
        built(layers.Dense(1), (2, 2), [[2], [3]], [1]),
        [[[1, 0], [0, 1]]],
        [[[3], [4]]],
        [[[5], [7]]],
        [[[10, 15], [14, 21]]],
        dkernel=[[5], [7]],
        dbias=[12],
    )


def test_mazur_two_two_two():
    """Matt Mazur, A Step by Step Backpropagation Example (2015).

    Sigmoid layers of two, loss sum of (t - y)^2 / 2, learning rate 0.5.
    His figures have up to nine digits. With two outputs and one sample the
    loss is MeanSquaredError, whose mean divides by the same 2. He leaves
    the biases as they are.
    """
    model = Sequential(
        [
            layers.Dense(2, "sigmoid", input_shape=(2,)),
            layers.Dense(2, "sigmoid"),
        ],
        dtype="float64",
    )
    model.compile("sgd", "mse")
    model.set_weights(
        [
            [[0.15, 0.25], [0.20, 0.30]],
            [0.35, 0.35],
            [[0.40, 0.50], [0.45, 0.55]],
            [0.60, 0.60],
        ]
    )
    x, t = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    hidden, output = model.layers
    y = model.forward(x)
    np.testing.assert_allclose(
        hidden.forward(x), [[0.593269992, 0.596884378]], atol=5e-10
    )
    np.testing.assert_allclose(y, [[0.75136507, 0.772928465]], atol=5e-9)
    assert model.loss(t, y) == pytest.approx(0.298371109, abs=5e-10)
    model.backward(model.loss.backward())
    # His dE/dw5 and dE/dw1
    assert output.dkernel[0, 0] == pytest.approx(0.082167041, abs=5e-10)
    assert hidden.dkernel[0, 0] == pytest.approx(0.000438568, abs=5e-10)
    np.testing.assert_allclose(
        hidden.kernel - 0.5 * hidden.dkernel,
        [[0.149780716, 0.24975114], [0.19956143, 0.29950229]],
        atol=5e-9,
    )
    np.testing.assert_allclose(
        output.kernel - 0.5 * output.dkernel,
        [[0.35891648, 0.511301270], [0.408666186, 0.561370121]],
        atol=5e-9,
    )


def test_activation_layer():
    check(
        built(layers.Activation("relu"), (3,)),
        [[-1, 0, 2]],
        [[0, 0, 2]],
        [[5, 5, 5]],
        [[0, 0, 5]],
    )


def test_activation_layer_does_not_write_into_its_input():
    for name in ("relu", "linear", "silu", "softmax"):
        layer = built(layers.Activation(name), (2,))
        x = np.array([[-1, 2]], np.float32)
        layer.forward(x)
        np.testing.assert_array_equal(x, [[-1, 2]])


def test_flatten_and_reshape_keep_the_order():
    x = [[[1, 2], [3, 4], [5, 6]]]
    flat = [[1, 2, 3, 4, 5, 6]]
    check(built(layers.Flatten(), (3, 2)), x, flat, flat, x)
    check(built(layers.Reshape((3, -1)), (6,)), flat, x, x, flat)


def test_input_passes_on():
    layer = layers.Input((2,))
    layer.build((2,), np.random.default_rng(0))
    check(layer, [[1, 2]], [[1, 2]], [[3, 4]], [[3, 4]])


def test_dropout_scales_what_it_keeps():
    layer = built(layers.Dropout(0.75), (1000,))
    x = np.arange(1, 1001, dtype=np.float32)[None]
    y = layer.forward(x, training=True)
    kept = y != 0
    assert 200 < kept.sum() < 300
    np.testing.assert_allclose(y[kept], 4 * x[kept])
    dx = layer.backward(np.full_like(x, 3))
    np.testing.assert_array_equal(dx, np.where(kept, 12, 0))
    assert (layer.forward(x, training=True) != y).any()


@pytest.mark.parametrize(("rate", "training"), [(0.75, False), (0, True)])
def test_dropout_that_drops_nothing(rate, training):
    layer = built(layers.Dropout(rate), (4,))
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(layer.forward(x, training), x)
    np.testing.assert_array_equal(layer.backward(3 * x), 3 * x)


def test_embedding_picks_rows():
    layer = built(layers.Embedding(3, 2), (2,), [[1, 2], [3, 4], [5, 6]])
    y = layer.forward(np.array([[2, 0], [2, 2]]))
    np.testing.assert_array_equal(y, [[[5, 6], [1, 2]], [[5, 6], [5, 6]]])
    dy = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    assert layer.backward(dy) is None
    # row 2 was picked by (0, 1), (4, 5) and (6, 7)
    np.testing.assert_array_equal(
        layer.dembeddings, [[2, 3], [0, 0], [10, 13]]
    )


def test_initializers_by_name_and_by_function():
    def counting(shape, rng):
        return np.arange(np.prod(shape)).reshape(shape)

    layer = layers.Dense(
        2, kernel_initializer=counting, bias_initializer="ones"
    )
    built(layer, (3,))
    np.testing.assert_array_equal(layer.kernel, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(layer.bias, [1, 1])
    assert layer.kernel.dtype == np.float32
    assert "kernel_initializer" not in layer.get_config()
    assert layer.get_config()["bias_initializer"] == "ones"


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (layers.Dense(3), "Dense(units=3)"),
        (
            layers.Dense(3, "relu", use_bias=False, name="first"),
            "Dense(units=3, activation='relu', use_bias=False)",
        ),
        (
            layers.Dense(3, activations.tanh, input_shape=(2,)),
            "Dense(units=3, activation='tanh')",
        ),
        (
            layers.Conv2D(8, 3, padding="same"),
            "Conv2D(filters=8, kernel_size=(3, 3), padding='same')",
        ),
        (layers.Flatten(), "Flatten()"),
        (layers.Input((4,)), "Input(shape=(4,))"),
        (layers.MaxPooling2D(), "MaxPooling2D(strides=(2, 2))"),
    ],
)
def test_repr_shows_what_was_given(layer, text):
    assert repr(layer) == text


def test_str_shows_kind_and_name():
    assert str(layers.Dense(3, name="first")) == 'Dense "first"'


def test_weights_are_copied_in_and_out():
    layer = built(layers.Dense(1), (2,), [[1], [2]], [3])
    kernel, bias = layer.get_weights()
    kernel[...] = bias[...] = 0
    np.testing.assert_array_equal(layer.kernel, [[1], [2]])
    np.testing.assert_array_equal(layer.bias, [3])
    assert layer.count_params() == 3


def test_base_layer_asks_for_forward_and_backward():
    layer = layers.Layer()
    for call in (layer.forward, layer.backward):
        with pytest.raises(NotImplementedError):
            call(np.ones((1, 1)))


def test_no_dx_where_nobody_asks():
    for layer, shape in [
        (layers.Dense(2), (3,)),
        (layers.Conv2D(2, 2), (3, 3, 1)),
        (layers.BatchNormalization(), (3,)),
        (layers.LayerNormalization(), (3,)),
    ]:
        layer.build(shape, np.random.default_rng(0))
        layer.needs_dx = False
        y = layer.forward(np.ones((2, *shape), np.float32), True)
        assert layer.backward(y) is None


def test_before_it_is_built_a_layer_has_no_weights():
    layer = layers.Dense(2)
    assert layer.get_weights() == [] and layer.count_params() == 0
    assert layer.trainable_weights == layer.state_weights == []


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_and_their_gradients_are_of_the_layers_type(dtype):
    layer = layers.Dense(2)
    layer.dtype = np.dtype(dtype)
    layer.build((3,), np.random.default_rng(0))
    for array in (layer.kernel, layer.bias, layer.dkernel, layer.dbias):
        assert array.dtype == dtype


@pytest.mark.parametrize("name", ["linear", "silu", "gelu", "softmax"])
def test_activation_layer_keeps_what_its_derivative_needs(name):
    """Input for silu and gelu, output for the others; linear: x itself."""
    x = np.random.default_rng(0).normal(size=(4, 3))
    assert check_layer(layers.Activation(name), x) < 1e-6
    layer = built(layers.Activation(name), (3,), dtype="float64")
    assert (layer.forward(x) is x) == (name == "linear")


def test_reshape_takes_a_list_and_asks_for_positive_sizes():
    x = np.arange(12, dtype=np.float32).reshape(2, 6)
    y = built(layers.Reshape([3, -1]), (6,)).forward(x)
    np.testing.assert_array_equal(y, x.reshape(2, 3, 2))
    for wrong in ((0, -1), [0, -1], (-1, 2.5)):
        with pytest.raises((TypeError, ValueError), match="target_shape"):
            layers.Reshape(wrong)


def test_input_knows_the_shape_of_a_sample():
    layer = layers.Input((3, 2))
    assert layer.input_shape == (3, 2)
    text = r'Input "input" expects the shape \(3, 2\), received \(2, 3\)'
    with pytest.raises(ValueError, match=text):
        layer.build((2, 3), None)


def test_dropout_draws_a_float32_for_each_value():
    """Half the time of float64; and a value that is the rate stays."""
    x = np.ones((50, 40), np.float32)
    layer = built(layers.Dropout(0.25), (40,))
    y = layer.forward(x, True)
    drawn = np.random.default_rng(0).random(x.shape, dtype=np.float32)
    np.testing.assert_array_equal(y, (drawn >= 0.25) / np.float32(0.75))

    class Drawn:
        def random(self, shape, dtype):
            return np.full(shape, 0.25, dtype)

    layer.rng = Drawn()
    assert layer.forward(x, True).all()


def test_embedding_masks_the_number_zero_only_if_asked():
    x = np.array([[0, 1, 2, 0]])
    masked = built(layers.Embedding(3, 2, mask_zero=True), (4,))
    np.testing.assert_array_equal(
        masked.next_mask(x), [[False, True, True, False]])
    assert built(layers.Embedding(3, 2), (4,)).next_mask(x) is None


def test_a_layer_passes_the_mask_on():
    layer = built(layers.Dropout(0.5), (4,))
    assert layer.next_mask(np.ones((2, 4))) is None
    layer.mask = np.array([[True, False]])
    assert layer.next_mask(np.ones((2, 4))) is layer.mask


class Product(layers.Layer):
    """y = a b, a layer of one's own that takes two inputs."""

    takes_several = True

    def declare(self, shapes):
        return shapes[0]

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x
        return x[0] * x[1]

    def backward(self, dy):
        a, b = self.recall(dy)
        return [dy * b, dy * a]


def test_a_layer_of_ones_own_with_two_inputs_trains_as_the_last_one():
    a, b = layers.Input((3,)), layers.Input((3,))
    outputs = Product()([layers.Dense(3)(a), layers.Dense(3)(b)])
    model = Model([a, b], outputs)
    model.compile("sgd", "mse")
    x = np.ones((4, 3), np.float32)
    first = model.train_on_batch([x, x], np.zeros((4, 3)))
    assert model.train_on_batch([x, x], np.zeros((4, 3))) < first

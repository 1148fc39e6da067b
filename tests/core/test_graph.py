"""Model: paths that part and meet again, several inputs, files."""

import numpy as np
import pytest

from dlcore import Model, Sequential, gradcheck, load_model
from dlcore.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
)
from dlcore.layers.fused import ConvPool

RNG = np.random.default_rng(2)
IMAGES = RNG.normal(size=(9, 6, 6, 1))
POINTS = RNG.normal(size=(9, 3))
WORDS = RNG.integers(0, 7, (9, 4))
CLASSES = RNG.integers(0, 3, 9)


def residual(dtype="float32", seed=0):
    """Two paths that part twice: a sum, then three side by side."""
    inputs = Input((6, 6, 1))
    x = Conv2D(4, 3, padding="same", activation="relu")(inputs)
    y = Conv2D(4, 3, padding="same")(BatchNormalization()(x))
    y = Add()([x, y, x])
    y = Concatenate()([inputs, y, x])
    y = Dense(3, "softmax")(GlobalAveragePooling2D()(y))
    return Model(inputs, y, seed=seed, dtype=dtype)


def two_inputs(dtype="float32", seed=0):
    """Words and points, mixed."""
    words, points = Input((4,)), Input((3,))
    x = Flatten()(Embedding(7, 2)(words))
    y = Dense(8, "tanh")(points)
    y = Dense(3, "softmax")(Add()([x, y]))
    return Model([words, points], y, seed=seed, dtype=dtype)


BOTH = [(residual, IMAGES), (two_inputs, [WORDS, POINTS])]


def compiled(make, **settings):
    model = make(**settings)
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


@pytest.mark.parametrize(("make", "x"), BOTH)
def test_gradients(make, x):
    model = compiled(make, dtype="float64")
    assert gradcheck.check_model(model, x, CLASSES) < 1e-6


def test_a_sum_by_hand():
    """y = x W + x: dL/dx has a part from each path."""
    inputs = Input((2,))
    first = Dense(2, use_bias=False)
    x = first(inputs)
    second = Dense(2, use_bias=False)
    model = Model(inputs, Add()([x, second(x)]))
    model.set_weights([np.eye(2), [[1, 2], [3, 4]]])
    x = np.array([[1, 10]], np.float32)
    np.testing.assert_array_equal(model.forward(x), [[32, 52]])
    model.backward(np.array([[1, 100]], np.float32))
    # dx of the first Dense's output: dy + dy W' = (1 + 201, 100 + 403)
    np.testing.assert_array_equal(second.dkernel, [[1, 100], [10, 1000]])
    np.testing.assert_array_equal(first.dkernel, [[202, 503], [2020, 5030]])


def test_a_chain_is_the_same_as_sequential():
    inputs = Input((6, 6, 1))
    x = MaxPooling2D(2)(Conv2D(4, 3, activation="relu")(inputs))
    model = Model(inputs, Dense(3, "softmax")(Flatten()(x)))
    row = Sequential(
        [
            Conv2D(4, 3, activation="relu", input_shape=(6, 6, 1)),
            MaxPooling2D(2),
            Flatten(),
            Dense(3, "softmax"),
        ]
    )
    for one in (model, row):
        one.compile("sgd", "sparse_categorical_crossentropy")
        one.fit(IMAGES, CLASSES, epochs=2, verbose=0)
    assert model.vector.tobytes() == row.vector.tobytes()
    assert model.history.history == row.history.history


def stages(model):
    return [type(layer).__name__ for layer, _, _ in model._stages]


def test_convolution_and_pooling_are_one_where_nobody_else_reads():
    inputs = Input((6, 6, 1))
    x = Conv2D(2, 3)(inputs)
    fused = Model(inputs, Flatten()(MaxPooling2D(2)(x)))
    assert stages(fused) == [ConvPool.__name__, "Flatten"]
    inputs = Input((6, 6, 1))
    x = Conv2D(2, 3)(inputs)
    y = Concatenate()([Flatten()(x), Flatten()(MaxPooling2D(2)(x))])
    assert ConvPool.__name__ not in stages(Model(inputs, y))


@pytest.mark.parametrize(("make", "x"), BOTH)
def test_saved_and_loaded_goes_on_the_same(tmp_path, make, x):
    through, half = compiled(make), compiled(make)
    through.fit(x, CLASSES, epochs=4, batch_size=4, verbose=0)
    half.fit(x, CLASSES, epochs=2, batch_size=4, verbose=0)
    half.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    assert type(loaded) is Model
    loaded.fit(
        x, CLASSES, epochs=4, initial_epoch=2, batch_size=4, verbose=0
    )
    assert loaded.vector.tobytes() == through.vector.tobytes()
    assert loaded.history.history == through.history.history
    np.testing.assert_array_equal(loaded.predict(x), through.predict(x))


def test_weights_are_views():
    model = residual()
    model.vector[...] = 7
    assert all((w == 7).all() for w in model.get_weights()[:2])
    assert all(
        np.shares_memory(getattr(layer, "d" + name), model.gradient)
        for layer in model.layers
        for name in layer.trainable_weights
    )


def test_nobody_asks_for_what_no_weight_needs():
    model = two_inputs()
    needs = {layer.name: layer.needs_dx for layer in model.layers}
    assert needs == {
        "embedding": False,
        "flatten": True,
        "dense": False,
        "add": True,
        "dense_1": True,
    }


def test_a_path_without_weights_is_not_walked_back():
    inputs = Input((3,))
    x = Flatten()(Add()([inputs, inputs]))
    model = Model(inputs, Dense(3, "softmax")(x), dtype="float64")
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert gradcheck.check_model(model, POINTS, CLASSES) < 1e-7


def test_masks_meet():
    """A moment counts after Add only if it does in all masked inputs."""
    one, two = Input((4,)), Input((4,))
    x = Embedding(7, 2, mask_zero=True)(one)
    y = Embedding(7, 2, mask_zero=True)(two)
    model = Model([one, two], Add()([x, y, Embedding(7, 2)(one)]))
    a, b = np.array([[1, 2, 0, 0]]), np.array([[0, 3, 3, 0]])
    model.predict([a, b])
    np.testing.assert_array_equal(model._mask, [[False, True, False, False]])


def call(*layers):
    inputs = Input((3,))
    x = inputs
    for layer in layers:
        x = layer(x)
    return Model(inputs, x)


def shared():
    dense = Dense(3)
    return call(dense, dense)


def elsewhere():
    dense = Dense(3)
    call(dense)
    return call(dense)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Dense(3)("x"), TypeError, ["Dense", "an Input", "'x'"]),
        (
            lambda: Model(Input((3,)), Dense(3)),
            TypeError,
            ["Model outputs", "the call of a layer"],
        ),
        (
            lambda: Model(Dense(3), Dense(3)(Input((3,)))),
            TypeError,
            ["Model inputs", "Input layers", "Dense(units=3)"],
        ),
        (
            lambda: Model(Input((3,)), Dense(3)(Input((3,)))),
            ValueError,
            ["Model inputs", "to be one of them"],
        ),
        (shared, ValueError, ["in the model already"]),
        (elsewhere, ValueError, ["another model"]),
        (
            lambda: call(Add()),
            ValueError,
            ['Add "add"', "several inputs of one shape", "(3,)"],
        ),
        (
            lambda: Model(
                i := Input((3,)), Add()([i, Dense(4)(i)])
            ),
            ValueError,
            ["one shape", "[(3,), (4,)]"],
        ),
        (
            lambda: Model(
                i := Input((6, 6, 1)), Concatenate()([i, Conv2D(2, 3)(i)])
            ),
            ValueError,
            ["Concatenate", "last size"],
        ),
        (
            lambda: two_inputs().predict(WORDS),
            ValueError,
            ["a list of 2 inputs", "ndarray"],
        ),
        (
            lambda: two_inputs().predict([WORDS, POINTS[:5]]),
            ValueError,
            ["inputs of one length", "[9, 5]"],
        ),
        (
            lambda: two_inputs().predict([WORDS, POINTS[:, :2]]),
            ValueError,
            ['Dense "dense"', "(batch, 3)", "(9, 2)"],
        ),
        (
            lambda: Add().forward([POINTS, POINTS]),
            RuntimeError,
            ["Add", "built"],
        ),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_merging_refuses_other_shapes_than_built_for():
    layer = Add()
    layer.build([(3,), (3,)], RNG)
    with pytest.raises(ValueError, match="Add"):
        layer.forward([POINTS, POINTS[:, :2]])
    with pytest.raises(ValueError, match="Add"):
        layer.forward([POINTS, POINTS[:5]])


@pytest.mark.parametrize("kind", [Add, Concatenate])
def test_without_masks_there_is_none_behind(kind):
    layer = kind()
    layer.mask = [None, None]
    assert layer.next_mask([np.ones((1, 2, 3))] * 2) is None


def test_the_names_of_models():
    inputs = Input((3,))
    assert Model(inputs, Dense(2)(inputs)).name == "model"
    assert Sequential().name == "sequential"


def test_parts_are_where_each_weight_lies():
    """Kernel, bias, kernel; a layer without weights takes no room."""
    model = Sequential([
        Dense(3, input_shape=(2,)), Flatten(), Dense(1, use_bias=False)
    ])
    assert model.parts == [slice(0, 6), slice(6, 9), slice(9, 12)]


def test_a_path_without_weights_is_left_while_another_goes_on():
    """Nobody asks Flatten for dx, and the first Dense gets its gradient."""
    inputs = Input((3,))
    one = Dense(2)(inputs)
    other = Dense(2)(Flatten()(inputs))
    model = Model(inputs, Add()([one, other]))
    model.backward(np.ones_like(model.forward(np.ones((2, 3), np.float32))))
    for number in (0, 2):
        np.testing.assert_array_equal(
            model.layers[number].dkernel, np.full((3, 2), 2.0))


def test_a_row_reads_its_input_with_the_first_layer_that_is_not_input():
    """So whole numbers stay whole for Embedding, and none after it."""
    row = Sequential([Input((2,)), Embedding(5, 3), Flatten(), Dense(1)])
    assert row._readers() == [[row.layers[1]]]
    alone = Sequential([Input((2,))])
    assert alone._readers() == [[alone.layers[0]]]


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("f8")])
def test_a_dtype_by_its_name_or_as_numpys_own(dtype):
    assert Sequential(dtype=dtype).dtype == np.float64


def test_a_seed_may_be_large_and_a_new_model_is_not_built():
    model = Sequential(seed=2**40)
    assert (model.seed, model.built) == (2**40, False)
    assert model.built is False


def test_layers_that_are_alike_draw_different_weights():
    one, two = Sequential([Dense(3, input_shape=(3,)), Dense(3)]).layers
    assert not np.array_equal(one.kernel, two.kernel)


def test_no_name_is_skipped():
    row = Sequential([Flatten(), Flatten(), Flatten()])
    names = [layer.name for layer in row.layers]
    assert names == ["flatten", "flatten_1", "flatten_2"]

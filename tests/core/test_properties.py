"""What holds for every layer, loss, optimizer ... whatever its settings."""

import copy

import numpy as np
import pytest
from drawn import (
    ACTIVATIONS,
    ANY,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    MERGES,
    METRICS,
    MIXING,
    OPTIMIZERS,
    SCHEDULES,
    SEQUENCES,
    SHAPES,
    arguments,
    built,
    input_shapes,
    names,
    numbers,
    seeds,
    small,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from dlcore import (
    Model,
    Sequential,
    activations,
    gradcheck,
    initializers,
    layers,
    load_model,
    metrics,
    optimizers,
)
from dlcore.configured import described, rebuilt
from dlcore.layers import Dense, Input


def rows(x, index):
    """Some samples of a batch, or of every batch in a list."""
    if isinstance(x, list):
        return [one[index] for one in x]
    return x[index]


def as_list(x):
    return x if isinstance(x, list) else [x]


def gradients(layer):
    return [
        getattr(layer, "d" + name).copy() for name in layer.trainable_weights
    ]


def close(a, b, tolerance=1e-4):
    """Equal up to rounding, measured by the largest number."""
    scale = max(1.0, np.abs(b).max(initial=0))
    return np.abs(a - b).max(initial=0) <= tolerance * scale


every_layer = pytest.mark.parametrize("name", sorted(LAYERS))
of_one_input = pytest.mark.parametrize("name", sorted(LAYERS.keys() - MERGES))


@every_layer
@given(data=st.data())
def test_layer_keeps_shapes_and_types_and_what_it_is_given(name, data):
    layer, x = data.draw(built(name))
    kept = copy.deepcopy(x)
    weights = layer.get_weights()
    y = layer.forward(x, training=False)
    assert y.shape == (len(as_list(x)[0]), *layer.output_shape)
    assert y.dtype == np.float32
    assert np.isfinite(y).all()
    dy = numbers(y.shape, data.draw(seeds))
    kept_dy = dy.copy()
    dx = layer.backward(dy)
    assert np.array_equal(dy, kept_dy)
    assert all(map(np.array_equal, as_list(x), as_list(kept)))
    assert all(map(np.array_equal, layer.get_weights(), weights))
    for weight, gradient in zip(weights, gradients(layer)):
        assert gradient.shape == weight.shape
        assert gradient.dtype == weight.dtype == np.float32
    if name == "Embedding":
        assert dx is None
        return
    for one, d in zip(as_list(x), as_list(dx), strict=True):
        assert d.shape == one.shape
        assert d.dtype == np.float32


@every_layer
@given(data=st.data())
def test_layer_treats_samples_alone_and_in_any_order(name, data):
    layer, x = data.draw(built(name))
    n = len(as_list(x)[0])
    y = layer.forward(x, training=False).copy()
    order = np.random.default_rng(data.draw(seeds)).permutation(n)
    assert close(layer.forward(rows(x, order)), y[order])
    for i in range(n):
        assert close(layer.forward(rows(x, slice(i, i + 1))), y[i : i + 1])


@every_layer
@given(data=st.data())
def test_training_is_predicting_where_nothing_is_random(name, data):
    layer, x = data.draw(built(name))
    y = layer.forward(x, training=True).copy()
    if name == "Dropout":
        assert close(y * (1 - layer.rate), np.where(y == 0, 0, x))
    if name in MIXING or getattr(layer, "dropout", name == "Dropout"):
        return
    assert np.array_equal(layer.forward(x, training=False), y)


@every_layer
@given(data=st.data(), a=st.floats(-2, 2))
def test_backward_is_linear_in_dy_and_writes(name, data, a):
    layer, x = data.draw(built(name))
    y = layer.forward(x, training=True)
    u, v = (numbers(y.shape, data.draw(seeds)) for _ in range(2))

    def back(dy):
        dx = layer.backward(dy.astype(np.float32))
        dx = [] if dx is None else [d.copy() for d in as_list(dx)]
        return dx + gradients(layer)

    both, first, second = back(a * u + v), back(u), back(v)
    for whole, one, other in zip(both, first, second):
        scale = max(1.0, np.abs(one).max(), np.abs(other).max())
        assert np.abs(whole - (a * one + other)).max() <= 1e-4 * scale
    for one, again in zip(first, back(u)):
        assert np.array_equal(one, again)


@of_one_input
@given(data=st.data())
def test_gradients_are_the_measured_slopes(name, data):
    layer, x = data.draw(built(name, "float64"))
    assume(isinstance(x, np.ndarray))  # several: test_gradients_of_networks
    fresh = rebuilt(described(layer), LAYERS, "layer")
    if name == "MultiHeadAttention":  # the slope of its key_bias is 0 / 0
        fresh.use_bias = False
    training = data.draw(st.booleans())
    # A kink of relu or of a maximum may lie within the step: not twice.
    differences = [
        gradcheck.check_layer(fresh, one, seed, 3, training)
        for seed, one in enumerate([x, rows(x, slice(None, None, -1)) * 1])
    ]
    assert min(differences) < 1e-5


@every_layer
@given(data=st.data())
def test_layer_is_its_config_and_its_seed(name, data):
    kind, seed = LAYERS[name], data.draw(seeds)
    layer = kind(**data.draw(arguments(kind)))
    shape = data.draw(input_shapes(name, layer))
    again = rebuilt(described(layer), LAYERS, "layer")
    assert described(again) == described(layer)
    for one in (layer, again):
        one.build(shape, np.random.default_rng(seed))
    for a, b in zip(layer.get_weights(), again.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


# --- activations ----------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@given(seed=seeds, scale=st.floats(0, 1e4))
def test_activation_is_finite_of_its_shape_and_leaves_z(name, seed, scale):
    activation = activations.get(name)
    z = numbers((4, 5), seed) * np.float32(scale)
    kept = z.copy()
    y = activation.function(z)
    assert y.shape == z.shape
    assert y.dtype == np.float32
    assert np.isfinite(y).all()
    assert np.array_equal(z, kept)
    dz = activation.backward(np.ones_like(z), z if name in INPUT else y)
    assert dz.dtype == np.float32
    assert np.isfinite(dz).all()
    again, _ = activation.forward(z.copy())
    assert np.array_equal(again, y)
    if name == "softmax":
        assert np.allclose(y.sum(axis=-1), 1, atol=1e-6)
        assert y.min() >= 0


INPUT = {
    name for name in ACTIVATIONS if activations.get(name).keeps == "input"
}


# --- losses and metrics ---------------------------------------------------


@st.composite
def labels_and_outputs(draw, name, from_logits=True):
    """(y_true, y_pred) such as this loss or metric takes."""
    rng = np.random.default_rng(draw(seeds))
    n, k = draw(st.integers(1, 6)), draw(st.integers(2, 5))
    z = rng.normal(size=(n, k)).astype(np.float32) * draw(st.floats(0, 10))
    z = z if from_logits else activations.softmax(z)
    classes = rng.integers(0, k, n)
    if name == "confusion_matrix":
        return classes, z.argmax(-1)
    if "sparse" in name:
        return classes, z
    if "categorical" in name or "kl" in name:
        return np.eye(k, dtype=np.float32)[classes], z
    if "binary" in name or name in ("precision", "recall", "auc"):
        labels = rng.integers(0, 2, (n, k)).astype(np.float32)
        return labels, z if from_logits else activations.sigmoid(z)
    return rng.normal(size=(n, k)).astype(np.float32), z


@pytest.mark.parametrize("name", sorted(LOSSES))
@given(data=st.data())
def test_loss_is_a_mean_and_backward_its_slope(name, data):
    config = data.draw(arguments(LOSSES[name]))
    loss = LOSSES[name](**config)
    word = checks_word(name)
    y, z = data.draw(labels_and_outputs(word, config.get("from_logits")))
    kept = y.copy(), z.copy()
    value = loss(y, z)
    gradient = loss.backward()
    assert isinstance(value, float)
    assert np.isfinite(value)
    assert gradient.shape == z.shape
    assert gradient.dtype == np.float32
    assert np.array_equal(y, kept[0])
    assert np.array_equal(z, kept[1])
    alone = [loss(y[i : i + 1], z[i : i + 1]) for i in range(len(z))]
    assert np.mean(alone) == pytest.approx(value, rel=1e-4, abs=1e-5)
    # Along a direction, in float64; not where |error| has its kink.
    y, z = y.astype(np.float64), z.astype(np.float64)
    direction = numbers(z.shape, data.draw(seeds), np.float64) * 1e-6
    inside = config.get("from_logits") or (
        (z > 1e-3) & (z < 1 - 1e-3)
    ).all()
    if name == "MeanAbsoluteError":
        assume(np.abs(y - z).min() > 1e-4)
    if inside or "rror" in name or name == "Huber":
        loss(y, z)
        slope = (loss.backward() * direction).sum()
        measured = (loss(y, z + direction) - loss(y, z - direction)) / 2
        assert measured == pytest.approx(slope, rel=1e-3, abs=1e-10)
    again = rebuilt(described(loss), LOSSES, "loss")
    assert again.get_config() == loss.get_config()


def checks_word(name):
    """SparseCategoricalCrossentropy -> sparsecategorical..., for words."""
    return {"KLDivergence": "kl"}.get(name, name.lower())


@pytest.mark.parametrize("name", sorted(METRICS))
@given(data=st.data())
def test_metric_does_not_depend_on_the_order_of_samples(name, data):
    metric = getattr(metrics, name)
    y, z = data.draw(labels_and_outputs(name, False))
    if name == "auc":
        y.flat[0], y.flat[1] = 0, 1
    kept = y.copy(), z.copy()
    value = metric(y, z)
    order = np.random.default_rng(data.draw(seeds)).permutation(len(y))
    assert np.allclose(metric(y[order], z[order]), value, atol=1e-6)
    assert np.array_equal(y, kept[0])
    assert np.array_equal(z, kept[1])
    if name == "confusion_matrix":
        assert value.sum() == len(y)
        return
    assert isinstance(value, float)
    assert value >= 0
    if "error" not in name:
        assert value <= 1


# --- optimizers, schedules, initializers ----------------------------------

@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@given(data=st.data(), size=st.integers(1, 50), seed=seeds)
def test_optimizer_leaves_gradients_alone(name, data, size, seed):
    config = data.draw(arguments(OPTIMIZERS[name]))
    one, other = OPTIMIZERS[name](**config), OPTIMIZERS[name](**config)
    vector = numbers(size, seed)
    twin = vector.copy()
    for step in range(3):
        gradient = numbers(size, seed + step + 1)
        kept = gradient.copy()
        one.update(vector, gradient)
        other.update(twin, kept.copy())
        assert np.array_equal(gradient, kept)
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
        assert vector.tobytes() == twin.tobytes()
    assert one.iterations == 3
    again = rebuilt(described(one), OPTIMIZERS | SCHEDULES, "optimizer")
    assert again.get_config() == one.get_config()


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@given(data=st.data(), step=st.integers(0, 10_000))
def test_schedule_is_a_rate_at_every_step(name, data, step):
    schedule = SCHEDULES[name](**data.draw(arguments(SCHEDULES[name])))
    rate = schedule(step)
    assert np.isfinite(rate)
    assert rate >= 0
    again = rebuilt(described(schedule), SCHEDULES, "schedule")
    assert again(step) == rate
    optimizer = optimizers.SGD(schedule)
    optimizer.iterations = step
    assert optimizer.current_learning_rate() == rate


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
@given(shape=st.lists(small, min_size=2, max_size=4).map(tuple), seed=seeds)
def test_initializer_is_its_seed(name, shape, seed):
    function = initializers.get(name)
    one, other, third = (
        function(shape, np.random.default_rng(s))
        for s in (seed, seed, seed + 1)
    )
    assert one.shape == shape
    assert np.isfinite(one).all()
    assert one.tobytes() == other.tobytes()
    if name not in ("zeros", "ones") and one.size > 1:
        assert (one != third).any()


# --- whole models ---------------------------------------------------------

#: Layers between two others: what comes in may be of any rank.
ANYWHERE = (
    "Activation", "BatchNormalization", "Dense", "Dropout",
    "LayerNormalization",
)
MOVING = {1: ()}
MOVING[2] = tuple(name for name in SHAPES if SHAPES[name] is SEQUENCES)
MOVING[3] = tuple(
    name for name in LAYERS if "2D" in name and "Global" not in name
)


def one_layer(rank):
    return st.sampled_from(sorted(ANYWHERE + MOVING[rank])).flatmap(
        lambda name: arguments(LAYERS[name]).map(
            lambda config: LAYERS[name](**config)
        )
    )


@st.composite
def sequentials(draw, **settings):
    """A built Sequential of random layers that ends in Dense."""
    shape = draw(ANY)
    model = Sequential([Input(shape)], seed=draw(seeds), **settings)
    for _ in range(draw(small)):
        try:
            model.add(draw(one_layer(len(model.output_shape))))
        except ValueError as e:
            assert "an image of at least" in str(e)
    if len(model.output_shape) > 1:
        model.add(layers.Flatten())
    model.add(Dense(draw(small), draw(names)))
    return model


@st.composite
def networks(draw, **settings):
    """A Model with paths that part and meet, of one or two inputs."""
    width = draw(small)
    inputs = [Input((draw(small),)) for _ in range(draw(st.integers(1, 2)))]
    places = [Dense(width, draw(names))(one) for one in inputs]
    for _ in range(draw(small)):
        kind = draw(st.sampled_from(["Add", "Concatenate", "Dense", "Drop"]))
        several = draw(
            st.lists(st.sampled_from(places), min_size=2, max_size=3)
        )
        if kind == "Add":
            places.append(layers.Add()(several))
        elif kind == "Concatenate":
            places.append(Dense(width)(layers.Concatenate()(several)))
        elif kind == "Drop":
            places.append(layers.Dropout(0.3)(several[0]))
        else:
            places.append(Dense(width, draw(names))(several[0]))
    out = Dense(draw(st.integers(1, 2)))(layers.Concatenate()(places))
    return Model(inputs, out, seed=draw(seeds), **settings)


models = st.one_of(sequentials(), networks())


def batch_for(model, n, seed=0):
    x = [
        numbers((n, *shape), seed + i)
        for i, shape in enumerate(model.input_shapes)
    ]
    y = numbers((n, *model.output_shape), seed + 99)
    return (x if len(x) > 1 else x[0]), y


def all_views(model):
    for layer in model.layers:
        for name in layer.trainable_weights:
            weight, gradient = (getattr(layer, p + name) for p in ("", "d"))
            assert weight.base is model.vector or np.shares_memory(
                weight, model.vector
            )
            assert np.shares_memory(gradient, model.gradient)
    trained = sum(
        getattr(layer, name).size
        for layer in model.layers
        for name in layer.trainable_weights
    )
    assert trained == model.vector.size == model.gradient.size
    return True


@given(model=models, seed=seeds)
def test_weights_stay_views_into_one_vector(model, seed):
    assert all_views(model)
    model.set_weights([numbers(w.shape, seed) for w in model.get_weights()])
    assert all_views(model)
    if isinstance(model, Sequential):
        before = model.get_weights()
        model.add(Dense(2))
        assert all_views(model)
        assert all(map(np.array_equal, model.get_weights(), before))
    x, y = batch_for(model, 3)
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    assert all_views(model)


@given(model=models)
def test_a_model_treats_samples_alone_and_in_any_order(model):
    x, _ = batch_for(model, 5)
    kept = copy.deepcopy(x)
    y = model.predict(x, batch_size=2)
    assert y.shape == (5, *model.output_shape)
    assert y.dtype == np.float32
    assert all(map(np.array_equal, as_list(x), as_list(kept)))
    order = np.array([3, 0, 4, 1, 2])
    assert close(model.predict(rows(x, order)), y[order], 1e-3)
    assert close(model.predict(rows(x, slice(2, 3))), y[2:3], 1e-3)


@given(
    model=st.one_of(sequentials(dtype="float64"), networks(dtype="float64"))
)
def test_gradients_of_networks(model):
    model.vector[...] += numbers(model.vector.size, 7)  # off the kinks
    smallest = min(
        gradcheck.check_model(model, *batch_for(model, 3, seed), directions=2)
        for seed in (0, 1)
        if model.compile("sgd", "mse") is None
    )
    assert smallest < 1e-4


@given(model=models, share=st.floats(0, 0.6), size=st.integers(1, 9))
def test_saved_and_loaded_is_the_same(tmp_path_factory, model, share, size):
    path = tmp_path_factory.getbasetemp() / "model.npz"
    x, y = batch_for(model, 6)
    model.compile("adam", "huber", metrics=["mae"])
    settings = {"batch_size": size, "verbose": 0, "validation_split": share}
    assume(int(6 * (1 - share)) not in (0, 6) or share == 0)
    model.fit(x, y, **settings)
    model.save(path)
    other = load_model(path)
    assert type(other) is type(model)
    assert all_views(other)
    for one in (model, other):
        one.fit(x, y, epochs=2, initial_epoch=1, **settings)
    assert other.vector.tobytes() == model.vector.tobytes()
    for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    for name, slot in model.optimizer.state.items():
        assert other.optimizer.state[name].tobytes() == slot.tobytes()
    assert other.history.history == model.history.history
    assert other.predict(x).tobytes() == model.predict(x).tobytes()


@given(data=st.data(), seed=seeds)
def test_same_seed_same_bytes(data, seed):
    config = data.draw(st.lists(one_layer(1), min_size=1, max_size=3))
    vectors = []
    for _ in range(2):
        parts = [rebuilt(described(one), LAYERS, "layer") for one in config]
        model = Sequential([Input((3,)), *parts, Dense(2)], seed=seed)
        model.compile("adam", "mse")
        model.fit(*batch_for(model, 8), batch_size=3, verbose=0)
        vectors.append(model.vector.tobytes())
    assert vectors[0] == vectors[1]

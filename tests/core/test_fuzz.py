"""Whatever is passed to dlcore: a right answer, or a clear error of ours.

An error is ours if the line that raised it is a `raise` in src/dlcore, and
its text says what was expected. A NumPy error from inside, a warning and a
silent broadcast are failures, and so is anything that a failed call changed.
"""

import ast
import copy
import json
import re
import traceback
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn import (
    INITIALIZERS,
    LAYERS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    SCHEDULES,
    arguments,
    built,
    kinds_of,
    numbers,
)
from hypothesis import given
from hypothesis import strategies as st

import dlcore
from dlcore import (
    Model,
    Sequential,
    activations,
    callbacks,
    initializers,
    load_model,
    losses,
    metrics,
    optimizers,
    utils,
)
from dlcore.configured import described
from dlcore.layers import Add, Dense, Embedding, Flatten, Input

SOURCE = Path(dlcore.__file__).parent
CALLBACKS = kinds_of(callbacks, callbacks.Callback)
WORDS = re.compile(
    "expects|unknown|must be|needs|belongs to|is in the model already|"
    "monitors|is not a whole model file|not a finite number"
)


def raising_lines(path):
    """The lines of a file that belong to a raise statement."""
    return {
        line
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise)
        for line in range(node.lineno, node.end_lineno + 1)
    }


#: Read at once: a file that is edited while the tests run has other lines.
LINES = {str(path): raising_lines(path) for path in SOURCE.rglob("*.py")}


def is_ours(error):
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        frame.lineno in LINES.get(frame.filename, ())
        and WORDS.search(str(error)) is not None
    )


CLEAR = (ValueError, TypeError, RuntimeError, FloatingPointError)


def answer(call, *args, **settings):
    """What the call returns, or None after an error that is ours."""
    try:
        return call(*args, **settings)
    except CLEAR as error:
        if not is_ours(error):
            raise
        return None


def test_the_rule_tells_our_errors_from_others():
    for call in (
        lambda: np.zeros(2) + np.zeros(3),
        lambda: np.random.SeedSequence(-1),
        lambda: Sequential([Dense(2, input_shape=(3,))]).layers[5],
    ):
        with pytest.raises((ValueError, IndexError)) as caught:
            call()
        assert not is_ours(caught.value)
    with pytest.raises(ValueError) as caught:
        Dense(0)
    assert is_ours(caught.value)


# --- what may be passed ---------------------------------------------------

ABSURD = [
    None, True, False, -1, 0, 1, 3, 2.5, 0.5, -0.0, 1e-300, 1e300, np.nan,
    np.inf, -np.inf, 10**400, -(10**400), 2**63, 1j, "", "x", "relu", "3",
    b"x", object(), object, len, lambda *_: 0, (), [], {}, set(), range(3),
    (1,), (1, 2), [1, 2], [0, -1], (2.5, 1), [None], [[]], [1, [2, 3]], {1: 2},
    Fraction(1, 3), Decimal("0.1"), np.float16(0.5), np.float32(2),
    np.float64(np.nan), np.int8(3), np.uint64(2**63), np.bool_(True),
    np.str_("x"), np.array(3), np.array(0.5), np.array([]), np.array([1, 2]),
    np.array([[0.5, 1.5]]), np.array([np.nan, 1]), np.array([np.inf, 1]),
    np.array(["a", "b"]), np.array([None, 1]), np.array([1j, 2]),
    np.array([True, False]), np.array(["2020-01-01"], "datetime64[D]"),
    np.array([(1, 2.0)], [("a", int), ("b", float)]), np.float16([1, 2]),
    np.zeros((0, 4)), np.zeros((3, 0)), np.zeros((1, 1, 1, 1, 1)),
    np.timedelta64(1, "s"), np.ma.masked_array([1.0, 2.0], [True, False]),
    Exception("x"), Ellipsis, slice(None), memoryview(b"ab"),
]  # fmt: skip
absurd = st.sampled_from(ABSURD)


def bent(array):
    """Draws something near an array: the same numbers in another guise."""
    array = np.asarray(array)
    frozen = array.copy()
    frozen.flags.writeable = False
    spread = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)[::2]
    spread[...] = array
    near = [
        array, frozen, spread, array.tolist(), tuple(array.tolist()),
        np.asfortranarray(array), array[::-1], array.astype(">f8"),
        array.astype(np.float64), array.astype(np.float16),
        array.astype(np.int64), array.astype(np.uint8),
        array > 0, array.astype(object), array.astype(str),
        array.astype(complex), array[:-1], array[:1], array[:0], array[None],
        array[..., None], array[..., :-1], array.T, array.ravel(),
        np.concatenate([array, array]), array * np.nan,
        array * np.float64(1e300),
        np.where(array > 0, np.inf, array),
    ]  # fmt: skip
    return st.one_of(st.sampled_from(near), absurd)


# --- constructors ---------------------------------------------------------

CONFIGURED = LAYERS | LOSSES | OPTIMIZERS | SCHEDULES | CALLBACKS
GIVEN = {  # what the callbacks need, which nothing else draws
    "StopAtLoss": {"threshold": 0.1},
    "ModelCheckpoint": {"filepath": "model.npz"},
    "LearningRateScheduler": {"schedule": lambda epoch, rate: rate},
    "CSVLogger": {"filename": "log.csv"},
}


@pytest.mark.parametrize("name", sorted(CONFIGURED))
@given(data=st.data(), value=absurd)
def test_constructors(name, data, value):
    kind = CONFIGURED[name]
    if name in CALLBACKS:
        config = GIVEN.get(name, {})
    else:
        config = data.draw(arguments(kind))
    some = [f for f in kind.__dataclass_fields__ if f != "_"]
    if not some:
        return
    config = config | {data.draw(st.sampled_from(some)): value}
    thing = answer(kind, **config)
    if thing is None:
        return
    assert type(thing).__name__ in repr(thing)
    if name not in CALLBACKS:
        json.dumps(described(thing))
    if name in SCHEDULES:
        assert thing(7) >= 0


@pytest.mark.parametrize(
    "get",
    [
        activations.get, initializers.get, losses.get, optimizers.get,
        lambda value: metrics.get(value, np.zeros(2), (2, 2)),
        utils.to_categorical,
        lambda value: utils.to_categorical([0, 1], value),
        lambda value: utils.to_categorical(value, 3),
    ],
)  # fmt: skip
@given(value=absurd)
def test_look_ups(get, value):
    answer(get, value)


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
@given(value=absurd)
def test_initializers_take_shapes(name, value):
    shape = value if isinstance(value, tuple) else (2, 3)
    rng = np.random.default_rng(0)
    if all(isinstance(size, int) for size in shape):
        drawn = answer(initializers.get(name), shape, rng)
        assert drawn is None or drawn.shape == shape


# --- layers by hand -------------------------------------------------------


@pytest.mark.parametrize("name", sorted(LAYERS))
@given(data=st.data())
def test_layers_by_hand(name, data):
    layer, x = data.draw(built(name))
    weights = layer.get_weights()
    state = layer.rng.bit_generator.state
    several = isinstance(x, list)
    near = data.draw(bent(x[0] if several else x))
    if several and data.draw(st.booleans()):
        near = [near, *x[1:]]
    # By hand, nobody looks for inf and NaN: they go through.
    with np.errstate(all="ignore"):
        y = answer(layer.forward, near, data.draw(st.booleans()))
    if y is None:
        assert layer.rng.bit_generator.state == state
        for before, after in zip(weights, layer.get_weights()):
            assert before.tobytes() == after.tobytes()
        y = layer.forward(x)
    else:
        first = near[0] if several else near
        assert y.shape == (len(first), *layer.output_shape)
    with np.errstate(all="ignore"):
        answer(layer.backward, data.draw(bent(y)))


@pytest.mark.parametrize("name", sorted(LAYERS))
@given(data=st.data(), shape=absurd, rng=absurd)
def test_layers_built_by_hand(name, data, shape, rng):
    layer = LAYERS[name](**data.draw(arguments(LAYERS[name])))
    with pytest.raises(RuntimeError):
        layer.forward(np.ones((2, 3), np.float32))
    with pytest.raises(RuntimeError):
        layer.backward(np.ones((2, 3), np.float32))
    answer(layer.build, shape, np.random.default_rng(0))
    answer(layer.build, shape, rng)
    answer(layer.set_weights, shape)
    answer(layer, shape)


# --- losses and metrics, called directly ----------------------------------


def moderate(*arrays):
    """The squares of these numbers are numbers, too."""
    return all(np.abs(np.asarray(a, float)).max() < 1e15 for a in arrays)


TWO = np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]
LABELS = st.sampled_from([TWO, TWO[:, :1], TWO[:, 0]]).flatmap(bent)
OUTPUTS = st.sampled_from([TWO * 0.8 + 0.1, TWO[:, :1], TWO[:, 0]]).flatmap(
    bent
)


@pytest.mark.parametrize("name", sorted(LOSSES))
@given(data=st.data(), y=LABELS, z=OUTPUTS, weight=st.none() | absurd)
def test_losses(name, data, y, z, weight):
    loss = LOSSES[name](**data.draw(arguments(LOSSES[name])))
    with np.errstate(over="ignore"):
        value = answer(loss, y, z, weight)
    if value is None:
        with pytest.raises(RuntimeError):  # nothing is kept of a failed call
            loss.backward()
        return
    assert isinstance(value, float)
    with np.errstate(over="ignore"):
        gradient = loss.backward()
    assert gradient.shape == np.shape(z)
    if moderate(y, z, 1.0 if weight is None else weight):
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", sorted(METRICS))
@given(y=LABELS, z=OUTPUTS, option=st.none() | absurd)
def test_metrics(name, y, z, option):
    options = () if option is None or name == "auc" else (option,)
    metric = getattr(metrics, name)
    if "error" in name or "categorical_a" in name:
        options = ()
    with np.errstate(over="ignore"):
        value = answer(metric, y, z, *options)
    if value is not None and name != "confusion_matrix":
        assert isinstance(value, float)
        assert np.isfinite(value) or not moderate(y, z)


# --- models ---------------------------------------------------------------

X = numbers((6, 4), 1)
CLASSES = np.array([0, 1, 2, 0, 1, 2])
CASES = {
    "sparse": (
        lambda: Sequential([Dense(3, "softmax", input_shape=(4,))]),
        "sparse_categorical_crossentropy", X, CLASSES,
    ),
    "one-hot, shape from the data": (
        lambda: Sequential([Dense(5, "relu"), Dense(3, "softmax")]),
        "categorical_crossentropy", X, np.eye(3)[CLASSES],
    ),
    "one output": (
        lambda: Sequential([Dense(1, "sigmoid", input_shape=(4,))]),
        "binary_crossentropy", X, CLASSES > 0,
    ),
    "regression": (
        lambda: Sequential([Dense(2, input_shape=(4,))]),
        "mse", X, X[:, :2],
    ),
    "words": (
        lambda: Sequential([Embedding(7, 2), Flatten(), Dense(1)]),
        "huber", np.arange(12).reshape(6, 2) % 7, X[:, :1] > 0,
    ),
    "moments": (
        lambda: Sequential(
            [Embedding(7, 2, mask_zero=True), Dense(3, "softmax")]
        ),
        "sparse_categorical_crossentropy",
        np.arange(12).reshape(6, 2) % 7, np.arange(12).reshape(6, 2) % 3,
    ),
}  # fmt: skip


def compiled(case, trained=True):
    build, loss, x, y = CASES[case]
    model = build()
    model.compile("adam", loss, metrics=["accuracy"])
    if trained:
        model.fit(x, y, verbose=0)
    return model, x, y


def snapshot(model):
    """All that a failed call may not change."""
    optimizer = model.optimizer
    generators = [layer.rng for layer in model.layers if model.built]
    return copy.deepcopy(
        (
            model.built, [w.tobytes() for w in model.get_weights()],
            optimizer and optimizer.iterations,
            optimizer and {k: v.tobytes() for k, v in optimizer.state.items()},
            vars(model.history), model.metrics, described(model.loss),
            [r.bit_generator.state for r in generators],
            model.rng.bit_generator.state if model.built else None,
        )
    )  # fmt: skip


cases = pytest.mark.parametrize("case", sorted(CASES))
SAME = object()
FIT = (
    "batch_size", "epochs", "verbose", "callbacks", "validation_split",
    "validation_data", "shuffle", "class_weight", "sample_weight",
    "initial_epoch",
)  # fmt: skip
HUGE = (10**400, 2**63, 1e300)


@cases
@given(data=st.data())
def test_fit(case, data):
    model, x, y = compiled(case, data.draw(st.booleans()))
    before = snapshot(model)
    what = data.draw(st.sampled_from(["x", "y", "x and y", *FIT, *FIT]))
    settings = {"verbose": 0}
    if "x" in what.split():
        x = data.draw(bent(x))
    if "y" in what.split():
        y = data.draw(bent(y))
    if what in FIT:
        value = data.draw(absurd)
        near = {
            "sample_weight": bent(np.arange(1.0, 7.0)),
            "class_weight": st.sampled_from(
                [{0: 2.0}, {0: -1}, {"a": 1}, {9: 1}, {0: "x"}, {0: np.nan}]
            ),
            "validation_data": st.one_of(
                st.tuples(bent(x), bent(y)), st.tuples(st.just(x), bent(y)),
                st.tuples(st.just(x), st.just(y), bent(np.ones(6))),
            ),
        }.get(what, st.just(value))
        settings[what] = data.draw(st.one_of(st.just(value), near))
    history = answer(model.fit, x, y, **settings)
    if history is None:
        assert snapshot(model) == before
        return
    losses_seen = history.history.get("loss", [])
    assert len(losses_seen) == len(history.epoch)
    assert np.isfinite(losses_seen).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


@cases
@given(data=st.data())
def test_evaluate_predict_and_one_batch(case, data):
    model, x, y = compiled(case, data.draw(st.booleans()))
    before = snapshot(model)
    near_x, near_y = data.draw(bent(x)), data.draw(st.just(y) | bent(y))
    call = data.draw(st.sampled_from(["evaluate", "predict", "one batch"]))
    option = data.draw(absurd)
    if call == "evaluate":
        options = data.draw(
            st.sampled_from(
                [{}, {"batch_size": option}, {"return_dict": option},
                 {"sample_weight": option}]
            )
        )  # fmt: skip
        result = answer(
            model.evaluate, near_x, near_y, **{"verbose": 0} | options
        )
        assert result is None or np.isfinite(
            list(result.values()) if isinstance(result, dict) else result
        ).all()
    elif call == "predict":
        options = data.draw(st.sampled_from([{}, {"batch_size": option}]))
        result = answer(model.predict, near_x, **options)
        if result is not None:
            assert result.shape == (len(near_x), *model.output_shape)
            assert result.dtype == np.float32
            assert np.isfinite(result).all()
    else:
        options = data.draw(
            st.sampled_from(
                [{}, {"class_weight": option}, {"sample_weight": option}]
            )
        )
        result = answer(model.train_on_batch, near_x, near_y, **options)
        assert result is None or np.isfinite(result)
    if result is None or (call != "one batch" and model.built == before[0]):
        assert snapshot(model) == before


@given(data=st.data(), value=absurd)
def test_compile(data, value):
    model, x, y = compiled("sparse")
    before = snapshot(model)
    argument = data.draw(st.sampled_from(["optimizer", "loss", "metrics"]))
    settings = {"loss": CASES["sparse"][1]} | {argument: value}
    answer(model.compile, **settings)
    if argument == "metrics" and isinstance(value, (list, tuple)) and value:
        assert snapshot(model) == before
    model.compile("sgd", CASES["sparse"][1])
    model.fit(x, y, verbose=0)


@given(data=st.data())
def test_forward_and_backward_of_models(data):
    fresh = Sequential([Dense(3)])
    with pytest.raises(RuntimeError):
        fresh.forward(X)
    with pytest.raises(RuntimeError):
        fresh.backward(X)
    model, x, _ = compiled("sparse")
    with np.errstate(all="ignore"):
        answer(model.forward, data.draw(bent(x)))
        answer(model.backward, data.draw(bent(np.ones((6, 3), np.float32))))


@given(data=st.data(), one=absurd, other=absurd)
def test_models_from_anything(data, one, other):
    answer(Sequential, one)
    answer(Sequential, [one])
    for name in ("name", "seed", "dtype"):
        model = answer(Sequential, [Dense(2, input_shape=(3,))], **{name: one})
        if model is not None:
            model.predict(X[:, :3])
    inside, beside = Input((3,)), Input((2,))
    out = Dense(2)(inside)
    answer(Model, one, out)
    answer(Model, [inside, one], out)
    answer(Model, [inside, inside], out)
    answer(Model, [inside, beside], Dense(2)(inside))
    answer(Model, inside, one)
    answer(Model, inside, Dense(2)(inside), dtype=one)
    answer(Dense(2), one, other)
    answer(Dense(2), [inside, beside])
    answer(Add(), inside, one)
    answer(Model, [inside, beside], Add()(inside, beside))
    answer(Dense(2), inside, beside)
    answer(Model, inside, Add()(inside))
    model, x, y = compiled("sparse")
    before = snapshot(model)
    answer(model.add, one)
    answer(model.set_weights, one)
    answer(model.set_weights, [one, other])
    answer(model.set_weights, [one, np.ones(3)])
    assert snapshot(model) == before
    assert answer(model.build, one, other) is None
    model.fit(x, y, verbose=0)


@given(value=absurd)
def test_a_layer_that_does_not_fit_leaves_no_trace(value):
    plain, tried = (Sequential([Dense(3, input_shape=(4,))]) for _ in range(2))
    for misfit in (value, Add(), LAYERS["Conv2D"](2, 3), LAYERS["LSTM"](2)):
        assert answer(tried.add, misfit) is None
        assert len(tried.layers) == 1
    for model in (plain, tried):
        model.add(Dense(2))
    assert plain.vector.tobytes() == tried.vector.tobytes()


@given(data=st.data())
def test_optimizers_update_vectors_only(data):
    name = data.draw(st.sampled_from(sorted(OPTIMIZERS)))
    optimizer = OPTIMIZERS[name]()
    vector, gradient = np.ones(5, np.float32), np.ones(5, np.float32)
    if data.draw(st.booleans()):
        optimizer.update(vector, gradient)
    before = optimizer.iterations, vector.copy()
    near = data.draw(bent(gradient))
    try:
        with np.errstate(all="ignore"):
            answered = optimizer.update(vector, near)
    except CLEAR as error:
        assert is_ours(error)
        assert optimizer.iterations == before[0]
        assert np.array_equal(vector, before[1])
        return
    assert answered is None
    assert vector.shape == (5,)
    assert np.isfinite(vector).all() or not np.abs(near).max() < 1e4


@given(value=absurd)
def test_save_and_load_take_paths(tmp_path_factory, value):
    model, *_ = compiled("sparse")
    answer(model.save, value)
    if not isinstance(value, str):
        answer(load_model, value)
    path = tmp_path_factory.getbasetemp() / "any.npz"
    path.write_bytes(bytes(str(value), "utf8"))
    assert answer(load_model, path) is None

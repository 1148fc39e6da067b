"""Losses: values and gradients worked by hand."""

import numpy as np
import pytest

from dlcore import losses
from dlcore.configured import described, rebuilt
from dlcore.gradcheck import numerical_gradient, relative_difference

log = np.log

# (loss, y_true, y_pred, value, gradient)
CASES = [
    # errors 1, -2, 0, 4: (1 + 4 + 0 + 16) / 4; 2 e / 4
    (
        losses.MeanSquaredError(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        5.25,
        [[0.5, -1], [0, 2]],
    ),
    (
        losses.MeanAbsoluteError(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        1.75,
        [[0.25, -0.25], [0, 0.25]],
    ),
    # delta 1: 1/2, 2 - 1/2, 0, 4 - 1/2, over 4
    (
        losses.Huber(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        5.5 / 4,
        [[0.25, -0.25], [0, 0.25]],
    ),
    # delta 3: 1/2, 4/2, 0, 3 * 4 - 9/2
    (
        losses.Huber(delta=3),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        10 / 4,
        [[0.25, -0.5], [0, 0.75]],
    ),
    # -log(3/4), -log(1 - 1/4): (p - t) / (p (1 - p)) over 2
    (
        losses.BinaryCrossentropy(),
        [[1], [0]],
        [[0.75], [0.25]],
        log(4 / 3),
        [[-2 / 3], [2 / 3]],
    ),
    # the same with z = log 3, where p = 3/4: (p - t) over 2
    (
        losses.BinaryCrossentropy(from_logits=True),
        [[1], [0]],
        [[log(3)], [-log(3)]],
        log(4 / 3),
        [[-0.125], [0.125]],
    ),
    # -log(1/2), -log(1/4): mean 3/2 log 2; -1/p over 2 samples, minus the
    # part that dividing by the sum takes: here 1/2 each
    (
        losses.CategoricalCrossentropy(),
        [[1, 0], [0, 1]],
        [[0.5, 0.5], [0.75, 0.25]],
        1.5 * log(2),
        [[-0.5, 0.5], [0.5, -1.5]],
    ),
    # p - t over 2 samples
    (
        losses.CategoricalCrossentropy(from_logits=True),
        [[1, 0], [0, 1]],
        [[2, 2], [log(3), 0]],
        1.5 * log(2),
        [[-0.25, 0.25], [0.375, -0.375]],
    ),
    (
        losses.SparseCategoricalCrossentropy(),
        [0, 1],
        [[0.5, 0.5], [0.75, 0.25]],
        1.5 * log(2),
        [[-0.5, 0.5], [0.5, -1.5]],
    ),
    (
        losses.SparseCategoricalCrossentropy(from_logits=True),
        [[0], [1]],
        [[2, 2], [log(3), 0]],
        1.5 * log(2),
        [[-0.25, 0.25], [0.375, -0.375]],
    ),
    # t = 0.9 and 0.1; p - t over 2
    (
        losses.BinaryCrossentropy(True, label_smoothing=0.2),
        [[1], [0]],
        [[log(3)], [-log(3)]],
        -0.9 * log(0.75) - 0.1 * log(0.25),
        [[-0.075], [0.075]],
    ),
    # the same from p: over p (1 - p) = 3/16
    (
        losses.BinaryCrossentropy(label_smoothing=0.2),
        [[1], [0]],
        [[0.75], [0.25]],
        -0.9 * log(0.75) - 0.1 * log(0.25),
        [[-0.4], [0.4]],
    ),
    # t = 0.7 + 0.1, 0.1, 0.1 with all p = 1/3
    (
        losses.CategoricalCrossentropy(True, label_smoothing=0.3),
        [[1, 0, 0]],
        [[2, 2, 2]],
        log(3),
        [[1 / 3 - 0.8, 1 / 3 - 0.1, 1 / 3 - 0.1]],
    ),
    # t = 0.75, 0.25; -t / p, minus the part of dividing by the sum: 1
    (
        losses.CategoricalCrossentropy(label_smoothing=0.5),
        [[1, 0]],
        [[0.5, 0.5]],
        log(2),
        [[-0.5, 0.5]],
    ),
    # Cover & Thomas 2006, example 2.3.1 with r = 1/2, s = 1/4: 0.2075 and
    # 0.1887 bits; -t / p over 2 samples
    (
        losses.KLDivergence(),
        [[0.5, 0.5], [0.75, 0.25]],
        [[0.75, 0.25], [0.5, 0.5]],
        log(2) * (1 - log(3) / log(4) + 0.75 * log(3) / log(2) - 1) / 2,
        [[-1 / 3, -1], [-0.75, -0.25]],
    ),
    # one number per sample, and no axis of outputs at all
    (losses.MeanSquaredError(), [1, 2], [[3], [2]], 2, [[2], [0]]),
    (losses.MeanSquaredError(), [1, 2], [3, 2], 2, [2, 0]),
    # three classes, two time steps: mean over all four
    (
        losses.SparseCategoricalCrossentropy(from_logits=True),
        [[0, 1], [2, 0]],
        np.zeros((2, 2, 3)),
        log(3),
        np.array(
            [
                [[-2, 1, 1], [1, -2, 1]],
                [[1, 1, -2], [-2, 1, 1]],
            ]
        )
        / 12,
    ),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "value", "gradient"),
    CASES,
    ids=lambda x: str(x) if isinstance(x, losses.Loss) else "",
)
def test_value_and_gradient(loss, y_true, y_pred, value, gradient, dtype):
    y_pred = np.array(y_pred, dtype)
    received = loss(y_true, y_pred)
    assert type(received) is float
    assert received == pytest.approx(value, rel=1e-6)
    dy = loss.backward()
    assert dy.dtype == dtype
    np.testing.assert_allclose(dy, gradient, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("loss", "y_true"),
    [
        (losses.CategoricalCrossentropy(), [[0, 1]]),
        (losses.SparseCategoricalCrossentropy(), [1]),
        (losses.BinaryCrossentropy(), [[0, 1]]),
    ],
)
def test_a_probability_of_zero_costs_what_the_clip_allows(loss, y_true):
    value = loss(y_true, np.array([[1, 0]], np.float32))
    # -log(1e-7) = 16.118; in float32, 1 - 1e-7 is 1 - 1.19e-7
    assert value == pytest.approx(16.118, abs=0.15)
    assert not loss.backward().any()  # what was cut off has no slope


@pytest.mark.parametrize("z", [-1e4, 1e4])
@pytest.mark.parametrize(
    ("loss", "y_true", "columns"),
    [
        (losses.BinaryCrossentropy(True), [[1.0]], 1),
        (losses.CategoricalCrossentropy(True), [[1.0, 0]], 2),
        (losses.SparseCategoricalCrossentropy(True), [0], 2),
    ],
)
def test_huge_logits(loss, y_true, columns, z):
    y_pred = np.array([[z, 0][:columns]], np.float32)
    assert loss(y_true, y_pred) == pytest.approx(max(-z, 0))
    expected = -1.0 if z < 0 else 0.0
    assert loss.backward()[0, 0] == pytest.approx(expected)


def test_get_finds_keras_names_and_leaves_objects_alone():
    loss = losses.Huber(2)
    assert losses.get(loss) is loss
    for name, kind in [
        ("mse", losses.MeanSquaredError),
        ("mean_squared_error", losses.MeanSquaredError),
        ("mae", losses.MeanAbsoluteError),
        ("mean_absolute_error", losses.MeanAbsoluteError),
        ("huber", losses.Huber),
        ("binary_crossentropy", losses.BinaryCrossentropy),
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        (
            "sparse_categorical_crossentropy",
            losses.SparseCategoricalCrossentropy,
        ),
        ("kl_divergence", losses.KLDivergence),
        ("kld", losses.KLDivergence),
        ("bce", losses.BinaryCrossentropy),
    ]:
        assert type(losses.get(name)) is kind
        assert type(losses.get(kind.__name__)) is kind


@pytest.mark.parametrize(
    "loss",
    [
        losses.Huber(0.5),
        losses.BinaryCrossentropy(True),
        losses.CategoricalCrossentropy(label_smoothing=0.1),
        losses.MeanSquaredError(),
    ],
)
def test_a_loss_can_be_rebuilt_from_its_configuration(loss):
    loss([[1.0, 0.0]], np.array([[0.3, 0.4]]))
    again = rebuilt(described(loss), losses.KINDS, "loss")
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_whole_numbers_as_predictions_become_float32():
    loss = losses.MeanSquaredError()
    assert loss([1, 2], [3, 2]) == 2.0
    assert loss.backward().dtype == np.float32


def test_values_stand_for_samples():
    """The loss of each sample, which the mean is taken over."""
    y_true, y_pred = np.array([[1.0, 2], [3, 4]]), np.array([[2.0, 0], [3, 8]])
    values = losses.MeanSquaredError().value(y_true, y_pred)
    np.testing.assert_allclose(values, [2.5, 8])


# The examples in Keras's documentation: (loss, y_true, y_pred, weights,
# value), some cut and some rounded to three digits. keras.io/api/losses
PUBLISHED = [
    (
        losses.BinaryCrossentropy(),
        [[0, 1], [0, 0]],
        [[0.6, 0.4], [0.4, 0.6]],
        None,
        0.815,
    ),
    (
        losses.BinaryCrossentropy(True),
        [0, 1, 0, 0],
        [-18.6, 0.51, 2.94, -12.8],
        None,
        0.865,
    ),
    (
        losses.BinaryCrossentropy(True),
        [[0, 1], [0, 0]],
        [[-18.6, 0.51], [2.94, -12.8]],
        [0.8, 0.2],
        0.243,
    ),
    (
        losses.CategoricalCrossentropy(),
        [[0, 1, 0], [0, 0, 1]],
        [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
        None,
        1.177,
    ),
    (
        losses.CategoricalCrossentropy(),
        [[0, 1, 0], [0, 0, 1]],
        [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
        [0.3, 0.7],
        0.814,
    ),
    (
        losses.SparseCategoricalCrossentropy(),
        [1, 2],
        [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
        [0.3, 0.7],
        0.814,
    ),
    (
        losses.Huber(),
        [[0, 1], [0, 0]],
        [[0.6, 0.4], [0.4, 0.6]],
        None,
        0.155,
    ),
]


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "weights", "value"), PUBLISHED
)
def test_published_values(loss, y_true, y_pred, weights, value):
    assert loss(y_true, y_pred, weights) == pytest.approx(value, abs=1e-3)


# --- weights of samples ---------------------------------------------------


def test_weights_multiply_and_the_number_divides():
    loss = losses.MeanSquaredError()
    y_true, y_pred = [[1, 2], [3, 4]], np.array([[2.0, 0], [3, 8]])
    # values 2.5 and 8; (2 * 2.5 + 0.5 * 8) / 2
    assert loss(y_true, y_pred, sample_weight=[2, 0.5]) == 4.5
    np.testing.assert_array_equal(loss.backward(), [[1, -2], [0, 1]])
    assert loss(y_true, y_pred, [0, 0]) == 0
    assert not loss.backward().any()
    assert loss(y_true, y_pred) == 5.25  # weights are forgotten again
    np.testing.assert_array_equal(loss.backward(), [[0.5, -1], [0, 2]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "weights", [[2, 0, 1], [[1, 2], [3, 4], [0, 1]], [True, False, True]]
)
def test_weights_for_samples_or_moments(weights, dtype):
    rng = np.random.default_rng(4)
    y_pred = rng.normal(size=(3, 2, 5)).astype(dtype)
    y_true = rng.integers(0, 5, (3, 2))
    loss = losses.SparseCategoricalCrossentropy(True)
    value = loss(y_true, y_pred, weights)
    dy = loss.backward()
    assert dy.dtype == dtype
    every = np.array(weights, float)
    every = np.broadcast_to(every.reshape(3, -1), (3, 2))
    expected = (loss.value(y_true, y_pred) * every).mean()
    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(
        dy, loss.gradient(y_true, y_pred) * every[..., None], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1, 2], ValueError),
        ([[1, 2, 3]], ValueError),
        ([1, -1, 1], ValueError),
        ([1, np.nan, 1], ValueError),
        ([1, np.inf, 1], ValueError),
        (["a", "b", "c"], TypeError),
    ],
)
def test_weights_that_do_not_fit(weights, error):
    loss = losses.MeanSquaredError()
    loss(np.ones((3, 2)), np.zeros((3, 2)))
    with pytest.raises(error, match="sample_weight expects"):
        loss(np.ones((3, 2)), np.zeros((3, 2)), weights)
    assert loss.backward().any()  # the call before is what counts


# --- slopes, arrays of all kinds ------------------------------------------

SMOOTHED = [
    kind(from_logits=logits, label_smoothing=amount)
    for kind in (losses.BinaryCrossentropy, losses.CategoricalCrossentropy)
    for logits in (False, True)
    for amount in (0.0, 0.1, 1.0)
]


@pytest.mark.parametrize(
    "loss",
    [*SMOOTHED, losses.KLDivergence(), losses.Huber(0.4)],
    ids=lambda loss: repr(loss),
)
@pytest.mark.parametrize("weights", [None, [0.5, 0, 3, 1]])
def test_slopes(loss, weights):
    rng = np.random.default_rng(8)
    y_true = rng.dirichlet(np.ones(3), 4)
    y_pred = rng.uniform(0.1, 0.9, (4, 3))
    loss(y_true, y_pred, weights)
    given = loss.backward()
    measured = numerical_gradient(lambda y: loss(y_true, y, weights), y_pred)
    assert relative_difference(given, measured) < 1e-7


@pytest.mark.parametrize("name", losses.KINDS)
def test_arrays_that_cannot_be_written_or_are_not_in_a_row(name):
    loss = losses.KINDS[name]()
    rng = np.random.default_rng(2)
    y_pred = rng.dirichlet(np.ones(4), (5, 3)).astype(np.float32)
    y_true = np.eye(4, dtype=np.float32)[rng.integers(0, 4, (5, 3))]
    if "Sparse" in name:
        y_true = y_true.argmax(-1)
    value, dy = loss(y_true, y_pred), loss.backward()
    turned = np.asfortranarray(y_pred)[::-1]
    turned.flags.writeable = False
    again = loss(np.asfortranarray(y_true)[::-1], turned)
    assert again == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(loss.backward()[::-1], dy, rtol=1e-6)


@pytest.mark.parametrize("name", losses.KINDS)
@pytest.mark.parametrize("shape", [(0, 3), (0, 2, 3), (2, 0, 3)])
def test_no_samples(name, shape):
    y_true = np.zeros(shape[:-1] if "Sparse" in name else shape, int)
    with pytest.raises(ValueError, match="one sample or more, received"):
        losses.get(name)(y_true, np.zeros(shape))


@pytest.mark.parametrize(
    "name",
    [
        "KLDivergence",
        "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy",
    ],
)
@pytest.mark.parametrize("shape", [(), (3,), (3, 1)])
def test_classes_have_an_axis_of_their_own(name, shape):
    with pytest.raises(ValueError, match="two outputs or more, received"):
        losses.get(name)(np.ones(shape), np.ones(shape))


def test_a_number_alone_is_a_sample():
    loss = losses.MeanSquaredError()
    assert loss(1.0, 3.0) == 4
    assert loss.backward() == 4


@pytest.mark.parametrize("y_true", [[[0, 1]], [[0.0, 1.0]], [[False, True]]])
@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.float64])
def test_labels_and_outputs_of_any_type(y_true, dtype):
    loss = losses.CategoricalCrossentropy(True)
    value = loss(np.array(y_true), np.array([[0, 1]], dtype))
    assert value == pytest.approx(log(1 + np.exp(-1)), rel=1e-6)
    kept = np.float64 if dtype == np.float64 else np.float32
    assert loss.backward().dtype == kept


@pytest.mark.parametrize("name", losses.KINDS)
@pytest.mark.parametrize("labels", [["a", "b"], [object(), object()]])
def test_labels_that_are_no_numbers(name, labels):
    with pytest.raises((TypeError, ValueError), match=f"{name} y_true expec"):
        losses.get(name)(labels, np.ones((2, 2)))


def test_rows_of_zeros_cost_what_the_clip_allows():
    """Keras divides them by their sum, 0 / 0; here they stay zeros."""
    loss = losses.CategoricalCrossentropy()
    assert loss([[0, 1]], [[0.0, 0.0]]) == pytest.approx(-log(1e-7))
    np.testing.assert_array_equal(loss.backward(), [[0, 0]])


@pytest.mark.parametrize("amount", [-0.1, 1.1])
def test_smoothing_is_a_share(amount):
    for kind in (losses.BinaryCrossentropy, losses.CategoricalCrossentropy):
        with pytest.raises(ValueError, match=r"label_smoothing .* \[0, 1\]"):
            kind(label_smoothing=amount)
        with pytest.raises(TypeError, match="from_logits expects True or"):
            kind("yes")


@pytest.mark.parametrize(
    "loss",
    [
        losses.MeanSquaredError(),
        losses.BinaryCrossentropy(),
        losses.CategoricalCrossentropy(label_smoothing=0.1),
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        losses.KLDivergence(),
        losses.SparseCategoricalCrossentropy(),
        losses.SparseCategoricalCrossentropy(from_logits=True),
    ],
)
def test_moments_are_samples(loss):
    """(2, 3, 4) is the same as (6, 4): only the last axis is a row."""
    rng = np.random.default_rng(0)
    rows, labels = rng.uniform(0.1, 0.9, (6, 4)), rng.integers(4, size=6)
    one_hot = not isinstance(loss, losses.SparseCategoricalCrossentropy)
    true = np.eye(4)[labels] if one_hot else labels
    counts = np.array([[1.0, 2, 3], [4, 5, 6]])  # a moment's weight
    value = loss(true, rows, counts.ravel())
    gradient = loss.backward()
    scores = rows.reshape(2, 3, 4)
    moments = true.reshape(2, 3, *true.shape[1:])
    assert loss(moments, scores, counts) == pytest.approx(value)
    np.testing.assert_allclose(
        loss.backward(), gradient.reshape(2, 3, 4), rtol=1e-12
    )
    if not one_hot:
        column = moments[..., None]
        assert loss(column, scores, counts) == pytest.approx(value)


def test_numbers_alone_have_weights_too():
    loss = losses.MeanSquaredError()
    assert loss([1, 2, 3], np.zeros(3), [1, 2, 0]) == 3  # (1 + 8 + 0) / 3


@pytest.mark.parametrize("kind", losses.KINDS.values())
def test_labels_of_float64_leave_a_gradient_of_float32(kind):
    loss = kind()
    sparse = kind is losses.SparseCategoricalCrossentropy
    true = np.array([1.0, 0.0]) if sparse else np.eye(2)
    loss(true, np.float32([[0.25, 0.75], [0.5, 0.5]]))
    assert loss.backward().dtype == np.float32


def test_kl_divergence_keeps_both_sides_in_bounds():
    loss = losses.KLDivergence()
    # 2 counts as 1, and has no slope: 1/4 log(1/2) + 3/4 log(3/4)
    value = loss([[0.25, 0.75]], np.array([[0.5, 2.0]]))
    assert value == pytest.approx(-0.3890483495, abs=1e-9)
    np.testing.assert_allclose(loss.backward(), [[-0.5, 0]], rtol=1e-12)
    # 0 counts as 1e-7, and has no slope: 1/2 log(1/2) + 1/2 log(5e6)
    value = loss([[0.5, 0.5]], np.array([[1.0, 0.0]]))
    assert value == pytest.approx(7.3659006449, abs=1e-9)
    np.testing.assert_allclose(loss.backward(), [[-0.5, 0]], rtol=1e-12)
    # the bounds themselves have a slope: 1/2 over 1e-7
    loss([[0.5, 0.5]], np.array([[1.0, 1e-7]]))
    np.testing.assert_allclose(loss.backward(), [[-0.5, -5e6]], rtol=1e-12)
    # labels that sum to 1 by rounding only: 1.0005 counts as 1, 0 as 1e-7
    value = loss(np.array([[1.0005, 0.0]]), np.array([[0.5, 0.5]]))
    assert value == pytest.approx(0.6931456381, abs=1e-9)
    np.testing.assert_allclose(loss.backward(), [[-2, -2e-7]], rtol=1e-12)

"""What fit takes beside x and y: weights of samples and classes, a split,
masks; all against the same thing done by hand."""

import numpy as np
import pytest

from dlcore import Sequential, callbacks, optimizers
from dlcore.layers import LSTM, Dense, Embedding
from dlcore.utils import to_categorical

RNG = np.random.default_rng(4)
X = RNG.normal(size=(12, 4)).astype(np.float32)
CLASSES = np.array([0, 1, 2] * 4)
TEXTS = np.array([[1, 2, 3], [4, 0, 0], [2, 2, 0], [3, 1, 4]])


def model(loss="sparse_categorical_crossentropy", optimizer="sgd"):
    made = Sequential([Dense(3, "softmax", input_shape=(4,))])
    made.compile(optimizer, loss, metrics=["accuracy"])
    return made


def fitted(x=X, y=CLASSES, loss="sparse_categorical_crossentropy", **how):
    made = model(loss)
    made.fit(x, y, batch_size=5, epochs=2, verbose=0, **how)
    return made


def same(one, other):
    np.testing.assert_allclose(one.vector, other.vector, rtol=1e-5)
    np.testing.assert_allclose(
        one.history.history["loss"], other.history.history["loss"], rtol=1e-5
    )


def test_a_weight_of_zero_is_as_good_as_absent():
    """Also in the loss, which is still divided by all samples."""
    weight = np.array([1.0] * 9 + [0.0] * 3)
    made = model()
    loss = made.train_on_batch(X, CLASSES, sample_weight=weight)
    other = model()
    part = other.train_on_batch(X[:9], CLASSES[:9])
    assert loss == pytest.approx(part * 9 / 12, rel=1e-6)
    np.testing.assert_allclose(made.gradient, other.gradient * 9 / 12, 1e-4)


def test_weights_of_two_are_samples_twice():
    """Two of everything, in one batch: twice the weight, half the mean."""
    weight = np.where(np.arange(12) < 6, 2.0, 1.0)
    twice = np.concatenate([X, X[:6]])
    made, other = model(), model()
    loss = made.train_on_batch(X, CLASSES, sample_weight=weight)
    whole = other.train_on_batch(
        twice, np.concatenate([CLASSES, CLASSES[:6]])
    )
    assert loss * 12 == pytest.approx(whole * 18, rel=1e-6)


@pytest.mark.parametrize(
    ("y", "loss"),
    [
        (CLASSES, "sparse_categorical_crossentropy"),
        (CLASSES[:, np.newaxis], "sparse_categorical_crossentropy"),
        (to_categorical(CLASSES), "categorical_crossentropy"),
    ],
)
def test_class_weight_is_a_sample_weight_by_class(y, loss):
    weight = np.array([1.0, 5.0, 0.5])[CLASSES]
    same(
        fitted(y=y, loss=loss, class_weight={1: 5, 2: 0.5}),
        fitted(y=y, loss=loss, sample_weight=weight),
    )


def test_class_weight_of_two_classes():
    y = CLASSES[:, np.newaxis] % 2
    made = Sequential([Dense(1, "sigmoid", input_shape=(4,))])
    other = Sequential([Dense(1, "sigmoid", input_shape=(4,))])
    for one, how in (
        (made, {"class_weight": {1: 3}}),
        (other, {"sample_weight": 1.0 + 2 * y[:, 0]}),
    ):
        one.compile("sgd", "binary_crossentropy")
        one.fit(X, y, verbose=0, **how)
    same(made, other)


def test_weights_are_shuffled_with_their_samples():
    """All samples of one weight each: the order must not matter."""
    weight = RNG.random(12) * 3
    one = model()
    one.fit(X, CLASSES, sample_weight=weight, batch_size=12, verbose=0)
    other = model()
    other.fit(
        X,
        CLASSES,
        sample_weight=weight,
        batch_size=12,
        shuffle=False,
        verbose=0,
    )
    same(one, other)


def test_validation_split_takes_the_end_before_shuffling():
    same(
        fitted(validation_split=0.25),
        fitted(X[:9], CLASSES[:9], validation_data=(X[9:], CLASSES[9:])),
    )
    split = fitted(validation_split=0.25).history.history
    given = fitted(
        X[:9], CLASSES[:9], validation_data=(X[9:], CLASSES[9:])
    ).history.history
    assert split == given


def test_validation_data_with_weights():
    weight = np.linspace(0, 2, 12)
    made = fitted(validation_data=(X, CLASSES, weight))
    expected = made.evaluate(
        X, CLASSES, sample_weight=weight, return_dict=True, verbose=0
    )
    results = made.history.history
    assert results["val_loss"][-1] == pytest.approx(expected["loss"])
    assert results["val_loss"][-1] != pytest.approx(
        made.evaluate(X, CLASSES, return_dict=True, verbose=0)["loss"]
    )


def tagger():
    made = Sequential(
        [
            Embedding(5, 3, mask_zero=True, input_shape=(3,)),
            LSTM(4, return_sequences=True),
            Dense(2, "softmax"),
        ]
    )
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


def test_masked_moments_do_not_count_in_the_loss():
    """Whatever stands as label where the text is padded."""
    tags = TEXTS % 2
    other = np.where(TEXTS == 0, 1 - tags, tags)
    losses = [
        tagger().train_on_batch(TEXTS, y) for y in (tags, other, 1 - tags)
    ]
    assert losses[0] == pytest.approx(losses[1])
    assert losses[0] != pytest.approx(losses[2])
    made = tagger()
    p = made.predict(TEXTS)
    own = np.take_along_axis(p, tags[..., None], -1)[..., 0]
    assert losses[0] == pytest.approx(-np.log(own[TEXTS != 0]).mean(), 1e-5)
    assert made.evaluate(TEXTS, tags, verbose=0) == pytest.approx(losses[0])


@pytest.mark.parametrize("weight", [[1, 2, 0, 3], [[1, 2, 5]] * 4])
def test_masks_and_weights_multiply(weight):
    tags = TEXTS % 2
    made = tagger()
    p = made.predict(TEXTS)
    own = -np.log(np.take_along_axis(p, tags[..., None], -1)[..., 0])
    mask = (TEXTS != 0) * 12 / (TEXTS != 0).sum()
    full = np.broadcast_to(np.array(weight).reshape(4, -1), (4, 3))
    loss = made.train_on_batch(TEXTS, tags, sample_weight=weight)
    assert loss == pytest.approx((own * mask * full).mean(), rel=1e-5)


def test_a_loss_that_is_not_a_number_can_end_the_training_quietly():
    made = model("mse")
    y = np.full((12, 3), 1e30, np.float32)
    with pytest.raises(FloatingPointError, match="learning rate"):
        made.fit(X, y, verbose=0)
    made = model("mse")
    history = made.fit(
        X, y, verbose=0, epochs=3, callbacks=[callbacks.TerminateOnNaN()]
    )
    assert history.epoch == []


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"sample_weight": [1, 2]}, ValueError, ["(12,)", "(2,)"]),
        ({"sample_weight": [-1] * 12}, ValueError, ["from 0 on"]),
        ({"sample_weight": [np.nan] * 12}, ValueError, ["finite"]),
        ({"sample_weight": ["a"] * 12}, TypeError, ["sample_weight"]),
        (
            {"sample_weight": np.ones(12), "class_weight": {0: 1}},
            ValueError,
            ["sample_weight or class_weight", "both"],
        ),
        ({"class_weight": [1, 2, 3]}, TypeError, ["class_weight", "dict"]),
        ({"class_weight": {0: "a"}}, TypeError, ["class_weight"]),
        ({"class_weight": {3: 1.0}}, ValueError, ["class_weight", "3"]),
        ({"validation_split": 1.0}, ValueError, ["validation_split"]),
        ({"validation_split": 0.95}, ValueError, ["both sides", "12"]),
        ({"validation_split": "a"}, TypeError, ["validation_split"]),
        ({"verbose": "loud"}, ValueError, ["verbose", "0, 1 or 2"]),
        (
            {"validation_split": 0.1, "validation_data": (X, CLASSES)},
            ValueError,
            ["validation_split or validation_data", "both"],
        ),
    ],
)
def test_errors(how, error, words):
    made = model()
    before = made.vector.copy()
    with pytest.raises(error) as caught:
        made.fit(X, CLASSES, verbose=how.pop("verbose", 0), **how)
    for word in words:
        assert word in str(caught.value)
    np.testing.assert_array_equal(made.vector, before)
    assert made.history.epoch == []


class Counted(Dense):
    """A Dense that tells how many samples it was given."""

    def forward(self, x, training=False):
        self.given = [*getattr(self, "given", []), (len(x), training)]
        return super().forward(x, training)


def test_batches_of_32_if_nothing_else_is_said():
    made = Sequential([Counted(1, input_shape=(1,))])
    made.compile("sgd", "mse")
    x, layer = np.ones((33, 1)), made.layers[0]
    for call, training in (
        (lambda: made.fit(x, x, verbose=0), True),
        (lambda: made.evaluate(x, x, verbose=0), False),
        (lambda: made.predict(x), False),
    ):
        layer.given = []
        call()
        assert layer.given == [(32, training), (1, training)]


def test_what_is_printed_if_nothing_else_is_said(capsys):
    made = model()
    made.predict(X)
    assert capsys.readouterr().out == ""
    made.evaluate(X, CLASSES)
    assert "loss" in capsys.readouterr().out
    made.fit(X, CLASSES)
    assert "Epoch 1/1" in capsys.readouterr().out


def test_one_batch_with_weights_of_classes():
    one, other = model(), model()
    one.train_on_batch(X, CLASSES, class_weight={0: 0, 2: 3})
    other.train_on_batch(
        X, CLASSES, sample_weight=np.array([0.0, 1.0, 3.0])[CLASSES]
    )
    np.testing.assert_array_equal(one.vector, other.vector)


def test_a_gradient_of_float64_becomes_the_models_type():
    made = Sequential([Dense(2, input_shape=(4,))])
    made.layers[0].needs_dx = True
    made.forward(X)
    assert made.backward(np.ones((12, 2))).dtype == np.float32


def test_a_moment_that_diverges_is_found_in_its_batch():
    """The loss of each sample has a second axis, time."""
    x = np.ones((6, 3, 1))
    x[4, 1] = 1e30
    made = Sequential([Dense(1, input_shape=(3, 1))])
    made.compile("sgd", "mse")
    with pytest.raises(FloatingPointError) as error:
        made.fit(x, x * 0, batch_size=2, shuffle=False, verbose=0)
    assert str(error.value) == (
        "the loss is not a finite number at step 3 of epoch 1 (learning rate "
        "0.01). Usual causes: the learning rate is too high, the input is "
        "not scaled, or a custom loss takes the log of zero"
    )


def test_the_loss_of_an_epoch_counts_the_weights():
    """At the rate 0 it is what evaluate finds, shuffled or not."""
    weight = RNG.random(12) * 3
    for shuffle in (True, False):
        made = model()
        made.optimizer.learning_rate = 0.0
        history = made.fit(X, CLASSES, sample_weight=weight, batch_size=5,
                           shuffle=shuffle, verbose=0).history
        expected = made.evaluate(
            X, CLASSES, sample_weight=weight, verbose=0, return_dict=True)
        assert history["loss"][0] == pytest.approx(expected["loss"], 1e-5)
        assert expected["loss"] != pytest.approx(
            made.evaluate(X, CLASSES, verbose=0, return_dict=True)["loss"])


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_too_large_is_the_only_complaint():
    made = Sequential([Dense(2, input_shape=(4,))])
    made.compile("sgd", "mse")
    text = ("^the loss is not a finite number: the model's weights, or "
            "those of the samples, are too large$")
    for factor in (1e30, np.inf):
        made.layers[0].kernel[...] = factor
        with pytest.raises(FloatingPointError, match=text):
            made.evaluate(np.ones((3, 4)), np.ones((3, 2)), verbose=0)


def test_what_compile_and_fit_choose_by_themselves():
    made = model()
    made.compile(loss="mse")
    assert type(made.optimizer) is optimizers.RMSprop
    shuffled, ordered = model(), model()
    for one, how in ((shuffled, {}), (ordered, {"shuffle": False})):
        one.fit(X, CLASSES, batch_size=1, verbose=0, **how)
    assert not np.array_equal(shuffled.vector, ordered.vector)


def test_metrics_see_probabilities_where_softmax_is_in_the_loss():
    made = Sequential([Dense(3, "softmax", input_shape=(4,))])
    y = to_categorical(CLASSES)
    made.compile(optimizers.SGD(0.0), "categorical_crossentropy",
                 metrics=["mean_squared_error"])
    expected = np.mean((made.predict(X) - y) ** 2)
    history = made.fit(X, y, verbose=0).history
    assert history["mean_squared_error"][0] == pytest.approx(expected, 1e-5)


def test_clipnorm_bounds_each_weight_by_itself():
    made = model(optimizer=optimizers.SGD(1.0, clipnorm=1e-3))
    before = made.get_weights()
    made.train_on_batch(X, CLASSES)
    for old, new in zip(before, made.get_weights()):
        assert np.linalg.norm(new - old) == pytest.approx(1e-3, rel=1e-2)


def test_the_average_of_the_weights_is_there_at_the_end():
    made = model(optimizer=optimizers.SGD(0.5, use_ema=True))
    made.fit(X, CLASSES, epochs=2, verbose=0)
    np.testing.assert_array_equal(
        made.vector, made.optimizer.state["average"])


class Notes(callbacks.Callback):
    """Notes the number of each epoch, and when it was asked."""

    def __init__(self, notes, saves=False):
        self.notes, self.saves = notes, saves

    def on_epoch_begin(self, epoch):
        self.notes.append(("begin", epoch))

    def on_epoch_end(self, epoch, logs):
        self.notes.append(("end", epoch, self.saves))


def test_callbacks_are_told_the_epoch_and_those_that_save_come_last():
    notes = []
    made = model()
    made.fit(X, CLASSES, epochs=2, initial_epoch=1, verbose=0,
             callbacks=[Notes(notes, saves=True), Notes(notes)])
    assert notes == [("begin", 1)] * 2 + [("end", 1, False), ("end", 1, True)]
    assert made.stop_training is False


def test_a_mask_with_a_single_moment_that_counts():
    """The loss is that moment's alone, four times a fourth."""
    made = Sequential([Embedding(5, 2, mask_zero=True), Dense(3, "softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.array([[0, 0, 3, 0]]), np.array([[0, 1, 2, 0]])
    loss = made.train_on_batch(x, y)
    fresh = Sequential([Embedding(5, 2, mask_zero=True), Dense(3, "softmax")])
    assert loss == pytest.approx(-np.log(fresh.predict(x)[0, 2, 2]), 1e-5)


def test_an_optimizer_belongs_to_one_model_and_may_be_compiled_again():
    optimizer = optimizers.SGD()
    made = model(optimizer=optimizer)
    made.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="a model of its own"):
        model(optimizer=optimizer)

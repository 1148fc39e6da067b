"""Answers that are wrong in no typical way: what their readers are told."""

import itertools

import numpy as np
import pytest

import dlcore.exercises as exercises
from dlcore.exercises import (
    faq,
    forward_pass,
    generalization,
    initialization,
    learning,
)

SEEDS = itertools.count()


def dense_that_cannot_add(x, w, b):
    """Raises, but only what NumPy happens to raise."""
    if b.ndim != 1:
        raise TypeError("b has two axes")
    return forward_pass.dense(x, w, b)


def dense_of_any_input(x, w, b):
    """Looks at the bias only."""
    if b.shape != w.shape[1:]:
        raise ValueError("bias")
    return np.asarray(x) @ w + b


def pairs_loss_of_few(y, p):
    return forward_pass.pairs_loss(y[:1000], p[:1000])


def too_many_wrong(labels, share, classes, rng):
    twice = min(2 * share, 1.0)
    return generalization.with_wrong_labels(labels, twice, classes, rng)


def wrong_by_another_rng(labels, share, classes, rng):
    other = np.random.default_rng(next(SEEDS))
    return generalization.with_wrong_labels(labels, share, classes, other)


def shifted_weights(shape, rng):
    weights = initialization.glorot_uniform(shape, rng)
    return weights + 0.1 * weights.std()


def split_by_another_rng(labels, share, rng):
    other = np.random.default_rng(next(SEEDS))
    return learning.stratified_split(labels, share, other)


def split_that_loses_one(labels, share, rng):
    train, held = learning.stratified_split(labels, share, rng)
    return train[1:], held


def split_with_one_more(labels, share, rng):
    train, held = learning.stratified_split(labels, share, rng)
    return train[1:], np.append(held, train[0])


ODD = [
    ("autodiff.topological_order", 3, "expected a list of names."),
    (
        "autodiff.topological_order",
        ["a", "b", "z"],
        "the list holds something that is no name.",
    ),
    ("autodiff.topological_order", ["b", "L"], "missing in the list: a."),
    ("autodiff.topological_order", [], "missing in the list: L, a, b."),
    (
        "forward_pass.dense",
        dense_that_cannot_add,
        "NumPy has broadcast it without a word.",
    ),
    (
        "forward_pass.dense",
        dense_of_any_input,
        "a ValueError was expected, and none was raised.",
    ),
    (
        "forward_pass.pairs_loss",
        pairs_loss_of_few,
        "For ten million samples the result is another one.",
    ),
    (
        "generalization.with_wrong_labels",
        too_many_wrong,
        "200 of 200 labels are wrong, expected 100.",
    ),
    (
        "generalization.with_wrong_labels",
        wrong_by_another_rng,
        "Take all randomness from rng.",
    ),
    (
        "initialization.glorot_uniform",
        np.zeros(3),
        "an array of that shape is expected, received (3,).",
    ),
    (
        "initialization.glorot_uniform",
        lambda shape, rng: rng.integers(-1, 2, shape),
        "The weights must be finite decimal numbers.",
    ),
    (
        "initialization.glorot_uniform",
        lambda shape, rng: rng.uniform(-0.9, 0.9, shape),
        "the standard deviation should be",
    ),
    (
        "initialization.glorot_uniform",
        shifted_weights,
        "The mean should be 0; yours is",
    ),
    (
        "layers_and_depth.xor_weights",
        (1, 2),
        "Expected the four arrays W, b, V, c in a tuple.",
    ),
    (
        "layers_and_depth.xor_weights",
        (np.eye(2), np.ones(2), np.ones(2), np.ones(1)),
        "Expected the shapes [(2, 2), (2,), (2, 1), (1,)]",
    ),
    (
        "layers_and_depth.xor_weights",
        (np.ones((2, 2)), np.ones(2), np.ones((2, 1)), -5 * np.ones(1)),
        "the answers are [0, 0, 0, 0], not [0, 1, 1, 0].",
    ),
    (
        "learning.stratified_split",
        [1, 2, 3],
        "Expected two arrays of indices, (train, held).",
    ),
    (
        "learning.stratified_split",
        ([0.5], [1.5]),
        "Expected arrays of whole numbers with one axis.",
    ),
    (
        "learning.stratified_split",
        split_that_loses_one,
        "Together the parts must hold each sample once.",
    ),
    (
        "learning.stratified_split",
        split_with_one_more,
        "are held out, expected",
    ),
    (
        "learning.stratified_split",
        split_by_another_rng,
        "Two generators in the same state gave different splits",
    ),
    ("neuron.gate", (1, 2), "Expected three numbers (w1, w2, b) for"),
    (
        "what_is_deep_learning.three_or_eight",
        lambda images: np.random.default_rng(0).random(len(images)),
        "of the test images on the right side, expected at least 80 %.",
    ),
]


@pytest.mark.parametrize(("id", "answer", "message"), ODD)
def test_an_odd_answer_is_told_what_is_expected(id, answer, message, capsys):
    exercises.check(id, answer if callable(answer) else lambda *_: answer)
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith(f"{id}: not quite. ")
    assert message in text


@pytest.mark.parametrize(
    ("val_loss", "word"),
    [
        ([2.0, 1.0, 0.5], "unfinished"),
        ([2.0, 0.5, 0.52], "done"),
        ([2.0, 0.5, 1.0], "overfitted"),
    ],
)
def test_who_judges_by_the_gap_is_right_where_there_is_none(val_loss, word):
    """The inputs of the exercise all have a gap that misleads."""
    loss = [2.0, 1.0, 0.5]
    assert faq.from_the_gap(loss, val_loss) == word
    assert faq.diagnosis(loss, val_loss) == word

"""dlcore.exercises: what an answer is told, whatever it does."""

import itertools
import types

import numpy as np
import pytest

import dlcore.exercises as exercises
from dlcore.exercises.exercise import Exercise, NotYet, Wrong
from dlcore.exercises.training_loop import mean_squared_error_gradient

STEP = "training_loop.gradient_step"


def scale(x, factor):
    """Return x times factor, and the shape of x."""
    return {"y": x * factor, "shape": x.shape}


class Scale(Exercise):
    """Scale an array."""

    solution = scale
    misconceptions = (
        ("forgets", lambda x, factor: {"y": x, "shape": x.shape}, "No factor"),
        ("breaks", lambda x, factor: 1 / 0, "never matched"),
    )

    def inputs(self, rng):
        yield np.array([1.0, 2.0]), 3.0
        yield np.array([], dtype=float), 2.0


def halve(x):
    """Return half of x."""
    return x / 2


def one(x):
    """Return 1."""
    return 1


class Cases(Exercise):
    """An exercise whose inputs are given by the test."""

    solution = halve

    def __init__(self, *cases):
        self.cases = cases

    def inputs(self, rng):
        return ((case,) for case in self.cases)


def verdict(id, answer, capsys):
    """The printed verdict on one line."""
    capsys.readouterr()
    assert exercises.check(id, answer) is None
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 79
    return " ".join(printed.split())


def no_result(parameters, gradients, learning_rate):
    return None


def crash(parameters, gradients, learning_rate):
    raise ValueError("first line\nsecond line")


def endless(parameters, gradients, learning_rate):
    yield from itertools.repeat(0)


def unwritten(parameters, gradients, learning_rate):
    raise NotImplementedError


def extends_a_list(parameters, gradients, learning_rate):
    gradients.append(0)
    return parameters


class Odd(list):
    def __len__(self):
        raise RuntimeError("no length")


@pytest.mark.parametrize(
    "answer, words",
    [
        (unwritten, "not yet. Write your code in gradient_step"),
        (no_result, "not quite. gradient_step returns None"),
        (crash, "raises ValueError: first line (line "),
        (crash, ': raise ValueError("first line\\nsecond line"))'),
        (endless, "yields without end"),
        (extends_a_list, "changes its input in place: the argument gr"),
        (3, "Expected the function gradient_step itself, received an int."),
        (lambda: 1, "raises TypeError: <lambda>() takes 0 positional"),
        (np.add.reduce, "raises TypeError"),
        (lambda p, g, rate: 1.0, "result is a float, expected a list."),
        (lambda p, g, rate: [1.0], "result[0] has the shape (), exp"),
        (lambda p, g, rate: [*p, 1], "has the length 2, expected 1."),
        (lambda p, g, rate: ["no"], "result[0] is a str, expected an array."),
        (lambda p, g, rate: [x * np.nan for x in p], "result[0] holds NaN"),
        (lambda p, g, rate: [x * 0 + 0.5 for x in p], "[0] is 0.5, expect"),
        (lambda p, g, rate: Odd(), "cannot be compared: RuntimeError"),
        (
            lambda p, g, rate: [x.astype(str) for x in p],
            "result[0] holds values of type <U32, not numbers.",
        ),
        (
            lambda p, g, rate: [p[0] * 0],
            "For parameters = [[1]], gradients = [[0.5]], learning_rate = 0.1:"
            " result[0][0] is 0, expected 0.95.",
        ),
    ],
)
def test_a_wrong_answer_is_told_why(answer, words, capsys):
    text = verdict(STEP, answer, capsys)
    assert words in text
    assert "right" not in text


def test_a_stub_without_its_docstring_is_no_stub(capsys):
    """Only the untouched stub is "not yet"; constants are answers."""
    step = exercises.find(STEP)
    names = {}
    exec(step.stub, names)
    assert "not yet" in verdict(STEP, names["gradient_step"], capsys)
    constant = step.stub.replace("    ...  # your code here", "    return 1")
    exec(constant, names)
    assert "result is an int" in verdict(STEP, names["gradient_step"], capsys)


def test_float32_and_tuples_and_generators_are_fine(capsys):
    def step(parameters, gradients, learning_rate):
        for parameter, gradient in zip(parameters, gradients):
            yield (parameter - learning_rate * gradient).astype("float32")

    assert verdict(STEP, step, capsys) == STEP + ": right."
    assert verdict(STEP, lambda *args: (*step(*args),), capsys).endswith(
        "right."
    )


def test_default_check_names_the_misconception():
    Scale().check(scale)
    with pytest.raises(Wrong, match="No factor"):
        Scale().check(lambda x, factor: {"y": x, "shape": x.shape})
    with pytest.raises(Wrong, match=r"result\['y'\]\[0\] is 7, expected 3"):
        Scale().check(lambda x, factor: {"y": x * 7, "shape": x.shape})
    with pytest.raises(Wrong, match=r"the keys \['y'\], expected \['y', 's"):
        Scale().check(lambda x, factor: {"y": x * 7})
    with pytest.raises(Wrong, match="result is an array, expected a dict"):
        Scale().check(lambda x, factor: x * 7)


@pytest.mark.parametrize(
    "case, show",
    [
        (3, "x = 3:"),
        (1.0, "x = 1:"),
        (np.arange(3), r"x = \[0, 1, 2\]:"),
        (np.ones((3, 3)), r"x = an array of shape \(3, 3\):"),
        (np.float32(0.5), r"x = 0\.5:"),
        (types.SimpleNamespace(), "x = a SimpleNamespace:"),
        ((1, 2), r"x = \(1, 2\):"),
        (None, "x = None:"),
        ([0] * 13, "x = a list:"),
    ],
)
def test_arguments_are_shown_in_short(case, show):
    class One(Cases):
        """Always one."""

        solution = one

    with pytest.raises(Wrong, match=f"For {show} result is 2, expected 1"):
        One(case).check(lambda x: 2)


def test_a_dict_that_is_changed():
    def pop(x):
        x.pop("a")
        return 0

    def overwrite(x):
        x["a"][0] = 5
        return 0

    for change in pop, overwrite:
        with pytest.raises(Wrong, match="changes its input in place"):
            Cases().call(change, {"a": np.zeros(1)})
    assert Cases().call(lambda x: 0, {"a": np.zeros(1)}) == 0


def test_an_expected_nan_is_no_error():
    Cases(np.array([np.nan, 1.0])).check(halve)
    with pytest.raises(Wrong, match=r"result\[0\] is 0, expected nan"):
        Cases(np.array([np.nan, 1.0])).check(lambda x: np.array([0, 0.5]))


def test_an_exercise_needs_inputs_or_a_check():
    class Empty(Exercise):
        """Nothing."""

        solution = halve

    with pytest.raises(TypeError, match=r"Empty needs inputs\(rng\) or"):
        Empty().check(halve)


def test_a_class_as_the_answer():
    class Double:
        """Doubles."""

        def __new__(cls, x):
            return 2 * x

    with pytest.raises(Wrong, match=r"is 2, expected 0\.5"):
        Cases(1.0).check(Double)
    with pytest.raises(NotYet):
        Cases(1.0).call(unwritten_class(), 1)


def unwritten_class():
    class Later:
        def __init__(self, x):
            raise NotImplementedError

    return Later


def test_hints_come_one_by_one_and_end(capsys, monkeypatch):
    monkeypatch.setattr(exercises, "_hints_shown", {})
    count = len(exercises.find(STEP).hints)
    for number in range(1, count + 1):
        exercises.hint(STEP)
        assert f"Hint {number} of {count}: " in capsys.readouterr().out
    for _ in range(2):
        exercises.hint(STEP)
        printed = " ".join(capsys.readouterr().out.split())
        assert printed == (
            f"{STEP}: no more hints. "
            f'exercises.solution("{STEP}") shows a solution.'
        )
    exercises.hint(STEP, 1)
    assert f"Hint 1 of {count}: " in capsys.readouterr().out
    for number in 0, count + 1, "one":
        with pytest.raises(ValueError, match=f"hints 1 to {count}, received"):
            exercises.hint(STEP, number)


def test_solution_and_list_print(capsys):
    exercises.solution(STEP)
    printed = capsys.readouterr().out
    assert printed.startswith("def gradient_step(parameters, gradients,")
    assert printed.endswith("strict=True)\n    ]\n")
    exercises.list()
    printed = capsys.readouterr().out
    assert f"{STEP}: Take one step of gradient descent" in printed


def test_an_unknown_id_names_near_ones():
    for call in (
        exercises.hint,
        exercises.solution,
        lambda id: exercises.check(id, None),
    ):
        with pytest.raises(
            ValueError,
            match=r"no exercise 'gradient_steps'; near: .*loop\.gradient_step",
        ):
            call("gradient_steps")
    with pytest.raises(ValueError, match=r"exercises\.list\(\) has all"):
        exercises.find("?")


def test_id_label_and_stub():
    step = exercises.find(STEP)
    assert (step.chapter, step.name) == ("training_loop", "gradient_step")
    assert step.label == "ex-training-loop-gradient-step"
    assert step.stub.startswith("def gradient_step(")
    assert step.stub.endswith('"""\n    ...  # your code here')


def test_the_derivation_agrees_with_finite_differences():
    """The exercise's solution is itself right."""
    rng = np.random.default_rng(0)
    y_true, y_pred, direction = rng.normal(size=(3, 4, 2))

    def loss(step):
        return np.mean((y_pred + step * direction - y_true) ** 2)

    slope = (loss(1e-4) - loss(-1e-4)) / 2e-4
    gradient = mean_squared_error_gradient(y_true, y_pred)
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize(
    "batches, words",
    [
        (3, "arrays of integers with one axis"),
        ([[0, 1], [2]], "arrays of integers with one axis"),
        ([np.arange(3.0)], "arrays of integers with one axis"),
        ([np.arange(1, 13)], "Indices must be 0 to n - 1; not so for n = 12"),
        (
            [np.arange(12)],
            "sizes [12] for n = 12 and batch_size = 4, expected",
        ),
        ([np.arange(8)], "Some samples are never seen"),
        ([np.zeros(12, int)], "Some samples come twice"),
    ],
)
def test_minibatches_of_the_wrong_kind(batches, words, capsys):
    text = verdict("training_loop.minibatches", lambda *_: batches, capsys)
    assert words in text


def test_a_wrong_word(capsys):
    text = verdict(
        "training_loop.stopping_epoch", lambda *_: (3, "epochs"), capsys
    )
    assert text.endswith("result[1] is 'epochs', expected 'threshold'.")

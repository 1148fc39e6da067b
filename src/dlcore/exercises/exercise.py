"""An exercise: a solution, inputs to try it on, hints, typical mistakes.

The reader writes one function. Its name, its arguments and its docstring
are those of the solution, so the stub in the chapter is made from it:

    def halve(x):
        \"""Return half of x, an array of any shape.\"""
        return x / 2

    class Halve(Exercise):
        \"""Halve an array.\"""

        solution = halve
        hints = ("Half of 3 is 1.5.", "Arrays divide like numbers: x / 2.")
        misconceptions = (
            (
                "rounds down",
                lambda x: x // 2,
                "`//` drops the fraction. Divide with `/`.",
            ),
        )

        def inputs(self, rng):
            yield (np.array([1.0, 3.0]),)
            yield (rng.normal(size=(2, 3)),)

That is all an exercise with one right result needs. One with many right
results (a shuffle, a trained model) has a `check` of its own instead of
`inputs`.
"""

import ast
import inspect
import textwrap
import traceback
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from numbers import Number
from types import CodeType

import numpy as np

SEED = 20240229
MANY = 100_000  # More items than this, and an iterator counts as endless.


class Wrong(Exception):  # noqa: N818
    """The answer is wrong; the message tells the reader what to look at."""


class NotYet(Exception):  # noqa: N818
    """The answer is still the stub."""


class Exercise:
    """One exercise of one chapter; a subclass has these attributes.

    docstring: the task in one sentence.
    solution: the function that the reader is to write.
    hints: two or more texts in Markdown, from a nudge to nearly all of it.
    misconceptions: one or more of (name, wrong answer, what the reader is
        told). The name completes "This answer ...".
    stub: only if the reader starts from more than the empty function.
    """

    solution = None
    hints = ()
    misconceptions = ()

    def __init_subclass__(cls):
        cls.name = cls.solution.__name__
        cls.chapter = cls.__module__.rpartition(".")[2]
        cls.id = f"{cls.chapter}.{cls.name}"
        cls.label = "ex-" + cls.id.replace(".", "-").replace("_", "-")
        cls.task = inspect.cleandoc(cls.__doc__)
        # Otherwise self would become the solution's first argument.
        cls.solution = staticmethod(cls.solution)

    @property
    def source(self):
        """The source of the solution."""
        return textwrap.dedent(inspect.getsource(self.solution)).rstrip()

    @property
    def stub(self):
        """The solution up to its docstring, with room for the answer."""
        docstring = ast.parse(self.source).body[0].body[0]
        lines = self.source.splitlines()[: docstring.end_lineno]
        return "\n".join([*lines, "    ...  # your code here"])

    def inputs(self, rng):
        """Yield the arguments of each call, as tuples: small ones first.

        Several random ones, and the edges: hard-coded answers must fail.
        """
        raise TypeError(
            f"{type(self).__name__} needs inputs(rng) or its own check(answer)"
        )

    def check(self, answer):
        """Raise Wrong with a message, or NotYet; return if it is right."""
        received = [self.call(answer, *case) for case in self._cases()]
        if self._returns(self.solution, received):
            return
        for _, wrong, message in self.misconceptions:
            if self._returns(wrong, received):
                raise Wrong(message)
        for case, result in zip(self._cases(), received, strict=True):
            arguments = self._show_arguments(case)
            error = difference(_run(self.solution, case), result)
            if error:
                raise Wrong(f"For {arguments}: {error}")

    def call(self, answer, *arguments):
        """The result of the answer, with iterators made lists.

        Raises NotYet for the stub, and Wrong if the answer is no function,
        raises, returns nothing or changes its arguments.
        """
        if not callable(answer):
            raise Wrong(
                f"Expected the function {self.name} itself, "
                f"received {_kind(answer)}."
            )
        if self._is_stub(answer):
            raise NotYet
        before = deepcopy(arguments)
        try:
            result = _run(answer, arguments)
        except NotImplementedError:
            raise NotYet from None
        except Wrong:
            raise
        except Exception as error:
            raise Wrong(f"{self.name} {_crash(error, answer)}") from None
        if result is None:
            raise Wrong(
                f"{self.name} returns None. Does every path through it end "
                "in a return?"
            )
        names = self._argument_names()
        for name, old, new in zip(names, before, arguments, strict=True):
            if _changed(old, new):
                raise Wrong(
                    f"{self.name} changes its input in place: the argument "
                    f"{name} is no longer what it was. Build new arrays."
                )
        return result

    def wrong(self, misconception):
        """The exception for a catalogued misconception, to be raised."""
        messages = {name: text for name, _, text in self.misconceptions}
        return Wrong(messages[misconception])

    def _cases(self):
        return self.inputs(np.random.default_rng(SEED))

    def _returns(self, function, results):
        """Whether the function has these results on all inputs."""
        try:
            return all(
                difference(_run(function, case), result) is None
                for case, result in zip(self._cases(), results, strict=True)
            )
        except Exception:
            return False

    def _is_stub(self, answer):
        """Compare compiled code, so that a forgotten return is no stub."""
        names = dict(vars(inspect.getmodule(self.solution)))
        exec(self.stub, names)
        code = _compiled(answer)
        return code is not None and code == _compiled(names[self.name])

    def _argument_names(self):
        return [*inspect.signature(self.solution).parameters]

    def _show_arguments(self, case):
        pairs = zip(self._argument_names(), case, strict=True)
        return ", ".join(f"{name} = {show(value)}" for name, value in pairs)


def difference(expected, received, where="result"):
    """What is wrong with a result, as a sentence, or None.

    Lists, tuples and dicts are compared item by item, numbers and arrays
    within float32's rounding, everything else with ==.
    """
    if isinstance(expected, dict):
        if not isinstance(received, dict):
            return _unlike(where, expected, received)
        if received.keys() != expected.keys():
            return (
                f"{where} has the keys {show([*received])}, "
                f"expected {show([*expected])}."
            )
        return _first_difference(expected, expected, received, where)
    if isinstance(expected, list | tuple):
        if not isinstance(received, list | tuple):
            return _unlike(where, expected, received)
        if len(received) != len(expected):
            return (
                f"{where} has the length {len(received)}, "
                f"expected {len(expected)}."
            )
        return _first_difference(
            range(len(expected)), expected, received, where
        )
    if isinstance(expected, np.ndarray | Number):
        return _numbers_differ(expected, received, where)
    if type(received) is not type(expected) or received != expected:
        return f"{where} is {show(received)}, expected {show(expected)}."
    return None


def _first_difference(keys, expected, received, where):
    for key in keys:
        place = f"{where}[{key!r}]"
        error = difference(expected[key], received[key], place)
        if error:
            return error
    return None


def _numbers_differ(expected, received, where):
    if not isinstance(received, np.ndarray | Number | np.generic):
        return _unlike(where, expected, received)
    expected, received = np.asarray(expected), np.asarray(received)
    if received.shape != expected.shape:
        return (
            f"{where} has the shape {received.shape}, "
            f"expected {expected.shape}."
        )
    if not np.issubdtype(received.dtype, np.number) and received.dtype != bool:
        return f"{where} holds values of type {received.dtype}, not numbers."
    if np.isnan(received).any() and not np.isnan(expected).any():
        return f"{where} holds NaN (not a number)."
    close = np.isclose(
        received, expected, rtol=1e-5, atol=1e-7, equal_nan=True
    )
    if close.all():
        return None
    index = tuple(map(int, np.argwhere(~close)[0]))
    if index:
        where += str([*index])
    received, expected = received[index].item(), expected[index].item()
    return f"{where} is {show(received)}, expected {show(expected)}."


def show(value):
    """A value in one short line that is the same on every machine."""
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray | np.generic):
        return show(value.tolist())
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple) and len(value) <= 12:
        items = ", ".join(map(show, value))
        return f"({items})" if isinstance(value, tuple) else f"[{items}]"
    if isinstance(value, str | int | bool | None):
        return repr(value)
    return _kind(value)


def _kind(value):
    name = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _unlike(where, expected, received):
    return f"{where} is {_kind(received)}, expected {_kind(expected)}."


def _run(function, arguments):
    with np.errstate(all="ignore"):
        result = function(*arguments)
        if not isinstance(result, Iterator):
            return result
        items = [*islice(result, MANY + 1)]
    if len(items) > MANY:
        raise Wrong("The function yields without end.")
    return items


def _compiled(function):
    """What the code of a function does, without where it stands."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    constants = [c for c in code.co_consts if not isinstance(c, CodeType)]
    return code.co_code, code.co_names, constants


def _crash(error, answer):
    """What was raised and, if it was in the answer's own code, where."""
    message = next(iter(str(error).splitlines()), "")
    text = f"raises {type(error).__name__}: {message}".rstrip(": ")
    code = getattr(answer, "__code__", None)
    file = getattr(code, "co_filename", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == file:
            return f"{text} (line {frame.lineno}: {frame.line})"
    return text


def _changed(old, new):
    if isinstance(old, np.ndarray):
        return (
            not isinstance(new, np.ndarray)
            or old.dtype != new.dtype
            or not np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
        )
    if isinstance(old, list | tuple):
        return len(old) != len(new) or any(map(_changed, old, new))
    if isinstance(old, dict):
        return old.keys() != new.keys() or any(
            _changed(old[key], new[key]) for key in old
        )
    # Anything else either cannot change or, like a generator, is meant to.
    return False

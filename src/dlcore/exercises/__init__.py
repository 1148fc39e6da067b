"""The exercises of the book: one module a chapter, one class an exercise.

In a notebook:

    from dlcore import exercises

    exercises.check("training_loop.gradient_step", gradient_step)
    exercises.hint("training_loop.gradient_step")
    exercises.solution("training_loop.gradient_step")

`exercise.py` says how an exercise is made.
"""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from textwrap import fill

from dlcore.exercises.exercise import NotYet, Wrong

__all__ = ["check", "find", "hint", "list", "solution"]

#: The chapters that have exercises, in reading order.
CHAPTERS = (
    "start",
    "what_is_deep_learning",
    "neuron",
    "layers_and_depth",
    "learning",
    "training_loop",
    "initialization",
    "forward_pass",
    "backpropagation",
    "optimizers",
    "generalization",
    "activations",
    "losses",
    "gradients",
    "autodiff",
    "convolution",
    "sequences",
    "mlp",
    "cnn",
    "same_numbers",
    "debugging",
    "speed",
    "scaling_out",
    "deployment",
    "handwritten_letters",
    "image_classification",
    "segmentation",
    "text_classification",
    "sentiment",
    "semantic_similarity",
    "machine_translation",
    "speech_recognition",
    "game_decisions",
    "game_strategy",
    "tools",
    "larger_models",
    "efficient_algorithms",
    "data_scarcity",
    "compute_cost",
    "adversarial_security",
    "privacy",
    "faq",
)

_hints_shown = {}


@cache
def catalogue():
    """All exercises: {"chapter.exercise": Exercise}, in reading order."""
    exercises = {}
    for chapter in CHAPTERS:
        module = import_module(f"{__name__}.{chapter}")
        for value in vars(module).values():
            if getattr(value, "chapter", None) == chapter:
                exercises[value.id] = value()
    return exercises


def find(id):
    """The exercise of this id, or a ValueError that names near ones."""
    exercises = catalogue()
    if id in exercises:
        return exercises[id]
    near = get_close_matches(str(id), exercises, n=3, cutoff=0.6)
    raise ValueError(
        f"no exercise {id!r}; "
        + (f"near: {', '.join(near)}" if near else "exercises.list() has all")
    )


def check(id, answer):
    """Print whether the answer is right and, if not, what is wrong.

    Never raises for a wrong answer, whatever the answer does.
    """
    exercise = find(id)
    try:
        exercise.check(answer)
        verdict = "right."
    except NotYet:
        verdict = (
            f"not yet. Write your code in {exercise.name} and run both "
            "cells again."
        )
    except Wrong as wrong:
        verdict = f"not quite. {wrong}"
    except Exception as error:
        # A result so odd that comparing it fails is a wrong answer too.
        verdict = f"not quite. The result cannot be compared: {error!r}"
    _say(f"{id}: {verdict}")


def hint(id, number=None):
    """Print the next hint, or the hint of this number (from 1)."""
    exercise = find(id)
    count = len(exercise.hints)
    if number is None:
        number = _hints_shown.get(id, 0) + 1
        if number > count:
            _say(
                f"{id}: no more hints. "
                f'exercises.solution("{id}") shows a solution.'
            )
            return
        _hints_shown[id] = number
    if number not in range(1, count + 1):
        raise ValueError(
            f"{id} has hints 1 to {count}, received number={number!r}"
        )
    _say(f"Hint {number} of {count}: {exercise.hints[number - 1]}")


def solution(id):
    """Print the source of a solution."""
    print(find(id).source)


def list():
    """Print the id and the task of every exercise."""
    for id, exercise in catalogue().items():
        _say(f"{id}: {exercise.task}")


def _say(text):
    """Print within the width of a page."""
    print(fill(text, 79, break_long_words=False, break_on_hyphens=False))

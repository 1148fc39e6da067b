"""Answers to "Each after its parents" that are no list of its names."""

import pytest

import dlcore.exercises as exercises


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (3, "expected a list of names."),
        (["a", "b", "z"], "the list holds something that is no name."),
        (["b", "L"], "missing in the list: a."),
        ([], "missing in the list: L, a, b."),
    ],
)
def test_topological_order_says_what_is_wrong(answer, message, capsys):
    exercises.check("autodiff.topological_order", lambda *_: answer)
    text = " ".join(capsys.readouterr().out.split())
    assert "not quite. For parents = {'a': ()" in text
    assert message in text

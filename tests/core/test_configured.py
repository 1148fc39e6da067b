"""Configured: arguments declared by annotations, kept, shown, made again."""

import pytest

from dlcore.activations import get
from dlcore.checks import flag, optional, positive_int, text
from dlcore.configured import Configured, described, rebuilt


@pytest.fixture
def kinds():
    """Classes made anew for each test: to declare one is tested as well."""

    class Part(Configured):
        size: positive_int
        last: flag = False
        name: optional(text) = None

    def part_or_size(value, who):
        return value if isinstance(value, Part) else positive_int(value, who)

    def anything(value, who):
        return value

    class Whole(Configured):
        part: part_or_size
        call: anything = None
        sizes: anything = None
        curve: get = None

    return {"Part": Part, "Whole": Whole}


def test_arguments_by_place_and_by_name(kinds):
    part = kinds["Part"](3, True)
    assert (part.size, part.last) == (3, True)
    part = kinds["Part"](size=4)
    assert (part.size, part.last) == (4, False)
    with pytest.raises(TypeError, match="^Part last expects True or False"):
        kinds["Part"](3, 1)
    with pytest.raises(TypeError, match="size"):
        kinds["Part"]()


def test_two_of_the_same_arguments_are_two_things(kinds):
    part = kinds["Part"](3)
    assert part != kinds["Part"](3)
    assert {part: 1}[part] == 1


def test_what_is_shown(kinds):
    assert repr(kinds["Part"](3)) == "Part(size=3)"
    # names are shown by the one who prints a network, not here
    assert repr(kinds["Part"](3, True, "a")) == "Part(size=3, last=True)"
    assert str(kinds["Part"](3)) == "Part"
    assert repr(kinds["Whole"](1, curve="linear")) == "Whole(part=1)"
    assert repr(kinds["Whole"](1, curve="tanh")) == (
        "Whole(part=1, curve='tanh')"
    )


def test_configurations(kinds):
    part = kinds["Part"](3)
    inner = {"size": 3, "last": False, "name": None}
    assert part.get_config() == inner
    # a function has no name that JSON could hold; an activation has
    whole = kinds["Whole"](part, call=len, sizes=[1], curve="relu")
    config = {"part": ["Part", inner], "sizes": [1], "curve": "relu"}
    assert whole.get_config() == config
    assert described(whole) == ["Whole", config]


@pytest.mark.parametrize("sizes", [None, [], [1], [1, 2], "ab", {"a": 1}])
def test_made_again(kinds, sizes):
    whole = kinds["Whole"](kinds["Part"](3), sizes=sizes)
    again = rebuilt(described(whole), kinds, "thing")
    assert type(again) is kinds["Whole"] and type(again.part) is kinds["Part"]
    assert again.sizes == sizes
    assert again.part.size == 3


def test_kinds_that_nobody_knows(kinds):
    for description, said in (
        (["Pat", {}], "unknown thing 'Pat' (did you mean 'Part'?)"),
        (["Whole", {"part": ["Pat", {}]}], "unknown part 'Pat' (did"),
    ):
        with pytest.raises(ValueError) as error:
            rebuilt(description, kinds, "thing")
        assert str(error.value).startswith(said)

"""Configured: arguments declared by annotations, kept, shown, made again."""

import pytest

from dlcore.checks import flag, optional, positive_int
from dlcore.configured import Configured, described, rebuilt


class Part(Configured):
    size: positive_int
    last: flag = False


def part_or_number(value, who):
    return value if isinstance(value, Part) else positive_int(value, who)


class Whole(Configured):
    part: part_or_number
    call: optional(lambda value, who: value) = None
    sizes: optional(lambda value, who: value) = None


KINDS = {"Part": Part, "Whole": Whole}


def test_arguments_by_place_and_by_name():
    part = Part(3, True)
    assert (part.size, part.last) == (3, True)
    part = Part(size=4)
    assert (part.size, part.last) == (4, False)
    with pytest.raises(TypeError, match="^Part last expects True or False"):
        Part(3, 1)
    with pytest.raises(TypeError, match="size"):
        Part()


def test_two_of_the_same_arguments_are_two_things():
    part = Part(3)
    assert part == part and part != Part(3)
    assert {part: 1}[part] == 1


def test_what_is_shown():
    assert repr(Part(3)) == "Part(size=3)"
    assert repr(Part(3, True)) == "Part(size=3, last=True)"
    assert str(Part(3)) == "Part"


def test_configurations():
    assert Part(3).get_config() == {"size": 3, "last": False}
    whole = Whole(Part(3), call=len, sizes=[1])
    config = {"part": ["Part", {"size": 3, "last": False}], "sizes": [1]}
    assert whole.get_config() == config
    assert described(whole) == ["Whole", config]


@pytest.mark.parametrize("sizes", [None, [], [1], [1, 2], "ab", {"a": 1}])
def test_made_again(sizes):
    whole = rebuilt(described(Whole(Part(3), sizes=sizes)), KINDS, "thing")
    assert type(whole) is Whole and type(whole.part) is Part
    assert whole.sizes == sizes
    assert whole.part.get_config() == {"size": 3, "last": False}


def test_kinds_that_nobody_knows():
    for description, text in (
        (["Pat", {}], "unknown thing 'Pat' (did you mean 'Part'?)"),
        (["Whole", {"part": ["Pat", {}]}], "unknown part 'Pat' (did"),
    ):
        with pytest.raises(ValueError) as error:
            rebuilt(description, KINDS, "thing")
        assert str(error.value).startswith(text)

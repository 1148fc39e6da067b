"""Generated phrases: the grammar by hand-written sentences, and the edges."""

import sys

import numpy as np
import pytest

from dlcore.datasets import phrases
from dlcore.datasets.phrases import ADJECTIVES, ENDINGS, NOUNS, VERBS

PAIRS = phrases(3000)
GERMAN = {" ".join(e): " ".join(g) for e, g in PAIRS}
THINGS = {word for noun in NOUNS[7:] for word in noun[:2]}
SMALL = {
    "NOUNS": [NOUNS[0], NOUNS[3], NOUNS[5]],  # dog, cat, child
    "VERBS": [VERBS[0], VERBS[8]],  # see, sleep
    "ADJECTIVES": [ADJECTIVES[0], ADJECTIVES[2]],  # small, old
    "WITH_OBJECT": 1,
    "ADVERBS": ("today heute",),
    "MODALS": ("must muss müssen",),
}


@pytest.fixture(scope="module")
def small():
    """Nearly all sentences of one clause that a few words can make."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setitem(vars(sys.modules[phrases.__module__]), name, value)
        pairs = phrases(4000, clauses=(1,))
    return {" ".join(e): " ".join(g) for e, g in pairs}


def words(side, pairs):
    return {word for pair in pairs for word in pair[side]}


def test_all_pairs_differ_and_are_lists_of_words():
    pairs = phrases(500)
    assert len({tuple(e) for e, _ in pairs}) == len(pairs) == 500
    for english, german in pairs:
        assert all(type(word) is str and word for word in english + german)


def test_a_seed_fixes_every_word():
    assert phrases(50, seed=5) == phrases(50, seed=5)
    rng = np.random.default_rng(5)
    assert phrases(50, seed=rng) == phrases(50, seed=5) != phrases(50, seed=6)


def test_about_a_hundred_words_a_side():
    assert len(words(0, PAIRS)) == 92
    assert len(words(1, PAIRS)) == 112


# By hand, from a German grammar. Each rule of the module stands here once.
@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("the dog sees the dog", "der Hund sieht den Hund"),
        ("a dog sees a dog", "ein Hund sieht einen Hund"),
        ("the cat sees the cat", "die Katze sieht die Katze"),
        ("a cat sees a cat", "eine Katze sieht eine Katze"),
        ("the child sees the child", "das Kind sieht das Kind"),
        ("a child sees a child", "ein Kind sieht ein Kind"),
        ("the dogs see the dogs", "die Hunde sehen die Hunde"),
        ("the small dog sleeps", "der kleine Hund schläft"),
        ("a small dog sleeps", "ein kleiner Hund schläft"),
        ("a small cat sleeps", "eine kleine Katze schläft"),
        ("a small child sleeps", "ein kleines Kind schläft"),
        ("the small dogs sleep", "die kleinen Hunde schlafen"),
        ("an old dog sleeps", "ein alter Hund schläft"),
        ("today the dog sleeps", "heute schläft der Hund"),
        ("the dog is sleeping", "der Hund schläft"),
        ("the dogs are sleeping", "die Hunde schlafen"),
        ("the dog has slept", "der Hund hat geschlafen"),
        ("the dogs must sleep", "die Hunde müssen schlafen"),
        ("the dog must see a cat", "der Hund muss eine Katze sehen"),
        (
            "today a cat has seen a cat",
            "heute hat eine Katze eine Katze gesehen",
        ),
    ],
)
def test_grammar(small, english, german):
    assert small[english] == german


def test_because_sends_the_verb_to_the_end():
    seen = set()
    for english, german in GERMAN.items():
        if " because " in english:
            verb = german.split()[-1]
            assert " weil " in german and verb[0].islower()
            seen.add(verb)
    assert {"hat", "haben", "kann", "müssen", "schläft", "sehen"} <= seen
    adverb = next(g for e, g in GERMAN.items() if " because today the " in e)
    assert adverb.split(" weil ")[1].split()[0] != "heute"


def test_masculine_objects_of_one_take_en():
    nouns = {one: gender for _, _, one, _, gender in NOUNS}
    for _, german in phrases(300, clauses=(1,)):
        for article, noun in zip(german, german[1:]):
            if article == "den":
                assert noun[0].islower() or nouns[noun] == "m"


def test_tables_are_whole():
    assert all(len(noun) == 5 for noun in NOUNS)
    assert {len(verb) for verb in VERBS} == {6, 7}
    assert all(len(pair) == 2 for pair in ADJECTIVES)
    assert {noun[4] for noun in NOUNS} == {"m", "f", "n"}
    assert ENDINGS["the", "object"]["m"] == "den en"


def test_clauses_say_how_long():
    lengths = [len(e) for e, _ in phrases(2000, clauses=(1,))]
    assert (min(lengths), max(lengths)) == (3, 9)
    joints = [
        sum(word in ("and", "because") for word in e)
        for e, _ in phrases(300, clauses=[3])
    ]
    assert set(joints) == {2}


def test_things_act_only_if_asked():
    nouns = {word for noun in NOUNS for word in noun[:2]}
    for asked in (False, True):
        for english, _ in phrases(300, clauses=(1,), things_act=asked):
            subject = next(word for word in english if word in nouns)
            assert (subject in THINGS) is asked


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="n expects .* received 0"):
        phrases(0)
    with pytest.raises(TypeError, match="n expects .* received 2.5"):
        phrases(2.5)
    for clauses in (2, (), "12"):
        with pytest.raises(TypeError, match="clauses expects a tuple"):
            phrases(10, clauses=clauses)
    with pytest.raises(ValueError, match="clauses expects .* received 0"):
        phrases(10, clauses=(1, 0))
    with pytest.raises(TypeError, match="clauses expects a whole number"):
        phrases(10, clauses=(1.5,))
    with pytest.raises(ValueError, match="at most 20000 sentences"):
        phrases(20_001, clauses=(1,))
    with pytest.raises(TypeError, match="things_act expects True or False"):
        phrases(10, things_act=1)

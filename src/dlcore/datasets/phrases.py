"""Sentences of a small made-up English, and their German translations.

Everything here is generated from the tables below; no person has written the
sentences. The grammar is small, but its difficulties are real ones. German
has three genders, endings that agree, an object case, a verb that comes
second behind an adverb, parts of the verb that wait at the end, and no form
like "is sleeping", so that the two sides differ in length::

    the white cat sees a small dog
    die weiße Katze sieht einen kleinen Hund
    today the man can see the dog -> heute kann der Mann den Hund sehen
    ... because the cat has slept -> ... weil die Katze geschlafen hat

Articles and endings: Duden, "Die Grammatik" (tables of the adjective).
Punctuation is left out, so the comma before "weil" is missing.
"""

from dataclasses import dataclass

import numpy as np

from dlcore.datasets import checks

#: English one and many, German one and many, gender; the first are alive.
NOUNS = [
    entry.split()
    for entry in (
        "dog dogs Hund Hunde m", "man men Mann Männer m",
        "bird birds Vogel Vögel m", "cat cats Katze Katzen f",
        "woman women Frau Frauen f", "child children Kind Kinder n",
        "horse horses Pferd Pferde n", "letter letters Brief Briefe m",
        "tree trees Baum Bäume m", "flower flowers Blume Blumen f",
        "bridge bridges Brücke Brücken f", "house houses Haus Häuser n",
        "book books Buch Bücher n", "car cars Auto Autos n",
    )
]  # fmt: skip
ALIVE = 7
#: English and German without an ending.
ADJECTIVES = [
    entry.split()
    for entry in (
        "small klein", "big groß", "old alt", "new neu", "red rot",
        "white weiß", "green grün", "beautiful schön",
    )
]  # fmt: skip
#: English buys, buy, bought; German kauft, kaufen, gekauft; English buying,
#: where one says so. The last ones have no object.
VERBS = [
    entry.split()
    for entry in (
        "sees see seen sieht sehen gesehen",
        "loves love loved liebt lieben geliebt",
        "buys buy bought kauft kaufen gekauft buying",
        "finds find found findet finden gefunden finding",
        "paints paint painted malt malen gemalt painting",
        "carries carry carried trägt tragen getragen carrying",
        "hears hear heard hört hören gehört",
        "seeks seek sought sucht suchen gesucht seeking",
        "sleeps sleep slept schläft schlafen geschlafen sleeping",
        "laughs laugh laughed lacht lachen gelacht laughing",
        "works work worked arbeitet arbeiten gearbeitet working",
    )
]  # fmt: skip
WITH_OBJECT = 8
ADVERBS = ("today heute", "now jetzt", "here hier", "often oft")
#: English, German for one, German for many.
MODALS = ("can kann können", "must muss müssen")
#: (English article, case): {gender: German article, ending}; and of many.
ENDINGS = {
    ("the", "subject"): {"m": "der e", "f": "die e", "n": "das e"},
    ("the", "object"): {"m": "den en", "f": "die e", "n": "das e"},
    ("a", "subject"): {"m": "ein er", "f": "eine e", "n": "ein es"},
    ("a", "object"): {"m": "einen en", "f": "eine e", "n": "ein es"},
}
MANY = "die en"


@dataclass
class _Clause:
    """The pieces of one clause, each a list of words, in both languages."""

    adverb: tuple
    subject: tuple
    finite: tuple  # the verb that agrees: sees, has, can
    rest: tuple  # what else the verb has: seen, see
    target: tuple  # the object, or nothing

    def english(self):
        pieces = (self.adverb, self.subject, self.finite, self.rest,
                  self.target)
        return [word for piece in pieces for word in piece[0]]

    def german(self, verb_last):
        """Verb second; or last of all, behind "weil"."""
        adverb, subject, finite, rest, target = (
            piece[1] for piece in (self.adverb, self.subject, self.finite,
                                   self.rest, self.target)
        )
        if verb_last:
            return [*subject, *adverb, *target, *rest, *finite]
        if adverb:
            return [*adverb, *finite, *subject, *target, *rest]
        return [*subject, *finite, *target, *rest]


def phrases(n=3000, seed=0, clauses=(1, 2), things_act=False):
    """n generated pairs (English words, German words), all different.

    Each pair is two lists of str. clauses: how many clauses a sentence may
    have; each of these numbers is equally likely. Clauses are joined by
    "and" (und) or "because" (weil). One clause has 3 to 9 English words.
    things_act: the subject is a letter or a house instead of a living
    being, which stands before the verb only then.

    Raises TypeError for clauses that are no tuple or list of whole numbers
    and for things_act that is no bool, ValueError for numbers below 1 and
    for more than 20,000 sentences of one clause.
    """
    n = checks.count("n", n)
    if not isinstance(things_act, bool):
        raise TypeError(
            f"things_act expects True or False, received {things_act!r}"
        )
    if not isinstance(clauses, (tuple, list)) or not clauses:
        raise TypeError(
            "clauses expects a tuple of whole numbers, such as (1, 2), "
            f"received {clauses!r}"
        )
    clauses = [checks.count("clauses", count) for count in clauses]
    if max(clauses) == 1 and n > 20_000:
        raise ValueError(
            f"n expects at most 20000 sentences of one clause, received {n}"
        )
    rng = np.random.default_rng(seed)
    subjects = NOUNS[ALIVE:] if things_act else NOUNS[:ALIVE]
    pairs = {}
    while len(pairs) < n:
        english, german = _sentence(rng, _one_of(rng, clauses), subjects)
        pairs[tuple(english)] = english, german
    return list(pairs.values())


def _one_of(rng, items):
    return items[rng.integers(len(items))]


def _sentence(rng, clauses, subjects):
    english, german = [], []
    for number in range(clauses):
        clause = _clause(rng, subjects)
        because = bool(number) and rng.random() < 0.5
        if number:
            english.append("because" if because else "and")
            german.append("weil" if because else "und")
        english += clause.english()
        german += clause.german(verb_last=because)
    return english, german


def _clause(rng, subjects):
    many = rng.random() < 0.3
    subject = _noun_phrase(rng, _one_of(rng, subjects), "subject", many)
    verb = rng.integers(len(VERBS))
    adverb = target = [], []
    if rng.random() < 0.3:
        adverb = tuple([word] for word in _one_of(rng, ADVERBS).split())
    if verb < WITH_OBJECT:
        target = _noun_phrase(rng, _one_of(rng, NOUNS), "object",
                              rng.random() < 0.3)
    finite, rest = _verb(rng, VERBS[verb], many)
    return _Clause(adverb, subject, finite, rest, target)


def _noun_phrase(rng, noun, case, many):
    """The article, in two of five cases an adjective, and the noun."""
    one, more, eins, mehr, gender = noun
    article = "the" if many or rng.random() < 0.5 else "a"
    agreeing = MANY if many else ENDINGS[article, case][gender]
    artikel, ending = agreeing.split()
    english, german = [article], [artikel]
    if rng.random() < 0.4:
        adjective, stem = _one_of(rng, ADJECTIVES)
        english = ["an" if english + [adjective] == ["a", "old"] else article]
        english.append(adjective)
        german.append(stem + ending)
    return english + [more if many else one], german + [mehr if many else eins]


def _verb(rng, verb, many):
    """(English, German) of what agrees, and of what stands apart."""
    sees, see, seen, sieht, sehen, gesehen, *seeing = verb
    kind = rng.integers(3)
    if kind == 0 and seeing and rng.random() < 0.5:
        return (["are" if many else "is"], [sehen if many else sieht]), (
            seeing, [])
    if kind == 0:
        finite = ([see], [sehen]) if many else ([sees], [sieht])
        return finite, ([], [])
    if kind == 1:
        finite = (["have"], ["haben"]) if many else (["has"], ["hat"])
        return finite, ([seen], [gesehen])
    can, kann, koennen = _one_of(rng, MODALS).split()
    return ([can], [koennen if many else kann]), ([see], [sehen])

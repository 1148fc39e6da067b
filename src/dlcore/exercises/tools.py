"""Exercises of the chapter "Tools"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def half_life(momentum):
    """Return after how many batches old knowledge counts half.

    momentum: a number between 0 and 1, without the ends. After each batch a
    moving mean becomes  momentum * old + (1 - momentum) * batch.

    The result k need not be whole: the old mean is multiplied by a half
    after k batches.
    """
    return np.log(0.5) / np.log(momentum)


class HalfLife(Exercise):
    """Find the half-life of a moving mean."""

    solution = half_life
    hints = (
        "After one batch the old mean counts `momentum`. After two batches "
        "it has been multiplied twice.",
        "After k batches it counts momentum to the power of k. Set that "
        "equal to a half.",
        "Take the logarithm of both sides: k log(momentum) = log(1/2).",
    )
    misconceptions = (
        (
            "reads momentum in PyTorch's way",
            lambda momentum: np.log(0.5) / np.log(1 - momentum),
            "This is the half-life if the *batch* is multiplied by "
            "momentum. Here the old mean is.",
        ),
        (
            "takes what is lost for the same in each batch",
            lambda momentum: 0.5 / (1 - momentum),
            "Each batch takes its share of what is left, not of the "
            "beginning. The old mean falls along a curve, not a line.",
        ),
        (
            "gives the mean age",
            lambda momentum: 1 / (1 - momentum),
            "That is how old the knowledge is on average. By then less than "
            "a half is left.",
        ),
    )

    def inputs(self, rng):
        yield (0.5,)
        yield (0.9,)
        yield (0.1,)
        for momentum in rng.uniform(0.02, 0.999, 5):
            yield (float(momentum),)


def allows(request, version):
    """Return whether a version fulfils a request, True or False.

    request: conditions parted by commas, such as ">=1.26,<2". Each is one
        of >=, < and ==, then a version. All must hold.
    version: whole numbers parted by points, such as "2.4.6".

    Versions are compared number by number from the left. Missing numbers
    count as 0, so 2 and 2.0 are the same version.
    """

    def numbers(text):
        parts = [int(part) for part in text.split(".")]
        while parts and parts[-1] == 0:
            parts.pop()
        return parts

    has = numbers(version)
    for condition in request.split(","):
        if condition.startswith(">="):
            fulfilled = has >= numbers(condition[2:])
        elif condition.startswith("=="):
            fulfilled = has == numbers(condition[2:])
        else:
            fulfilled = has < numbers(condition[1:])
        if not fulfilled:
            return False
    return True


def comparing(read, join=all):
    """An answer that turns versions into something else, or joins them."""
    rules = {
        ">=": lambda a, b: a >= b,
        "==": lambda a, b: a == b,
        "<": lambda a, b: a < b,
    }

    def answer(request, version):
        holds = []
        for condition in request.split(","):
            sign = condition[:2] if condition[1] == "=" else "<"
            wanted = condition[len(sign) :]
            holds.append(rules[sign](read(version), read(wanted)))
        return join(holds)

    return answer


def _whole(text):
    return [int(part) for part in text.split(".")]


def _padded(text):
    parts = _whole(text)
    return parts + [0] * (9 - len(parts))


def _first_two(text):
    return float(".".join(text.split(".")[:2]))


class Allows(Exercise):
    """Decide whether a version fulfils a request."""

    solution = allows
    hints = (
        'As texts, "1.10" comes before "1.9", as words do in a dictionary. '
        "Turn each version into a list of whole numbers first.",
        "Python compares lists number by number: [1, 10] > [1, 9]. But "
        "[2] < [2, 0]. Fill up with zeros, or take zeros at the end away.",
        'Split the request at the commas. Look for ">=" and "==" before '
        '"<". Return False at the first condition that fails.',
    )
    misconceptions = (
        (
            "compares texts",
            comparing(str),
            'You compare letters. In a dictionary "1.10" stands before '
            '"1.9", as a version it comes after it.',
        ),
        (
            "reads a version as one decimal number",
            comparing(_first_two),
            "1.10 is no decimal number: as one it would be 1.1. Its parts "
            "are 1 and 10.",
        ),
        (
            "takes 2 for older than 2.0",
            comparing(_whole),
            "In Python [2] < [2, 0]. As versions both are the same: fill "
            "up with zeros.",
        ),
        (
            "is content with one condition",
            comparing(_padded, any),
            "One fulfilled condition is enough for you. All must hold.",
        ),
    )

    def inputs(self, rng):
        yield ">=1.9", "1.10"
        yield ">=1.26,<2", "2.4.6"
        yield ">=1.26,<2", "1.26"
        yield ">=2.0", "2"
        yield "<2.0", "2"
        yield "==2.0.0", "2"
        yield ">=1.10,<1.20", "1.9.5"
        yield ">=1.2.10", "1.2.9"
        for case in rng.integers(0, 13, size=(12, 6)):
            a, b, c, d, e, f = case.tolist()
            yield f">={a}.{b},<{c + 3}", f"{d}.{e}.{f}"


def behind(wanted, needs):
    """Return the names of all packages that come along, sorted.

    wanted: a list of names. needs: {name: list of the names it needs}; a
        name that is missing there needs nothing.

    What is needed comes along, and what that needs in turn, each name once.
    The wanted names themselves are not listed. Two packages may need each
    other.
    """
    found = set()
    waiting = list(wanted)
    while waiting:
        for name in needs.get(waiting.pop(), []):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return sorted(found - set(wanted))


def _direct(wanted, needs):
    found = {name for one in wanted for name in needs.get(one, [])}
    return sorted(found - set(wanted))


def _with_wanted(wanted, needs):
    return sorted({*behind(wanted, needs), *wanted})


def _two_steps(wanted, needs):
    first = _direct(wanted, needs)
    return sorted({*first, *_direct(first, needs)} - set(wanted))


class Behind(Exercise):
    """List what a wish brings along."""

    solution = behind
    hints = (
        "Keep a list of names that still wait to be looked at. At first "
        "these are the wanted ones.",
        "Take a name from the list. Whatever it needs and you have not "
        "seen yet is found, and joins the list.",
        "Remember what was found in a set. Then two packages that need "
        "each other do not keep you busy for ever.",
    )
    misconceptions = (
        (
            "looks at what is needed directly",
            _direct,
            "These are the packages that the wanted ones name themselves. "
            "They need others in turn.",
        ),
        (
            "looks two steps far",
            _two_steps,
            "You follow the needs twice. The chain may be longer: go on "
            "until nothing new comes.",
        ),
        (
            "lists the wanted ones too",
            _with_wanted,
            "The wanted packages stand in your list. Asked for is what "
            "comes along.",
        ),
    )

    def inputs(self, rng):
        chain = {"a": ["b"], "b": ["c"], "c": ["d"]}
        yield ["a"], chain
        yield ["a", "b"], chain
        yield ["d"], chain
        yield ["a"], {"a": ["b", "c"], "b": ["a", "c"]}
        names = [*"abcdefghij"]
        for matrix in rng.random((4, 10, 10)) < 0.13:
            needs = {
                name: [other for other, yes in zip(names, row) if yes]
                for name, row in zip(names, matrix)
            }
            yield ["a", "d"], needs


def to_channels_first(kernel, height, width, channels):
    """Return a Dense kernel for a tool with the other conventions.

    kernel: (height * width * channels, units), behind a Flatten that reads
        pictures of shape (height, width, channels).

    The other tool flattens pictures of shape (channels, height, width), and
    keeps a row for each unit. Returns the same weights in its order:
    (units, channels * height * width).
    """
    units = kernel.shape[1]
    pictures = kernel.reshape(height, width, channels, units)
    return pictures.transpose(3, 2, 0, 1).reshape(units, -1)


def arranged(*order):
    def answer(kernel, height, width, channels):
        units = kernel.shape[1]
        pictures = kernel.reshape(height, width, channels, units)
        return pictures.transpose(order).reshape(units, -1)

    return answer


class ToChannelsFirst(Exercise):
    """Carry the weights of a Dense layer to another tool."""

    solution = to_channels_first
    hints = (
        "Each unit has one weight for each number of the picture. Give the "
        "weights of a unit the shape of a picture first.",
        "`kernel.reshape(height, width, channels, units)` names the axes "
        "again. Which order do you want them in?",
        "The other tool wants units, channels, height, width: the axes 3, "
        "2, 0, 1 of `transpose`. Then flatten all but the first.",
    )
    misconceptions = (
        (
            "transposes the table only",
            lambda kernel, height, width, channels: kernel.T,
            "The rows are units now. But within a row the weights still "
            "stand in the order height, width, channels.",
        ),
        (
            "reshapes instead of transposing",
            lambda kernel, height, width, channels: kernel.reshape(
                kernel.shape[1], -1
            ),
            "`reshape` keeps the numbers in their order in memory. The "
            "shape is right, and nearly every weight is in a wrong place.",
        ),
        (
            "reverses all axes",
            arranged(3, 2, 1, 0),
            "Height and width have changed places: the network sees "
            "pictures that lie on their side.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(12.0).reshape(6, 2), 1, 2, 3
        yield np.arange(24.0).reshape(12, 2), 2, 3, 2
        for height, width, channels, units in [(3, 2, 4, 5), (2, 4, 3, 1)]:
            size = height * width * channels
            yield rng.normal(size=(size, units)), height, width, channels

"""Exercises of the chapter on where the time of a training step goes."""

import tracemalloc

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong, difference


def gain(share, times):
    """Return (total, limit): how much faster a program becomes, at most.

    share: how much of its time a part of the program takes, at least 0 and
        below 1.
    times: how many times as fast that part becomes, above 0. The rest stays
        as it is.

    total: the old time of the whole program divided by its new time.
    limit: what total comes to if the part takes no time at all.
    """
    rest = 1 - share
    return 1 / (rest + share / times), 1 / rest


class Gain(Exercise):
    """Derive what a faster part does for the whole."""

    solution = gain
    hints = (
        "Let the whole take 1 second at first. How long does the part take, "
        "and how long does the rest?",
        "The part took `share` seconds and now takes `share / times`. The "
        "rest still takes `1 - share`.",
        "Divide 1 by the new time: that is total. For limit leave the part "
        "out.",
    )
    misconceptions = (
        (
            "takes the mean of two speeds",
            lambda share, times: (
                (1 - share) + share * times,
                1 / (1 - share),
            ),
            "Speeds cannot be averaged by shares of time. Add the new times "
            "of both parts, and divide the old time by their sum.",
        ),
        (
            "forgets the rest",
            lambda share, times: (times, 1 / (1 - share)),
            "This is the gain of the part alone. The rest of the program "
            "still takes its time.",
        ),
        (
            "returns the new time",
            lambda share, times: (1 - share + share / times, 1 - share),
            "These are the new times. A gain is the old time, 1, divided by "
            "the new one.",
        ),
    )

    def inputs(self, rng):
        yield 0.5, 2
        yield 0.9, 1000
        yield 0.0, 8
        yield 0.75, 0.5
        for _ in range(3):
            yield float(rng.uniform(0.1, 0.99)), int(rng.integers(2, 64))


def conv_cost(n, height, width, channels, filters, size, dx):
    """Return (operations, bytes) of one training step of a convolution.

    n images of (height, width, channels); filters of size x size; padding
    "valid", stride 1. The windows are copied into the rows of one matrix,
    so forward is one matrix product: windows times kernel. Backward is one
    more for the kernel's gradient, and a third one if dx is True.

    operations: a multiplication and an addition are two. bytes: each of the
        products touches its three matrices once, with 4 bytes a number.
        Bias, activation and the copying of windows are left out.
    """
    rows = n * (height - size + 1) * (width - size + 1)
    inputs = size * size * channels
    products = 3 if dx else 2
    numbers = rows * inputs + inputs * filters + rows * filters
    return products * 2 * rows * inputs * filters, products * 4 * numbers


def _conv_cost(rows=None, inputs=None, products=None, operations=2):
    """conv_cost with one of its steps done in another way."""

    def answer(n, height, width, channels, filters, size, dx):
        k = size
        a = n * (height - k + 1) * (width - k + 1)
        a = rows(n, height, width) if rows else a
        b = inputs(k, channels) if inputs else k * k * channels
        p = products or (3 if dx else 2)
        numbers = a * b + b * filters + a * filters
        return p * operations * a * b * filters, p * 4 * numbers

    return answer


class ConvCost(Exercise):
    """Count what a convolution computes and what it moves."""

    solution = conv_cost
    hints = (
        "A window of `size` pixels has `height - size + 1` places from top "
        "to bottom. How many windows do all images have together?",
        "One window holds `size * size * channels` numbers. So the matrix of "
        "windows, the kernel and the output have the shapes rows × inputs, "
        "inputs × filters and rows × filters.",
        "One product takes `2 * rows * inputs * filters` operations. There "
        "are two of them in a step, or three with dx.",
    )
    misconceptions = (
        (
            "puts a window at every pixel",
            _conv_cost(rows=lambda n, height, width: n * height * width),
            "With padding 'valid' a window stays inside: it has "
            "height - size + 1 places from top to bottom.",
        ),
        (
            "counts a multiplication with its addition as one",
            _conv_cost(operations=1),
            "A multiplication and an addition are two operations.",
        ),
        (
            "always counts dx",
            _conv_cost(products=3),
            "The first layer of a network needs no dx: nobody asks what the "
            "image should have been. Then a step has two products.",
        ),
        (
            "forgets the channels",
            _conv_cost(inputs=lambda size, channels: size * size),
            "A window reaches through all channels: size * size * channels "
            "numbers.",
        ),
    )

    def inputs(self, rng):
        yield 32, 28, 28, 1, 32, 3, False
        yield 1, 3, 3, 2, 1, 3, True
        yield 8, 13, 10, 32, 64, 5, True
        yield (*map(int, rng.integers(6, 30, 5)), 2, False)


def momentum_in_place(w, dw, m, room, rate, beta):
    """Return w after one step with momentum, made without a new array.

    w, dw, m, room: four arrays of one shape, float32: weights, gradient,
        momentum, and room for anything in between.
    rate, beta: numbers.

    m becomes beta * m - rate * dw, then w becomes w + m. Both change in
    place. dw stays as it is. room may hold anything before and after.
    """
    m *= beta
    np.multiply(dw, rate, out=room)
    m -= room
    w += m
    return w


def with_temporaries(w, dw, m, room, rate, beta):
    m[...] = beta * m - rate * dw
    w[...] = w + m
    return w


def new_names(w, dw, m, room, rate, beta):
    m = beta * m - rate * dw
    w = w + m
    return w


def spoils_the_gradient(w, dw, m, room, rate, beta):
    m *= beta
    dw *= rate
    m -= dw
    w += m
    return w


class MomentumInPlace(Exercise):
    """Update weights without asking for memory."""

    solution = momentum_in_place
    hints = (
        "`m *= beta` changes the array, `m = m * beta` makes a new one.",
        "`rate * dw` would be a new array. `np.multiply(dw, rate, "
        "out=room)` writes it into room.",
        "Four lines: m *= beta; np.multiply(dw, rate, out=room); m -= room; "
        "w += m. Then return w.",
    )
    misconceptions = (
        (
            "computes with temporary arrays",
            with_temporaries,
            "The numbers are right, but on the way there are new arrays as "
            "large as the weights. Use `*=`, `-=` and `out=room`.",
        ),
        (
            "gives new arrays the old names",
            new_names,
            "The caller's arrays are what they were. `w = w + m` makes a "
            "new array and calls it w; `w += m` changes the one that was "
            "given.",
        ),
        (
            "spoils the gradient",
            spoils_the_gradient,
            "dw is no longer what it was. It belongs to the layers; "
            "there is `room` for what comes in between.",
        ),
    )

    def check(self, answer):
        rng = np.random.default_rng(0)
        if not callable(answer) or self._is_stub(answer):
            self.call(answer, *self._case(rng, 3))
        for size in (3, 200_000, 17):
            arguments = self._case(rng, size)
            w, dw, m, *_ = arguments
            before = [one.copy() for one in (w, dw, m)]
            expected = [one.copy() for one in arguments[:4]]
            momentum_in_place(*expected, *arguments[4:])
            result, peak = self._peak(answer, arguments)
            if not np.array_equal(dw, before[1]):
                raise self.wrong("spoils the gradient")
            if np.array_equal(w, before[0]) and np.array_equal(m, before[2]):
                raise self.wrong("gives new arrays the old names")
            for name, array, right in (
                ("m", m, expected[2]),
                ("w", w, expected[0]),
            ):
                error = difference(right, array, name)
                if error:
                    raise Wrong(f"After the call {error}")
            if peak > 2 * size and size > 1000:
                raise self.wrong("computes with temporary arrays")
            error = difference(w, result)
            if error:
                raise Wrong(f"w is right, but the {error}")

    def _case(self, rng, size):
        arrays = rng.normal(size=(4, size)).astype("float32")
        return [*(one.copy() for one in arrays), 0.1, 0.9]

    def _peak(self, answer, arguments):
        """The result, and how many bytes it asked for on the way."""
        tracing = tracemalloc.is_tracing()
        if not tracing:
            tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            start = tracemalloc.get_traced_memory()[0]
            result = answer(*arguments)
            return result, tracemalloc.get_traced_memory()[1] - start
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            raise Wrong(f"{self.name} raises {text}") from None
        finally:
            if not tracing:
                tracemalloc.stop()


def fair_ratio(old, new, rounds, clock):
    """Return how many times as long old takes as new: a median of ratios.

    old, new: functions without arguments. clock: a function; clock() says
        what time it is, in seconds. rounds: at least 1.

    Call old, then new, once each without counting them. Then as many
    rounds: in each, old and then new, both timed. The ratio of a round is
    the time of old divided by that of new. Returns the median of them.
    """
    old(), new()
    ratios = []
    for _ in range(rounds):
        start = clock()
        old()
        middle = clock()
        new()
        ratios.append((middle - start) / (clock() - middle))
    return float(np.median(ratios))


def _times(old, new, rounds, clock, warm=True, turns=True):
    """(rounds, 2): the times, taken in a good way or in a bad one."""
    if warm:
        old(), new()
    times = np.empty((rounds, 2))
    order = [(i, k) for i in range(rounds) for k in range(2)]
    if not turns:
        order.sort(key=lambda place: place[1])
    for i, k in order:
        start = clock()
        (old, new)[k]()
        times[i, k] = clock() - start
    return times


def one_after_the_other(old, new, rounds, clock):
    times = _times(old, new, rounds, clock, turns=False)
    return float(np.median(times[:, 0] / times[:, 1]))


def first_call_counts(old, new, rounds, clock):
    times = _times(old, new, rounds, clock, warm=False)
    return float(np.median(times[:, 0] / times[:, 1]))


def mean_of_times(old, new, rounds, clock):
    total = _times(old, new, rounds, clock).sum(axis=0)
    return float(total[0] / total[1])


def ratio_of_medians(old, new, rounds, clock):
    middle = np.median(_times(old, new, rounds, clock), axis=0)
    return float(middle[0] / middle[1])


def upside_down(old, new, rounds, clock):
    return 1 / fair_ratio(old, new, rounds, clock)


def machine(times, drift, busy):
    """(old, new, clock) of a machine that exists on paper only.

    new takes a second, old as many as `times`, the first call of each five
    seconds more. All gets slower by `drift` a second, and the calls whose
    numbers are in `busy` take thirty times as long.
    """
    state = {"now": 0.0, "calls": 0}

    def program(seconds):
        ready = []

        def run():
            cost = seconds + (0 if ready else 5)
            cost *= 1 + drift * state["now"]
            cost *= 30 if state["calls"] in busy else 1
            ready.append(True)
            state["calls"] += 1
            state["now"] += cost

        return run

    return program(times), program(1.0), lambda: state["now"]


class FairRatio(Exercise):
    """Time two programs fairly."""

    solution = fair_ratio
    hints = (
        "Read the clock before and after each call. One loop holds both "
        "calls, so that a slow moment of the machine meets both.",
        "Collect one ratio a round in a list, and take `np.median` of it at "
        "the end.",
        "Three readings make two times: start = clock(); old(); "
        "middle = clock(); new(); then (middle - start) / "
        "(clock() - middle).",
    )
    misconceptions = (
        (
            "times one after the other",
            one_after_the_other,
            "All of old, then all of new: a machine that gets slower "
            "meanwhile makes the second look bad. Let them take turns.",
        ),
        (
            "counts the first call",
            first_call_counts,
            "The first call of each is counted. It also pays for what is "
            "done only once, such as filling the cache.",
        ),
        (
            "divides sums or means",
            mean_of_times,
            "One call that was disturbed spoils a sum and a mean. Take the "
            "ratio of each round, and then the median.",
        ),
        (
            "divides medians",
            ratio_of_medians,
            "The two medians may stem from different moments. Divide within "
            "a round first, then take the median of the ratios.",
        ),
        (
            "is upside down",
            upside_down,
            "This is new over old. Above 1 shall mean that old takes longer.",
        ),
    )

    def inputs(self, rng):
        for times, rounds, drift, busy in (
            (3.0, 1, 0.0, ()),
            (2.0, 6, 0.02, ()),
            (2.0, 7, 0.0, (5, 10)),
            (0.5, 9, 0.01, (4, 11, 12)),
            (float(rng.uniform(1, 4)), 8, 0.03, (7,)),
        ):
            old, new, clock = machine(times, drift, busy)
            yield old, new, rounds, clock

"""Exercises of the chapter "Learning"."""

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def best_constant(y):
    """Return (constant, loss): the best single answer to everything.

    y: (n,) numbers, the right answers of n samples.

    The loss of answering p to every sample is the mean of (p - y)**2.
    Returns the p with the lowest loss, and that loss: two numbers.
    """
    return np.mean(y), np.mean((y - np.mean(y)) ** 2)


class BestConstant(Exercise):
    """Find the best answer of a model that looks at nothing."""

    solution = best_constant
    hints = (
        "Multiply the squares out: $L(p) = p^2 - 2 p \\bar y + "
        "\\overline{y^2}$, where the bar is the mean over the samples. "
        "That is a parabola in $p$.",
        "A parabola $p^2 - 2 p \\bar y + \\dots$ has its lowest point at "
        "$p = \\bar y$. What is its height there?",
        "The loss at the mean is the mean squared distance from the mean. "
        "Statistics calls it the variance.",
    )
    misconceptions = (
        (
            "takes the median",
            lambda y: (np.median(y), np.mean((y - np.median(y)) ** 2)),
            "The median is best for the mean of the distances. For the "
            "mean of their squares another constant is better.",
        ),
        (
            "answers one half",
            lambda y: (0.5, np.mean((y - 0.5) ** 2)),
            "One half is best only if the right answers are 0 and 1 in "
            "equal numbers. Here they can be any numbers.",
        ),
        (
            "returns the standard deviation",
            lambda y: (np.mean(y), np.std(y)),
            "The constant is right. The second number is the square root "
            "of the loss.",
        ),
        (
            "divides by n - 1",
            lambda y: (np.mean(y), np.var(y, ddof=1)),
            "The constant is right. The loss is a mean over n samples; "
            "n - 1 belongs to another question, the estimate of a variance.",
        ),
        (
            "forgets to square",
            lambda y: (np.mean(y), np.mean(np.abs(y - np.mean(y)))),
            "The constant is right. The loss is the mean of the squares, "
            "not of the distances.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([0.0, 0.0, 1.0, 3.0]),)
        yield (np.array([0.0, 1.0, 0.0, 1.0]),)
        for n in 3, 10, 50:
            yield (rng.normal(2, 3, size=n),)


def measured_slopes(loss, w, h):
    """Return the slope of a loss in each weight, found by measuring.

    loss: a function that takes an array like w and returns a number.
    w: (d,) numbers, the place at which to measure; it is not changed.
    h: a small positive number, the distance to go to either side.

    The slope in weight j is (loss with w[j] + h, minus loss with
    w[j] - h) / (2 h), with all other weights as they are.

    Returns (d,) numbers.
    """
    slopes = np.zeros(len(w))
    for j in range(len(w)):
        move = np.zeros(len(w))
        move[j] = h
        slopes[j] = (loss(w + move) - loss(w - move)) / (2 * h)
    return slopes


def slopes_from_one_side(loss, w, h):
    moves = h * np.eye(len(w))
    return np.array([(loss(w + move) - loss(w)) / h for move in moves])


def slopes_of_all_together(loss, w, h):
    slope = (loss(w + h) - loss(w - h)) / (2 * h)
    return np.full(len(w), slope)


def slopes_that_walk_away(loss, w, h):
    w = np.array(w, dtype=float)
    slopes = np.zeros(len(w))
    for j in range(len(w)):
        w[j] += h
        above = loss(w)
        w[j] -= 2 * h
        slopes[j] = (above - loss(w)) / (2 * h)
    return slopes


class MeasuredSlopes(Exercise):
    """Measure the slope of a loss in each of its weights."""

    solution = measured_slopes
    hints = (
        "Write it for one weight first: two calls of `loss`, a difference, "
        "a division.",
        "To move weight j alone, add an array that is `h` at place j and "
        "zero elsewhere. `h * np.eye(len(w))` has such arrays as rows.",
        "`(loss(w + move) - loss(w - move)) / (2 * h)` for every such "
        "`move`, collected in an array.",
    )
    misconceptions = (
        (
            "measures on one side only",
            slopes_from_one_side,
            "These slopes are measured from w to w + h. That is further off "
            "than going to both sides, w + h and w - h.",
        ),
        (
            "divides by h",
            lambda loss, w, h: 2 * measured_slopes(loss, w, h),
            "These slopes are twice as large as they should be. From w - h "
            "to w + h the distance is 2 h.",
        ),
        (
            "forgets to divide",
            lambda loss, w, h: 2 * h * measured_slopes(loss, w, h),
            "These are differences of the loss. A slope is a difference "
            "divided by the distance.",
        ),
        (
            "moves all weights at once",
            slopes_of_all_together,
            "All weights move together here. Each slope needs a "
            "measurement in which its own weight alone moves.",
        ),
        (
            "does not put the weight back",
            slopes_that_walk_away,
            "The first slope is right, the next are not. Is weight 0 back "
            "in its place when you move weight 1?",
        ),
        (
            "points downhill",
            lambda loss, w, h: -measured_slopes(loss, w, h),
            "The signs are turned round. The slope is positive where a "
            "larger weight gives a larger loss; going down comes later.",
        ),
    )

    def inputs(self, rng):
        def uneven(w):
            places = np.arange(1, len(w) + 1)
            return float((w**3 / places).sum() + np.prod(w))

        yield uneven, np.array([2.0, 1.0]), 0.5
        for d in 1, 3, 6:
            yield uneven, rng.normal(size=d) + 1, 0.1


def slope_error(third, h):
    """Return how far the measured slope is from the true one.

    third: the third derivative f''' of a cubic polynomial f, a number; it
        is the same at every place.
    h: a positive number, the distance gone to either side.

    The measured slope at w is (f(w + h) - f(w - h)) / (2 h). The error is
    the measured slope minus f'(w). It is a number that depends on third
    and h alone.
    """
    return third * h**2 / 6


class SlopeError(Exercise):
    """Derive the error of a measured slope."""

    solution = slope_error
    hints = (
        "Write $f(w + h) = f + h f' + \\frac{h^2}{2} f'' + "
        "\\frac{h^3}{6} f'''$. For a cubic that is exact. Write the same "
        "for $f(w - h)$.",
        "Subtract the two. The terms with $f$ and $f''$ cancel, the others "
        "double.",
        "What is left is $2 h f' + \\frac{h^3}{3} f'''$. Divide it by "
        "$2 h$ and take away $f'$.",
    )
    misconceptions = (
        (
            "forgets the division by 2 h",
            lambda third, h: third * h**3 / 3,
            "This is what is left of f(w + h) - f(w - h) besides 2 h f'. "
            "The slope is that divided by 2 h.",
        ),
        (
            "divides by h only",
            lambda third, h: third * h**2 / 3,
            "This is twice too large: the distance from w - h to w + h is "
            "2 h.",
        ),
        (
            "takes 2 for 3!",
            lambda third, h: third * h**2 / 2,
            "The factor of the third derivative in Taylor's formula is one "
            "over 3! = 6, not one half.",
        ),
        (
            "says that the error grows with h",
            lambda third, h: third * h / 6,
            "This halves when h is halved. Try it on $f(w) = w^3$: the "
            "error falls to a quarter.",
        ),
        (
            "has the wrong sign",
            lambda third, h: -third * h**2 / 6,
            "The sign is wrong. Try $f(w) = w^3$ at 0: its slope is 0, and "
            "what you measure is positive.",
        ),
    )

    def inputs(self, rng):
        yield 6.0, 0.1
        yield 0.0, 0.5
        for h in 0.01, 0.3, 2.0:
            yield 10 * rng.normal(), h


def careful_descent(loss, slopes, w, eta, steps):
    """Return the path of a descent that never goes up.

    loss: a function that takes an array like w and returns a number.
    slopes: a function that takes it and returns the slopes of the loss
        there, an array of the same shape.
    w: (d,) numbers, the start; it is not changed.
    eta: a positive number, the learning rate at the start.
    steps: how many steps to try, a whole number of at least 0.

    Each step looks at w - eta * slopes(w). If the loss is lower there than
    at w, the step is taken. If not, w stays, and eta is halved for all
    steps that follow.

    Returns an array (steps + 1, d): the start, then w after each step.
    """
    path = [np.array(w, dtype=float)]
    for _ in range(steps):
        there = path[-1] - eta * slopes(path[-1])
        if loss(there) < loss(path[-1]):
            path.append(there)
        else:
            path.append(path[-1])
            eta = eta / 2
    return np.array(path)


def careless_descent(loss, slopes, w, eta, steps):
    path = [np.array(w, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - eta * slopes(path[-1]))
    return np.array(path)


def descent_that_only_waits(loss, slopes, w, eta, steps):
    path = [np.array(w, dtype=float)]
    for _ in range(steps):
        there = path[-1] - eta * slopes(path[-1])
        path.append(there if loss(there) < loss(path[-1]) else path[-1])
    return np.array(path)


def descent_that_always_halves(loss, slopes, w, eta, steps):
    path = [np.array(w, dtype=float)]
    for _ in range(steps):
        there = path[-1] - eta * slopes(path[-1])
        path.append(there if loss(there) < loss(path[-1]) else path[-1])
        eta = eta / 2
    return np.array(path)


def descent_that_halves_and_goes(loss, slopes, w, eta, steps):
    path = [np.array(w, dtype=float)]
    for _ in range(steps):
        there = path[-1] - eta * slopes(path[-1])
        if loss(there) >= loss(path[-1]):
            eta = eta / 2
            there = path[-1] - eta * slopes(path[-1])
        path.append(there)
    return np.array(path)


class CarefulDescent(Exercise):
    """Walk downhill, with shorter steps when a step would go up."""

    solution = careful_descent
    hints = (
        "Keep a list of places. The next place is made from the last one, "
        "with the slopes at the last one.",
        "Compute the new place, and compare `loss(there)` with "
        "`loss(path[-1])` before you append anything.",
        "If it is not lower, append `path[-1]` once more and write "
        "`eta = eta / 2`.",
    )
    misconceptions = (
        (
            "climbs",
            lambda loss, slopes, w, eta, steps: careful_descent(
                loss, slopes, w, -eta, steps
            ),
            "This path tries to go up. The slope points to where the loss "
            "grows.",
        ),
        (
            "takes every step",
            careless_descent,
            "Every step is taken, also one that goes up. Compare the two "
            "losses first.",
        ),
        (
            "waits without halving",
            descent_that_only_waits,
            "It stays, and then tries the very same step again, for ever. "
            "What makes the next step shorter?",
        ),
        (
            "halves at each step",
            descent_that_always_halves,
            "The learning rate is halved after good steps too. Only a step "
            "that would not lower the loss halves it.",
        ),
        (
            "tries twice in one step",
            descent_that_halves_and_goes,
            "After halving it goes on at once, without asking whether the "
            "shorter step goes down. This step stays where it is; the next "
            "one tries again.",
        ),
        (
            "leaves out the start",
            lambda loss, slopes, w, eta, steps: careful_descent(
                loss, slopes, w, eta, steps + 1
            )[1:],
            "The path begins after the first step. The start belongs to it, "
            "and there are steps + 1 places.",
        ),
    )

    def inputs(self, rng):
        def bowl(w):
            return float((w**2 * np.arange(1, len(w) + 1)).sum())

        def slopes(w):
            return 2 * w * np.arange(1, len(w) + 1)

        yield bowl, slopes, np.array([1.0, 0.5]), 0.7, 3
        for eta, steps in (0.1, 1), (0.3, 8), (5.0, 12):
            yield bowl, slopes, rng.normal(size=3), eta, steps


def stratified_split(labels, share, rng):
    """Return (train, held): the indices of two parts with equal classes.

    labels: (n,) class numbers.
    share: a number between 0 and 1, the part of each class to hold out.
    rng: a numpy.random.Generator, the only source of randomness.

    Of a class with m samples, round(share * m) are held out, chosen at
    random; the others are for training.

    Returns two arrays of indices. Together they hold each sample once; the
    order within each does not matter.
    """
    train, held = [], []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = round(share * len(members))
        held.extend(members[:count])
        train.extend(members[count:])
    return np.array(train, dtype=int), np.array(held, dtype=int)


def split_regardless_of_class(labels, share, rng):
    order = rng.permutation(len(labels))
    count = round(share * len(labels))
    return order[count:], order[:count]


def split_swapped(labels, share, rng):
    return stratified_split(labels, share, rng)[::-1]


def split_with_overlap(labels, share, rng):
    held = stratified_split(labels, share, rng)[1]
    return np.arange(len(labels)), held


def split_unshuffled(labels, share, rng):
    train, held = [], []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = round(share * len(members))
        held.extend(members[:count])
        train.extend(members[count:])
    return np.array(train, dtype=int), np.array(held, dtype=int)


def split_equal_counts(labels, share, rng):
    """The same number of each class, whatever the class's size."""
    classes = np.unique(labels)
    count = round(share * len(labels) / len(classes))
    train, held = [], []
    for label in classes:
        members = rng.permutation(np.flatnonzero(labels == label))
        held.extend(members[:count])
        train.extend(members[count:])
    return np.array(train, dtype=int), np.array(held, dtype=int)


class StratifiedSplit(Exercise):
    """Hold out the same share of every class."""

    solution = stratified_split
    hints = (
        "Take one class at a time: `np.flatnonzero(labels == label)` are "
        "the places of its samples.",
        "`rng.permutation(members)` shuffles them. The first "
        "`round(share * len(members))` are held out.",
        "Collect both parts in lists with `extend`, and make arrays of "
        "integers of them at the end.",
    )
    misconceptions = (
        (
            "splits regardless of the class",
            split_regardless_of_class,
            "The sizes of the parts are right, the shares of the classes "
            "are not. Split each class by itself.",
        ),
        (
            "swaps the parts",
            split_swapped,
            "The two parts have changed places: the training part comes "
            "first.",
        ),
        (
            "trains on what is held out",
            split_with_overlap,
            "Some samples are in both parts. What is held out must not be "
            "trained on.",
        ),
        (
            "does not shuffle",
            split_unshuffled,
            "Two different generators gave the same split. Data may be "
            "sorted in some way: draw at random within each class.",
        ),
        (
            "takes equally many of each class",
            split_equal_counts,
            "Every class gives the same number. Each should give the same "
            "share: a class that is rare here is rare in both parts.",
        ),
    )

    def check(self, answer):
        rng = np.random.default_rng(0)
        cases = [
            (np.repeat([0, 1], 10), 0.3),
            (np.array([0] * 90 + [1] * 10), 0.2),
            (rng.permutation(np.repeat([0, 1, 2], [60, 25, 15])), 0.4),
        ]
        for labels, share in cases:
            parts = self.parts(answer, labels, share, 1)
            self.check_parts(labels, share, *parts)
            others = [self.parts(answer, labels, share, k) for k in (2, 3)]
            if all(set(parts[1]) == set(held) for _, held in others):
                raise self.wrong("does not shuffle")
            again = self.parts(answer, labels, share, 1)
            if set(parts[1]) != set(again[1]):
                raise Wrong(
                    "Two generators in the same state gave different "
                    "splits: take all randomness from rng."
                )

    def parts(self, answer, labels, share, seed):
        """The two parts, once they are two arrays of indices."""
        rng = np.random.default_rng(seed)
        parts = self.call(answer, labels, share, rng)
        if not isinstance(parts, tuple | list) or len(parts) != 2:
            raise Wrong("Expected two arrays of indices, (train, held).")
        parts = [np.asarray(part) for part in parts]
        for part in parts:
            if part.ndim != 1 or not np.issubdtype(part.dtype, np.integer):
                raise Wrong("Expected arrays of whole numbers with one axis.")
        return parts

    def check_parts(self, labels, share, train, held):
        """Each sample once, and the right number of each class."""
        if set(train) & set(held):
            raise self.wrong("trains on what is held out")
        if sorted([*train, *held]) != list(range(len(labels))):
            raise Wrong("Together the parts must hold each sample once.")
        sizes = np.bincount(labels)
        counts = np.bincount(labels[held], minlength=len(sizes))
        expected = [round(share * size) for size in sizes]
        if counts.tolist() == expected:
            return
        if (sizes - counts).tolist() == expected:
            raise self.wrong("swaps the parts")
        if len(set(counts)) == 1 and len(set(sizes)) > 1:
            raise self.wrong("takes equally many of each class")
        if len(held) == sum(expected):
            raise self.wrong("splits regardless of the class")
        raise Wrong(
            f"Of classes with {sizes.tolist()} samples, "
            f"{counts.tolist()} are held out, expected {expected}."
        )

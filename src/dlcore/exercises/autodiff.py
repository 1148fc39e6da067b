"""Exercises of the chapter "A program that derives"."""

import math

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def sigmoid_rule(z):
    """Return (y, slope): the sigmoid of z, and its derivative at z.

    z: a float, as large or as small as you like.

    y = 1 / (1 + exp(-z)), computed so that nothing overflows. slope is
    dy/dz. Both are floats.
    """
    small = math.exp(-abs(z))  # at most 1
    y = 1 / (1 + small) if z >= 0 else small / (1 + small)
    return y, y * (1 - y)


def sigmoid_with_slope(slope):
    def rule(z):
        y = sigmoid_rule(z)[0]
        return y, slope(z, y)

    return rule


class SigmoidRule(Exercise):
    """Give the engine a sigmoid and its derivative."""

    solution = sigmoid_rule
    hints = (
        "Derive $(1 + e^{-z})^{-1}$ by the chain rule, then write the result "
        "with $y$ alone.",
        "The derivative is $y (1 - y)$.",
        "For negative z multiply numerator and denominator by $e^{z}$: "
        "`math.exp(z) / (1 + math.exp(z))`. That never overflows.",
    )
    misconceptions = (
        (
            "derives with z in place of y",
            sigmoid_with_slope(lambda z, y: z * (1 - z)),
            "The derivative is y (1 - y), with the result y. Here the input "
            "z stands in its place.",
        ),
        (
            "takes the derivative of tanh",
            sigmoid_with_slope(lambda z, y: 1 - y * y),
            "1 - y * y is the derivative of tanh. The sigmoid has another.",
        ),
        (
            "loses the inner derivative's sign",
            sigmoid_with_slope(lambda z, y: -y * (1 - y)),
            "The slope has the wrong sign: the sigmoid rises everywhere. The "
            "inner derivative of exp(-z) brings a second minus.",
        ),
        (
            "forgets the power in front",
            sigmoid_with_slope(lambda z, y: y * y),
            "The outer derivative of 1 / u is there, the inner one of "
            "u = 1 + exp(-z) is missing.",
        ),
    )

    def inputs(self, rng):
        yield (0.0,)
        yield (2.0,)
        yield (-2.0,)
        for z in rng.normal(0, 3, size=6):
            yield (float(z),)
        yield (1000.0,)
        yield (-1000.0,)


def unbroadcast(dy, shape):
    """Return the derivative of an array that was broadcast.

    dy: the derivative by the broadcast result, an array of any shape.
    shape: the shape of the array before; NumPy can broadcast it to
        dy.shape, by new axes in front and by stretching axes of size 1.

    Returns an array of that shape. Each element is the sum of all elements
    of dy that it was copied to.
    """
    new = dy.ndim - len(shape)
    dx = dy.sum(axis=tuple(range(new)))
    stretched = tuple(k for k, size in enumerate(shape) if size == 1)
    return dx.sum(axis=stretched, keepdims=True)


def mean_of_copies(dy, shape):
    copies = max(dy.size // max(math.prod(shape), 1), 1)
    return unbroadcast(dy, shape) / copies


def sum_new_axes_only(dy, shape):
    return dy.sum(axis=tuple(range(dy.ndim - len(shape))))


def drop_stretched_axes(dy, shape):
    dx = sum_new_axes_only(dy, shape)
    return dx.sum(axis=tuple(k for k, s in enumerate(shape) if s == 1))


def take_one_copy(dy, shape):
    dx = dy[(0,) * (dy.ndim - len(shape))]
    first = tuple(slice(0, 1) if s == 1 else slice(None) for s in shape)
    return np.asarray(dx)[first]


class Unbroadcast(Exercise):
    """Sum a derivative back to the shape before broadcasting."""

    solution = unbroadcast
    hints = (
        "Two things can have happened: axes were added in front, and axes of "
        "size 1 were stretched.",
        "How many axes are new? `dy.ndim - len(shape)`. Sum over those first. "
        "`sum` takes a tuple of axes.",
        "Then sum over each axis where `shape` has a 1, and keep the axis: "
        "`keepdims=True`.",
    )
    misconceptions = (
        (
            "takes the mean",
            mean_of_copies,
            "This is the mean over the copies. Each copy acts on the loss, "
            "and the effects add up: sum.",
        ),
        (
            "sums the new axes only",
            sum_new_axes_only,
            "The axes in front are summed, but an axis of size 1 that was "
            "stretched keeps its stretched size.",
        ),
        (
            "drops the stretched axes",
            drop_stretched_axes,
            "The sums are right, but axes of size 1 have disappeared. The "
            "derivative has the shape of its array: keepdims.",
        ),
        (
            "takes one of the copies",
            take_one_copy,
            "This keeps the share of one copy and throws the others away. It "
            "is the mistake of = in place of +=.",
        ),
    )

    def inputs(self, rng):
        yield np.arange(6.0).reshape(2, 3), (3,)
        for full, shape in [
            ((4, 3), (4, 1)),
            ((4, 3), (1, 3)),
            ((4, 3), (1, 1)),
            ((4, 3), ()),
            ((4, 3), (4, 3)),
            ((2, 5, 5, 3), (3,)),
            ((2, 5, 4, 3), (5, 1, 3)),
            ((2, 1, 3), (1, 3)),
        ]:
            yield rng.normal(size=full), shape


def dual_polynomial(coefficients, x):
    """Return (p, slope): a polynomial at x, and its derivative there.

    coefficients: a list of numbers, the highest power first: [2, 0, 5] is
        2 x**2 + 5; at least one.
    x: a number.

    One loop over the coefficients gives both.
    """
    p, slope = 0, 0
    for c in coefficients:
        slope = slope * x + p
        p = p * x + c
    return p, slope


def horner_updates_p_first(coefficients, x):
    p, slope = 0, 0
    for c in coefficients:
        p = p * x + c
        slope = slope * x + p
    return p, slope


def horner_with_half_a_product_rule(coefficients, x):
    p, slope = 0, 0
    for c in coefficients:
        slope = p
        p = p * x + c
    return p, slope


def horner_from_the_wrong_end(coefficients, x):
    return dual_polynomial(coefficients[::-1], x)


def horner_derives_the_constant(coefficients, x):
    p, slope = 0, 0
    for c in coefficients:
        slope = slope * x + p + c
        p = p * x + c
    return p, slope


class DualPolynomial(Exercise):
    """Evaluate a polynomial and its derivative in one loop."""

    solution = dual_polynomial
    hints = (
        "Without the slope it is `p = p * x + c`, starting from 0.",
        "The product rule on $p\\,x + c$: the derivative of $p$ times $x$, "
        "plus $p$ times the derivative of $x$, which is 1.",
        "So `slope = slope * x + p`, with the `p` from *before* this step. "
        "Update the slope first, or both at once.",
    )
    misconceptions = (
        (
            "uses the new p",
            horner_updates_p_first,
            "The slope uses p after its update. The product rule speaks of "
            "the p that is multiplied by x, which is the old one.",
        ),
        (
            "applies half of the product rule",
            horner_with_half_a_product_rule,
            "Half of the product rule is missing: p depends on x too, so its "
            "own slope times x belongs to the sum.",
        ),
        (
            "derives the constant",
            horner_derives_the_constant,
            "The coefficient c is added to the slope too. A constant has "
            "the slope 0.",
        ),
        (
            "reads the coefficients from the wrong end",
            horner_from_the_wrong_end,
            "The coefficients are read from the wrong end: the highest power "
            "comes first.",
        ),
    )

    def inputs(self, rng):
        yield [2, 0, 5], 3
        yield [7], 2
        yield [1, 0], 4
        yield [1, -3, 3, -1], 1
        for size in (2, 4, 6):
            yield rng.normal(size=size).round(2).tolist(), float(rng.normal())


def topological_order(parents, root):
    """Return the names behind root, each after all of its parents.

    parents: a dict; parents[name] is a tuple of the names that this one
        was made from, () for an input. A name may occur twice in a tuple.
        There are no circles.
    root: one of the names.

    Returns a list that holds root, its parents, their parents and so on,
    each once, and nothing else. Any such order is right.
    """
    found = []

    def visit(name):
        if name not in found:
            for parent in parents[name]:
                visit(parent)
            found.append(name)

    visit(root)
    return found


def order_by_distance(parents, root):
    found = [root]
    for name in found:
        found += [p for p in dict.fromkeys(parents[name]) if p not in found]
    return found[::-1]


def order_from_the_root(parents, root):
    return topological_order(parents, root)[::-1]


def order_with_repeats(parents, root):
    found = []
    for parent in parents[root]:
        found += order_with_repeats(parents, parent)
    return [*found, root]


def order_of_everything(parents, root):
    found = []
    for name in parents:
        rest = topological_order(parents, name)
        found += [other for other in rest if other not in found]
    return found


class TopologicalOrder(Exercise):
    """List the values behind a result, each after its parents."""

    solution = topological_order
    hints = (
        "Before a name goes into the list, all its parents must be in it. "
        "Let a function take care of one name.",
        "`visit(name)`: if the name is in the list already, there is nothing "
        "to do. Otherwise visit its parents, and then append it.",
        "Why not by distance? A value may be both a parent of the root and, "
        "by a longer way, its grandparent.",
    )
    misconceptions = (
        (
            "sorts by the distance from the root",
            order_by_distance,
            "A name comes before one of its parents. The shortest way from "
            "the root does not tell: there may be a longer one too.",
        ),
        (
            "starts with the root",
            order_from_the_root,
            "The order is the other way round: the root comes last here, and "
            "the walk back turns the list round by itself.",
        ),
        (
            "lists a name once for each path",
            order_with_repeats,
            "Some names stand in the list more than once: once for each path "
            "to them. Skip a name that is there already.",
        ),
        (
            "lists names that the root does not need",
            order_of_everything,
            "Some names in the list have no influence on the root. Start at "
            "the root and follow parents.",
        ),
    )
    graphs = (
        ({"a": (), "b": ("a",), "L": ("b",)}, "L"),
        ({"x": ()}, "x"),
        ({"w": (), "v": ("w", "w"), "L": ("v", "v")}, "L"),
        ({"L": ("w", "u"), "u": ("v",), "v": ("w",), "w": ()}, "L"),
        ({"w": (), "s": ("w",), "r": ("s",), "L": ("s", "r")}, "L"),
        ({"L": ("c", "s"), "s": ("r",), "r": ("c",), "c": ()}, "L"),
        ({"d": (), "c": ("d",), "L": ("d",), "M": ("c", "L")}, "L"),
    )

    def check(self, answer):
        for parents, root in self.graphs:
            self.check_order(parents, root, self.call(answer, parents, root))

    def check_order(self, parents, root, order):
        what = f"For parents = {parents}, root = {root!r}"
        if not isinstance(order, list | tuple):
            raise Wrong(f"{what}: expected a list of names.")
        if any(name not in parents for name in order):
            raise Wrong(f"{what}: the list holds something that is no name.")
        if len(set(order)) < len(order):
            raise self.wrong("lists a name once for each path")
        needed = set(topological_order(parents, root))
        if set(order) > needed:
            raise self.wrong("lists names that the root does not need")
        if set(order) != needed:
            missing = ", ".join(sorted(needed - set(order)))
            raise Wrong(f"{what}: missing in the list: {missing}.")
        if not self.in_order(parents, order):
            reverse = self.in_order(parents, order[::-1])
            raise self.wrong(
                "starts with the root"
                if reverse
                else "sorts by the distance from the root"
            )

    def in_order(self, parents, order):
        place = {name: k for k, name in enumerate(order)}
        return all(
            place[parent] < place[name]
            for name in order
            for parent in parents[name]
        )


def count_visits(parents):
    """Return how many visits a walk down every path makes.

    parents: a list; parents[i] is a tuple of the values, all below i, that
        value i was made from. [(), (0, 0)] is a value and its double. The
        last value is the loss, where the walk starts.

    A visit of a value leads to one visit of each of its parents, for each
    time that it stands in the tuple. Returns an int: the visits of all
    values together. There may be billions of them, so count them without
    making them.
    """
    visits = [0] * len(parents)
    visits[-1] = 1
    for i in reversed(range(len(parents))):
        for parent in parents[i]:
            visits[parent] += visits[i]
    return sum(visits)


def visits_overwritten(parents):
    visits = [0] * len(parents)
    visits[-1] = 1
    for i in reversed(range(len(parents))):
        for parent in parents[i]:
            visits[parent] = visits[i]
    return sum(visits)


def visits_of_distinct_parents(parents):
    return count_visits([tuple(set(one)) for one in parents])


def visits_of_inputs(parents):
    visits = [0] * len(parents)
    visits[-1] = 1
    for i in reversed(range(len(parents))):
        for parent in parents[i]:
            visits[parent] += visits[i]
    return sum(v for v, one in zip(visits, parents, strict=True) if not one)


def visits_and_slopes(parents):
    needed, todo = set(), [len(parents) - 1]
    while todo:
        i = todo.pop()
        if i not in needed:
            needed.add(i)
            todo += parents[i]
    return 1 + sum(len(parents[i]) for i in needed)


class CountVisits(Exercise):
    """Count the visits of a walk without an order."""

    solution = count_visits
    hints = (
        "The loss is visited once. A value is visited once for each visit of "
        "each of its children.",
        "So the visits obey the same rule as the derivatives, with every "
        "slope equal to 1. Walk the list from its end.",
        "For the proof: the paths to a value are the paths to its children, "
        "each with one more step. For $n$ doublings the counts are "
        "$1, 2, 4, \\dots, 2^n$, and their sum is $2^{n+1} - 1$.",
    )
    misconceptions = (
        (
            "overwrites the count",
            visits_overwritten,
            "A value with two children keeps the count of one of them here. "
            "Their counts add, as derivatives do.",
        ),
        (
            "counts a parent once where it stands twice",
            visits_of_distinct_parents,
            "A value that stands twice in a tuple is visited twice: x + x "
            "hands two shares to x.",
        ),
        (
            "counts each slope once",
            visits_and_slopes,
            "This is 1 plus the number of slopes: each is walked once. The "
            "walk in order does that; this one comes along again and again.",
        ),
        (
            "counts the ends of the paths only",
            visits_of_inputs,
            "These are the visits of the inputs, that is, the number of whole "
            "paths. The values on the way are visited too.",
        ),
    )

    def inputs(self, rng):
        yield ([(), (0, 0)],)
        yield ([()],)
        yield ([(), (0, 0), (1, 1), (2, 2)],)
        yield ([(), (), (0, 1), (2, 0), (3, 2)],)
        yield ([(), (0,), (), (1,)],)
        yield ([(), *[(i, i) for i in range(40)]],)
        yield ([(), (0,), *[(i + 1, i) for i in range(30)]],)
        for size in (5, 8, 12):
            yield (
                [
                    tuple(rng.integers(i, size=2).tolist()) if i else ()
                    for i in range(size)
                ],
            )

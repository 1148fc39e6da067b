"""Exercises of the chapter "What a training costs"."""

from itertools import pairwise

from dlcore.exercises.exercise import Exercise


def backward_ratio(sizes):
    """Return how many times as much backward costs as forward.

    sizes: the number of inputs, then the units of each Dense layer, such as
        [784, 64, 32, 10]; at least two numbers.

    Forward is one product for each layer, backward two, but one only for
    the first layer, which hands on no gradient. A product costs as many
    multiplications a sample as the layer's kernel has weights. Biases and
    activations are left out.
    """
    kernels = [inputs * units for inputs, units in pairwise(sizes)]
    return (2 * sum(kernels) - kernels[0]) / sum(kernels)


def from_kernels(ratio):
    """A function of sizes, from one of the list of kernels."""
    return lambda sizes: ratio([a * b for a, b in pairwise(sizes)])


class BackwardRatio(Exercise):
    """Compare the way back with the way forward."""

    solution = backward_ratio
    hints = (
        "Write w1, w2, ... for the sizes of the kernels. Forward costs "
        "w1 + w2 + ... for each sample. What does the second layer cost on "
        "the way back, and what the first?",
        "Backward costs w1 + 2 w2 + 2 w3 + ... That is twice the sum, less "
        "w1.",
        "With [784, 64, 32, 10] the kernels are 784 * 64, 64 * 32 and "
        "32 * 10. `pairwise` of itertools gives the neighbours.",
    )
    misconceptions = (
        (
            "gives the first layer two products",
            from_kernels(lambda w: 2.0),
            "That is the rule of thumb. Nobody asks for the gradient of the "
            "pixels, so the first layer makes one product less.",
        ),
        (
            "gives every layer one product",
            from_kernels(lambda w: 1.0),
            "You count dW only. All layers but the first also hand on a "
            "gradient to the layer before them.",
        ),
        (
            "leaves out the first layer on the way back",
            from_kernels(lambda w: 2 * sum(w[1:]) / sum(w)),
            "The first layer hands on no gradient, but it learns: it still "
            "needs the product for its own dW.",
        ),
        (
            "spares the last layer",
            from_kernels(lambda w: (2 * sum(w) - w[-1]) / sum(w)),
            "It is the first layer that saves a product, the one at the "
            "pixels. The last one must hand on its gradient.",
        ),
    )

    def inputs(self, rng):
        yield ([3, 2, 1],)
        yield ([784, 64, 32, 10],)
        yield ([5, 4],)
        yield ([64] * 6,)
        for length in 3, 4, 5:
            yield (rng.integers(1, 50, size=length).tolist(),)


def training_bytes(parameters, outputs, batch, slots):
    """Return the bytes that a training holds in float32, 4 bytes a number.

    parameters: how many weights and biases learn; each has a gradient and
        as many slots as its optimizer keeps (Adam: 2, plain SGD: 0).
    outputs: how many numbers all layers together put out for one sample.
        Backward needs them, so they are kept, for each sample of the batch.
    batch, slots: whole numbers, at least 1 and at least 0.
    """
    return 4 * (parameters * (2 + slots) + batch * outputs)


class TrainingBytes(Exercise):
    """Count what a training must hold."""

    solution = training_bytes
    hints = (
        "Two kinds of numbers: those that a parameter has, and those that a "
        "sample has. Which of them grow with the batch?",
        "A parameter has its value, its gradient, and its slots: 2 + slots "
        "numbers.",
        "Add batch * outputs, and multiply all by 4 bytes.",
    )
    misconceptions = (
        (
            "forgets the gradients",
            lambda p, o, n, s: 4 * (p * (1 + s) + n * o),
            "You hold the weights and the optimizer's slots. Before the "
            "update there is a gradient for each weight too.",
        ),
        (
            "forgets the optimizer",
            lambda p, o, n, s: 4 * (p * 2 + n * o),
            "You hold weights and gradients. The optimizer remembers "
            "`slots` numbers for each weight from step to step.",
        ),
        (
            "keeps one sample's outputs",
            lambda p, o, n, s: 4 * (p * (2 + s) + o),
            "All samples of the batch go forward before the first goes "
            "back. Their outputs are held at the same time.",
        ),
        (
            "keeps a gradient for each sample",
            lambda p, o, n, s: 4 * n * (p * (2 + s) + o),
            "The weights are there once, whatever the batch, and their "
            "gradients are summed over it as they are made.",
        ),
        (
            "counts numbers",
            lambda p, o, n, s: p * (2 + s) + n * o,
            "That is how many numbers there are. Each has 4 bytes.",
        ),
    )

    def inputs(self, rng):
        yield 10, 3, 2, 2
        yield 52_650, 106, 32, 2
        yield 7, 5, 4, 0
        for _ in range(4):
            yield (
                *map(int, rng.integers(2, 1000, size=3)),
                int(rng.integers(0, 4)),
            )


def carbon(cpu_seconds, watts, overhead, intensity):
    """Return the grams of CO2 that a training stands for.

    cpu_seconds: seconds of processor time, all cores together.
    watts: the power of one core, in joules a second.
    overhead: energy of the whole building divided by the energy of its
        computers, at least 1; cooling, for example.
    intensity: grams of CO2 for each kilowatt-hour of the grid.
    """
    kilowatt_hours = cpu_seconds * watts * overhead / 3.6e6
    return kilowatt_hours * intensity


class Carbon(Exercise):
    """From seconds to grams."""

    solution = carbon
    hints = (
        "Seconds times watts are joules. The building needs `overhead` "
        "times as many.",
        "A kilowatt-hour is 1000 watts for 3600 seconds. How many joules is "
        "that?",
        "Divide the joules by 3.6 million, and multiply by the intensity.",
    )
    misconceptions = (
        (
            "takes watt-hours for kilowatt-hours",
            lambda s, w, o, c: s * w * o / 3600 * c,
            "This is a thousand times too much: the intensity is for a "
            "kilowatt-hour, and you have watt-hours.",
        ),
        (
            "takes seconds for hours",
            lambda s, w, o, c: s * w * o / 1000 * c,
            "You divide by 1000 only. That would be right if the time were "
            "in hours.",
        ),
        (
            "divides by the overhead",
            lambda s, w, o, c: s * w / o / 3.6e6 * c,
            "A building that also cools needs more than its computers. The "
            "overhead multiplies.",
        ),
        (
            "forgets the overhead",
            lambda s, w, o, c: s * w / 3.6e6 * c,
            "This is the energy of the computers. The building around them "
            "needs `overhead` times as much.",
        ),
        (
            "divides by the intensity",
            lambda s, w, o, c: s * w * o / 3.6e6 / c,
            "A dirtier grid, with more grams for a kilowatt-hour, would "
            "come out cleaner.",
        ),
    )

    def inputs(self, rng):
        yield 3600.0, 1000.0, 1.0, 400.0
        yield 1200.0, 15.0, 1.5, 300.0
        for _ in range(4):
            s, w, o, c = rng.uniform([100, 5, 1.1, 20], [9000, 50, 2, 800])
            yield float(s), float(w), float(o), float(c)


def break_even(train_a, predict_a, train_b, predict_b):
    """Return the smallest number of predictions for which b costs less.

    train_a, train_b: what the training of model a and of model b costs, in
        operations, whole numbers; train_b is at least train_a.
    predict_a, predict_b: what one prediction costs; predict_b is below
        predict_a.

    The cost of a model is its training and all its predictions. At the
    number returned b costs less than a; with one prediction less it does
    not.
    """
    return (train_b - train_a) // (predict_a - predict_b) + 1


class BreakEven(Exercise):
    """Find when the dearer training has paid."""

    solution = break_even
    hints = (
        "After n predictions a has cost train_a + n * predict_a. Write the "
        "same for b.",
        "Then b costs less if n * (predict_a - predict_b) is more than "
        "train_b - train_a.",
        "The whole part of the quotient, `//`, is not enough yet: there b "
        "costs as much at best. Add 1.",
    )
    misconceptions = (
        (
            "forgets the training of a",
            lambda ta, pa, tb, pb: tb // (pa - pb) + 1,
            "a had to be trained too. Only what b's training costs *more* "
            "must be earned back.",
        ),
        (
            "divides by a prediction of b",
            lambda ta, pa, tb, pb: (tb - ta) // pb + 1,
            "One prediction saves predict_a - predict_b. You divide by what "
            "b still pays.",
        ),
        (
            "stops one too early",
            lambda ta, pa, tb, pb: (tb - ta) // (pa - pb),
            "With so many predictions b costs as much as a or more. The "
            "next one makes the difference.",
        ),
        (
            "rounds up",
            lambda ta, pa, tb, pb: -(-(tb - ta) // (pa - pb)),
            "Nearly. Where the division leaves no rest, both cost the same "
            "at that number, and b does not cost less yet.",
        ),
    )

    def inputs(self, rng):
        yield 10, 5, 22, 2
        yield 100, 7, 100, 3
        yield 10, 5, 23, 2
        for _ in range(5):
            ta, more, pb, saves = map(int, rng.integers(2, 900, size=4))
            yield ta, pb + saves, ta + 40 * more, pb

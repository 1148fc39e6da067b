"""Models: layers joined into a network, with all weights in one vector."""

import numpy as np

from . import checks, saving
from .checks import misfit
from .layers import Input, Layer
from .layers.fused import ConvPool
from .layers.layer import Call, Weights
from .training import History, Trainer

load_model = saving.load_model


class Model(Trainer, Weights):
    """A network in which a layer may have several inputs and readers.

        inputs = Input((28, 28, 1))
        x = Conv2D(8, 3, padding="same")(inputs)
        outputs = Add()([inputs, x])
        model = Model(inputs, outputs)

    inputs: an Input or a list of them; outputs: the call of one layer.
    seed: one number that decides every random draw (weights, shuffling,
    dropout); 0 by default, so that a script gives the same numbers each
    time; None for fresh ones. dtype: "float32", or "float64" to check
    gradients.

    All trained weights are views into `vector`, all gradients into
    `gradient`. A place in the network is a number: first the inputs, then
    one for each layer in order. `graph` lists (layer, places it reads).
    """

    def __init__(
        self, inputs, outputs, *, name="model", seed=0, dtype="float32"
    ):
        self._start(name, seed, dtype)
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        for one in inputs:
            checks.instance(one, Input, "Model inputs", "Input layers")
        checks.instance(outputs, Call, "Model outputs", "the call of a layer")
        self.inputs = [*inputs]
        place = {id(one): number for number, one in enumerate(inputs)}
        for call in _in_order(outputs, place):
            self._append(call.layer, [place[id(one)] for one in call.sources])
            place[id(call)] = len(place)
        if not all(self._readers()):
            expected = "inputs that lead to the outputs, each of them once"
            raise misfit("Model inputs", expected, inputs)
        self.build(*(one.input_shape for one in inputs))

    def _start(self, name, seed, dtype):
        """What every model has before it has layers."""
        self.name = checks.text(name, "model name")
        dtype = str(getattr(dtype, "__name__", dtype))  # np.float32
        known = checks.one_of("float32", "float64")
        self.dtype = np.dtype(known(dtype, "dtype"))
        if seed is not None:
            seed = checks.positive_int(seed, "seed", 0, np.inf)
        self.seed = np.random.SeedSequence(seed).entropy
        self.layers, self.graph, self.metrics = [], [], []
        self.built = False
        self.history = History()

    def _append(self, layer, sources):
        """Take in a layer that is not in this or another model already."""
        checks.instance(layer, Layer, "a model", "layers")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer} is in the model already")
        if layer.output_shape is not None:
            raise ValueError(f"{layer} belongs to another model already")
        layer.name = _unused(layer.name, {x.name for x in self.layers})
        self.layers.append(layer)
        self.graph.append((layer, sources))

    def build(self, *input_shapes):
        """Create all weights for samples of these shapes (without batch).

        Every layer draws from a random generator of its own, so that one
        layer more does not change the weights of the others.
        """
        if not self.layers:
            raise misfit("a model", "at least one layer", 0)
        shapes = [checks.shape(one, "input_shape") for one in input_shapes]
        if len(shapes) != len(self._readers()):
            expected = f"{len(self._readers())} input shapes"
            raise misfit(self, expected, len(shapes))
        if self.built and shapes != self.input_shapes:
            expected = f"the shapes it was built for, {self.input_shapes}"
            raise misfit(self, expected, shapes)
        self.rng = np.random.default_rng(self.seed)
        self.input_shapes = shapes
        self._build(0)
        self._place()
        self.built = True

    @property
    def input_shape(self):
        """The shape of a sample of the first input."""
        return self.input_shapes[0]

    def _build(self, start):
        """Build the layers from number `start` on, each for what it reads."""
        built = self.layers[:start]
        shapes = [*self.input_shapes, *(x.output_shape for x in built)]
        for number, (layer, sources) in enumerate(self.graph[start:], start):
            layer.dtype = self.dtype
            seed = np.random.SeedSequence(self.seed, spawn_key=(number,))
            rng = np.random.default_rng(seed)
            shapes.append(layer.build(_one_or_list(shapes, sources), rng))

    def _place(self):
        """Move all trained weights into one vector, as views."""
        sizes = [
            [getattr(layer, name).size for name in layer.trainable_weights]
            for layer in self.layers
        ]
        ends = np.cumsum([size for some in sizes for size in some], dtype=int)
        #: Where each weight lies in `vector`.
        self.parts = [*map(slice, [0, *ends[:-1]], ends)]
        self.vector = np.zeros(sum(map(sum, sizes)), self.dtype)
        self.gradient = np.zeros_like(self.vector)
        start, learns = 0, [False] * len(self.input_shapes)
        for (layer, sources), some in zip(self.graph, sizes):
            # dx is of use only if a layer with weights stands before.
            layer.needs_dx = any(learns[source] for source in sources)
            learns.append(layer.needs_dx or bool(some))
            part = slice(start, start + sum(some))
            layer.place(self.vector[part], self.gradient[part])
            start = part.stop
        self.output_shape = self.layers[-1].output_shape
        self._stages = self._fused()

    def _fused(self):
        """[(layer, places it reads, its place)], with pairs made ConvPools."""
        first = len(self.input_shapes)
        read = [source for _, sources in self.graph for source in sources]
        stages = []
        for place, (layer, sources) in enumerate(self.graph, first):
            alone = read.count(sources[0]) == 1
            if alone and stages and sources == [stages[-1][2]] and (
                ConvPool.fits(stages[-1][0], layer)
            ):
                conv, sources, _ = stages.pop()
                layer = ConvPool(conv, layer)
            stages.append((layer, sources, place))
        return stages

    # --- x -> layers -> y, and back --------------------------------------

    def _forward(self, inputs, training):
        values = dict(enumerate(inputs))
        masks = dict.fromkeys(values)
        for layer, sources, place in self._stages:
            x = _one_or_list(values, sources)
            layer.mask = _one_or_list(masks, sources)
            values[place] = layer.forward(x, training)
            masks[place] = layer.next_mask(x)
        self._mask = masks[place]
        return values[place]

    def _backward(self, dy):
        gradients = {self._stages[-1][2]: dy}
        for layer, sources, place in reversed(self._stages):
            if place not in gradients:  # nothing before it has weights
                continue
            dx = layer.backward(gradients.pop(place))
            if dx is None:
                continue
            for source, part in zip(sources, dx if sources[1:] else [dx]):
                if source in gradients:  # several readers: their sum
                    part = gradients[source] + part
                gradients[source] = part
        return gradients.get(0)

    def _readers(self):
        """For each input, the layers that read it."""
        return [
            [layer for layer, sources in self.graph if place in sources]
            for place in range(len(self.inputs))
        ]

    # --- weights, text, files --------------------------------------------

    @property
    def variables(self):
        """All weights, layer by layer, in Keras's order."""
        return [weight for layer in self.layers for weight in layer.variables]

    def summary(self, print_fn=print):
        """Print a table: layer, shape of its output, number of weights."""
        if not self.built:
            raise RuntimeError("summary needs an input_shape, or build first")
        rows = [("Layer (type)", "Output shape", "Param #")] + [
            (f"{layer.name} ({type(layer).__name__})",
             str((None, *layer.output_shape)), f"{layer.count_params():,}")
            for layer in self.layers
        ]
        one, two, three = (max(map(len, column)) for column in zip(*rows))
        for name, output, params in rows:
            print_fn(f"{name:<{one}}  {output:<{two}}  {params:>{three}}")
            if params == "Param #":
                print_fn("-" * (one + two + three + 4))
        print_fn(f"Total params: {self.count_params():,}")
        print_fn(f"Trainable params: {self.vector.size:,}")

    def save(self, path):
        """Write everything that training needs to go on: see saving."""
        saving.save_model(self, path)

    def __setstate__(self, state):
        """After copy.deepcopy or pickle: the weights become views again."""
        vars(self).update(state)
        views = [np.shares_memory(self.vector, w) for w in self.variables]
        if self.built and not any(views):
            self._place()
            self.gradient[...] = state["gradient"]

    def __str__(self):
        return f'{type(self).__name__} "{self.name}"'


class Sequential(Model):
    """A model whose layers follow one another.

    layers: Layer objects; the first one names its input_shape, or the model
    learns it from the data. name, seed and dtype as in Model.
    """

    def __init__(self, layers=(), name="sequential", seed=0, dtype="float32"):
        self._start(name, seed, dtype)
        for layer in checks.sequence(layers, self, "a list of layers"):
            self.add(layer)

    def add(self, layer):
        """Append a layer; layers that were built keep their weights."""
        self._append(layer, [len(self.graph)])
        try:
            if self.built:
                self._build(len(self.layers) - 1)
                self._place()
            elif self.layers[0].input_shape is not None:
                self.build(self.layers[0].input_shape)
        except (TypeError, ValueError):
            self.layers.pop(), self.graph.pop()
            raise
        if self.loss is not None:
            self._join_head_and_loss()

    def _readers(self):
        layers = [x for x in self.layers if not isinstance(x, Input)]
        return [layers[:1] or self.layers]


def _one_or_list(table, keys):
    """table[key] of a single key, or the list of several."""
    if len(keys) == 1:
        return table[keys[0]]
    return [table[key] for key in keys]


def _in_order(call, known):
    """All calls that lead to this one, each behind those that it reads."""
    order, seen, waiting = [], set(known), [call]
    while waiting:
        call = waiting[-1]
        if not isinstance(call, Call):
            raise misfit("Model inputs", f"{call} to be one of them", "others")
        before = [x for x in call.sources if id(x) not in seen]
        if before:
            waiting.append(before[0])
        else:
            seen.add(id(call))
            order.append(waiting.pop())
    return order


def _unused(name, taken):
    """dense, dense_1, dense_2: the first that is free, as in Keras."""
    names = [name, *(f"{name}_{i}" for i in range(1, len(taken) + 1))]
    return next(free for free in names if free not in taken)

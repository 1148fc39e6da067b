"""Sequential: layers in a row, and the loop that trains them."""

import numpy as np

from . import activations, losses, metrics, optimizers, saving
from .callbacks import Callback
from .layers import Input, Layer
from .layers.fused import fuse
from .progress import ProgressBar
from .utils import number, positive_int

load_model = saving.load_model


class History:
    """What fit returns: .history maps each result to its list by epoch."""

    def __init__(self):
        self.history = {}
        self.epoch = []

    def append(self, epoch, logs):
        """Add the results of one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class Sequential:
    """A model whose layers follow one another.

    layers: Layer objects; the first one names its input_shape, or the model
    learns it from the data. seed: one number that decides every random draw
    (weights, shuffling, dropout); 0 by default, so that a script gives the
    same numbers each time; None for fresh ones. dtype: "float32", or
    "float64" to check gradients.

    All trained weights are views into `vector`, all gradients into
    `gradient`.
    """

    def __init__(self, layers=(), name="sequential", seed=0, dtype="float32"):
        self.name = name
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(
                f'dtype expects "float32" or "float64", received {dtype!r}'
            )
        self.seed = np.random.SeedSequence(seed).entropy
        self.layers = []
        self.built = False
        self.optimizer = self.loss = self._head = None
        self.metrics = []
        self.history = History()
        self.stop_training = False
        for layer in layers:
            self.add(layer)

    def add(self, layer):
        """Append a layer; layers that were built keep their weights."""
        if not isinstance(layer, Layer):
            raise TypeError(f"a model expects layers, received {layer!r}")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer} is in the model already")
        if layer.output_shape is not None:
            raise ValueError(f"{layer} belongs to another model already")
        layer.name = _unused(layer.name, [x.name for x in self.layers])
        if self.built:
            self._build([layer], self.output_shape)
        self.layers.append(layer)
        if self.built:
            self._place()
        elif self.layers[0].input_shape is not None:
            self.build(self.layers[0].input_shape)
        if self.loss is not None:
            self._fuse()

    def build(self, input_shape):
        """Create all weights for samples of this shape (without batch).

        Every layer draws from a random generator of its own, so that one
        layer more does not change the weights of the others.
        """
        if not self.layers:
            raise ValueError("a model expects at least one layer, received 0")
        self.rng = np.random.default_rng(self.seed)
        self.input_shape = tuple(input_shape)
        self._build(self.layers, self.input_shape)
        self._place()
        self.built = True

    def _build(self, layers, shape):
        """Build each layer for the output of the one before it."""
        for layer, rng in zip(layers, self.rng.spawn(len(layers))):
            layer.dtype = self.dtype
            shape = layer.build(shape, rng)

    def _place(self):
        """Move all trained weights into one vector, as views."""
        sizes = [
            sum(getattr(layer, name).size for name in layer.trainable_weights)
            for layer in self.layers
        ]
        self.vector = np.zeros(sum(sizes), self.dtype)
        self.gradient = np.zeros(sum(sizes), self.dtype)
        start = 0
        for layer, size in zip(self.layers, sizes):
            layer.needs_dx = start > 0  # else nobody before it has weights
            part = slice(start, start + size)
            layer.place(self.vector[part], self.gradient[part])
            start += size
        self.output_shape = self.layers[-1].output_shape
        self._stages = fuse(self.layers)

    def compile(self, optimizer="rmsprop", loss=None, *, metrics=()):
        """Choose how to train: Keras's names, or objects.

        A final softmax or sigmoid moves into its cross-entropy: together
        they have a simple derivative and cannot overflow.
        """
        if loss is None:
            raise ValueError("compile expects a loss, received None")
        if isinstance(metrics, str) or callable(metrics):
            raise TypeError(f"metrics expects a list, received {metrics!r}")
        if not self.layers:
            raise ValueError("compile expects at least one layer, received 0")
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        if optimizer.iterations and optimizer is not self.optimizer:
            raise ValueError(
                f"{optimizer} has already trained another model; each model "
                "expects an optimizer of its own"
            )
        for name in metrics or ():  # unknown names fail here, not in fit
            if not callable(name):
                _metric(name, np.zeros((1, 2)), (1, 2))
        self.optimizer, self.loss = optimizer, loss
        self.metrics = list(metrics or ())
        self._fuse()

    def _fuse(self):
        for layer in self.layers:  # undo what an earlier compile did
            layer.applied = getattr(layer, "activation", None)
        self._head, self._loss = None, self.loss
        activation = getattr(self.layers[-1], "activation", None)
        kinds = _FUSED.get(getattr(activation, "name", None), ())
        if isinstance(self.loss, kinds) and not self.loss.from_logits:
            self._head, self._loss = activation, type(self.loss)(True)
            self.layers[-1].applied = activations.get("linear")

    # --- one step: x -> layers -> loss, and back -------------------------

    def forward(self, x, training=False):
        """The model's output for x: (batch, *input_shape)."""
        y = self._forward(x, training)
        if self._head is not None:
            # Not in place: y may be an array that a layer keeps.
            y = self._kept = self._head.function(y)
        return y

    def backward(self, dy):
        """Write all gradients, given dL/d(output of forward)."""
        if self._head is not None:
            dy = self._head.backward(dy, self._kept)
        return self._backward(dy)

    def _forward(self, x, training):
        mask = None
        for stage in self._stages:
            stage.mask = mask
            y = stage.forward(x, training)
            x, mask = y, stage.next_mask(x)
        return x

    def _backward(self, dy):
        for stage in reversed(self._stages):
            dy = stage.backward(dy)
            if dy is None:
                return None
        return dy

    def _step(self, x, y):
        """One update; returns the outputs from before it."""
        z = self._forward(x, training=True)
        self._backward(self._loss.gradient(y, z))
        self.optimizer.update(self.vector, self.gradient)
        return z

    def train_on_batch(self, x, y):
        """One update on these samples; returns the loss before it."""
        x, y = self._data(x, y)
        z = self._step(x, y)
        return float(self._loss.value(y, z).mean())

    # --- the loop --------------------------------------------------------

    def fit(
        self,
        x,
        y,
        *,
        epochs=1,
        batch_size=32,
        validation_data=None,
        callbacks=(),
        shuffle=True,
        verbose=1,
        initial_epoch=0,
    ):
        """Train: every epoch sees all samples once, in batches.

        x: (samples, *input_shape). validation_data: (x, y), evaluated after
        each epoch. verbose: 0 silent, 1 a bar, 2 a line an epoch.
        initial_epoch: where to go on after a load. Returns a History.

        ValueError or TypeError for data that do not fit, before anything
        changes; FloatingPointError at the step where the loss stops being
        a finite number.
        """
        epochs = positive_int(epochs, "epochs")
        initial_epoch = int(number(initial_epoch, "initial_epoch", 0))
        batch_size = positive_int(batch_size, "batch_size")
        x, y = self._data(x, y)
        if validation_data is not None:
            if len(validation_data) != 2:
                raise ValueError(
                    "validation_data expects a pair (x, y), received "
                    f"{len(validation_data)} items"
                )
            validation_data = self._data(*validation_data)
        if not self.vector.size:
            raise ValueError("fit expects a model with weights, received none")
        self.optimizer.check(self.vector)
        if isinstance(callbacks, Callback):
            raise TypeError(f"callbacks expects a list, received {callbacks}")
        callbacks = list(callbacks or ())
        starts = range(0, len(x), batch_size)
        bar = ProgressBar(len(starts), epochs, verbose)
        if not initial_epoch:
            self.history = History()
        self.stop_training = False
        for callback in callbacks:
            callback.set_model(self)
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            bar.start(epoch)
            logs = self._epoch(x, y, starts, batch_size, shuffle, bar)
            if validation_data is not None:
                results = self._results(*validation_data, batch_size)
                logs |= {f"val_{k}": v for k, v in results.items()}
            bar.finish(logs)
            self.history.append(epoch, logs)
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        for callback in callbacks:
            callback.on_train_end()
        return self.history

    def _epoch(self, x, y, starts, batch_size, shuffle, bar):
        """All batches once; the results come from the outputs, at the end."""
        n = len(x)
        order = self.rng.permutation(n) if shuffle else np.arange(n)
        y = y[order]
        outputs = np.empty((n, *self.output_shape), self.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for step, start in enumerate(starts, 1):
                stop = min(start + batch_size, n)
                batch = slice(start, stop)
                outputs[batch] = self._step(x[order[batch]], y[batch])
                if not np.isfinite(np.add.reduce(outputs[batch], axis=None)):
                    raise self._diverged(y, outputs[:stop], batch_size)
                if bar.due():
                    bar.draw(step, self._logs(y[:stop], outputs[:stop]))
            logs = self._logs(y, outputs)
            if not np.isfinite(logs["loss"]):
                raise self._diverged(y, outputs, batch_size)
        return logs

    def _diverged(self, y, z, batch_size):
        """The error that names the first step whose loss is not finite."""
        values = self._loss.value(y[: len(z)], z).reshape(len(z), -1)
        finite = np.isfinite(values).all(axis=-1)
        step = finite.argmin() // batch_size + 1
        rate = self.optimizer.current_learning_rate()
        return FloatingPointError(
            f"the loss is not a finite number at step {step} of epoch "
            f"{len(self.history.epoch) + 1} (learning rate {rate:g}). Usual "
            "causes: the learning rate is too high, the input is not scaled, "
            "or a custom loss takes the log of zero"
        )

    def _logs(self, y, z):
        """The results for outputs z, as a dict."""
        logs = {"loss": float(self._loss.value(y, z).mean())}
        y_pred = z if self._head is None else self._head.function(z)
        for metric in self.metrics:
            name, function = _metric(metric, y, y_pred.shape)
            logs[name] = float(function(y, y_pred))
        return logs

    def _outputs(self, x, batch_size):
        """Outputs before the head, batch by batch."""
        outputs = np.empty((len(x), *self.output_shape), self.dtype)
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            outputs[batch] = self._forward(x[batch], training=False)
        return outputs

    def _results(self, x, y, batch_size):
        return self._logs(y, self._outputs(x, batch_size))

    def evaluate(self, x, y, batch_size=32, verbose=1, return_dict=False):
        """[loss, *metrics] on these samples, without training.

        The loss alone, as a float, if there are no metrics.
        """
        batch_size = positive_int(batch_size, "batch_size")
        x, y = self._data(x, y)
        results = self._results(x, y, batch_size)
        if verbose:
            print(" - ".join(f"{k}: {v:.4f}" for k, v in results.items()))
        if return_dict:
            return results
        values = list(results.values())
        return values if self.metrics else values[0]

    def predict(self, x, batch_size=32, verbose=0):
        """The outputs for x: (samples, *output_shape). verbose is ignored."""
        batch_size = positive_int(batch_size, "batch_size")
        z = self._outputs(self._features(x), batch_size)
        return z if self._head is None else self._head.function(z, out=z)

    # --- data at the door ------------------------------------------------

    def _data(self, x, y):
        """x and y checked and cast once, so that no step has to."""
        if self.loss is None:
            raise RuntimeError("the model must be compiled first: compile()")
        x = self._features(x)
        if len(np.shape(y)) == 0 or len(y) != len(x):
            raise ValueError(
                f"expected as many labels as samples, received {len(x)} "
                f"samples and labels of shape {np.shape(y)}"
            )
        y = self._loss.check(y, (len(x), *self.output_shape), self.dtype)
        if not np.isfinite(y).all():
            raise ValueError("expected finite labels, received NaN or inf")
        return x, y

    def _features(self, x):
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"expected numbers, received dtype {array.dtype}")
        if (array.ndim < 2 and not self._takes_integers) or array.ndim == 0:
            raise ValueError(
                "expected samples of shape (batch, ...), received an array "
                f"of shape {array.shape}"
            )
        if len(array) == 0:
            raise ValueError("expected at least one sample, received 0")
        if not self._takes_integers:
            with np.errstate(over="ignore"):
                array = array.astype(self.dtype, copy=False)
        if not np.isfinite(array).all():
            sample, *index = np.argwhere(~np.isfinite(array))[0].tolist()
            raise ValueError(
                f"expected finite input, received "
                f"{array[sample, *index]} in sample {sample} "
                f"(of {len(array)}), index {tuple(index)}"
            )
        if not self.built:
            self.build(array.shape[1:])
        self.layers[0].check_input(array)
        return array

    @property
    def _takes_integers(self):
        layers = (x for x in self.layers if not isinstance(x, Input))
        return getattr(next(layers, None), "takes_integers", False)

    # --- weights, text, files --------------------------------------------

    def get_weights(self):
        """Copies of all weights, layer by layer, in Keras's order."""
        return [w for layer in self.layers for w in layer.get_weights()]

    def set_weights(self, weights):
        """Write a list such as get_weights returns; shapes must fit."""
        weights = [np.asarray(weight) for weight in weights]
        expected = [weight.shape for weight in self.get_weights()]
        if expected != [weight.shape for weight in weights]:
            raise ValueError(
                f"expected weights of shapes {expected}, "
                f"received {[weight.shape for weight in weights]}"
            )
        for layer in self.layers:
            count = len(layer.get_weights())
            layer.set_weights(weights[:count])
            weights = weights[count:]

    def count_params(self):
        """How many numbers all weights hold."""
        return sum(layer.count_params() for layer in self.layers)

    def summary(self, print_fn=print):
        """Print a table: layer, shape of its output, number of weights."""
        if not self.built:
            raise RuntimeError("summary needs an input_shape, or build first")
        rows = [("Layer (type)", "Output shape", "Param #")] + [
            (
                f"{layer.name} ({type(layer).__name__})",
                str((None, *layer.output_shape)),
                f"{layer.count_params():,}",
            )
            for layer in self.layers
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        for line, row in enumerate(rows):
            name, shape, params = row
            print_fn(
                f"{name:<{widths[0]}}  {shape:<{widths[1]}}  "
                f"{params:>{widths[2]}}"
            )
            if line == 0:
                print_fn("-" * (sum(widths) + 4))
        print_fn(f"Total params: {self.count_params():,}")
        print_fn(f"Trainable params: {self.vector.size:,}")

    def save(self, path):
        """Write everything that training needs to go on: see saving."""
        saving.save_model(self, path)


#: The last activation and the losses that it can move into.
_FUSED = {
    "softmax": (
        losses.CategoricalCrossentropy,
        losses.SparseCategoricalCrossentropy,
    ),
    "sigmoid": (losses.BinaryCrossentropy,),
}


def _metric(metric, y, shape):
    return metrics.get(metric, y, shape)


def _unused(name, taken):
    """dense, dense_1, dense_2: the first that is free, as in Keras."""
    numbered = (
        name if i == 0 else f"{name}_{i}" for i in range(len(taken) + 1)
    )
    return next(n for n in numbered if n not in taken)

"""The loop: batch by batch, forward, loss, backward, update."""

import contextlib

import numpy as np

from . import activations, checks, data, losses, optimizers
from .callbacks import Callback
from .checks import misfit, positive_int
from .data import Data
from .layers.layer import with_batch
from .metrics import get as find_metric
from .progress import ProgressBar, in_words


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


#: The last activation and the losses that it can move into.
_FUSED = {
    "softmax": (losses.CategoricalCrossentropy,
                losses.SparseCategoricalCrossentropy),
    "sigmoid": (losses.BinaryCrossentropy,),
}


class Trainer:
    """compile, fit, evaluate and predict, for a model that runs both ways.

    The model gives `_forward(inputs, training)` and `_backward(dy)`, its
    weights and gradients as two flat vectors, and its layers in order.
    """

    optimizer = loss = _head = _kept = None
    stop_training = False

    def compile(self, optimizer="rmsprop", loss=None, *, metrics=()):
        """Choose how to train: Keras's names, or objects.

        A final softmax or sigmoid moves into its cross-entropy: together
        they have a simple derivative and cannot overflow.
        """
        metrics = checks.listed(metrics, "metrics")
        if not self.layers:
            raise misfit("compile", "at least one layer", 0)
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        if getattr(optimizer, "owner", self) is not self:
            raise misfit(optimizer, "a model of its own", "a second one")
        for name in metrics:  # unknown names fail here, not in fit
            find_metric(name, np.zeros((1, 2)), (1, 2))
        self.optimizer, self.loss = optimizer, loss
        optimizer.owner = self
        self.metrics = metrics
        self._join_head_and_loss()

    def _join_head_and_loss(self):
        for layer in self.layers:  # undo what an earlier compile did
            layer.applied = getattr(layer, "activation", None)
        self._head, self._loss = None, self.loss
        last = self.layers[-1]
        kinds = _FUSED.get(getattr(last.applied, "name", None), ())
        if isinstance(self.loss, kinds) and not self.loss.from_logits:
            config = self.loss.get_config() | {"from_logits": True}
            self._head, self._loss = last.applied, type(self.loss)(**config)
            last.applied = activations.get("linear")

    # --- one step: x -> layers -> loss, and back -------------------------

    def forward(self, x, training=False):
        """The model's output for x: (batch, *input_shape)."""
        if not self.built:
            raise RuntimeError(f"{self} must be built before it is used")
        y = self._forward(self._as_list(x), training)
        if self._head is not None:
            y = self._head.function(y)  # not in place: a layer may keep y
        self._kept = y
        return y

    def backward(self, dy):
        """Write all gradients, given dL/d(output of forward)."""
        if self._kept is None:
            raise RuntimeError(f"{self}: backward needs forward first")
        dy = checks.as_float(dy, f"{self} backward", self.dtype)
        if dy.shape != self._kept.shape:
            raise misfit(f"{self} backward", self._kept.shape, dy.shape)
        if self._head is not None:
            dy = self._head.backward(dy, self._kept)
        return self._backward(dy)

    def _step(self, batch):
        """One update; returns the outputs from before it, and weights."""
        z = self._forward(batch.x, training=True)
        weight = self._weight(batch.weight, z)
        dz = self._loss.gradient(batch.y, z)
        self._backward(losses.weigh(dz, weight))
        self.optimizer.update(self.vector, self.gradient, self.parts)
        return z, weight

    def _weight(self, weight, z):
        """What each output counts: the samples' weights and the mask.

        Moments that are masked count 0, the others the more, so that the
        loss is the mean over those; as in Keras.
        """
        mask = self._mask
        if mask is None or mask.shape != z.shape[:-1]:
            return weight
        mask = mask * (mask.size / max(mask.sum(), 1))
        return losses.weigh(mask, weight)

    def train_on_batch(self, x, y, sample_weight=None, class_weight=None):
        """One update on these samples; returns the loss before it."""
        with self._as_it_was():
            batch = self._data(x, y, sample_weight, class_weight)
        return self._mean_loss(batch.y, *self._step(batch))

    # --- the loop --------------------------------------------------------

    def fit(
        self, x, y, *, batch_size=32, epochs=1, verbose=1, callbacks=(),
        validation_split=0.0, validation_data=None, shuffle=True,
        class_weight=None, sample_weight=None, initial_epoch=0,
    ):
        """Train: every epoch sees all samples once, in batches.

        x: (samples, *input_shape), or a list of such for a model of several
        inputs. validation_data: (x, y) or (x, y, sample_weight), evaluated
        after each epoch; or validation_split: the share of samples at the
        end that is kept for it. sample_weight: (samples,), how much each
        counts in the loss; class_weight: {class: how much}. verbose: 0
        silent, 1 a bar, 2 a line an epoch. initial_epoch: where to go on
        after a load. Returns a History.

        ValueError or TypeError for data that do not fit, before anything
        changes; FloatingPointError at the step where the loss stops being
        a finite number.
        """
        epochs = positive_int(epochs, "epochs")
        initial_epoch = checks.count(initial_epoch, "initial_epoch")
        batch_size = positive_int(batch_size, "batch_size")
        verbose = _verbosity(verbose)
        shuffle = checks.flag(shuffle, "shuffle")
        share = checks.fraction(validation_split, "validation_split")
        if validation_data is not None and share:
            raise misfit("fit", "validation_split or validation_data", "both")
        callbacks = checks.listed(callbacks, "callbacks")
        for one in callbacks:
            checks.instance(one, Callback, "callbacks", "Callback objects")
        callbacks = sorted(callbacks, key=lambda c: c.saves)
        validation = None
        with self._as_it_was():
            train = self._data(x, y, sample_weight, class_weight)
            if validation_data is not None:
                validation = self._data(*_validation(validation_data))
            elif share:
                train, validation = data.split_off(train, share)
            for samples in filter(None, (train, validation)):
                self._try_metrics(samples)
            if not self.vector.size:
                raise misfit("fit", "a model with weights", "none")
            self.optimizer.check(self.vector)
        if not initial_epoch:
            self.history = History()
        self.stop_training = False
        bar = ProgressBar(-(-len(train) // batch_size), epochs, verbose)
        for callback in callbacks:
            callback.set_model(self)
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            if self.stop_training:
                break
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            bar.start(epoch)
            try:
                logs = self._epoch(train, batch_size, shuffle, bar)
            except FloatingPointError:
                if any(callback.stops_on_nan for callback in callbacks):
                    break
                raise
            if validation is not None:
                results = self._results(validation, batch_size)
                logs |= {f"val_{k}": v for k, v in results.items()}
            bar.finish(logs)
            self.history.append(epoch, logs)
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
        self.optimizer.finalize(self.vector)
        for callback in callbacks:
            callback.on_train_end()
        return self.history

    def _epoch(self, train, batch_size, shuffle, bar):
        """All batches once; the results come from the outputs, at the end."""
        n = len(train)
        order = self.rng.permutation(n) if shuffle else np.arange(n)
        y, weights = train.y[order], []
        outputs = self._empty(n)
        with np.errstate(over="ignore", invalid="ignore"):
            for step, batch in enumerate(_batches(n, batch_size), 1):
                z, weight = self._step(train[order[batch]])
                outputs[batch] = z
                weights.append(weight)
                done = slice(batch.start + len(z))
                if not np.isfinite(np.add.reduce(z, axis=None)):
                    raise self._diverged(y[done], outputs[done], batch_size)
                if bar.due():  # a metric may need more: auc, both classes
                    with contextlib.suppress(ValueError):
                        logs = self._logs(y[done], outputs[done], weights)
                        bar.draw(step, logs)
            logs = self._logs(y, outputs, weights)
            if not np.isfinite(logs["loss"]):
                raise self._diverged(y, outputs, batch_size)
        return logs

    def _diverged(self, y, z, batch_size):
        """The error that names the first step whose loss is not finite."""
        values = self._loss.value(y, z).reshape(len(z), -1)
        finite = np.isfinite(values).all(axis=-1)
        step = finite.argmin() // batch_size + 1
        rate = self.optimizer.current_learning_rate()
        return FloatingPointError(
            f"the loss is not a finite number at step {step} of epoch "
            f"{len(self.history.epoch) + 1} (learning rate {rate:g}). Usual "
            "causes: the learning rate is too high, the input is not scaled, "
            "or a custom loss takes the log of zero"
        )

    def _mean_loss(self, y, z, weight=None):
        values = losses.weigh(self._loss.value(y, z), weight)
        return float(values.mean())

    def _logs(self, y, z, weights):
        """The results for outputs z, as a dict; metrics ignore weights."""
        weight = None if weights[0] is None else np.concatenate(weights)
        logs = {"loss": self._mean_loss(y, z, weight)}
        y_pred = z if self._head is None else self._head.function(z)
        for metric in self.metrics:
            name, function = find_metric(metric, y, y_pred.shape)
            logs[name] = float(function(y, y_pred))
        return logs

    def _try_metrics(self, samples):
        """Let a metric refuse these labels now, not after an epoch."""
        y_pred = np.zeros_like(self._empty(len(samples)))
        for metric in self.metrics:
            if isinstance(metric, str):
                _, function = find_metric(metric, samples.y, y_pred.shape)
                function(samples.y, y_pred)

    def _empty(self, samples):
        """Room for the outputs of so many samples."""
        return np.empty((samples, *self.output_shape), self.dtype)

    def _outputs(self, inputs, weight, batch_size):
        """The last layer's outputs, batch by batch; what each counts."""
        z, weights = self._empty(len(inputs[0])), []
        for rows in _batches(len(z), batch_size):
            z[rows] = self._forward([x[rows] for x in inputs], training=False)
            part = None if weight is None else weight[rows]
            weights.append(self._weight(part, z[rows]))
        return z, weights

    def _results(self, samples, batch_size):
        """The results without training."""
        with np.errstate(over="ignore", invalid="ignore"):
            z, weights = self._outputs(samples.x, samples.weight, batch_size)
            logs = self._logs(samples.y, z, weights)
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                "the loss is not a finite number: the model's weights, or "
                "those of the samples, are too large"
            )
        return logs

    def evaluate(
        self, x, y, batch_size=32, verbose=1, sample_weight=None,
        return_dict=False,
    ):
        """[loss, *metrics] on these samples, without training.

        The loss alone, as a float, if there are no metrics.
        """
        batch_size = positive_int(batch_size, "batch_size")
        return_dict = checks.flag(return_dict, "return_dict")
        verbose = _verbosity(verbose)
        with self._as_it_was():
            samples = self._data(x, y, sample_weight)
            self._try_metrics(samples)
        results = self._results(samples, batch_size)
        if verbose:
            print(in_words(results))
        if return_dict:
            return results
        values = list(results.values())
        return values if self.metrics else values[0]

    def predict(self, x, batch_size=32, verbose=0):
        """The outputs for x: (samples, *output_shape). verbose is ignored."""
        batch_size = positive_int(batch_size, "batch_size")
        with self._as_it_was():
            inputs = self._inputs(x)
        z, _ = self._outputs(inputs, None, batch_size)
        return z if self._head is None else self._head.function(z, out=z)

    # --- data at the door ------------------------------------------------

    def _data(self, x, y, sample_weight=None, class_weight=None):
        """Everything that fit takes, checked, as Data."""
        if self.loss is None:
            raise RuntimeError("the model must be compiled first: compile()")
        inputs = self._inputs(x)
        n = len(inputs[0])
        y = checks.as_numbers(y, "the model's y")
        if y.shape[:1] != (n,):
            received = f"{n} samples and labels of shape {y.shape}"
            raise misfit("the model", "as many labels as samples", received)
        y = self._loss.check(y, (n, *self.output_shape), self.dtype)
        shape = self.output_shape
        weight = data.as_weights(sample_weight, class_weight, y, shape)
        return Data(inputs, y, weight)

    def _inputs(self, x):
        """x as a list of arrays, one for each input, checked and cast."""
        readers = self._readers()
        arrays = [
            data.as_input(one, self.dtype, any(r.kinds == "iu" for r in some))
            for one, some in zip(self._as_list(x), readers)
        ]
        if len({len(array) for array in arrays}) > 1:
            received = [len(array) for array in arrays]
            raise misfit("the model", "inputs of one length", received)
        if not self.built:
            self.build(arrays[0].shape[1:])
        for array, expected, some in zip(arrays, self.input_shapes, readers):
            if array.shape[1:] != expected:
                raise misfit(some[0], with_batch(expected), array.shape)
            for reader in some:
                if reader.input_shape == expected:  # it reads nothing else
                    reader.check_input(array)
        return arrays

    @contextlib.contextmanager
    def _as_it_was(self):
        """Data that do not fit leave a model without shape as it was."""
        built = self.built
        try:
            yield
        except Exception:
            if self.built and not built:
                self.built, self.layers[0].input_shape = False, None
                for layer in self.layers:
                    layer.trainable_weights, layer.state_weights = [], []
            raise

    def _as_list(self, x):
        """x in a list; for a model of several inputs x is a list already."""
        inputs = len(self._readers())
        if inputs == 1:
            return [x]
        if not isinstance(x, (list, tuple)) or len(x) != inputs:
            raise misfit(self, f"a list of {inputs} inputs", type(x).__name__)
        return list(x)


def _batches(samples, batch_size):
    """The slices that are one batch each."""
    starts = range(0, samples, batch_size)
    return [slice(start, start + batch_size) for start in starts]


def _validation(given):
    """(x, y) or (x, y, sample_weight), and nothing else."""
    expected = "a pair (x, y), or (x, y, weights)"
    given = checks.sequence(given, "validation_data", expected)
    if len(given) not in (2, 3):
        raise misfit("validation_data", expected, f"{len(given)} items")
    return given


def _verbosity(verbose):
    """0, 1 or 2; True and False will do."""
    if not isinstance(verbose, int) or verbose not in (0, 1, 2):
        raise misfit("verbose", "0, 1 or 2", repr(verbose))
    return verbose

"""Recurrent layers: one step, applied to each moment of a sequence in turn.

Inside, arrays are (time, rows, batch, units). A row is a gate, or what else a
step keeps for backward: `i, f, g, o, a = moment` takes a moment apart. Each
row lies in one piece: tanh and products on columns of one matrix, as Keras's
kernels have the gates, made LSTM and GRU 1.7 and 1.5 times as slow (64 units,
50 steps, batch 32, forward and backward).
"""

from dataclasses import KW_ONLY, replace

import numpy as np

from .. import initializers
from ..activations import sigmoid_backward, tanh_backward
from ..checks import flag, instance, misfit, one_of, positive_int
from .layer import Layer


def _listed(x):
    """[sequence, first states] as it is, and a sequence alone as a list."""
    return x if isinstance(x, list) else [x]


class _Recurrent(Layer):
    """What the three kinds share: arguments, weights, the walk in time.

    A kind gives `step`, which makes a moment's rows and the new states out
    of the old ones, and its mirror image `step_back`, which writes dL/d(row)
    and turns dL/d(new states) into dL/d(old states). After units and
    activation, arguments go by name.

    return_sequences: y is (batch, time, units), every moment, instead of
    (batch, units), the last one. go_backwards: read from the last moment to
    the first, and answer in that order. A mask (batch, time) is False where
    a moment does not count: there the state waits.

    return_state: y is the last states side by side: h, or for an LSTM h and
    c, (batch, 2 units). Called on [x, y of such a layer], a layer starts from
    these states instead of 0: a decoder goes on where its encoder stopped,
    and the gradient flows back that way. Keras returns a list [y, h, c] and
    takes initial_state; but here a layer returns one array, and y is h. So
    return_state and return_sequences exclude each other. (Where the first
    moments of a sequence are masked, y repeats the given h; Keras has 0.)
    """

    units: positive_int
    activation: one_of("tanh") = "tanh"
    _: KW_ONLY
    kernel_initializer: initializers.known = "glorot_uniform"
    recurrent_initializer: initializers.known = "orthogonal"
    bias_initializer: initializers.known = "zeros"
    return_sequences: flag = False
    return_state: flag = False
    go_backwards: flag = False

    takes_several = True
    gates = rows = states = 1
    reset_after = False  # only a GRU can

    def __post_init__(self):
        super().__post_init__()
        if self.return_state and self.return_sequences:
            raise misfit(self, "return_state or return_sequences", "both")

    def declare(self, input_shape):
        sequence, *first = _listed(input_shape)
        width, state = self.gates * self.units, self.states * self.units
        if len(sequence) != 2 or first not in ([], [(state,)]):
            expected = f"(batch, time, features), or that and (batch, {state})"
            raise misfit(self, expected, input_shape)
        time, features = sequence
        self.add_weight("kernel", (features, width), self.kernel_initializer)
        self.add_weight(
            "recurrent_kernel", (self.units, width), self.recurrent_initializer
        )
        shape = (2, width) if self.reset_after else (width,)
        self.add_weight("bias", shape, self.bias_initializer)
        if self.return_sequences:
            return time, self.units
        return (state if self.return_state else self.units,)

    def in_time(self, x):
        """(batch, time, ...) -> (time, batch, ...), in reading order."""
        x = x.swapaxes(0, 1)
        return x[::-1] if self.go_backwards else x

    def forward(self, x, training=False):
        self.check_input(x)
        x, *first = x if isinstance(self.input_shape, list) else [x]
        x = np.ascontiguousarray(self.in_time(x))
        time, batch, _ = x.shape
        kept = np.empty((time, self.rows, batch, self.units), x.dtype)
        gates = kept[:, : self.gates]
        np.matmul(x[:, np.newaxis], self.by_gate(self.kernel), out=gates)
        gates += self.by_gate(self.bias)[:, :1]
        states = np.zeros((time + 1, self.states, *kept.shape[2:]), x.dtype)
        for given in first:
            shape = batch, self.states, self.units
            states[0] = given.reshape(shape).swapaxes(0, 1)
        mask = _listed(self.mask)[0]
        if mask is not None:
            mask = self.in_time(mask)[..., np.newaxis]
        # In one piece: half the time of a product with Keras's columns.
        kernel = np.ascontiguousarray(self.by_gate(self.recurrent_kernel))
        for t in range(time):
            self.step(kept[t], kernel, states[t], states[t + 1])
            if mask is not None:
                np.copyto(states[t + 1], states[t], where=~mask[t])
        self._saved = x, mask, states, kept
        if self.return_sequences:
            return states[1:, 0].swapaxes(0, 1)
        last = states[-1] if self.return_state else states[-1, :1]
        return _side_by_side(last)

    def backward(self, dy):
        x, mask, states, kept = self.recall(dy)
        dkept = np.empty_like(kept)
        dstate = np.zeros_like(states[0])
        if not self.return_sequences:  # h alone, or all states
            count = dy.shape[1] // self.units
            last = dy.reshape(len(dy), count, self.units).swapaxes(0, 1)
            dstate[:count] = last
        kernel = np.ascontiguousarray(self.recurrent_kernel.T)
        kernel = kernel.reshape(self.gates, self.units, self.units)
        for t in reversed(range(len(x))):
            if self.return_sequences:
                dstate[0] += dy[:, t]
            if mask is not None:
                waits = np.where(mask[t], 0, dstate)
                dstate *= mask[t]
            self.step_back(dkept[t], dstate, kernel, kept[t], states[t])
            if mask is not None:
                dstate += waits
        dz = _as_rows(dkept[:, : self.gates])
        np.matmul(_as_rows(x[:, np.newaxis]).T, dz, out=self.dkernel)
        h = _as_rows(states[:-1, :1])
        self.write_gradients(h, dz, dkept, kept)
        if not self.needs_dx:
            return None
        dx = (dz @ self.kernel.T).reshape(x.shape).swapaxes(0, 1)
        dx = self.in_time(dx).swapaxes(0, 1)
        if isinstance(self.input_shape, list):
            return [dx, _side_by_side(dstate)]
        return dx

    def write_gradients(self, h, dz, dkept, kept):
        """Of what is behind the kernel: one product for all moments."""
        np.matmul(h.T, dz, out=self.drecurrent_kernel)
        self.dbias[...] = np.add.reduce(dz, axis=0)

    def next_mask(self, x):
        return _listed(self.mask)[0] if self.return_sequences else None

    def by_gate(self, matrix):
        """Keras's (inputs, gates * units) -> (gates, inputs, units)."""
        return matrix.reshape(-1, self.gates, self.units).swapaxes(0, 1)


class SimpleRNN(_Recurrent):
    """h = tanh(x W + h U + b): Elman 1990, whose units were sigmoids."""

    def step(self, moment, kernel, old, new):
        moment += old @ kernel
        new[...] = np.tanh(moment, out=moment)

    def step_back(self, dmoment, dstate, kernel, moment, old):
        dmoment[...] = tanh_backward(dstate, moment)
        np.matmul(dmoment, kernel, out=dstate)


class LSTM(_Recurrent):
    """A state c that is changed by addition, so that gradients last.

    With gates i f g o = x W + h U + b, side by side:
    c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c)

    The bias of f starts at 1, so that the state is kept until something is
    learned. Hochreiter & Schmidhuber 1997; f: Gers et al. 2000.
    """

    _: KW_ONLY
    recurrent_activation: one_of("sigmoid") = "sigmoid"

    gates, rows, states = 4, 5, 2

    def declare(self, input_shape):
        output_shape = super().declare(input_shape)
        self.bias[self.units : 2 * self.units] = 1
        return output_shape

    def step(self, moment, kernel, old, new):
        (h, c), (new_h, new_c) = old, new
        i, f, g, o, a = moment
        moment[:4] += h @ kernel
        _sigmoid(moment[:2])
        np.tanh(g, out=g)
        _sigmoid(o)
        np.add(f * c, i * g, out=new_c)
        np.multiply(o, np.tanh(new_c, out=a), out=new_h)

    def step_back(self, dmoment, dstate, kernel, moment, old):
        (dh, dc), (_, c) = dstate, old
        i, f, g, o, a = moment
        di, df, dg, do, _ = dmoment
        do[...] = sigmoid_backward(dh * a, o)
        dc += tanh_backward(dh * o, a)
        di[...] = sigmoid_backward(dc * g, i)
        df[...] = sigmoid_backward(dc * c, f)
        dg[...] = tanh_backward(dc * i, g)
        np.add.reduce(dmoment[:4] @ kernel, axis=0, out=dh)
        dc *= f


class GRU(_Recurrent):
    """Two gates decide how much of the state is replaced, and by what.

    With z r n side by side, and the state's part s = h U + b':
    z = sigmoid(x W + b + s);  r = sigmoid(x W + b + s)
    n = tanh(x W + b + r s);   h = z h + (1 - z) n

    reset_after=False computes n = tanh(x W + b + (r h) U) instead, as in
    Cho et al. 2014 (EMNLP), and has a single bias. With reset_after, bias is
    (2, 3 units): b, then b'.
    """

    _: KW_ONLY
    recurrent_activation: one_of("sigmoid") = "sigmoid"
    reset_after: flag = True

    gates, rows = 3, 4

    def step(self, moment, kernel, old, new):
        (h,), (z, r, n, s) = old, moment
        if self.reset_after:
            sums = h @ kernel + self.by_gate(self.bias)[:, 1:]
            moment[:2] += sums[:2]
            s[...] = sums[2]
        else:
            moment[:2] += h @ kernel[:2]
        _sigmoid(moment[:2])
        if not self.reset_after:
            np.multiply(r, h, out=s)
        n += r * s if self.reset_after else s @ kernel[2]
        np.tanh(n, out=n)
        np.add(n, z * (h - n), out=new[0])

    def step_back(self, dmoment, dstate, kernel, moment, old):
        (dh,), (h,) = dstate, old
        (z, r, n, s), (dz, dr, dn, ds) = moment, dmoment
        dz[...] = sigmoid_backward(dh * (h - n), z)
        dn[...] = tanh_backward(dh * (1 - z), n)
        dh *= z
        if self.reset_after:
            np.multiply(dn, r, out=ds)
            dr[...] = sigmoid_backward(dn * s, r)
            dh += ds @ kernel[2]
        else:
            np.matmul(dn, kernel[2], out=ds)
            dr[...] = sigmoid_backward(ds * h, r)
            dh += ds * r
        dh += np.add.reduce(dmoment[:2] @ kernel[:2], axis=0)

    def write_gradients(self, h, dz, dkept, kept):
        super().write_gradients(h, dz, dkept, kept)
        n = slice(2 * self.units, None)  # behind U stands s, or before it
        if self.reset_after:
            ds = _as_rows(dkept[:, 3:])
            self.dbias[1, n] = np.add.reduce(ds, axis=0)
        else:
            h, ds = _as_rows(kept[:, 3:]), dz[:, n]
        self.drecurrent_kernel[:, n] = h.T @ ds


def _recurrent(value, who):
    """A recurrent layer."""
    return instance(value, _Recurrent, who, "a recurrent layer")


class Bidirectional(Layer):
    """A recurrent layer and its twin that reads backwards, side by side.

    y is (batch, 2 units), or (batch, time, 2 units) with return_sequences:
    there the twin's answers are put back into the order of time. With
    return_state, h of both stands before c of both. Schuster & Paliwal 1997.
    """

    layer: _recurrent

    def __post_init__(self):
        super().__post_init__()
        back = not self.layer.go_backwards
        self.twin = replace(self.layer, go_backwards=back)

    def declare(self, input_shape):
        rngs = self.rng.spawn(2)
        for part, rng in zip((self.layer, self.twin), rngs):
            part.dtype, part.needs_dx = self.dtype, True
            *time, width = part.build(input_shape, rng)
        self._adopt()
        return (*time, 2 * width)

    def place(self, vector, gradient):
        half = len(vector) // 2
        self.layer.place(vector[:half], gradient[:half])
        self.twin.place(vector[half:], gradient[half:])
        self._adopt()

    def _adopt(self):
        """Make the weights of both parts the layer's own."""
        self.trainable_weights = []
        for prefix, part in ("forward_", self.layer), ("backward_", self.twin):
            for name in part.trainable_weights:
                setattr(self, prefix + name, getattr(part, name))
                setattr(self, "d" + prefix + name, getattr(part, "d" + name))
                self.trainable_weights.append(prefix + name)

    def next_mask(self, x):
        return self.layer.next_mask(x)

    def forward(self, x, training=False):
        self.check_input(x)
        self.layer.mask = self.twin.mask = self.mask
        self._saved = ()
        both = self.layer.forward(x), self._turn(self.twin.forward(x))
        states = [y.reshape(*y.shape[:-1], -1, self.layer.units) for y in both]
        y = np.concatenate(states, axis=-1)
        return self._blank(y.reshape(len(x), *self.output_shape))

    def backward(self, dy):
        self.recall(dy)
        dy = self._blank(dy)
        states = dy.reshape(*dy.shape[:-1], -1, 2 * self.layer.units)
        da, db = (d.reshape(len(dy), *self.layer.output_shape)
                  for d in np.split(states, 2, axis=-1))
        dx = self.layer.backward(da) + self.twin.backward(self._turn(db))
        return dx if self.needs_dx else None

    def _blank(self, y):
        """In a sequence, 0 where a moment does not count, as in Keras."""
        if self.mask is None or not self.layer.return_sequences:
            return y
        return y * self.mask[..., np.newaxis]

    def _turn(self, y):
        return y[:, ::-1] if self.layer.return_sequences else y


def _sigmoid(z):
    """sigmoid(z) = (tanh(z / 2) + 1) / 2, in place."""
    z *= 0.5
    np.tanh(z, out=z)
    z += 1
    z *= 0.5


def _as_rows(a):
    """(time, rows, batch, size) -> (time * batch, rows * size)."""
    time, rows, batch, size = a.shape
    return a.swapaxes(1, 2).reshape(time * batch, rows * size)


def _side_by_side(states):
    """(states, batch, units) -> (batch, states * units)."""
    count, batch, units = states.shape
    return states.swapaxes(0, 1).reshape(batch, count * units)

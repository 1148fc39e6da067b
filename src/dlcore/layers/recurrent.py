"""Recurrent layers: one step, applied to each moment of a sequence in turn.

x is (batch, time, features). What does not depend on the moment before, the
product with the kernel, is made for all moments at once; the loop over time
holds only what has to wait. Gates stand side by side in one matrix, in
Keras's order.
"""

from dataclasses import KW_ONLY, replace

import numpy as np

from .. import initializers
from ..checks import flag, misfit, positive_int
from .layer import Layer, with_batch


class _Recurrent(Layer):
    """What the three kinds share: arguments, weights, the walk in time.

    A kind gives `step` and its mirror image `step_back`, and says how many
    `gates` and states it has.

    return_sequences: y is (batch, time, units), every moment, instead of
    (batch, units), the last one. go_backwards: read from the last moment to
    the first, and answer in that order. A mask (batch, time) is False where
    a moment does not count: there the state waits.
    """

    units: positive_int
    _: KW_ONLY
    use_bias: flag = True
    kernel_initializer: initializers.known = "glorot_uniform"
    recurrent_initializer: initializers.known = "orthogonal"
    bias_initializer: initializers.known = "zeros"
    return_sequences: flag = False
    go_backwards: flag = False

    gates = 1
    states = 1

    def declare(self, input_shape):
        if len(input_shape) != 2:
            expected = "(batch, time, features)"
            raise misfit(self, expected, with_batch(input_shape))
        time, features = input_shape
        width = self.gates * self.units
        self.add_weight("kernel", (features, width), self.kernel_initializer)
        self.add_weight(
            "recurrent_kernel", (self.units, width), self.recurrent_initializer
        )
        if self.use_bias:
            self.add_weight("bias", self.bias_shape, self.bias_initializer)
        return (time, self.units) if self.return_sequences else (self.units,)

    @property
    def bias_shape(self):
        return (self.gates * self.units,)

    def in_time(self, x):
        """(batch, time, ...) -> (time, batch, ...), in reading order."""
        x = x.swapaxes(0, 1)
        return x[::-1] if self.go_backwards else x

    def forward(self, x, training=False):
        self.check_input(x)
        x = np.ascontiguousarray(self.in_time(x))
        z = self.project(x)
        mask = self.mask
        if mask is not None:
            mask = self.in_time(mask)[..., np.newaxis]
        state = [np.zeros((x.shape[1], self.units), x.dtype)] * self.states
        states, kept = [state], []
        for t in range(len(x)):
            new, saved = self.step(z[t], *state)
            if mask is not None:
                new = [np.where(mask[t], a, b) for a, b in zip(new, state)]
            state = new
            states.append(state)
            kept.append(saved)
        self._saved = x, mask, states, kept
        if not self.return_sequences:
            return state[0]
        return np.stack([state[0] for state in states[1:]], axis=1)

    def backward(self, dy):
        x, mask, states, kept = self.recall(dy)
        dz = np.empty((*x.shape[:2], self.recurrent_kernel.shape[1]), x.dtype)
        dstate = [np.zeros_like(state) for state in states[0]]
        if not self.return_sequences:
            dstate[0] = dy
        for t in reversed(range(len(x))):
            if self.return_sequences:
                dstate[0] = dstate[0] + dy[:, t]
            if mask is None:
                dstate = self.step_back(dz[t], dstate, states[t], kept[t])
                continue
            waits = [np.where(mask[t], 0, d) for d in dstate]
            dstate = [np.where(mask[t], d, 0) for d in dstate]
            dstate = self.step_back(dz[t], dstate, states[t], kept[t])
            dstate = [a + b for a, b in zip(dstate, waits)]
        h = np.stack([state[0] for state in states[:-1]])
        self.write_gradients(_rows(x), _rows(h), _rows(dz), kept)
        if not self.needs_dx:
            return None
        return self.in_time((dz @ self.kernel.T).swapaxes(0, 1)).swapaxes(0, 1)

    def next_mask(self, x):
        return self.mask if self.return_sequences else None

    def project(self, x):
        """The part of the sums that comes from the input, for all moments."""
        z = x @ self.kernel
        if self.use_bias:
            z += self.bias
        return z

    def write_gradients(self, x, h, dz, kept):
        """Sum over all moments at once: one matrix product for each."""
        np.matmul(x.T, dz, out=self.dkernel)
        np.matmul(h.T, dz, out=self.drecurrent_kernel)
        if self.use_bias:
            np.add.reduce(dz, axis=0, out=self.dbias)


class SimpleRNN(_Recurrent):
    """h = tanh(x W + h U + b): Elman 1990."""

    def step(self, z, h):
        h = np.tanh(z + h @ self.recurrent_kernel)
        return [h], h

    def step_back(self, dz, dstate, state, h):
        np.multiply(dstate[0], 1 - h * h, out=dz)
        return [dz @ self.recurrent_kernel.T]


class LSTM(_Recurrent):
    """A state c that is changed by addition, so that gradients last.

    With gates i f g o = x W + h U + b, side by side:
    c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c)

    unit_forget_bias starts the bias of f at 1, so that the state is kept
    until something is learned. Hochreiter & Schmidhuber 1997; f: Gers et
    al. 2000.
    """

    _: KW_ONLY
    unit_forget_bias: flag = True

    gates = 4
    states = 2

    def declare(self, input_shape):
        output_shape = super().declare(input_shape)
        if self.use_bias and self.unit_forget_bias:
            self.bias[self.units : 2 * self.units] = 1
        return output_shape

    def step(self, z, h, c):
        z = z + h @ self.recurrent_kernel
        i, f, g, o = np.split(z, 4, axis=1)
        for gate in (i, f, o):
            _sigmoid(gate)
        np.tanh(g, out=g)
        c = f * c + i * g
        tanh_c = np.tanh(c)
        return [o * tanh_c, c], (i, f, g, o, tanh_c)

    def step_back(self, dz, dstate, state, kept):
        (dh, dc), (_, c) = dstate, state
        i, f, g, o, tanh_c = kept
        di, df, dg, do = np.split(dz, 4, axis=1)  # views into dz
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        np.multiply(dh * tanh_c, o * (1 - o), out=do)
        np.multiply(dc * g, i * (1 - i), out=di)
        np.multiply(dc * c, f * (1 - f), out=df)
        np.multiply(dc * i, 1 - g * g, out=dg)
        return [dz @ self.recurrent_kernel.T, dc * f]


class GRU(_Recurrent):
    """Two gates decide how much of the state is replaced, and by what.

    With z r n side by side, and the state's part s = h U + b':
    z = sigmoid(x W + b + s);  r = sigmoid(x W + b + s)
    n = tanh(x W + b + r s);   h = z h + (1 - z) n

    reset_after=False computes n = tanh(x W + b + (r h) U) instead, as in
    Cho et al. 2014, and has a single bias. With reset_after, bias is
    (2, 3 units): b, then b'.
    """

    _: KW_ONLY
    reset_after: flag = True

    gates = 3

    @property
    def bias_shape(self):
        width = self.gates * self.units
        return (2, width) if self.reset_after else (width,)

    def project(self, x):
        z = x @ self.kernel
        if self.use_bias:
            z += self.bias[0] if self.reset_after else self.bias
        return z

    def step(self, x, h):
        u = self.units
        if self.reset_after:
            s = h @ self.recurrent_kernel
            if self.use_bias:
                s += self.bias[1]
        else:
            s = h @ self.recurrent_kernel[:, : 2 * u]
        zr = _sigmoid(x[:, : 2 * u] + s[:, : 2 * u])
        z, r = zr[:, :u], zr[:, u:]
        if self.reset_after:
            n = s[:, 2 * u :]
            after = n.copy()
            n = np.tanh(x[:, 2 * u :] + r * n)
        else:
            after = r * h
            n = np.tanh(
                x[:, 2 * u :] + after @ self.recurrent_kernel[:, 2 * u :]
            )
        return [n + z * (h - n)], (z, r, n, after)

    def step_back(self, dz, dstate, state, kept):
        (dh,), (h,), u = dstate, state, self.units
        z, r, n, after = kept
        dgate_z, dgate_r, dn = np.split(dz, 3, axis=1)  # views into dz
        np.multiply(dh * (1 - z), 1 - n * n, out=dn)
        np.multiply(dh * (h - n), z * (1 - z), out=dgate_z)
        if self.reset_after:
            np.multiply(dn * after, r * (1 - r), out=dgate_r)
            ds = np.concatenate([dz[:, : 2 * u], dn * r], axis=1)
            return [dh * z + ds @ self.recurrent_kernel.T]
        dafter = dn @ self.recurrent_kernel[:, 2 * u :].T
        np.multiply(dafter * h, r * (1 - r), out=dgate_r)
        back = dz[:, : 2 * u] @ self.recurrent_kernel[:, : 2 * u].T
        return [dh * z + dafter * r + back]

    def write_gradients(self, x, h, dz, kept):
        np.matmul(x.T, dz, out=self.dkernel)
        u = self.units
        r, after = (np.concatenate([k[i] for k in kept]) for i in (1, 3))
        ds = dz.copy()
        if self.reset_after:
            ds[:, 2 * u :] *= r
            np.matmul(h.T, ds, out=self.drecurrent_kernel)
        else:
            self.drecurrent_kernel[:, : 2 * u] = h.T @ ds[:, : 2 * u]
            self.drecurrent_kernel[:, 2 * u :] = after.T @ ds[:, 2 * u :]
        if self.use_bias and self.reset_after:
            np.add.reduce(dz, axis=0, out=self.dbias[0])
            np.add.reduce(ds, axis=0, out=self.dbias[1])
        elif self.use_bias:
            np.add.reduce(dz, axis=0, out=self.dbias)


def _recurrent(value, who):
    """A recurrent layer."""
    if not isinstance(value, _Recurrent):
        raise misfit(who, "a recurrent layer", repr(value), TypeError)
    return value


class Bidirectional(Layer):
    """A recurrent layer and its twin that reads backwards, side by side.

    y is (batch, 2 units), or (batch, time, 2 units) with return_sequences:
    there the twin's answers are put back into the order of time.
    Schuster & Paliwal 1997.
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
            *time, units = part.build(input_shape, rng)
        for prefix, part, name in self._weights():
            setattr(self, prefix + name, getattr(part, name))
            setattr(self, "d" + prefix + name, getattr(part, "d" + name))
            self.trainable_weights.append(prefix + name)
        return (*time, 2 * units)

    def _weights(self):
        parts = {"forward_": self.layer, "backward_": self.twin}
        for prefix, part in parts.items():
            for name in part.trainable_weights:
                yield prefix, part, name

    def place(self, vector, gradient):
        super().place(vector, gradient)
        for prefix, part, name in self._weights():
            setattr(part, name, getattr(self, prefix + name))
            setattr(part, "d" + name, getattr(self, "d" + prefix + name))

    def next_mask(self, x):
        return self.layer.next_mask(x)

    def forward(self, x, training=False):
        self.check_input(x)
        self.layer.mask = self.twin.mask = self.mask
        self._saved = ()
        a, b = self.layer.forward(x), self.twin.forward(x)
        return self._blank(np.concatenate([a, self._turn(b)], axis=-1))

    def backward(self, dy):
        self.recall(dy)
        da, db = np.split(self._blank(dy), 2, axis=-1)
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
    """sigmoid(z) in place, as (tanh(z / 2) + 1) / 2: no overflow, fast."""
    z *= 0.5
    np.tanh(z, out=z)
    z += 1
    z *= 0.5
    return z


def _rows(sequence):
    return sequence.reshape(-1, sequence.shape[-1])

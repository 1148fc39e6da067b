"""The widgets' arithmetic in JavaScript, against dlcore's in Python."""

import importlib
import inspect
import math
import re
from pathlib import Path

import numpy as np
import pytest
from javascript import run

from dlcore import Sequential, activations, losses
from dlcore.datasets import points
from dlcore.layers import Dense
from dlcore.optimizers import SGD, Adam

ROOT = Path(__file__).resolve().parents[2]


def same(received, expected):
    np.testing.assert_allclose(received, expected, rtol=1e-9, atol=1e-12)


# neuron -------------------------------------------------------------------


def neuron(w1, w2, bias):
    unit = Dense(1, "sigmoid", input_shape=(2,))
    model = Sequential([unit], dtype="float64")
    model.layers[0].set_weights([[[w1], [w2]], [bias]])
    return model


def test_neuron_is_a_dense_unit():
    rng = np.random.default_rng(0)
    for w1, w2, bias in [*rng.uniform(-3, 3, (5, 3)).tolist(), (0, 0, 0)]:
        values = {"w1": w1, "w2": w2, "bias": bias}
        points, z, p, wrong = run(
            "neuron",
            "[w.POINTS, w.POINTS.map(x => w.sum(data, x)),"
            " w.POINTS.map(x => w.sigmoid(w.sum(data, x))), w.wrong(data)]",
            values,
        )
        x, y = np.array(points)[:, :2], np.array(points)[:, 2]
        model = neuron(w1, w2, bias)
        same(p, model.forward(x)[:, 0])
        same(z, x @ [w1, w2] + bias)
        answers = model.forward(x)[:, 0] > 0.5
        assert wrong == [p for p, a in zip(points, answers) if a != p[2]]
        assert np.count_nonzero(answers != y) == len(wrong)


def test_neuron_can_part_the_points_and_does_not_at_first():
    points = np.array(run("neuron", "w.POINTS"))
    x, y = points[:, :2], points[:, 2]
    assert np.bincount(y.astype(int)).tolist() == [12, 12]
    assert np.abs(x).max() < 3
    model = neuron(0.0, 0.0, 0.0)
    model.compile(SGD(0.5), "binary_crossentropy")
    for _ in range(500):
        model.train_on_batch(x, y)
    (w1, w2), bias = (w.ravel() for w in model.layers[0].get_weights())
    scale = 2 / max(abs(w1), abs(w2))
    values = {"w1": w1 * scale, "w2": w2 * scale, "bias": bias[0] * scale}
    # As the sliders have them, in steps of a tenth.
    values = {name: round(float(v), 1) for name, v in values.items()}
    assert run("neuron", "w.wrong(data)", values) == []
    first = {"w1": 1.5, "w2": -0.4, "bias": 0.6}
    assert 2 <= len(run("neuron", "w.wrong(data)", first)) <= 8


# gradient-descent ---------------------------------------------------------

SURFACES = {
    "bowl": lambda x, y: 0.5 * (x**2 + y**2),
    "valley": lambda x, y: 0.5 * x**2 + 10 * y**2,
    "two": lambda x, y: x**4 / 4 - x**2 + 0.3 * x + 0.5 * y**2 + 1.44,
}


def slope(f, w):
    """The gradient, exact: the imaginary part of f(w + ih) / h."""
    h = 1e-30
    return np.array([f(w[0] + 1j * h, w[1]), f(w[0], w[1] + 1j * h)]).imag / h


@pytest.mark.parametrize("surface", SURFACES)
def test_descent_walks_as_dlcore_does(surface):
    f = SURFACES[surface]
    for rate, momentum in [(0.05, 0), (0.09, 0), (0.05, 0.9), (0.3, 0.5)]:
        values = {
            "surface": surface,
            "rate": rate,
            "momentum": momentum,
            "w1": -2.5,
            "w2": 1.25,
            "steps": 40,
        }
        result = run("gradient-descent", "w.descend(data)", values)
        w, path = np.array([-2.5, 1.25]), [[-2.5, 1.25]]
        optimizer = SGD(rate, momentum)
        for _ in range(40):
            if np.hypot(*w) >= 100:
                break  # the widget follows it no further
            optimizer.update(w, slope(f, w))
            path.append(w.tolist())
        np.testing.assert_allclose(result["path"], path, rtol=1e-8)
        same(result["losses"], [f(*w) for w in result["path"]])


@pytest.mark.parametrize("surface", SURFACES)
def test_minima_are_where_the_picture_marks_them(surface):
    f = SURFACES[surface]
    minima = run("gradient-descent", "w.SURFACES[data].minima", surface)
    for x, y in minima:
        assert np.abs(slope(f, (x, y))).max() < 1e-3
        around = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]) / 10
        assert all(f(x + dx, y + dy) > f(x, y) for dx, dy in around)
    assert all(0 <= f(*place) < 0.9 for place in minima)
    if surface == "two":
        assert f(*minima[0]) < f(*minima[1])


def judged(surface, rate, momentum=0, steps=300, w1=-2.6, w2=1.4):
    values = {
        "surface": surface,
        "rate": rate,
        "momentum": momentum,
        "steps": steps,
        "w1": w1,
        "w2": w2,
    }
    return run(
        "gradient-descent", "w.judge(data.surface, w.descend(data))", values
    )


@pytest.mark.parametrize("surface, curvature", [("bowl", 1), ("valley", 20)])
@pytest.mark.parametrize("momentum", [0, 0.5, 0.9])
def test_verdict_agrees_with_theory(surface, curvature, momentum):
    """On a quadratic the limit is 2 (1 + momentum) / curvature.

    Polyak 1964; without momentum, the last step that does not turn round is
    1 / curvature.
    """
    limit = 2 * (1 + momentum) / curvature
    assert judged(surface, 1.1 * limit, momentum)["end"] == "diverges"
    assert judged(surface, 0.9 * limit, momentum)["end"] == "arrives"
    if not momentum:
        assert judged(surface, 0.9 / curvature)["turns"] == 0
        assert judged(surface, 1.9 / curvature)["turns"] > 5


def test_verdict_before_the_end():
    assert judged("bowl", 0.1, steps=0) == {"end": "moves", "turns": 0}
    assert judged("bowl", 0.01, steps=20) == {"end": "moves", "turns": 0}
    # Through the minimum at speed is not arrived.
    assert judged("bowl", 1, 0.9, steps=1)["end"] == "moves"


# activations-losses -------------------------------------------------------

Z = np.r_[np.linspace(-10, 10, 81), 1e-9, -1e-9]


def test_all_activations_of_one_number_are_offered():
    names = run("activations-losses", "Object.keys(w.ACTIVATIONS)")
    others = {"linear", "softmax", "swish"}  # swish is silu's other name
    assert set(names) == set(activations._TABLE) - others | {"gelu"}


ONE_NUMBER = sorted(set(activations._TABLE) - {"linear", "softmax", "gelu"})


def activation(name, z):
    """Function and derivative by the widget."""
    pair = f"w.ACTIVATIONS.{'silu' if name == 'swish' else name}"
    return run("activations-losses", f"{pair}.map(f => data.map(f))", z)


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_activation_and_derivative(name):
    value, derivative = activation(name, Z.tolist())
    entry = activations.get(name)
    y, kept = entry.forward(Z.copy())
    same(value, y)
    same(derivative, entry.backward(np.ones_like(Z), kept))


def test_gelu_is_the_exact_one():
    """Hendrycks & Gimpel 2016: z Phi(z), Phi from the error function."""
    value, derivative = activation("gelu", Z.tolist())
    phi = np.array([(1 + math.erf(z / math.sqrt(2))) / 2 for z in Z])
    density = np.exp(-(Z**2) / 2) / math.sqrt(2 * math.pi)
    same(value, Z * phi)
    same(derivative, phi + Z * density)


def test_losses_and_their_gradients_by_z():
    got = run(
        "activations-losses",
        "[w.LOSSES.crossentropy, w.LOSSES.squared]"
        ".map(pair => pair.map(f => data.map(f)))",
        Z.tolist(),
    )
    p = activations.sigmoid(Z)
    entropy = losses.BinaryCrossentropy(from_logits=True)
    squared = losses.MeanSquaredError()
    for i, z in enumerate(Z):
        one = np.ones((1, 1))
        same(got[0][0][i], entropy(one, np.array([[z]])))
        same(got[0][1][i], entropy.backward()[0, 0])
        same(got[1][0][i], squared(one, np.array([[p[i]]])))
        dz = activations.sigmoid_backward(squared.backward(), p[i])
        same(got[1][1][i], dz[0, 0])


# backpropagation ----------------------------------------------------------


def random_network(seed):
    rng = np.random.default_rng(seed)
    sizes = {"x": 2, "y": 2, "w": 4, "b": 2, "v": 4, "c": 2}
    return {name: rng.normal(size=n).tolist() for name, n in sizes.items()}


def as_model(lists):
    """The same network in dlcore, with a plain optimizer."""
    model = Sequential(
        [Dense(2, "tanh", input_shape=(2,)), Dense(2, "sigmoid")],
        dtype="float64",
    )
    for layer, kernel, bias in zip(model.layers, "wv", "bc"):
        weights = np.reshape(lists[kernel], (2, 2))
        layer.set_weights([weights, lists[bias]])
    model.compile(SGD(0.7), "mean_squared_error")
    return model, np.array([lists["x"]]), np.array([lists["y"]])


@pytest.mark.parametrize("seed", range(3))
def test_backpropagation_computes_what_dlcore_does(seed):
    lists = random_network(seed)
    numbers, updated = run(
        "backpropagation", "[w.compute(data), w.update(data, 0.7)]", lists
    )
    model, x, y = as_model(lists)
    first, second = model.layers
    h = first.forward(x)
    p = model.forward(x)
    same([numbers["h1"], numbers["h2"]], h[0])
    same([numbers["p1"], numbers["p2"]], p[0])
    same(numbers["L"], model.loss(y, p))
    dp = model.loss.backward()
    same([numbers["dp1"], numbers["dp2"]], dp[0])
    same([numbers["dh1"], numbers["dh2"]], second.backward(dp)[0])
    model.backward(dp)
    for layer, kernel, bias in (first, "w", "b"), (second, "v", "c"):
        names = [f"d{kernel}{k}" for k in ("11", "12", "21", "22")]
        same([numbers[name] for name in names], layer.dkernel.ravel())
        same([numbers[f"d{bias}{k}"] for k in "12"], layer.dbias)
    model.train_on_batch(x, y)
    for layer, kernel, bias in (first, "w", "b"), (second, "v", "c"):
        same(updated[kernel], layer.kernel.ravel())
        same(updated[bias], layer.bias)


def test_ten_updates_lower_the_loss_as_in_dlcore():
    lists = random_network(7)
    got = run(
        "backpropagation",
        "Array.from({ length: 10 }, () => {"
        " const { L } = w.compute(data);"
        " Object.assign(data, w.update(data, 0.7)); return L; })",
        lists,
    )
    model, x, y = as_model(lists)
    same(got, [model.train_on_batch(x, y) for _ in range(10)])
    assert got[-1] < got[0]


def test_every_formula_gives_its_number():
    """Python reads each formula as it is shown."""
    lists = random_network(3)
    both = "[w.STEPS, w.compute(data)]"
    steps, numbers = run("backpropagation", both, lists)
    names = {"tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}
    seen = set(run("backpropagation", "Object.values(w.LEAVES).flat()"))
    for _, formulas in steps:
        step = set()
        for name, formula in formulas:
            # Only what stands in the picture already.
            assert set(re.findall(r"[a-z]+\d+", formula)) <= seen
            same(eval(formula, names, numbers), numbers[name])
            step.add(name)
        seen |= step
    assert seen == set(numbers)


# playground ---------------------------------------------------------------

SHARED = ["relu", "tanh", "sigmoid", "linear"]  # activations of a unit


@pytest.fixture(scope="module")
def playground(small_site):
    """The parameters with which the playground starts."""
    table = importlib.import_module("widget").parameters("playground")
    assert list(table["activation"]["options"]) == SHARED
    return {name: spec["value"] for name, spec in table.items()}


def logit_model(hidden, activation, optimizer="sgd"):
    layers = [Dense(units, activation) for units in hidden] + [Dense(1)]
    model = Sequential(layers, dtype="float64")
    model.build((2,))
    loss = losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    return model


def kernels(model):
    """1 for every weight of a kernel in model.vector, 0 for biases."""
    return np.concatenate(
        [np.full(w.size, w.ndim - 1.0) for w in model.get_weights()]
    )


def drawn(model, n, seed):
    """Draw weights for a model; return n points and their classes."""
    rng = np.random.default_rng(seed)
    model.vector[:] = rng.normal(size=model.vector.size)
    return rng.normal(size=(n, 2)), rng.integers(0, 2, (n, 1)).astype(float)


START_AT = (
    "const net = w.network(data.hidden, data.activation, Math.random);"
    "net.w.set(data.w);"
)


@pytest.mark.parametrize("activation", SHARED)
@pytest.mark.parametrize("hidden", [[], [3], [8, 8], [4, 1, 5, 2]])
def test_playground_forward_and_gradients(hidden, activation):
    model = logit_model(hidden, activation)
    x, y = drawn(model, 7, seed=1)
    data = {"hidden": hidden, "activation": activation, "x": x.tolist()}
    data |= {"w": model.vector.tolist(), "points": np.c_[x, y].tolist()}
    z = model.forward(x, training=True)
    loss = model.loss(y, z)
    model.backward(model.loss.backward())
    dz = model.loss.backward().ravel().tolist()
    logits, gradient, measured = run(
        "playground",
        f"(() => {{ {START_AT}"
        " const z = data.x.map((x, i) => { const z = w.forward(net, x);"
        "  w.backward(net, data.dz[i]); return z; });"
        " return [z, [...net.dw], w.measure(net, data.points)]; })()",
        data | {"dz": dz},
    )
    same(logits, z.ravel())
    same(gradient, model.gradient)
    same(measured["loss"], loss)
    same(measured["accuracy"], np.mean((z > 0) == y))


OPTIMIZERS = {
    "sgd": lambda rate: SGD(rate),
    "momentum": lambda rate: SGD(rate, momentum=0.9),
    "adam": lambda rate: Adam(rate),
}


@pytest.mark.parametrize("l2", [0, 0.03])
@pytest.mark.parametrize("activation", SHARED)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_playground_ten_steps(optimizer, activation, l2):
    """The penalty is Keras's: l2 times the sum of the squared kernels."""
    model = logit_model([8, 8], activation, OPTIMIZERS[optimizer](0.05))
    x, y = drawn(model, 100, seed=2)
    batches = np.c_[x, y].reshape(10, 10, 3)
    data = {"hidden": [8, 8], "activation": activation, "l2": l2}
    data |= {"optimizer": optimizer, "rate": 0.05}
    data |= {"w": model.vector.tolist(), "batches": batches.tolist()}
    weights = run(
        "playground",
        f"(() => {{ {START_AT} return data.batches.map((batch) =>"
        " (w.step(net, batch, data), [...net.w])); })()",
        data,
    )
    for batch, received in zip(batches, weights):
        model.loss(batch[:, 2:], model.forward(batch[:, :2], training=True))
        model.backward(model.loss.backward())
        penalty = 2 * l2 * model.vector * kernels(model)
        gradient = model.gradient + penalty
        model.optimizer.update(model.vector, gradient)
        same(received, model.vector)


def test_playground_trains_in_epochs_as_fit_does(playground):
    """Every point once an epoch, in a new order, the last batch smaller."""
    values = playground | {"batch": 60}
    first, train, orders, weights, history = run(
        "playground",
        "(() => { const t = new w.Training(data); const w0 = [...t.net.w];"
        " const orders = []; const weights = [];"
        " for (let i = 0; i < 12; i++) { t.step();"
        "  orders.push(t.order.slice()); weights.push([...t.net.w]); }"
        " return [w0, t.train, orders, weights, t.history]; })()",
        values,
    )
    assert len(train) == 200 and len(history) == 1 + 3
    optimizer = OPTIMIZERS[values["optimizer"]](values["rate"])
    hidden = [values["units"]] * values["layers"]
    model = logit_model(hidden, values["activation"], optimizer)
    model.vector[:] = first
    for step, (order, received) in enumerate(zip(orders, weights)):
        start = step % 4 * 60
        batch = np.array(order[start : start + 60])
        assert len(batch) == (20 if step % 4 == 3 else 60)
        model.train_on_batch(batch[:, :2], batch[:, 2:])
        same(received, model.vector)
        if step % 4 == 3:
            x, y = np.split(np.array(train), [2], axis=1)
            loss = model.loss(y, model.forward(x))
            same(history[1 + step // 4][0]["loss"], loss)
    assert sorted(orders[0]) == sorted(orders[4]) == sorted(train)
    assert orders[0] == orders[3] != orders[4]


def test_playground_starts_with_glorots_weights(playground):
    weights = run(
        "playground",
        "Array.from({ length: 50 }, (_, seed) =>"
        " [...new w.Training({ ...data, seed }).net.w])",
        playground,
    )
    start = 0
    for n, m in (2, 8), (8, 8), (8, 1):
        part = np.array(weights)[:, start : start + n * m]
        limit = math.sqrt(6 / (n + m))
        assert 0.99 * limit < np.abs(part).max() <= limit
        assert part.std() == pytest.approx(limit / math.sqrt(3), rel=0.05)
        start += n * m
        assert not np.array(weights)[:, start : start + m].any()
        start += m


def playground_points(data, n, noise):
    expression = "w.points(data, data.n, new w.Training(data).random)"
    data = {"data": data, "noise": noise, "n": n, "seed": 0}
    data |= {"layers": 0, "units": 1, "activation": "tanh"}
    found = np.array(run("playground", expression, data))
    return found[:, :2], found[:, 2].astype(int)


def on_its_shape(name, x, y):
    """x, moved to the nearest place where a point of class y may lie."""
    radius = np.hypot(*x.T)
    if name == "spirals":
        angle = 2 * np.pi * (0.75 * radius + y / 2)
        return radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    if name == "circles":
        return x / (radius * (1 + y))[:, None]
    if name == "blobs":
        return np.c_[np.zeros(len(y)), 1 - 2 * y]
    corner = np.arange(len(y)) % 4
    assert ((x[:, 0] > 0.5) ^ (x[:, 1] > 0.5)).tolist() == y.tolist()
    return np.c_[corner // 2, corner % 2]


def test_playground_has_the_points_of_dlcore():
    noise = run("playground", "w.NOISE")
    assert set(noise) == {"spirals", "circles", "xor", "blobs"}
    for name, usual in noise.items():
        generate = getattr(points, name)
        given = inspect.signature(generate).parameters
        assert usual == given["noise"].default
        two = {"classes": 2} if "classes" in given else {}
        there = generate(400, noise=0, **two)
        here = playground_points(name, 400, 0)
        assert here[1].tolist() == there[1].tolist()
        for x, y in here, there:
            np.testing.assert_allclose(x, on_its_shape(name, x, y), atol=2e-6)
            # All of the shape, not a part of it.
            np.testing.assert_allclose(x.min(0), there[0].min(0), atol=0.05)
            np.testing.assert_allclose(x.max(0), there[0].max(0), atol=0.05)


def test_playground_noise_is_gaussian():
    moved, y = playground_points("blobs", 4000, 0.3)
    error = (moved - np.c_[np.zeros(4000), 1 - 2 * y]) / 0.3
    assert abs(error.mean()) < 0.03
    assert error.std() == pytest.approx(1, abs=0.03)
    within = [np.mean(np.abs(error) < k) for k in (1, 2, 3)]
    assert within == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.02)


def test_playground_learns_the_spiral_whatever_the_seed(playground):
    """From settings as they are at first, with `Start` alone."""
    found = run(
        "playground",
        "Array.from({ length: 10 }, (_, seed) => {"
        " const t = new w.Training({ ...data, seed });"
        " for (let i = 0; i < 2400; i++) t.step();"
        " return [data.steps * data.batch / 200, 120].map((epoch) =>"
        "  t.history[epoch].map((part) => part.accuracy)); })",
        playground,
    )
    before, after = np.array(found).swapaxes(0, 1)
    assert playground["data"] == "spirals"
    assert after.min() >= 0.97
    # At first the reader sees something half learned.
    assert 0.75 < before[0].min() < before[0].max() < 0.95


def test_playground_steps_are_fast(playground):
    """200 a second, in the processor's own time: others may use it too."""
    used = run(
        "playground",
        "(() => { const t = new w.Training(data);"
        " const a = process.cpuUsage();"
        " for (let i = 0; i < 2000; i++) t.step();"
        " return process.cpuUsage(a); })()",
        playground | {"batch": 10},
    )
    assert 2000 / ((used["user"] + used["system"]) / 1e6) > 200

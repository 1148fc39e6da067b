/* A small network that trains in the page: decision regions, what each unit
 * answers, weights, losses.
 *
 * What is shown follows from the parameters alone, `steps` among them: a
 * changed setting or a shared link trains again, from the same first weights
 * to the same step. */
(() => {
  "use strict";

  /* Random numbers in [0, 1), the same for the same seed: mulberry32. */
  const generator = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (random) => // Box & Muller 1958
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  // The shapes of dlcore.datasets.points for two classes: point i of class y.
  const turn = (radius, angle) =>
    [radius * Math.cos(angle), radius * Math.sin(angle)];
  const SHAPES = {
    spirals: (i, y, random) => {
      const radius = 1 - random();
      return turn(radius, 2 * Math.PI * (0.75 * radius + y / 2));
    },
    circles: (i, y, random) => turn(1 - y / 2, 2 * Math.PI * random()),
    xor: (i, y) => [Math.floor((i % 4) / 2), i % 2],
    blobs: (i, y) => [0, 1 - 2 * y],
  };
  const NOISE = { spirals: 0.02, circles: 0.08, xor: 0.15, blobs: 0.3 };

  /* n points [x1, x2, class], the classes in turns. */
  const points = ({ data, noise }, n, random) =>
    Array.from({ length: n }, (_, i) => {
      const y = data === "xor" ? +(i % 4 === 1 || i % 4 === 2) : i % 2;
      const x = SHAPES[data](i, y, random);
      return [...x.map((v) => v + noise * normal(random)), y];
    });

  // Function, and derivative as a function of the output.
  const ACTIVATIONS = {
    tanh: [Math.tanh, (y) => 1 - y * y],
    relu: [(z) => Math.max(z, 0), (y) => +(y > 0)],
    sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (y) => y * (1 - y)],
    linear: [(z) => z, () => 1],
  };
  const sigmoid = ACTIVATIONS.sigmoid[0];

  /* A network 2-...-1. All weights are one list w, as in dlcore: of each
   * layer the kernel (n, m) by rows, then m biases. y are its outputs, d the
   * derivatives of the loss by its sums. */
  const network = (hidden, activation, random) => {
    let size = 0;
    const layers = [...hidden, 1].map((m, k) => {
      const n = k ? hidden[k - 1] : 2;
      const at = size;
      size += (n + 1) * m;
      return { n, m, at, y: new Float64Array(m), d: new Float64Array(m) };
    });
    const [w, dw, s, v] = [0, 0, 0, 0].map(() => new Float64Array(size));
    for (const { n, m, at } of layers) {
      const limit = Math.sqrt(6 / (n + m)); // Glorot & Bengio 2010
      for (let i = 0; i < n * m; i++) w[at + i] = limit * (2 * random() - 1);
    }
    const [f, slope] = ACTIVATIONS[activation];
    return { layers, w, dw, s, v, f, slope, steps: 0 };
  };

  /* The logit for a point; each layer keeps its inputs and outputs. */
  const forward = ({ layers, w, f }, x) => {
    for (const layer of layers) {
      const { n, m, at, y } = layer;
      layer.x = x;
      for (let j = 0; j < m; j++) {
        let z = w[at + n * m + j];
        for (let i = 0; i < n; i++) z += x[i] * w[at + i * m + j];
        y[j] = f(z);
        if (layer === layers.at(-1)) return z;
      }
      x = y;
    }
  };

  /* Add to dw what follows from dz, the derivative by the logit. */
  const backward = ({ layers, w, dw, slope }, dz) => {
    layers.at(-1).d[0] = dz;
    for (let k = layers.length - 1; k >= 0; k--) {
      const { n, m, at, x, d } = layers[k];
      for (let j = 0; j < m; j++) dw[at + n * m + j] += d[j];
      for (let i = 0; i < n; i++) {
        let dx = 0;
        for (let j = 0; j < m; j++) {
          dw[at + i * m + j] += x[i] * d[j];
          dx += w[at + i * m + j] * d[j];
        }
        if (k) layers[k - 1].d[i] = dx * slope(x[i]);
      }
    }
  };

  /* Cross-entropy with respect to all weights, plus l2 times the sum of the
   * squared kernel weights; then one update, by the rules of dlcore. */
  const step = (net, batch, { optimizer, rate, l2 }) => {
    const { layers, w, dw, s, v } = net;
    dw.fill(0);
    for (const point of batch) {
      backward(net, (sigmoid(forward(net, point)) - point[2]) / batch.length);
    }
    for (const { n, m, at } of layers) {
      for (let i = at; i < at + n * m; i++) dw[i] += 2 * l2 * w[i];
    }
    const t = ++net.steps;
    const adam = (rate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    const momentum = optimizer === "momentum" ? 0.9 : 0;
    for (let i = 0; i < w.length; i++) {
      if (optimizer === "adam") {
        s[i] += 0.1 * (dw[i] - s[i]);
        v[i] += 0.001 * (dw[i] * dw[i] - v[i]);
        w[i] -= (adam * s[i]) / (Math.sqrt(v[i]) + 1e-7);
      } else {
        s[i] = momentum * s[i] - rate * dw[i];
        w[i] += s[i];
      }
    }
  };

  /* {loss, accuracy}, of 0 to 1, on points. */
  const measure = (net, points) => {
    let [loss, right] = [0, 0];
    for (const point of points) {
      const z = point[2] ? forward(net, point) : -forward(net, point);
      loss += Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
      right += z > 0;
    }
    return { loss: loss / points.length, accuracy: right / points.length };
  };

  /* The training that the parameters describe, before its first step. */
  class Training {
    constructor(values) {
      this.values = values;
      this.random = generator(values.seed);
      const all = points(values, 400, this.random);
      [this.train, this.test] = [all.slice(0, 200), all.slice(200)];
      const hidden = Array(values.layers).fill(values.units);
      this.net = network(hidden, values.activation, this.random);
      this.order = this.train.slice();
      this.next = 200;
      this.history = [];
      this.note();
    }

    note() {
      this.history.push(
        [this.train, this.test].map((points) => measure(this.net, points)));
    }

    /* One batch; each epoch in an order of its own (Fisher & Yates). */
    step() {
      const { order, random } = this;
      if (this.next >= 200) {
        for (let i = 199; i > 0; i--) {
          const j = Math.floor(random() * (i + 1));
          [order[i], order[j]] = [order[j], order[i]];
        }
        this.next = 0;
      }
      const end = this.next + this.values.batch;
      step(this.net, order.slice(this.next, end), this.values);
      this.next = end;
      if (end >= 200) this.note();
    }
  }

  if (typeof module !== "undefined") {
    module.exports = {
      NOISE, points, network, forward, backward, step, measure, Training,
    };
    return;
  }

  const { el, format, clamp } = DlWidget.tools;
  const LAST = 20000;
  const PACE = 300; // steps a second that an eye can follow

  class Playground extends DlWidget {
    static parameters = {
      "data": { "value": "spirals", "label": "Data", "options": {
        "spirals": "Spirals", "circles": "Circles", "xor": "Exclusive or",
        "blobs": "Two clouds" } },
      "noise": { "value": 0.02, "min": 0, "max": 0.5, "step": 0.01,
        "label": "noise" },
      "layers": { "value": 2, "min": 0, "max": 4, "step": 1,
        "label": "hidden layers" },
      "units": { "value": 8, "min": 1, "max": 8, "step": 1,
        "label": "units in each" },
      "activation": { "value": "relu", "label": "Activation", "options": {
        "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid",
        "linear": "none" } },
      "optimizer": { "value": "adam", "label": "Optimizer", "options": {
        "sgd": "SGD", "momentum": "Momentum", "adam": "Adam" } },
      "rate": { "value": 0.003, "min": 0.0001, "max": 3, "log": true,
        "label": "learning rate η" },
      "l2": { "value": 0, "min": 0, "max": 0.05, "step": 0.001,
        "label": "L2 penalty λ" },
      "batch": { "value": 10, "min": 1, "max": 50, "step": 1,
        "label": "batch size" },
      "seed": { "value": 0, "min": 0, "max": 999 },
      "steps": { "value": 400, "min": 0, "max": 20000 },
      "test": { "value": false, "label": "Show the test points" }
    };

    build() {
      this.picture = this.canvas("The classes that the network sees, and " +
        "points: circles of class 0, squares of class 1");
      this.graph = this.canvas("The network: a map of what each unit " +
        "answers, lines for the weights", { ratio: 0.8 });
      this.view.append(el("p", {}, "Lines are weights: the thicker, the " +
        "larger; orange positive, blue and dashed negative."));
      const row = el("div", { class: "dl-row" });
      this.panel.append(row);
      this.starter = this.button("Start", () => this.play(), row);
      this.button("One epoch", () => this.run(
        this.values.steps + Math.ceil(200 / this.values.batch)), row);
      this.button("Reset", () => this.rewind(), row);
      this.button("Other seed", () => this.change({
        seed: (this.values.seed + 1) % 1000 }), row);
      this.choice("data").addEventListener("change", () => this.change({
        noise: NOISE[this.values.data] }));
      ["activation", "optimizer"].forEach((name) => this.choice(name));
      ["layers", "units", "rate", "batch", "l2", "noise"].forEach((name) =>
        this.slider(name));
      this.checkbox("test");
      this.curve = this.canvas("Loss after each epoch, solid for the " +
        "training points, dashed for the test points", {
        ratio: 0.5, parent: this.panel });
      this.restart();
    }

    /* Train anew, to the same step, or on if the training runs. */
    restart() {
      const { steps } = this.values;
      this.training = new Training(this.values);
      this.values.steps = 0;
      if (!this.running) this.run(steps);
    }

    rewind() {
      this.stop();
      this.values.steps = 0;
      this.restart();
    }

    change(values) {
      super.change(values);
      if (!("test" in values)) this.restart();
    }

    play() {
      if (this.running) {
        this.stop();
        return this.refresh();
      }
      if (this.values.steps >= LAST) this.rewind();
      this.run(LAST, PACE);
    }

    /* Train to step `goal`, as fast as a fluent page allows. */
    run(goal, pace = 1e9) {
      this.loop((seconds) => {
        const { training, values } = this;
        const end = performance.now() + 12;
        let left = Math.ceil(seconds * pace);
        while (left-- > 0 && values.steps < goal && performance.now() < end) {
          training.step();
          values.steps++;
        }
        return values.steps < goal;
      });
    }

    /* While it trains, a picture now and then, and a word now and then. */
    render() {
      const now = performance.now();
      this.waiting = null;
      if (this.running && now - this.drawn < (this.still ? 1000 : 50)) return;
      super.render();
      this.drawn = performance.now();
    }

    speak() {
      const now = performance.now();
      if (this.running && now < this.silent) return;
      this.silent = now + 5000;
      super.speak();
    }

    draw() {
      const { data, test } = this.values;
      const { net } = this.training;
      this.starter.textContent = this.running ? "Pause" : "Start";
      const range = data === "xor" ? [-0.8, 1.8] : [-1.3, 1.3];
      const tints = [];
      for (let i = -32; i <= 32; i++) tints.push(this.shade(i / 55));
      // What is not a number any more is left white.
      const tint = (t) => tints[32 + Math.round(32 * clamp(t, -1, 1))] ??
        tints[32];
      this.drawGraph(net, range, tint);
      const { picture, colors } = this;
      picture.begin();
      const plane = picture.plane(range, range);
      picture.pixels(plane, 60, (...x) =>
        tint(2 * sigmoid(forward(net, x)) - 1));
      for (const [x, y, one] of this.training[test ? "test" : "train"]) {
        const shape = one ? "s" : "o";
        const place = [plane.X(x), plane.Y(y)];
        picture.mark(...place, colors.paper, 4.5, shape);
        picture.mark(
          ...place, one ? colors.model : colors.data, 3.5, shape);
      }
      this.drawCurve();
    }

    drawGraph(net, range, tint) {
      const { graph, colors } = this;
      const c = graph.begin();
      const sizes = [2, ...net.layers.map(({ m }) => m)];
      const size = 0.8 * Math.min(64, graph.height / Math.max(...sizes),
        graph.width / (sizes.length + 1));
      const step = (graph.width - size - 44) / (sizes.length - 1);
      // The middle of unit i in column k.
      const place = (k, i) => [22 + size / 2 + k * step,
        ((i + 0.5) * graph.height) / sizes[k]];
      net.layers.forEach(({ n, m, at }, k) => {
        for (let i = 0; i < n * m; i++) {
          const w = net.w[at + i];
          graph.line([place(k, Math.floor(i / m)), place(k + 1, i % m)],
            w > 0 ? colors.model : colors.data,
            clamp(1.5 * Math.abs(w), 0.3, 7), w > 0 ? [] : [5, 7]);
        }
      });
      // One pass for each point of a grid, of which every map takes its part.
      const passes = [];
      const n = 20;
      const whole = graph.plane(range, range, [0, 0, n, n]);
      for (let i = 0; i < n * n; i++) {
        const x = whole.at((i % n) + 0.5, Math.floor(i / n) + 0.5);
        const z = forward(net, x);
        passes.push([x, ...net.layers.map(({ y }) => y.slice())]);
        passes[i].at(-1)[0] = 2 * sigmoid(z) - 1;
      }
      this.idle = 0;
      sizes.forEach((m, k) => {
        for (let j = 0; j < m; j++) {
          this.idle += passes.every((y) => y[k][j] === passes[0][k][j]);
          const [x, y] = place(k, j);
          const box = [x - size / 2, y - size / 2, size, size];
          let i = 0;
          graph.pixels(graph.plane(range, range, box), n,
            () => tint(passes[i++][k][j]));
          c.strokeStyle = colors.muted;
          c.lineWidth = 1;
          c.strokeRect(...box);
          if (!k) graph.text(["x₁", "x₂"][j], 0, y + 4, colors.ink);
        }
      });
      graph.text("p", graph.width, graph.height / 2 + 4, colors.ink, "right");
    }

    drawCurve() {
      const { curve, colors } = this;
      const { history } = this.training;
      curve.begin();
      const losses = history.flat().map(({ loss }) => loss);
      const high = Math.max(0.7, ...losses.filter((loss) => loss < 3));
      const { X, Y } = curve.plane([0, Math.max(10, history.length - 1)],
        [0, high], [30, 8, curve.width - 32, curve.height - 28]);
      for (const y of [0, high]) {
        curve.line([[X(0), Y(y)], [curve.width, Y(y)]], colors.line, 1);
        curve.text(format(y, 1), 26, Y(y) + 4, colors.ink, "right");
      }
      [[colors.data, []], [colors.model, [6, 4]]].forEach(([color, dash], i) =>
        curve.line(history.map((pair, epoch) =>
          [X(epoch), Y(Math.min(pair[i].loss, high))]), color, 2, dash));
      curve.text("loss by epoch; dashed: test", curve.width,
        curve.height - 4, colors.ink, "right");
    }

    describe() {
      const { training, values } = this;
      const [train, test] = [training.train, training.test].map((points) =>
        measure(training.net, points));
      if (Number.isNaN(train.loss)) {
        return "The training has diverged: the weights are no numbers any " +
          "more. Lower the learning rate.";
      }
      const say = ({ loss, accuracy }) => `loss ${format(loss, 3)}, ` +
        `accuracy ${format(100 * accuracy, 1)} %`;
      const idle = this.idle ?
        ` Units that answer the same everywhere: ${this.idle}.` : "";
      return `Epoch ${training.history.length - 1}, step ${values.steps}. ` +
        `Training points: ${say(train)}. Test points: ${say(test)}.${idle}`;
    }
  }
  customElements.define("dl-playground", Playground);
})();

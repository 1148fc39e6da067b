/* Activation functions with their slopes; and what a wrong, confident answer
 * costs and teaches under cross-entropy and under squared error. */
(() => {
  "use strict";

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const bell = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  // The area under the bell left of z, as a power series.
  const normal = (z) => {
    let [term, total] = [z, z];
    for (let k = 3; k < 400; k += 2) total += term *= (z * z) / k;
    return 0.5 + bell(z) * total;
  };
  // The names and formulas of dlcore.activations: function and derivative.
  const ACTIVATIONS = {
    relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
    leaky_relu: [(z) => Math.max(z, 0.2 * z), (z) => (z > 0 ? 1 : 0.2)],
    elu: [
      (z) => (z > 0 ? z : Math.expm1(z)),
      (z) => (z > 0 ? 1 : Math.exp(z)),
    ],
    sigmoid: [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    softplus: [
      (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
      sigmoid,
    ],
    silu: [
      (z) => z * sigmoid(z),
      (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z))),
    ],
    gelu: [(z) => z * normal(z), (z) => normal(z) + z * bell(z)],
  };
  // For an output p = sigmoid(z) whose true class is 1: loss and slope by z.
  const LOSSES = {
    crossentropy: [
      (z) => ACTIVATIONS.softplus[0](-z), // -log p
      (z) => -sigmoid(-z), // p - 1
    ],
    squared: [
      (z) => sigmoid(-z) ** 2, // (p - 1)^2
      (z) => -2 * sigmoid(-z) ** 2 * sigmoid(z), // 2 (p - 1) p (1 - p)
    ],
  };

  if (typeof module !== "undefined") {
    module.exports = { ACTIVATIONS, LOSSES };
    return;
  }

  const { format } = DlWidget.tools;
  const SATURATED = 0.05; // a slope this small stops the learning

  class ActivationsLosses extends DlWidget {
    static parameters = {
      "view": { "value": "activations", "label": "Show", "options": {
        "activations": "Activations", "losses": "Losses" } },
      "activation": { "value": "sigmoid", "label": "Activation", "options": {
        "relu": "relu", "leaky_relu": "leaky_relu", "elu": "elu",
        "sigmoid": "sigmoid", "tanh": "tanh", "softplus": "softplus",
        "silu": "silu", "gelu": "gelu" } },
      "z": { "value": -3.5, "min": -6, "max": 6, "label": "z" }
    };

    build() {
      this.picture = this.canvas(
        "Above the function, below its derivative. Arrow keys move z.",
        { ratio: 1.05, keys: (dx, dy) =>
          this.change({ z: this.values.z + (dx || dy) / 10 }) }
      );
      this.choice("view");
      this.activation = this.choice("activation").parentNode;
      this.slider("z");
      this.legend = document.createElement("p");
      this.panel.append(this.legend);
      const move = (_, px) => this.change({
        z: Math.round(this.top.at(px, 0)[0] * 10) / 10 });
      this.drag(this.picture, () => "cursor", move);
    }

    get losses() {
      return this.values.view === "losses";
    }

    /* [functions, color, dash, name] of every curve shown. */
    curves() {
      const { colors } = this;
      if (!this.losses) {
        const name = this.values.activation;
        return [[ACTIVATIONS[name], colors.model, [], name]];
      }
      return [
        [LOSSES.crossentropy, colors.model, [], "cross-entropy"],
        [LOSSES.squared, colors.data, [7, 5], "squared error"],
      ];
    }

    draw() {
      const { picture, colors } = this;
      const { z } = this.values;
      const c = picture.begin();
      this.activation.hidden = this.losses;
      const { width, height } = picture;
      const half = height / 2;
      const ranges = this.losses ? [[-0.5, 6], [-1.1, 0.2]]
        : [[-1.5, 3], [-0.2, 1.2]];
      const names = this.losses ? ["loss", "slope of the loss, dL/dz"]
        : ["y = f(z)", "slope, dy/dz"];
      const planes = ranges.map((range, i) => picture.plane(
        [-6, 6], range, [28, i * half + 22, width - 36, half - 40]));
      this.top = planes[0];
      planes.forEach((plane, i) => {
        const { X, Y, box } = plane;
        if (!this.losses && i === 1) this.shadeSaturation(plane);
        const [low, high] = ranges[i];
        const step = high - low > 3 ? 1 : 0.5;
        for (let y = Math.ceil(low / step) * step; y <= high; y += step) {
          const color = y ? colors.line : colors.muted;
          picture.line([[X(-6), Y(y)], [X(6), Y(y)]], color, 1);
          picture.text(format(y, step < 1 ? 1 : 0), 24, Y(y) + 4,
            colors.ink, "right");
        }
        picture.text(names[i], 28, box[1] - 8, colors.ink);
        picture.line([[X(z), box[1]], [X(z), box[1] + box[3]]],
          colors.muted, 1.5, [3, 3]);
        for (const [functions, color, dash] of this.curves()) {
          const points = [];
          for (let x = -6; x <= 6.001; x += 0.05) {
            points.push([X(x), Y(functions[i](x))]);
          }
          c.save();
          c.beginPath();
          c.rect(...box);
          c.clip();
          picture.line(points, color, 3, dash);
          if (!i) { // the tangent at the cursor
            const slope = functions[1](z);
            const y = functions[0](z);
            picture.line([-1.2, 1.2].map((d) => [X(z + d), Y(y + d * slope)]),
              colors.ink, 2);
          }
          c.restore();
          const y = Y(functions[i](z));
          if (y >= box[1]) picture.mark(X(z), y, colors.ink, 5);
        }
      });
      for (const x of [-6, -3, 0, 3, 6]) {
        picture.text(format(x, 0), this.top.X(x), height - 4, colors.ink,
          x < 6 ? "center" : "right");
      }
      this.legend.textContent = this.losses
        ? "The true class is 1, p = sigmoid(z). Solid: cross-entropy, " +
          "−log p. Dashed: squared error, (1 − p)²."
        : "Grey: saturated, the slope is below 0.05.";
    }

    shadeSaturation({ X, box }) {
      const { c } = this.picture;
      const derivative = ACTIVATIONS[this.values.activation][1];
      c.fillStyle = this.colors.line;
      c.globalAlpha = 0.5;
      for (let x = -6; x < 6; x += 0.05) {
        if (Math.abs(derivative(x + 0.025)) < SATURATED) {
          const left = Math.round(X(x)); // whole pixels leave no stripes
          c.fillRect(left, box[1], Math.round(X(x + 0.05)) - left, box[3]);
        }
      }
      c.globalAlpha = 1;
    }

    describe() {
      const { z, activation } = this.values;
      if (!this.losses) {
        const [f, derivative] = ACTIVATIONS[activation];
        const slope = derivative(z);
        let text = `${activation}: at z = ${format(z, 1)} the output is ` +
          `${format(f(z), 3)} and the slope ${format(slope, 3)}. `;
        if (slope === 0) {
          return text + "No gradient comes back: the unit cannot learn here.";
        }
        if (Math.abs(slope) < SATURATED) {
          text += "It is saturated. A gradient that comes back through it " +
            `is ${format(1 / Math.abs(slope), 0)} times smaller.`;
        }
        return text;
      }
      const p = sigmoid(z);
      const [entropy, squared] = [LOSSES.crossentropy, LOSSES.squared].map(
        ([loss, slope]) => ({ loss: loss(z), slope: slope(z) }));
      const kind = p > 0.5 ? "right" : p < 0.1 ? "wrong, and sure of it" :
        "wrong";
      return `The answer is ${kind}: ${format(100 * p, 1)} % for the true ` +
        `class. Cross-entropy is ${format(entropy.loss, 3)} with slope ` +
        `${format(entropy.slope, 3)}, squared error ` +
        `${format(squared.loss, 3)} with slope ${format(squared.slope, 3)}. ` +
        "Cross-entropy pulls " +
        `${format(entropy.slope / squared.slope, 1)} times as hard.`;
    }
  }
  customElements.define("dl-activations-losses", ActivationsLosses);
})();

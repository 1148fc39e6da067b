/* One neuron: two weights and a bias, the line that they draw, and which of
 * the points stand on the right side of it. */
(() => {
  "use strict";

  const sum = ({ w1, w2, bias }, [x1, x2]) => w1 * x1 + w2 * x2 + bias;
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  // x1, x2, class. A line can part them; the first one shown does not.
  const POINTS = [
    [-2.1, 1.7, 0], [-1.3, 2.4, 0], [-0.4, 2.1, 0], [0.6, 2.5, 0],
    [-2.5, 0.6, 0], [-1.5, 1.1, 0], [-0.7, 0.9, 0], [0.3, 1.5, 0],
    [-1.9, -0.4, 0], [-1.1, 0.1, 0], [1.2, 1.9, 0], [-2.3, -1.3, 0],
    [2.2, 1.2, 1], [1.1, 0.2, 1], [2.5, 0.1, 1], [0.4, -0.3, 1],
    [1.6, -0.6, 1], [-0.5, -0.9, 1], [0.7, -1.3, 1], [2.1, -1.7, 1],
    [-1.2, -1.8, 1], [0.2, -2.1, 1], [1.3, -2.4, 1], [-0.8, -2.5, 1],
  ];

  const wrong = (values) =>
    POINTS.filter((point) => sum(values, point) > 0 !== (point[2] === 1));

  if (typeof module !== "undefined") {
    module.exports = { sum, sigmoid, wrong, POINTS };
    return;
  }

  const { el, format } = DlWidget.tools;
  const ARROW = 0.6; // length of the arrow for a weight of 1

  class Neuron extends DlWidget {
    static parameters = {
      "w1": { "value": 1.5, "min": -3, "max": 3, "label": "weight w₁" },
      "w2": { "value": -0.4, "min": -3, "max": 3, "label": "weight w₂" },
      "bias": { "value": 0.6, "min": -4, "max": 4, "label": "bias b" }
    };

    build() {
      this.picture = this.canvas(
        "Two classes of points and the half-planes of one neuron"
      );
      this.formula = el("p", { class: "dl-formula" });
      this.panel.append(this.formula);
      ["w1", "w2", "bias"].forEach((name) => this.slider(name));
      this.panel.append(
        el("p", {}, "Drag the line to change the bias. Drag the tip of the " +
          "arrow to change the weights.")
      );
      this.drag(
        this.picture,
        (px, py) => this.pick(px, py),
        (what, px, py) => this.move(what, px, py)
      );
    }

    /* The point of the line next to the origin, where the arrow stands. */
    foot() {
      const { w1, w2, bias } = this.values;
      const square = w1 * w1 + w2 * w2 || Infinity;
      return [(-bias * w1) / square, (-bias * w2) / square];
    }

    tip() {
      const [f1, f2] = this.foot();
      return [f1 + ARROW * this.values.w1, f2 + ARROW * this.values.w2];
    }

    pick(px, py) {
      const { X, Y, at } = this.plane;
      const [t1, t2] = this.tip();
      if (Math.hypot(px - X(t1), py - Y(t2)) < 20) return this.foot();
      const { w1, w2 } = this.values;
      const distance = sum(this.values, at(px, py)) / Math.hypot(w1, w2);
      return Math.abs(X(distance) - X(0)) < 14 ? "line" : null;
    }

    move(what, px, py) {
      const [x1, x2] = this.plane.at(px, py);
      const round = (x) => Math.round(x * 20) / 20;
      let { w1, w2 } = this.values;
      let through = [x1, x2];
      if (what !== "line") {
        through = what; // the line turns around the arrow's foot
        w1 = round((x1 - what[0]) / ARROW);
        w2 = round((x2 - what[1]) / ARROW);
      }
      this.change({ w1, w2, bias: round(-w1 * through[0] - w2 * through[1]) });
    }

    draw() {
      const { picture, values, colors } = this;
      const c = picture.begin();
      this.plane = picture.plane([-3, 3], [-3, 3]);
      const { X, Y } = this.plane;
      picture.pixels(this.plane, 80, (...x) =>
        this.shade((sigmoid(sum(values, x)) - 0.5) * 0.8)
      );
      picture.line([[X(-3), Y(0)], [X(3), Y(0)]], colors.line, 1);
      picture.line([[X(0), Y(-3)], [X(0), Y(3)]], colors.line, 1);
      picture.text("x₁", X(3) - 6, Y(0) - 6, colors.ink, "right");
      picture.text("x₂", X(0) - 6, Y(3) + 16, colors.ink, "right");
      const bad = wrong(values);
      for (const point of POINTS) {
        const [x, y] = [X(point[0]), Y(point[1])];
        const right = !bad.includes(point);
        if (!right) picture.mark(x, y, colors.error, 9, "x");
        picture.mark(
          x, y, point[2] ? colors.model : colors.data, 5, point[2] ? "s" : "o"
        );
      }
      const { w1, w2 } = values;
      if (w1 || w2) {
        const [f1, f2] = this.foot();
        const far = 9 / Math.hypot(w1, w2);
        const end = (s) => [X(f1 - s * far * w2), Y(f2 + s * far * w1)];
        picture.line([end(1), end(-1)], colors.ink, 2.5);
        const [t1, t2] = this.tip();
        picture.line([[X(f1), Y(f2)], [X(t1), Y(t2)]], colors.ink, 2.5);
        picture.mark(X(t1), Y(t2), colors.ink, 8);
        picture.mark(X(t1), Y(t2), colors.paper, 4);
      }
      const part = (x, name) =>
        `${x < 0 ? "−" : "+"} ${format(Math.abs(x))}${name} `;
      this.formula.textContent =
        `z = ${format(w1)} x₁ ${part(w2, " x₂")}${part(values.bias, "")}`;
    }

    describe() {
      const bad = wrong(this.values);
      const right = POINTS.length - bad.length;
      const share = format((100 * right) / POINTS.length, 0);
      const places = bad.map(
        ([x1, x2, y]) =>
          `${y ? "square" : "circle"} (${format(x1, 1)}, ${format(x2, 1)})`
      );
      let text = `${right} of ${POINTS.length} points are on the right ` +
        `side: accuracy ${share} %.`;
      if (places.length > 6) text += ` ${places.length} are wrong (crossed).`;
      else if (places.length) text += ` Wrong (crossed): ${places.join(", ")}.`;
      const { w1, w2 } = this.values;
      if (!w1 && !w2) return `No line: both weights are zero. ${text}`;
      return `The neuron says square where z > 0, on the arrow's side. ${text}`;
    }
  }
  customElements.define("dl-neuron", Neuron);
})();

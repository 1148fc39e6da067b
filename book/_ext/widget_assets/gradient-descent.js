/* Gradient descent with momentum on three surfaces: the path, the loss after
 * each step, and in words whether it arrives, overshoots or diverges. */
(() => {
  "use strict";

  // Each surface: its height, its gradient, its lowest points.
  const SURFACES = {
    bowl: {
      loss: ([x, y]) => (x * x + y * y) / 2,
      gradient: ([x, y]) => [x, y],
      minima: [[0, 0]],
    },
    valley: {
      loss: ([x, y]) => (x * x + 20 * y * y) / 2,
      gradient: ([x, y]) => [x, 20 * y],
      minima: [[0, 0]],
    },
    two: {
      loss: ([x, y]) => x ** 4 / 4 - x * x + 0.3 * x + y * y / 2 + 1.44,
      gradient: ([x, y]) => [x ** 3 - 2 * x + 0.3, y],
      minima: [[-1.4840, 0], [1.3322, 0]],
    },
  };
  const FAR = 100; // where following a path that diverges makes no sense

  /* SGD as in dlcore: m = momentum m - rate dw, w += m. */
  const descend = ({ surface, rate, momentum, w1, w2, steps }) => {
    const { loss, gradient } = SURFACES[surface];
    let w = [w1, w2];
    let m = [0, 0];
    const path = [w];
    for (let i = 0; i < steps && Math.hypot(...w) < FAR; i++) {
      const dw = gradient(w);
      m = m.map((old, k) => momentum * old - rate * dw[k]);
      w = w.map((old, k) => old + m[k]);
      path.push(w);
    }
    return { path, losses: path.map(loss) };
  };

  /* {end, turns}: diverges, arrives or moves; how many steps overshot, that
   * is, ended where the slope points back. */
  const judge = (surface, { path, losses }) => {
    const slopes = path.map(SURFACES[surface].gradient);
    const turns = slopes.filter(([x, y], i) => {
      const before = slopes[i - 1];
      return before && x * before[0] + y * before[1] < 0;
    }).length;
    const last = path.at(-1);
    let end = "moves";
    if (losses.at(-1) > 2 * losses[0] && Math.hypot(...last) > 4) {
      end = "diverges";
    } else if (Math.hypot(...slopes.at(-1)) < 0.01) {
      const stays = path.length < 2 || Math.hypot(
        last[0] - path.at(-2)[0], last[1] - path.at(-2)[1]) < 0.01;
      if (stays) end = "arrives";
    }
    return { end, turns };
  };

  if (typeof module !== "undefined") {
    module.exports = { SURFACES, descend, judge };
    return;
  }

  const { format } = DlWidget.tools;
  const LAST = 300;

  class GradientDescent extends DlWidget {
    static parameters = {
      "surface": { "value": "valley", "label": "Surface", "options": {
        "bowl": "Round bowl", "valley": "Narrow valley",
        "two": "Two minima" } },
      "rate": { "value": 0.094, "min": 0.001, "max": 3, "log": true,
        "label": "learning rate η" },
      "momentum": { "value": 0, "min": 0, "max": 0.99, "step": 0.01,
        "label": "momentum" },
      "w1": { "value": -2.6, "min": -3, "max": 3, "label": "start w₁" },
      "w2": { "value": 1.4, "min": -3, "max": 3, "label": "start w₂" },
      "steps": { "value": 24, "min": 0, "max": 300, "step": 1,
        "label": "steps" }
    };

    build() {
      this.picture = this.canvas(
        "Loss for two weights, and the path. Arrow keys move the start.",
        { keys: (dx, dy) => this.place(
          this.values.w1 + dx / 10, this.values.w2 + dy / 10) }
      );
      const { canvas } = this.picture;
      canvas.style.cursor = "crosshair";
      canvas.addEventListener("click", (event) =>
        this.place(...this.plane.at(event.offsetX, event.offsetY)));
      this.choice("surface");
      this.slider("rate");
      this.slider("momentum");
      this.slider("steps");
      const row = document.createElement("div");
      row.className = "dl-row";
      this.panel.append(row);
      this.button("Step", () => this.go(this.values.steps + 1), row);
      this.run = this.button("Run", () => this.play(), row);
      this.button("Reset", () => this.go(0), row);
      this.curve = this.canvas("Loss after each step", {
        ratio: 0.5, parent: this.panel });
    }

    place(w1, w2) {
      this.change({ w1: Number(w1.toFixed(2)), w2: Number(w2.toFixed(2)) });
    }

    go(steps) {
      this.stop();
      this.change({ steps });
    }

    get done() {
      const { steps, surface } = this.values;
      const result = descend(this.values);
      return steps >= LAST || judge(surface, result).end !== "moves";
    }

    play() {
      if (this.running) return this.go(this.values.steps);
      if (this.done) this.values.steps = 0;
      if (this.still) { // no motion: show the end at once
        while (!this.done) this.values.steps++;
        return this.refresh();
      }
      let time = 0;
      this.loop((seconds) => {
        time += seconds;
        for (; time > 0.08 && !this.done; time -= 0.08) this.values.steps++;
        return !this.done;
      });
    }

    draw() {
      this.result = descend(this.values);
      this.verdict = judge(this.values.surface, this.result);
      this.run.textContent = this.running ? "Pause" : "Run";
      this.drawSurface();
      this.drawCurve();
    }

    drawSurface() {
      const { picture, colors, result } = this;
      const { loss, minima } = SURFACES[this.values.surface];
      const c = picture.begin();
      this.plane = picture.plane([-3, 3], [-3, 3]);
      const { X, Y } = this.plane;
      // Bands of equal loss, each double the one inside it.
      picture.pixels(this.plane, 150, (...w) => this.shade(
        -(Math.floor(Math.log2(loss(w) + 0.1) * 1.5) + 5) / 22));
      for (const [x, y] of minima) {
        picture.mark(X(x), Y(y), colors.ink, 6, "x");
      }
      const bad = this.verdict.end === "diverges";
      const color = bad ? colors.error : colors.model;
      const path = result.path.map(([x, y]) => [X(x), Y(y)]);
      c.save();
      c.beginPath();
      c.rect(0, 0, picture.width, picture.height);
      c.clip();
      picture.line(path, color, 2);
      path.forEach(([x, y]) => picture.mark(x, y, color, 3));
      c.restore();
      picture.mark(...path[0], colors.ink, 7);
      picture.mark(...path[0], colors.paper, 4);
      picture.mark(...path.at(-1), colors.ink, 6);
      picture.mark(...path.at(-1), color, 4.5);
      picture.text("w₁", picture.width - 6, picture.height - 8, colors.ink,
        "right");
      picture.text("w₂", 6, 16, colors.ink);
    }

    drawCurve() {
      const { curve, colors, result } = this;
      curve.begin();
      const height = (loss) => Math.log10(Math.max(loss, 1e-4));
      const high = Math.max(2, ...result.losses.map(height));
      const { X, Y } = curve.plane(
        [0, Math.max(10, result.losses.length - 1)], [-4, high],
        [50, 8, curve.width - 58, curve.height - 30]);
      for (let e = -4; e <= high; e += 2 * Math.ceil(high / 6)) {
        curve.line([[X(0), Y(e)], [curve.width - 8, Y(e)]], colors.line, 1);
        const text = e > 4 ? `10^${e}` : String(10 ** e);
        curve.text(text, 46, Y(e) + 4, colors.ink, "right");
      }
      curve.text("loss by step", curve.width - 8, curve.height - 6,
        colors.ink, "right");
      const bad = this.verdict.end === "diverges";
      curve.line(result.losses.map((loss, i) => [X(i), Y(height(loss))]),
        bad ? colors.error : colors.data);
    }

    describe() {
      const { surface, steps } = this.values;
      const { path, losses } = this.result;
      const { end, turns } = this.verdict;
      const [x, y] = path.at(-1);
      const where = `(${format(x)}, ${format(y)})`;
      const loss = format(losses.at(-1), 3);
      if (!steps) return `Start at ${where}, loss ${loss}.`;
      let text = `After ${path.length - 1} steps: at ${where}, loss ${loss}. `;
      if (end === "diverges") {
        return text + "It diverges: every step overshoots further than the " +
          "one before. The learning rate is too high for this surface.";
      }
      if (turns) text += `${turns} steps overshot: the slope turned round. `;
      if (end !== "arrives") return text + "It is still on its way.";
      const { minima } = SURFACES[surface];
      if (minima.every((m) => Math.hypot(m[0] - x, m[1] - y) > 0.2)) {
        return text + "It stands still on flat ground that is no minimum.";
      }
      if (minima.length < 2) return text + "It has arrived at the minimum.";
      const which = x < 0 ? "deeper" : "shallower";
      return text + `It has arrived, at the ${which} of the two minima.`;
    }
  }
  customElements.define("dl-gradient-descent", GradientDescent);
})();

/* A kernel that slides over a digit: the window, the sum, the answers, and
 * what pooling leaves of them. DlConvolution comes from convolution.data.js. */
(() => {
  "use strict";

  const square = (n, f) =>
    Array.from({ length: n }, (_, r) =>
      Array.from({ length: n }, (_, c) => f(r, c))
    );

  /* The size x size numbers whose upper left one is (r, c). */
  const windowAt = (image, r, c, size) =>
    image.slice(r, r + size).flatMap((row) => row.slice(c, c + size));

  /* f of each window, at every stride-th place. */
  const slide = (image, size, stride, f) =>
    square(Math.floor((image.length - size) / stride) + 1, (r, c) =>
      f(windowAt(image, r * stride, c * stride, size))
    );

  const dot = (x, w) => x.reduce((sum, value, i) => sum + value * w[i], 0);
  const POOLS = {
    max: (x) => Math.max(...x),
    average: (x) => dot(x, [0.25, 0.25, 0.25, 0.25]),
  };

  /* The padded image, the answers, and the pooled ones unless pool is none. */
  const compute = (image, { kernel, stride, padding, relu, pool }) => {
    const padded = square(image.length + 2 * padding, (r, c) =>
      image[r - padding]?.[c - padding] ?? 0
    );
    const answers = slide(padded, 3, stride, (x) =>
      relu ? Math.max(dot(x, kernel), 0) : dot(x, kernel)
    );
    const f = POOLS[pool];
    return { padded, answers, pooled: f && slide(answers, 2, 2, f) };
  };

  if (typeof module !== "undefined") {
    module.exports = { compute, windowAt, dot };
    return;
  }

  const { el, format, clamp } = DlWidget.tools;
  const { pixels, kernels } = DlConvolution;
  const ink = atob(pixels);
  const IMAGE = square(28, (r, c) => ink.charCodeAt(28 * r + c) / 255);

  class Convolution extends DlWidget {
    static parameters = {
      "kernel": { "value": [1, 1, 1, 0, 0, 0, -1, -1, -1],
        "min": -9, "max": 9 },
      "stride": { "value": 1, "min": 1, "max": 3, "step": 1,
        "label": "Stride" },
      "padding": { "value": 0, "min": 0, "max": 2, "step": 1,
        "label": "Padding" },
      "relu": { "value": false, "label": "ReLU: negative sums become 0" },
      "pool": { "value": "max", "label": "Pooling, 2 × 2",
        "options": { "max": "Largest", "average": "Mean", "none": "None" } },
      "row": { "value": 7, "min": 0, "max": 29 },
      "column": { "value": 11, "min": 0, "max": 29 }
    };

    build() {
      this.picture = this.canvas("The digit, the window, and the answers", {
        ratio: 1.15,
        keys: (dx, dy) => {
          const [row, column] = this.place();
          this.go(row - dy, column + dx);
        },
      });
      this.formula = el("p", { class: "dl-formula" });
      this.view.append(this.formula);
      const fields = el("div", { class: "dl-kernel" });
      const row = el("div", { class: "dl-row" });
      this.panel.append("Kernel", fields, row);
      for (let i = 0; i < 9; i++) {
        this.field("kernel", `Kernel, weight ${i + 1} of 9`, i, fields);
      }
      for (const [name, kernel] of Object.entries(kernels)) {
        const button = this.button(name, () => this.change({ kernel }), row);
        const own = String(kernel);
        this.bind(() => {
          button.ariaPressed = own === String(this.values.kernel);
        });
      }
      this.slider("stride");
      this.slider("padding");
      this.checkbox("relu");
      this.choice("pool");
      const hit = (px, py) =>
        ["input", "output"].find((name) => this[name].inside(px, py));
      this.drag(this.picture, hit, (name, px, py) => {
        const place = this[name].at(px, py).map((v) =>
          Math.floor(name === "input" ? (v - 1) / this.values.stride : v)
        );
        this.go(place[1], place[0]);
      });
    }

    /* Row and column of the window; with fewer answers than they say, the
     * last ones that there are. */
    place() {
      const { row, column } = this.values;
      return [row, column].map((v) => Math.min(v, this.answers.length - 1));
    }

    go(row, column) {
      const last = this.answers.length - 1;
      this.change({
        row: clamp(row, 0, last),
        column: clamp(column, 0, last),
      });
    }

    /* A titled square of cells; size of them from (row, column) outlined. */
    grid(title, values, left, top, color, row, column, size) {
      const { picture, colors, pixel } = this;
      const { c } = picture;
      const n = values.length;
      const box = [left, top + 20, n * pixel, n * pixel];
      const plane = picture.plane([0, n], [n, 0], box);
      picture.text(`${title} ${n} × ${n}`, left, top + 14, colors.ink);
      picture.pixels(plane, n, (x, y) => color(values[y | 0][x | 0]));
      c.strokeStyle = colors.muted;
      c.lineWidth = 1;
      c.strokeRect(...box);
      c.strokeStyle = colors.error;
      c.lineWidth = 2.5;
      const { X, Y } = plane;
      c.strokeRect(X(column), Y(row), size * pixel, size * pixel);
      return plane;
    }

    draw() {
      const { picture, colors, values } = this;
      for (const name of ["stride", "padding", "row", "column"]) {
        values[name] = Math.round(values[name]); // an address may say 1.5
      }
      const { kernel, stride } = values;
      Object.assign(this, compute(IMAGE, values));
      const { padded, answers, pooled } = this;
      const [row, column] = this.place();
      const x = windowAt(padded, row * stride, column * stride, 3);

      const c = picture.begin();
      c.imageSmoothingEnabled = false;
      const side = picture.width * 0.48;
      const right = picture.width - side;
      const low = side + 30;
      this.pixel = side / padded.length;
      const reach = Math.max(...answers.flat().map(Math.abs)) || 1;
      const signed = (v) => this.shade(v / reach);
      this.input = this.grid("Digit", padded, 0, 0,
        (v) => this.shade(v, colors.ink), row * stride, column * stride, 3);
      this.output = this.grid("Answers", answers, right, 0,
        signed, row, column, 1);
      if (pooled) {
        this.grid("Pooled", pooled, right, low,
          signed, row >> 1, column >> 1, 1);
      }
      picture.text("Window × kernel", 0, low + 14, colors.ink);
      const cell = side / 3;
      x.forEach((value, i) => {
        const left = (i % 3) * cell;
        const top = low + 20 + Math.floor(i / 3) * cell;
        c.fillStyle = `rgb(${signed(0.6 * value * kernel[i])})`;
        c.fillRect(left, top, cell - 2, cell - 2);
        [format(value), `· ${format(kernel[i])}`].forEach((text, k) =>
          picture.text(text, left + cell / 2, top + cell / 2 + 16 * k - 3,
            colors.ink, "center")
        );
      });
      const parts = x.map((v, i) =>
        `${format(v)}\u00a0·\u00a0${format(kernel[i])}`
      );
      const sum = format(dot(x, kernel));
      this.formula.textContent = `${parts.join(" + ")} = ${sum}`;
    }

    describe() {
      const { padded, answers, pooled } = this;
      const [row, column] = this.place();
      const size = ({ length: n }) => `${n} × ${n}`;
      let text = `Row ${row + 1}, column ${column + 1}: the answer is ` +
        `${format(answers[row][column])}. ${size(padded)} pixels give ` +
        `${size(answers)} answers`;
      if (pooled) text += `, pooled ${size(pooled)}`;
      return `${text}.`;
    }
  }
  customElements.define("dl-convolution", Convolution);
})();

/* The network of the chapter reads a digit while it is drawn.
 *
 * DlDigits, from draw-digit.data.js, holds its weights as bytes, what it is
 * worth, and digits that it has not been trained on. */
(() => {
  "use strict";

  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
  const bytes = (text) => {
    const letters = atob(text);
    return new Uint8Array(letters.length).map((_, i) => letters.charCodeAt(i));
  };

  /* The weight arrays, as dlcore.export has made bytes of them. */
  const unpack = ({ weights }) =>
    weights.map(({ scale, offset, bytes: text }) =>
      new Float32Array(bytes(text)).map((q) => offset + scale * q)
    );

  const dense = (x, kernel, bias) => {
    const y = Float32Array.from(bias);
    x.forEach((value, i) => {
      if (!value) return;
      const row = i * y.length;
      for (let k = 0; k < y.length; k++) y[k] += value * kernel[row + k];
    });
    return y;
  };
  const relu = (x) => x.map((value) => Math.max(value, 0));
  const softmax = (z) => {
    const e = Array.from(z, (value) => Math.exp(value - Math.max(...z)));
    const sum = e.reduce((a, b) => a + b);
    return e.map((value) => value / sum);
  };

  /* Windows of 3 x 3, and of their answers the largest of 2 x 2. It starts
   * at 0, which is the layer's ReLU. y: (13, 13, 32) in a row. */
  const WINDOW = [0, 1, 2, 28, 29, 30, 56, 57, 58];
  const see = (image, kernel, bias) => {
    const y = new Float32Array(13 * 13 * 32);
    for (let r = 0; r < 26; r++) {
      for (let c = 0; c < 26; c++) {
        const x = WINDOW.map((i) => image[28 * r + c + i]);
        const at = 32 * (13 * (r >> 1) + (c >> 1));
        dense(x, kernel, bias).forEach((value, k) => {
          if (value > y[at + k]) y[at + k] = value;
        });
      }
    }
    return y;
  };

  /* The probabilities of the ten classes for 28 x 28 pixels from 0 to 1. */
  const predict = ([kernel, bias, hidden, b, last, c], image) =>
    softmax(dense(relu(dense(see(image, kernel, bias), hidden, b)), last, c));

  /* Strokes as text: three letters a point, y * SIZE + x to the base of 36,
   * and a full stop between strokes. Decoded, they are on N x N pixels. */
  const SIZE = 216;
  const N = SIZE / 2;
  const encode = (x, y) => (y * SIZE + x).toString(36).padStart(3, "0");
  const decode = (text) =>
    text.split(".").map((stroke) =>
      (stroke.match(/.{3}/g) ?? []).map((code) => {
        const k = parseInt(code, 36);
        return [(k % SIZE) / 2, Math.floor(k / SIZE) / 2];
      })
    );

  /* The strokes in black (1) and white (0): round dots along each. */
  const PEN = 5;
  const ink = (strokes) => {
    const pixels = new Uint8Array(N * N);
    const dot = (x, y) => {
      for (let dy = -PEN; dy <= PEN; dy++) {
        const half = Math.sqrt(PEN * PEN - dy * dy);
        const row = N * clamp(Math.round(y) + dy, 0, N - 1);
        const end = (v) => row + clamp(Math.round(v), 0, N);
        pixels.fill(1, end(x - half), end(x + half));
      }
    };
    for (const stroke of strokes) {
      stroke.forEach(([x, y], i) => {
        const [u, v] = stroke[i - 1] ?? [x, y];
        const dots = Math.ceil(Math.hypot(x - u, y - v)) || 1;
        for (let d = 1; d <= dots; d++) {
          dot(u + ((x - u) * d) / dots, v + ((y - v) * d) / dots);
        }
      });
    }
    return pixels;
  };

  /* n x n pixels as MNIST prepares them (LeCun et al. 1998): the ink scaled
   * into a box of 20 x 20, its shape kept, grey where a pixel is half full;
   * then moved by whole pixels so that the centre of mass is in the middle of
   * 28 x 28. */
  const prepare = (pixels, n) => {
    const full = [...pixels.keys()].filter((i) => pixels[i]);
    const xs = full.map((i) => i % n);
    const ys = full.map((i) => Math.floor(i / n));
    const [[left, wide], [top, high]] = [xs, ys].map((all) => {
      const low = Math.min(...all);
      return [low, Math.max(...all) - low + 1];
    });
    const side = Math.max(wide, high);
    // [pixel of 20, how much of it] for what pixel k covers.
    const cover = (k) => {
      const [a, b] = [(k * 20) / side, ((k + 1) * 20) / side];
      const parts = [];
      for (let t = Math.floor(a); t < b && t < 20; t++) {
        parts.push([t, Math.min(b, t + 1) - Math.max(a, t)]);
      }
      return parts;
    };
    const box = new Float32Array(400);
    let [sum, x, y] = [0, 0, 0];
    full.forEach((i, k) => {
      for (const [v, height] of cover(ys[k] - top)) {
        for (const [u, width] of cover(xs[k] - left)) {
          const part = pixels[i] * width * height;
          box[20 * v + u] += part;
          sum += part;
          x += part * u;
          y += part * v;
        }
      }
    });
    const shift = (m, length) =>
      clamp(Math.round(14 - m / sum), 0, 28 - Math.ceil((20 * length) / side));
    const start = 28 * shift(y, high) + shift(x, wide);
    const image = new Float32Array(784);
    if (sum) {
      box.forEach((v, i) => {
        image[start + 28 * Math.floor(i / 20) + (i % 20)] = v;
      });
    }
    return image;
  };

  if (typeof module !== "undefined") {
    module.exports = { unpack, predict, encode, decode, ink, prepare };
    return;
  }

  const { el, format } = DlWidget.tools;
  const { samples, accuracy, accuracy_8_bit, held_out } = DlDigits;
  const percent = (p) => `${format(100 * p, 1)} %`;

  class DrawDigit extends DlWidget {
    static parameters = {
      "sample": { "value": 11, "min": 0, "max": 16 },
      "strokes": { "value": "", "pattern": "[0-9a-z.]*" }
    };

    build() {
      this.weights = unpack(DlDigits);
      this.images = samples.map(({ pixels }) =>
        new Float32Array(bytes(pixels)).map((v) => v / 255)
      );
      this.paper = this.canvas("Draw a digit here");
      const row = el("div", { class: "dl-row dl-samples" });
      this.view.append(row);
      this.small = samples.map(({ label }, i) => {
        const button = this.button("", () => this.pick(i + 1), row);
        this.bind(() => (button.ariaPressed = this.values.sample === i + 1));
        return this.canvas(`Sample ${i + 1}, a ${label}`, { parent: button });
      });
      this.button("Clear", () => this.pick(0), row);
      this.panel.append("The network sees");
      this.seen = this.canvas("What the network sees", { parent: this.panel });
      this.bars = Array.from({ length: 10 }, (_, digit) => {
        const bar = el("span", { class: "dl-bar" });
        const text = el("span", { class: "dl-value" });
        const row = el("div", { class: "dl-row" }, `${digit}`, bar, text);
        this.panel.append(row);
        return [bar, text];
      });
      const count = held_out.toLocaleString("en");
      this.panel.append(el("p", {},
        `Of ${count} digits that it was not trained on it reads ` +
        `${percent(accuracy_8_bit)} (${percent(accuracy)} before its weights ` +
        "became bytes). Yours may look different from those."));
      let fresh = false; // a finger has come down
      this.paper.canvas.addEventListener("pointerdown", () => (fresh = true));
      this.drag(this.paper, () => "pen", (_, ...place) => {
        let { strokes } = this.values;
        if (fresh && strokes) strokes += ".";
        fresh = false;
        const [x, y] = place.map((v) =>
          clamp(Math.floor((v / this.paper.width) * SIZE), 0, SIZE - 1)
        );
        this.change({ sample: 0, strokes: strokes + encode(x, y) });
      });
    }

    pick(sample) {
      this.change({ sample, strokes: "" });
    }

    /* 28 x 28 (or n x n) pixels of ink on a Picture. */
    show(picture, image, n = 28) {
      picture.begin().imageSmoothingEnabled = n > 28;
      picture.pixels(picture.plane([0, n], [n, 0]), n, (x, y) =>
        this.shade(image[(y | 0) * n + (x | 0)], this.colors.ink)
      );
    }

    draw() {
      const { sample, strokes } = this.values;
      const pixels = ink(decode(strokes));
      this.label = samples[sample - 1]?.label;
      const given = this.images[sample - 1];
      const image = given ?? prepare(pixels, N);
      if (given) this.show(this.paper, image);
      else this.show(this.paper, pixels, N);
      this.show(this.seen, image);
      this.small.forEach((picture, i) => this.show(picture, this.images[i]));
      const some = image.some((v) => v);
      this.scores = some ? predict(this.weights, image) : null;
      this.bars.forEach(([bar, text], k) => {
        const share = this.scores?.[k] ?? 0;
        bar.style.backgroundSize = `${100 * share}%`;
        text.textContent = percent(share);
      });
    }

    describe() {
      const { scores, label } = this;
      if (!scores) return "Draw a digit with a mouse, a pen or a finger.";
      const [first, next] = [...scores.keys()]
        .sort((a, b) => scores[b] - scores[a]);
      let text = `The network says ${first} (${percent(scores[first])}), ` +
        `then ${next} (${percent(scores[next])}).`;
      if (label === first) text += " It is right.";
      else if (label >= 0) text += ` It is wrong: this is a ${label}.`;
      return text;
    }
  }
  customElements.define("dl-draw-digit", DrawDigit);
})();

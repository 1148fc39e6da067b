/* A 2-2-2 network: every number of the forward and the backward pass, one
 * step at a time, each with the formula that it comes from. */
(() => {
  "use strict";

  // What each step brings. In a list: number, formula, what it is.
  const hidden = [1, 2];
  const ij = [[1, 1], [1, 2], [2, 1], [2, 2]];
  const sum = (...terms) => terms.join(" + ");
  const STEPS = [
    ["Inputs, targets, weights", []],
    ["Forward: sums of the hidden units", hidden.map((j) =>
      [`a${j}`, sum(`x1 * w1${j}`, `x2 * w2${j}`, `b${j}`)])],
    ["Forward: outputs of the hidden units", hidden.map((j) =>
      [`h${j}`, `tanh(a${j})`])],
    ["Forward: sums of the output units", hidden.map((j) =>
      [`z${j}`, sum(`h1 * v1${j}`, `h2 * v2${j}`, `c${j}`)])],
    ["Forward: predictions", hidden.map((j) => [`p${j}`, `sigmoid(z${j})`])],
    ["Forward: loss", [
      ["L", "((p1 - y1) * (p1 - y1) + (p2 - y2) * (p2 - y2)) / 2"]]],
    ["Backward: the loss by the predictions", hidden.map((j) =>
      [`dp${j}`, `p${j} - y${j}`])],
    ["Backward: by the sums of the output units", hidden.map((j) =>
      [`dz${j}`, `dp${j} * p${j} * (1 - p${j})`])],
    ["Backward: by the weights and biases of the output", [
      ...ij.map(([i, j]) => [`dv${i}${j}`, `h${i} * dz${j}`]),
      ...hidden.map((j) => [`dc${j}`, `dz${j}`])]],
    ["Backward: by the outputs of the hidden units", hidden.map((i) =>
      [`dh${i}`, sum(`dz1 * v${i}1`, `dz2 * v${i}2`)])],
    ["Backward: by the sums of the hidden units", hidden.map((j) =>
      [`da${j}`, `dh${j} * (1 - h${j} * h${j})`])],
    ["Backward: by the weights and biases of the hidden units", [
      ...ij.map(([i, j]) => [`dw${i}${j}`, `x${i} * da${j}`]),
      ...hidden.map((j) => [`db${j}`, `da${j}`])]],
  ];
  // The lists of parameters, and the names of the numbers in them.
  const pair = (letter) => [`${letter}1`, `${letter}2`];
  const LEAVES = { x: pair("x"), y: pair("y"), b: pair("b"), c: pair("c") };
  for (const letter of "wv") LEAVES[letter] = ij.map((k) => letter + k.join(""));
  const TRAINED = ["w", "b", "v", "c"];
  const FUNCTIONS = {
    tanh: Math.tanh,
    sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  };

  // What is shown is what is computed: a formula becomes a function.
  const RULES = STEPS.flatMap((step) => step[1]).map(([name, formula]) => [
    name,
    Function("n", "f", "return " + formula
      .replace(/[a-z]+\d/g, "n.$&").replace(/[a-z]+(?=\()/g, "f.$&")),
  ]);

  /* All numbers by name, from the lists x, y, w, b, v, c. */
  const compute = (lists) => {
    const numbers = {};
    for (const [letter, names] of Object.entries(LEAVES)) {
      names.forEach((name, k) => (numbers[name] = lists[letter][k]));
    }
    for (const [name, rule] of RULES) numbers[name] = rule(numbers, FUNCTIONS);
    return numbers;
  };

  /* The weights and biases after w -= rate dw. */
  const update = (lists, rate) => {
    const numbers = compute(lists);
    return Object.fromEntries(TRAINED.map((letter) => [
      letter,
      LEAVES[letter].map((name) => numbers[name] - rate * numbers[`d${name}`]),
    ]));
  };

  if (typeof module !== "undefined") {
    module.exports = { STEPS, LEAVES, compute, update };
    return;
  }

  const { el, svg, format } = DlWidget.tools;
  const SMALL = "₀₁₂₃₄₅₆₇₈₉";
  const pretty = (name) => {
    const text = name.replace(/^d/, "").replace(/\d/g, (d) => SMALL[d]);
    return name[0] === "d" ? `∂L/∂${text}` : text;
  };
  const signs = (text) => text.replaceAll(" * ", " · ").replaceAll("- ", "− ");
  // Where each number stands in the picture; its gradient beside or below it.
  const PLACES = { L: [170, 330] };
  hidden.forEach((j) => {
    const x = [85, 255][j - 1];
    PLACES[`x${j}`] = [x, 20];
    PLACES[`y${j}`] = [x, 330];
    [..."bah"].forEach((k, i) => (PLACES[k + j] = [x - 32, 117 + 17 * i]));
    [..."czp"].forEach((k, i) => (PLACES[k + j] = [x - 32, 242 + 17 * i]));
  });
  ij.forEach(([i, j], k) => {
    const x = [62, 135, 205, 278][k];
    PLACES[`w${i}${j}`] = [x, 58];
    PLACES[`v${i}${j}`] = [x, 183];
  });

  class Backpropagation extends DlWidget {
    static parameters = {
      "x": { "value": [1, -0.5], "min": -9, "max": 9, "label": "Inputs" },
      "y": { "value": [1, 0], "min": 0, "max": 1, "label": "Targets" },
      "w": { "value": [0.5, -0.3, 0.8, 0.2], "min": -99, "max": 99,
        "label": "Hidden weights" },
      "b": { "value": [0.1, 0], "min": -99, "max": 99,
        "label": "Hidden biases" },
      "v": { "value": [-0.6, 0.9, 0.4, 0.7], "min": -99, "max": 99,
        "label": "Output weights" },
      "c": { "value": [0, 0.2], "min": -99, "max": 99,
        "label": "Output biases" },
      "rate": { "value": 1, "min": 0.01, "max": 10, "log": true,
        "label": "learning rate η" },
      "step": { "value": 7, "min": 0, "max": 11, "step": 1,
        "label": "step" },
      "trace": { "value": "dz1", "pattern": "[a-zL][a-z]?[0-9]{0,2}",
        "label": "Trace a number" }
    };

    build() {
      this.svg = svg("svg", {
        viewBox: "14 4 312 342", role: "img",
        "aria-label": "The network and its numbers, listed under Trace",
      });
      this.view.append(this.svg);
      const row = () => {
        const div = el("div", { class: "dl-row" });
        this.panel.append(div);
        return div;
      };
      this.slider("step");
      const move = (by) => () => {
        const step = this.values.step + by;
        this.change({ step });
        // Look at what this step has brought.
        this.change({ trace: STEPS[this.values.step][1][0]?.[0] ?? "x1" });
      };
      const steps = row();
      this.back = this.button("Back", move(-1), steps);
      this.next = this.button("Next", move(1), steps);
      this.select = el("select", {
        onchange: () => this.change({ trace: this.select.value }) });
      this.panel.append(
        el("label", { class: "dl-choice" }, "Trace a number ", this.select));
      this.formula = el("p", { class: "dl-formula" });
      this.panel.append(this.formula);
      this.edit = el("input", {
        type: "number", step: 0.1, oninput: () => this.set() });
      this.label = el("label", {}, "Change it ", this.edit);
      this.panel.append(this.label);
      this.slider("rate");
      this.button("Update the weights", () => this.update(), row());
      this.restart();
    }

    restart() {
      this.updates = 0;
    }

    /* [letter, index] of the traced number if it is given, not computed. */
    leaf() {
      for (const [letter, names] of Object.entries(LEAVES)) {
        const index = names.indexOf(this.values.trace);
        if (index >= 0) return [letter, index];
      }
      return null;
    }

    set() {
      const [letter, index] = this.leaf();
      const { min, max } = this.constructor.parameters[letter];
      const x = this.edit.valueAsNumber;
      if (!(x >= min && x <= max)) return;
      const list = this.values[letter].slice();
      list[index] = x;
      this.change({ [letter]: list });
    }

    update() {
      this.updates++;
      this.before = this.numbers.L;
      this.change({ ...update(this.values, this.values.rate), step: 5 });
      this.change({ trace: "L" });
    }

    draw() {
      const { step } = this.values;
      this.numbers = compute(this.values);
      this.formulas = new Map(STEPS.slice(0, step + 1).flatMap((s) => s[1]));
      const names = [...Object.values(LEAVES).flat(), ...this.formulas.keys()];
      if (!names.includes(this.values.trace)) this.values.trace = names.at(-1);
      const { trace } = this.values;
      this.back.disabled = step === 0;
      this.next.disabled = step === STEPS.length - 1;
      this.select.replaceChildren(...names.map((name) =>
        el("option", { value: name }, pretty(name))));
      this.select.value = trace;
      this.label.hidden = !this.leaf();
      if (document.activeElement !== this.edit) {
        this.edit.value = Number(this.numbers[trace].toFixed(4));
      }
      this.formula.textContent = this.explain(trace);
      this.drawNetwork(names);
    }

    /* "a₁ = x₁ · w₁₁ + ... = 1.000 · 0.500 + ... = 0.200" */
    explain(name) {
      const { numbers } = this;
      const value = format(numbers[name], 4);
      const formula = this.formulas.get(name);
      if (!formula) return `${pretty(name)} = ${value}, given`;
      const known = /\b([a-z]{1,2}\d{1,2})\b/g;
      const shown = (text) => {
        const x = format(numbers[text], 4);
        return x[0] === "−" ? `(${x})` : x;
      };
      const letters = signs(formula).replace(known, pretty);
      const digits = signs(formula).replace(known, shown);
      return `${pretty(name)} = ${letters} = ${digits} = ${value}`;
    }

    drawNetwork(names) {
      const { colors, values, svg: picture } = this;
      const now = STEPS[values.step][1].map(([name]) => name);
      const used = this.formulas.get(values.trace)?.match(/\w+/g) ?? [];
      const nodes = [];
      const line = (x1, y1, x2, y2) => nodes.push(svg("line", {
        x1, y1, x2, y2, stroke: colors.line, "stroke-width": 2 }));
      const box = (x, y, width, height) => nodes.push(svg("rect", {
        x: x - width / 2, y: y - height / 2, width, height, rx: 8,
        fill: colors.paper, stroke: colors.muted }));
      for (const from of [85, 255]) {
        for (const to of [85, 255]) {
          line(from, 33, to, 102);
          line(from, 166, to, 227);
        }
        line(from, 291, 170, 316);
      }
      for (const x of [85, 255]) {
        box(x, 20, 72, 26);
        box(x, 134, 134, 64);
        box(x, 259, 134, 64);
        box(x, 330, 72, 26);
      }
      box(170, 330, 72, 26);
      for (const name of names) {
        const given = name.replace(/^d/, "");
        let [x, y] = PLACES[given];
        if (name !== given) {
          if (/[wv]/.test(name)) y += 16;
          else x += 65;
        }
        nodes.push(this.number(name, x, y, now, used));
      }
      picture.replaceChildren(...nodes);
    }

    number(name, x, y, now, used) {
      const { colors, values } = this;
      const back = name[0] === "d";
      const text = format(this.numbers[name], 3);
      const letter = back ? "∂" : pretty(name);
      const width = 6.8 * (text.length + letter.length) + 10;
      const traced = name === values.trace;
      const frame = traced ? colors.ink : colors.muted;
      return svg("g", {
        onclick: () => this.change({ trace: name }), cursor: "pointer" },
        svg("title", {}, pretty(name)),
        svg("rect", { x: x - width / 2, y: y - 8, width, height: 16, rx: 4,
          fill: colors.paper, "stroke-width": traced ? 2 : 1.5,
          stroke: traced || used.includes(name) ? frame : "none",
          "stroke-dasharray": traced ? "none" : "3 2" }),
        svg("text", { x, y: y + 4.5, "text-anchor": "middle",
          "font-size": 13, "font-weight": now.includes(name) ? 700 : 400,
          fill: back ? colors.error : colors.ink },
          svg("tspan", { fill: colors.muted }, letter), ` ${text}`));
    }

  describe() {
      const { step } = this.values;
      const [title] = STEPS[step];
      let text = `Step ${step} of ${STEPS.length - 1}. ${title}.`;
      if (this.updates) {
        text += ` After update ${this.updates} the loss is ` +
          `${format(this.numbers.L, 4)}; before it, ` +
          `${format(this.before, 4)}.`;
      }
      return text;
    }
  }
  customElements.define("dl-backpropagation", Backpropagation);
})();

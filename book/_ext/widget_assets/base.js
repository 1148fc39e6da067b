/* What all widgets share: the class DlWidget.
 *
 * A widget is a file <name>.js beside this one, a classic script of the form
 *
 *   (() => {
 *     "use strict";
 *     const sum = (w, x) => ...;               // arithmetic, no page needed
 *     if (typeof module !== "undefined") {     // Node: the tests compare it
 *       module.exports = { sum };
 *       return;
 *     }
 *     class Name extends DlWidget {
 *       static parameters = {                  // JSON: widget.py reads it
 *         "w1": { "value": 1, "min": -3, "max": 3, "step": 0.1, "label": "w₁" },
 *         "rate": { "value": 0.1, "min": 0.001, "max": 1, "log": true,
 *           "label": "η" },
 *         "shape": { "value": "bowl", "options": { "bowl": "Round bowl" },
 *           "label": "Surface" },
 *         "grid": { "value": true, "label": "Grid" },
 *         "kernel": { "value": [0, 1], "min": -9, "max": 9, "label": "Kernel" },
 *         "word": { "value": "a", "pattern": "[a-z]+", "label": "Word" }
 *       };
 *       build() { this.picture = this.canvas("The plane"); this.slider("w1"); }
 *       draw() { const c = this.picture.begin(); ... }
 *       describe() { return "One sentence about the present state."; }
 *     }
 *     customElements.define("dl-name", Name);
 *   })();
 *
 * build() runs once, draw() at most once a frame after change() or refresh().
 * describe() is shown under the picture and spoken, not more than once in two
 * seconds. Optional: restart(), after `Start again` has put `values` back;
 * spoken(), if more shall be said than is shown.
 *
 * The site gets this file and the others without comments and indents: no
 * string goes over two lines.
 *
 * this.values     the parameters now: attributes, overruled by the address
 * this.view, this.panel    where pictures and controls go
 * this.colors     data, model, truth, error, ink, muted, line, paper as CSS
 * this.still      the reader has asked for less motion
 */
(() => {
  "use strict";

  /* 0.5 -> "0.50", -1 -> "−1.00"; huge numbers by powers of ten. */
  const format = (x, digits = 2) => {
    if (Number.isNaN(x)) return "not a number";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    let text = x.toFixed(digits);
    if (Math.abs(x) >= 1e5) text = x.toExponential(1).replace("e+", "·10^");
    return text.replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
  };

  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

  /* The value that a text gives to a parameter; undefined if it gives none. */
  const read = (spec, text) => {
    const { value, options, min, max, pattern } = spec;
    if (text === null || text === undefined) return undefined;
    if (Array.isArray(value)) {
      const part = { value: value[0], min, max };
      const list = text.split(",").map((t) => read(part, t));
      const fits = list.length === value.length && !list.includes(undefined);
      return fits ? list : undefined;
    }
    if (typeof value === "boolean") return { true: true, false: false }[text];
    if (options) return Object.hasOwn(options, text) ? text : undefined;
    if (typeof value === "number") {
      const x = text.trim() === "" ? NaN : Number(text);
      return x >= min && x <= max ? x : undefined;
    }
    return new RegExp(`^(?:${pattern})$`).test(text) ? text : undefined;
  };

  if (typeof module !== "undefined") {
    module.exports = { format, clamp, read };
    return;
  }

  /* el("button", { class: "x", onclick: f }, "text", child, ...) */
  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const el = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => {
    const space = "http://www.w3.org/2000/svg";
    return fill(document.createElementNS(space, tag), attributes, children);
  };

  const COLORS = "data model truth error ink muted line paper".split(" ");
  const ARROWS = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  };

  /* A canvas of CSS size width x height, sharp on every screen. */
  class Picture {
    constructor(canvas, ratio) {
      Object.assign(this, { canvas, ratio, c: canvas.getContext("2d") });
      canvas.style.aspectRatio = 1 / ratio;
    }

    /* Clears it and returns its context, which counts in CSS pixels. */
    begin() {
      const { canvas, c } = this;
      const dots = devicePixelRatio || 1;
      this.width = canvas.clientWidth;
      this.height = this.width * this.ratio;
      canvas.width = Math.round(this.width * dots);
      canvas.height = Math.round(this.height * dots);
      c.setTransform(dots, 0, 0, dots, 0, 0);
      c.font = `13px ${getComputedStyle(canvas).fontFamily}`;
      c.lineJoin = c.lineCap = "round";
      return c;
    }

    /* A coordinate system in a part of the picture, y upwards: functions
     * X(x), Y(y) to pixels and at(px, py) back. */
    plane([x0, x1], [y0, y1], box = [0, 0, this.width, this.height]) {
      const [left, top, width, height] = box;
      return {
        box,
        X: (x) => left + ((x - x0) / (x1 - x0)) * width,
        Y: (y) => top + ((y1 - y) / (y1 - y0)) * height,
        at: (px, py) => [
          x0 + ((px - left) / width) * (x1 - x0),
          y1 - ((py - top) / height) * (y1 - y0),
        ],
        inside: (px, py) =>
          px >= left && px <= left + width && py >= top && py <= top + height,
      };
    }

    /* Fill a plane with n x n colours [red, green, blue] = color(x, y). */
    pixels({ box, at }, n, color) {
      const [left, top, width, height] = box;
      this.small ??= new OffscreenCanvas(n, n);
      Object.assign(this.small, { width: n, height: n });
      const image = new ImageData(n, n);
      const { data } = image;
      for (let i = 0; i < n * n; i++) {
        const px = left + (((i % n) + 0.5) / n) * width;
        const py = top + ((Math.floor(i / n) + 0.5) / n) * height;
        const [x, y] = at(px, py);
        const rgb = color(x, y);
        for (let k = 0; k < 3; k++) data[4 * i + k] = rgb[k];
        data[4 * i + 3] = 255;
      }
      this.small.getContext("2d").putImageData(image, 0, 0);
      this.c.drawImage(this.small, ...box);
    }

    /* A line through pixels [[x, y], ...]. */
    line(points, color, width = 2, dash = []) {
      const { c } = this;
      c.beginPath();
      points.forEach(([x, y]) => c.lineTo(x, y));
      c.strokeStyle = color;
      c.lineWidth = width;
      c.setLineDash(dash);
      c.stroke();
      c.setLineDash([]);
    }

    /* A dot, a square ("s") or a cross ("x") around a pixel. */
    mark(x, y, color, size = 4, shape = "o") {
      const { c } = this;
      if (shape === "x") {
        this.line([[x - size, y - size], [x + size, y + size]], color);
        this.line([[x - size, y + size], [x + size, y - size]], color);
        return;
      }
      c.beginPath();
      if (shape === "o") c.arc(x, y, size, 0, 7);
      else c.rect(x - size, y - size, 2 * size, 2 * size);
      c.fillStyle = color;
      c.fill();
    }

    text(text, x, y, color, align = "left") {
      Object.assign(this.c, { fillStyle: color, textAlign: align });
      this.c.fillText(text, x, y);
    }
  }

  class DlWidget extends HTMLElement {
    static tools = { el, svg, format, clamp };

    connectedCallback() {
      if (this.view) return;
      this.key = this.getAttribute("key");
      this.bound = [];
      this.start = {};
      this.values = {};
      const address = new URLSearchParams(location.search);
      for (const [name, spec] of Object.entries(this.constructor.parameters)) {
        const given = read(spec, this.getAttribute(`data-${name}`));
        this.start[name] = given ?? spec.value;
        const shared = read(spec, address.get(`${this.key}.${name}`));
        this.values[name] = structuredClone(shared ?? this.start[name]);
      }
      this.view = el("div", { class: "dl-view" });
      this.panel = el("div", { class: "dl-panel" });
      this.says = el("p", { class: "dl-says" });
      this.live = el("p", { class: "dl-hidden", role: "status" });
      this.link = el("a", { href: "", onclick: (e) => this.share(e) });
      this.link.textContent = "Link to this view";
      this.told = el("span", { role: "status" });
      const foot = el("div", { class: "dl-foot" }, this.link, this.told);
      const text = el("details", {}, el("summary", {}, "In words"));
      text.append(...this.childNodes);
      this.append(
        el("div", { class: "dl-main" }, this.view, this.panel),
        this.says, this.live, foot, text
      );
      foot.prepend(this.button("Start again", () => this.reset(), null));
      this.build();
      this.render();
      this.resized = new ResizeObserver(() => this.refresh(false));
      this.resized.observe(this.view);
      // The theme of the page is an attribute of its root.
      new MutationObserver(() => this.refresh(false)).observe(
        document.documentElement, { attributeFilter: ["data-theme"] }
      );
      // Paper cannot be unfolded.
      addEventListener("beforeprint", () => (text.open = true));
      addEventListener("afterprint", () => (text.open = false));
    }

    disconnectedCallback() {
      this.stop();
    }

    describe() {
      return "";
    }

    spoken() {
      return this.describe();
    }

    get still() {
      return matchMedia("(prefers-reduced-motion: reduce)").matches;
    }

    /* --- state --- */

    /* Set parameters, numbers kept within bounds; then draw. */
    change(values) {
      for (const [name, value] of Object.entries(values)) {
        const { min, max } = this.constructor.parameters[name];
        const keep = (x) =>
          typeof x === "number" ? clamp(Number(x.toPrecision(6)), min, max) : x;
        this.values[name] = Array.isArray(value) ? value.map(keep) : keep(value);
      }
      this.refresh();
    }

    /* Draw at the next frame; speak unless only the look has changed. */
    refresh(speak = true) {
      if (speak) this.speak();
      this.waiting ??= requestAnimationFrame(() => this.render());
    }

    render() {
      this.waiting = null;
      const style = getComputedStyle(this);
      this.colors = {};
      for (const name of COLORS) {
        this.colors[name] = style.getPropertyValue(`--dl-${name}`).trim();
      }
      this.bound.forEach((update) => update());
      this.draw();
      this.says.textContent = this.describe();
      this.link.href = this.address();
    }

    reset() {
      this.stop();
      this.values = structuredClone(this.start);
      this.restart?.();
      this.refresh();
    }

    speak() {
      this.speaking ??= setTimeout(() => {
        this.speaking = null;
        this.live.textContent = this.spoken();
      }, 2000);
    }

    /* --- the page's address --- */

    address() {
      const url = new URL(location.href);
      for (const [name, value] of Object.entries(this.values)) {
        url.searchParams.delete(`${this.key}.${name}`);
        if (String(value) !== String(this.start[name])) {
          url.searchParams.set(`${this.key}.${name}`, value);
        }
      }
      url.hash = this.key;
      return url.href;
    }

    share(event) {
      const { href } = this.link;
      const done = "The address bar holds this view.";
      try {
        history.replaceState(history.state, "", href);
      } catch {
        return; // The browser follows the link, which does the same.
      }
      event.preventDefault();
      this.told.textContent = done;
      navigator.clipboard?.writeText(href).then(
        () => (this.told.textContent = `Copied. ${done}`),
        () => {} // Not allowed here; the address bar has it.
      );
    }

    /* --- motion --- */

    /* Call tick(seconds) once a frame until it returns false. */
    loop(tick) {
      let last = performance.now();
      const frame = (now) => {
        this.running = requestAnimationFrame(frame);
        if (tick(Math.min((now - last) / 1000, 0.1)) === false) this.stop();
        last = now;
        this.speak();
        this.render();
      };
      this.stop();
      this.running = requestAnimationFrame(frame);
      this.refresh();
    }

    stop() {
      cancelAnimationFrame(this.running);
      this.running = 0;
    }

    /* --- controls; each is labelled and follows this.values --- */

    bind(update) {
      this.bound.push(update);
      update();
    }

    slider(name, parent = this.panel) {
      const spec = this.constructor.parameters[name];
      const { min, max, log, label } = spec;
      const step = log ? 0.01 : spec.step ?? 0.1;
      const digits = (String(step).split(".")[1] ?? "").length;
      const shown = el("span", { class: "dl-value" });
      const input = el("input", {
        type: "range",
        min: log ? Math.log10(min) : min,
        max: log ? Math.log10(max) : max,
        step,
        oninput: () => {
          const x = Number(input.value);
          this.change({ [name]: log ? Number((10 ** x).toPrecision(2)) : x });
        },
      });
      const text = el("span", {}, `${label} `, shown);
      parent.append(el("label", { class: "dl-slider" }, text, input));
      input.setAttribute("aria-label", label);
      this.bind(() => {
        const x = this.values[name];
        const text = log ? String(x) : format(x, digits);
        if (document.activeElement !== input || !log) {
          input.value = log ? Math.log10(x) : x;
        }
        shown.textContent = text;
        input.setAttribute("aria-valuetext", text);
      });
      return input;
    }

    choice(name, parent = this.panel) {
      const { options, label } = this.constructor.parameters[name];
      const select = el("select", {
        onchange: () => this.change({ [name]: select.value }),
      });
      for (const [value, text] of Object.entries(options)) {
        select.append(el("option", { value }, text));
      }
      parent.append(el("label", { class: "dl-choice" }, `${label} `, select));
      this.bind(() => (select.value = this.values[name]));
      return select;
    }

    checkbox(name, parent = this.panel) {
      const { label } = this.constructor.parameters[name];
      const box = el("input", {
        type: "checkbox",
        onchange: () => this.change({ [name]: box.checked }),
      });
      parent.append(el("label", { class: "dl-check" }, box, ` ${label}`));
      this.bind(() => (box.checked = this.values[name]));
      return box;
    }

    /* A field for a number, or for the index-th number of a list. */
    field(name, label, index, parent = this.panel) {
      const { min, max, step = 0.1 } = this.constructor.parameters[name];
      const get = () =>
        index === undefined ? this.values[name] : this.values[name][index];
      const input = el("input", {
        type: "number", min, max, step, "aria-label": label,
        oninput: () => {
          const x = read({ value: 0, min, max }, input.value);
          if (x === undefined || x === get()) return;
          const list = index !== undefined && this.values[name].slice();
          if (list) list[index] = x;
          this.change({ [name]: list || x });
        },
        onblur: () => (input.value = get()),
      });
      parent.append(input);
      this.bind(() => {
        if (document.activeElement !== input) {
          input.value = Number(get().toFixed(4));
        }
      });
      return input;
    }

    button(label, onclick, parent = this.panel) {
      const button = el("button", { type: "button", onclick }, label);
      parent?.append(button);
      return button;
    }

    /* --- pictures --- */

    /* A Picture. With keys(dx, dy, event) it takes the focus, and arrow keys
     * call it with -1, 0 or 1, ten times that with Shift. */
    canvas(label, { ratio = 1, keys, parent = this.view } = {}) {
      const canvas = el("canvas", {
        "aria-label": label,
        role: keys ? "application" : "img",
      });
      if (keys) {
        canvas.tabIndex = 0;
        canvas.addEventListener("keydown", (event) => {
          const arrow = ARROWS[event.key];
          if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          const far = event.shiftKey ? 10 : 1;
          keys(arrow[0] * far, arrow[1] * far, event);
        });
      }
      parent.append(canvas);
      return new Picture(canvas, ratio);
    }

    /* Dragging on a picture: pick(x, y) names what is at this pixel, or
     * null; move(what, x, y) follows. Elsewhere a finger scrolls the page. */
    drag({ canvas }, pick, move) {
      const place = ({ clientX, clientY }) => {
        const box = canvas.getBoundingClientRect();
        return [clientX - box.left, clientY - box.top];
      };
      let held = null;
      const hold = (event) => {
        held = pick(...place(event)) ?? null;
        return held !== null;
      };
      canvas.addEventListener("touchstart", (event) => {
        if (hold(event.touches[0])) event.preventDefault();
      }, { passive: false });
      canvas.addEventListener("pointerdown", (event) => {
        if (!hold(event)) return;
        canvas.setPointerCapture(event.pointerId);
        move(held, ...place(event));
      });
      canvas.addEventListener("pointermove", (event) => {
        if (held !== null && event.buttons) move(held, ...place(event));
        else canvas.style.cursor = pick(...place(event)) == null ? "" : "grab";
      });
      canvas.addEventListener("pointerup", () => (held = null));
      canvas.addEventListener("pointercancel", () => (held = null));
    }

    /* Paper towards the colour of data (t = -1) or of the model (t = 1), or
     * another one, as [red, green, blue], each 0 to 255. */
    shade(t, end = t < 0 ? this.colors.data : this.colors.model) {
      const part = (color, i) => parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
      const share = Math.min(Math.abs(t), 1);
      return [0, 1, 2].map((i) =>
        Math.round(
          part(this.colors.paper, i) * (1 - share) + part(end, i) * share
        )
      );
    }
  }

  window.DlWidget = DlWidget;
})();

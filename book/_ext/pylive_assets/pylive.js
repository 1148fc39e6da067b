/* Runs the Python of a page in the page, by Pyodide, after a click.
 *
 * One worker for all cells of a page holds Pyodide, NumPy and dlcore. It is
 * made of a function's text, so that a page from a file can start it too. The
 * messages: to it {url, wheel, runner, source}; from it {state}, {text} for
 * what is printed, and at the end {ok, seconds}, {failed} or {crashed}.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  const root = new URL("../../", script.src);
  const setting = new URL(script.dataset.pyodide, root);
  const FIRST = "Python is loaded for the first time (about 9 MB) …";

  /* The worker. Nothing of the page is known in here. */
  const work = () => {
    const LONGEST = 100000; // characters of output; more is cut
    let python = null;
    let room = 0;

    const say = (text) => {
      if (room <= 0) return;
      room -= text.length;
      postMessage({ text: room > 0 ? text : `${text}\n(The rest is cut.)` });
    };

    const load = async ({ url, wheel, runner }) => {
      importScripts(`${url}pyodide.js`);
      const loaded = await loadPyodide({ indexURL: url });
      await loaded.loadPackage("numpy", { messageCallback: () => {} });
      const bytes = Uint8Array.from(atob(wheel), (c) => c.charCodeAt(0));
      loaded.unpackArchive(bytes, "wheel");
      loaded.runPython(runner);
      loaded.runPython("import dlcore"); // fails here rather than in a cell
      const text = new TextDecoder();
      const write = (buffer) => {
        say(text.decode(buffer, { stream: true }));
        return buffer.length;
      };
      loaded.setStdout({ write });
      loaded.setStderr({ write });
      return loaded;
    };

    onmessage = async ({ data }) => {
      try {
        python ??= await load(data);
      } catch (error) {
        postMessage({ failed: String(error) });
        return;
      }
      room = LONGEST;
      postMessage({ state: "Running …" });
      const start = performance.now();
      try {
        const ok = python.globals.get("run")(data.source);
        postMessage({ ok, seconds: (performance.now() - start) / 1000 });
      } catch (error) {
        postMessage({ crashed: String(error) }); // Pyodide itself is lost
      }
    };
  };

  let worker = null;
  let busy = null; // the cell that runs
  let turns = 0;

  /* A script that sets window.dlcoreParts = {wheel, runner}. */
  const parts = () =>
    new Promise((resolve, reject) => {
      if (window.dlcoreParts) return resolve(window.dlcoreParts);
      const file = document.createElement("script");
      file.src = new URL("parts.js", script.src);
      file.onload = () => resolve(window.dlcoreParts);
      file.onerror = () => reject(new Error(`${file.src} is missing`));
      document.head.append(file);
    });

  const start = () => {
    const text = new Blob([`(${work})()`], { type: "text/javascript" });
    const address = URL.createObjectURL(text);
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({ data }) => busy?.hear(data);
    worker.onerror = (event) => busy?.hear({ failed: event.message });
  };

  const end = () => {
    worker?.terminate();
    worker = null;
  };

  class Cell {
    constructor(element) {
      const [code, output] = element.querySelectorAll("pre");
      this.block = code.closest("div.highlight").parentElement;
      this.given = code.textContent.replace(/\n$/, "");
      this.printed = this.text = output.textContent;
      this.output = output;
      this.label = element.querySelector("p");
      this.built = this.label.textContent;

      this.editor = document.createElement("textarea");
      Object.assign(this.editor, {
        className: "pylive-editor", spellcheck: false, wrap: "off",
        autocapitalize: "off", hidden: true, value: this.given,
      });
      this.editor.setAttribute("aria-label", "Python code");
      this.editor.addEventListener("input", () => this.resize());
      this.editor.addEventListener("keydown", (event) => this.press(event));
      this.block.after(this.editor);

      const button = (text, act) => {
        const made = document.createElement("button");
        Object.assign(made, { type: "button", textContent: text });
        made.addEventListener("click", act);
        return made;
      };
      this.runs = button("Run", () => (busy === this ? this.stop() : this.run()));
      this.edits = button("Edit", () => this.edit());
      this.resets = button("Reset", () => this.reset());
      this.status = document.createElement("p");
      this.status.setAttribute("role", "status");
      const row = document.createElement("div");
      row.className = "pylive-controls";
      row.append(this.runs, this.edits, this.resets, this.status);
      this.label.before(row);

      // Read aloud when the run ends; a long line scrolls by keyboard.
      output.setAttribute("aria-live", "polite");
      output.setAttribute("aria-label", "Output");
      output.setAttribute("role", "log");
      output.tabIndex = 0;
    }

    edit() {
      this.block.hidden = true;
      this.editor.hidden = false;
      this.edits.hidden = true;
      this.resize();
      this.editor.focus();
      this.editor.setSelectionRange(0, 0);
      this.status.textContent = "Control and Enter run it.";
    }

    resize() {
      this.editor.rows = this.editor.value.split("\n").length;
    }

    /* Ctrl+Enter runs, Enter keeps the indent, Tab goes on as everywhere. */
    press(event) {
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey) {
        event.preventDefault();
        if (!busy) this.run();
        return;
      }
      const { value, selectionStart } = this.editor;
      const line = value.slice(0, selectionStart).split("\n").pop();
      const indent = line.match(/^ */)[0] + (/:\s*$/.test(line) ? "    " : "");
      // The only way that Undo knows of.
      if (document.execCommand("insertText", false, `\n${indent}`)) {
        event.preventDefault();
      }
    }

    reset() {
      if (busy === this) this.stop();
      this.editor.value = this.given;
      this.editor.hidden = true;
      this.block.hidden = false;
      this.edits.hidden = false;
      this.show(this.built, this.printed);
      this.status.textContent = "As printed in the book.";
    }

    /* Once a frame, however often the code prints. */
    print(text) {
      this.text += text;
      this.waiting ??= requestAnimationFrame(() => this.show());
    }

    /* The output and what it is; read aloud as a whole, at its end. */
    show(label = this.label.textContent, text = this.text) {
      cancelAnimationFrame(this.waiting);
      this.waiting = null;
      this.text = text;
      this.label.textContent = label;
      this.output.textContent = text;
    }

    async run() {
      const turn = ++turns;
      busy = this;
      cells.forEach((cell) => (cell.runs.disabled = cell !== this));
      this.runs.textContent = "Stop";
      this.output.setAttribute("aria-busy", "true");
      this.status.textContent = worker ? "Running …" : FIRST;
      try {
        const { wheel, runner } = await parts();
        if (turn !== turns) return; // stopped meanwhile
        if (!worker) start();
        const url = setting.href;
        worker.postMessage({ url, wheel, runner, source: this.editor.value });
      } catch (error) {
        if (turn === turns) this.fail(String(error));
      }
    }

    stop() {
      turns += 1;
      end();
      this.show();
      this.done("Stopped.");
    }

    done(text) {
      busy = null;
      this.output.setAttribute("aria-busy", "false");
      cells.forEach((cell) => (cell.runs.disabled = false));
      this.runs.textContent = "Run";
      this.status.textContent = text;
    }

    hear({ state, text, ok, seconds, failed, crashed }) {
      if (state) {
        this.status.textContent = state;
        this.show("Output of your run:", "");
      } else if (text !== undefined) {
        this.print(text);
      } else if (failed !== undefined) {
        this.fail(failed);
      } else if (crashed !== undefined) {
        console.info(crashed);
        end();
        this.done("Python itself has crashed. Run starts it anew.");
      } else {
        const time = `${seconds.toFixed(seconds < 10 ? 2 : 0)} seconds`;
        this.show(undefined, this.text || "(nothing)");
        this.done(ok ? `Done in ${time}.` : "The code stopped with an error.");
      }
    }

    fail(reason) {
      end();
      const file = setting.protocol === "file:";
      this.show(this.built, this.printed);
      this.done(
        "Python cannot be loaded " +
          (file
            ? "from a folder while the page is opened as a file: start a " +
              "server, for example by make serve."
            : `from ${setting.host}. Perhaps there is no network, or it is ` +
              "blocked.") +
          " The output below is the book's own."
      );
      console.info(reason);
    }
  }

  const cells = [...document.querySelectorAll(".pylive")].map(
    (element) => new Cell(element)
  );
})();

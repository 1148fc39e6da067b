/* The page "Your progress": fills in the list that the page has anyway. */
(() => {
  "use strict";
  const { KIND, change, clear, format, load, merge, parse, save, today } =
    window.dlcoreProgress;
  const LARGEST = 1e6; // bytes of a file; a whole book needs 50,000
  const page = document.querySelector(".book-progress");
  const controls = page.querySelector(".progress-controls");
  const status = controls.querySelector("[role=status]");
  const sum = page.querySelector(".progress-sum");
  const dialog = page.querySelector("dialog");
  const file = page.querySelector("input[type=file]");
  const buttons = {};
  controls.querySelectorAll("button").forEach((b) => (buttons[b.name] = b));

  const PROBLEMS = {
    refused:
      "This browser keeps nothing for this page: storage is switched off " +
      "or full. The links work all the same.",
    foreign:
      "What this browser holds was written by a later version of the book, " +
      "or is damaged. It is left alone. Clear makes room for a new start.",
  };
  const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

  const count = (chapter, record) => {
    const quizzes = [...chapter.querySelectorAll("[data-quiz]")];
    const exercises = [...chapter.querySelectorAll("[data-exercise]")];
    const right = quizzes.filter((e) => record.quizzes[e.dataset.quiz]);
    return {
      quizzes: quizzes.length,
      right: right.length,
      first: right.filter((e) => record.tries[e.dataset.quiz] === 1).length,
      exercises: exercises.length,
      done: exercises.filter((e) => record.exercises[e.dataset.exercise]).length,
    };
  };

  const about = (record, name) => {
    const day = record.quizzes[name];
    const tries = record.tries[name];
    if (!day) return tries ? plural(tries, "try", "tries") + ", not yet right" : "";
    const how = { 1: " at the first try" }[tries] ??
      (tries ? ` after ${tries} tries` : "");
    return `right${how}, ${day}`;
  };

  const show = () => {
    const { record, problem } = load();
    const nothing = { quizzes: {}, tries: {}, exercises: {} };
    const known = record ?? nothing;
    const total = { quizzes: 0, right: 0, first: 0, exercises: 0, done: 0 };
    page.querySelectorAll("[data-chapter]").forEach((row) => {
      const chapter = document.getElementById(row.dataset.chapter);
      const n = count(chapter, known);
      Object.keys(total).forEach((key) => (total[key] += n[key]));
      const cell = (name, text) =>
        (row.querySelector(`[data-count=${name}]`).textContent = text);
      const of = (part, all) => (all ? `${part} of ${all}` : "none");
      cell("quizzes", of(n.right, n.quizzes));
      cell("first", n.quizzes ? n.first : "");
      cell("exercises", of(n.done, n.exercises));
      const all = n.quizzes + n.exercises;
      row.classList.toggle("progress-all", n.right + n.done === all);
      chapter.querySelectorAll("[data-quiz]").forEach((item) => {
        const name = item.dataset.quiz;
        item.classList.toggle("progress-right", name in known.quizzes);
        item.querySelector(".progress-about").textContent = about(known, name);
      });
      chapter.querySelectorAll("[data-exercise]").forEach((item) => {
        const day = known.exercises[item.dataset.exercise];
        item.querySelector("input").checked = Boolean(day);
        item.querySelector("input").disabled = !record;
        item.querySelector(".progress-about").textContent = day ?? "";
      });
    });
    sum.textContent = problem
      ? PROBLEMS[problem]
      : `You have answered ${total.right} of ` +
        `${plural(total.quizzes, "quiz", "quizzes")} right, ` +
        `${total.first} of them at the first try, and done ` +
        `${total.done} of ${plural(total.exercises, "exercise", "exercises")}.`;
    buttons.export.disabled = buttons.import.disabled = !record;
    buttons.clear.disabled = problem === "refused";
  };

  /* A download without a server: the file is made here. */
  buttons.export.addEventListener("click", () => {
    const text = format(load().record);
    const link = document.createElement("a");
    const blob = new Blob([text], { type: "application/json" });
    link.href = URL.createObjectURL(blob);
    link.download = `${KIND}-${today()}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    status.textContent = `${link.download} is saved where downloads go.`;
  });

  const read = async (chosen) => {
    if (chosen.size > LARGEST) {
      throw new Error("it is far too large to be a record of progress");
    }
    const added = parse(await chosen.text());
    const { record } = load();
    if (!record || !save(merge(record, added))) {
      throw new Error("this browser cannot keep it");
    }
  };

  buttons.import.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      await read(chosen);
      status.textContent = `${chosen.name} is added to what was here.`;
    } catch (error) {
      status.textContent =
        `${chosen.name} is not imported: ${error.message}. ` +
        "Nothing has changed.";
    }
    file.value = ""; // so that the same file can be chosen again
    show();
  });

  // The browser keeps the focus in a dialog, closes it on Escape, and gives
  // the focus back to the button.
  buttons.clear.addEventListener("click", () => {
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "clear") {
      status.textContent = "Nothing is cleared.";
      return;
    }
    clear();
    status.textContent = "Your progress is cleared.";
    show();
  });

  page.querySelectorAll("[data-exercise] input").forEach((box) =>
    box.addEventListener("change", () => {
      const name = box.closest("[data-exercise]").dataset.exercise;
      const kept = change(({ exercises }) => {
        if (box.checked) exercises[name] ??= today();
        else delete exercises[name];
      });
      status.textContent = kept ? "" : PROBLEMS.refused;
      show();
    })
  );

  page.querySelectorAll("input, .progress-controls, .progress-sum").forEach(
    (element) => {
      if (element !== file) element.hidden = false;
    }
  );
  addEventListener("storage", show);
  addEventListener("pageshow", show);
  show();
})();

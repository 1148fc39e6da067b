/* A box beside every exercise, to be ticked when it is done. */
(() => {
  "use strict";
  const { change, load, today } = window.dlcoreProgress;

  document.querySelectorAll("div.exercise[id]").forEach((exercise) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    const title = exercise.querySelector(".admonition-title").textContent;
    const text = title.replace(/\s+/g, " ").trim();
    box.setAttribute("aria-label", `Done: ${text}`);
    const label = document.createElement("label");
    label.className = "progress-done";
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    label.append(box, " Done");
    const row = document.createElement("div");
    row.className = "progress-box";
    row.append(label, told);
    exercise.append(row);

    const show = () => {
      box.checked = Boolean(load().record?.exercises[exercise.id]);
    };
    box.addEventListener("change", () => {
      const kept = change(({ exercises }) => {
        if (box.checked) exercises[exercise.id] ??= today();
        else delete exercises[exercise.id];
      });
      told.textContent = kept ? "" : "This browser does not keep it.";
    });
    // Another page may have changed it, and Back shows this one as it was.
    addEventListener("storage", show);
    addEventListener("pageshow", show);
    show();
  });
})();

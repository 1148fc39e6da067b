/* Lets a reader choose, check and see the feedback; keeps what was right and
 * at which try, as progress_assets/store.js has it.
 */
(() => {
  "use strict";
  const { change, load, today } = window.dlcoreProgress;

  /* Up to the first right answer every check counts. */
  const remember = (name, right) =>
    change(({ quizzes, tries }) => {
      if (quizzes[name]) return;
      tries[name] = (tries[name] ?? 0) + 1;
      if (right) quizzes[name] = today();
    });

  const start = (quiz) => {
    const controls = quiz.querySelector(".quiz-controls");
    const status = controls.querySelector("[role=status]");
    const inputs = [...quiz.querySelectorAll("input")];
    const several = inputs[0].type === "checkbox";

    // Empty until the check, so that screen readers announce what comes.
    const places = inputs.map((input) => {
      const place = document.createElement("div");
      place.className = "quiz-feedback";
      place.setAttribute("aria-live", "polite");
      input.closest(".quiz-answer").append(place);
      return place;
    });

    const clear = () => {
      status.textContent = "";
      places.forEach((place) => {
        place.replaceChildren();
        delete place.parentElement.dataset.verdict;
      });
    };

    const explain = (input, place) => {
      const text = quiz.querySelector(`[data-answer="${input.value}"]`);
      const copies = [...text.cloneNode(true).children];
      copies.forEach((copy) =>
        copy.querySelectorAll("[id]").forEach((e) => e.removeAttribute("id"))
      );
      place.replaceChildren(...copies);
      place.parentElement.dataset.verdict =
        "right" in input.dataset ? "right" : "wrong";
    };

    const check = () => {
      clear();
      const chosen = inputs.filter((input) => input.checked);
      if (!chosen.length) {
        status.textContent = "Choose an answer first.";
        return;
      }
      chosen.forEach((input) => explain(input, places[inputs.indexOf(input)]));
      const wrong = chosen.some((input) => !("right" in input.dataset));
      const missing = inputs.some(
        (input) => "right" in input.dataset && !input.checked
      );
      remember(quiz.id, !wrong && !missing);
      if (!wrong && !missing) {
        status.textContent = several ? "All right." : "Right.";
      } else if (!wrong) {
        status.textContent = "Right so far, but there is more.";
      } else {
        status.textContent = several
          ? "Not all of these are right. Try again."
          : "Not right. Try another answer.";
      }
    };

    inputs.forEach((input) => {
      input.addEventListener("change", clear);
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          check();
        }
      });
    });
    controls.querySelector("button").addEventListener("click", check);
    controls.hidden = false;
    const day = load().record?.quizzes[quiz.id];
    if (day) status.textContent = `You answered this right on ${day}.`;
  };

  const quizzes = [...document.querySelectorAll(".quiz")];
  quizzes.forEach(start);

  // Paper cannot be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = quizzes
      .map((quiz) => quiz.querySelector("details"))
      .filter((details) => !details.open);
    folded.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () =>
    folded.forEach((details) => (details.open = false))
  );
})();

/* What a reader has done, kept in the browser under one key:
 *
 * {"version": 1,
 *  "quizzes": {"quiz-mlp-gap": "2025-01-31"},   day of the first right answer
 *  "tries": {"quiz-mlp-gap": 2},                checks up to that answer
 *  "exercises": {"ex-mlp-nearest-mean": "2025-01-31"}}    day marked as done
 *
 * A file of progress is the same with "kind": "dlcore-book-progress". Two
 * records are merged by these rules, so that the order does not matter and
 * merging twice changes nothing:
 *
 * - what one of them knows is kept;
 * - where both know a day, the earlier one is kept;
 * - tries belong to the earlier right answer; else the larger number is kept.
 */
(() => {
  "use strict";
  const KIND = "dlcore-book-progress"; // also the key
  const PARTS = {
    quizzes: (value) => /^\d{4}-\d\d-\d\d$/.test(value),
    tries: (value) => Number.isInteger(value) && value > 0,
    exercises: (value) => /^\d{4}-\d\d-\d\d$/.test(value),
  };
  const empty = () => ({ version: 1, quizzes: {}, tries: {}, exercises: {} });

  /* The record in a parsed JSON, all of it; an Error says what is wrong. */
  const checked = (data) => {
    const isObject = (x) => x && typeof x === "object" && !Array.isArray(x);
    if (!isObject(data)) throw new Error("it is not a record of progress");
    if (data.version !== 1) {
      throw new Error(
        Number.isInteger(data.version) && data.version > 1
          ? `it has version ${data.version}: a later version of the book ` +
            "has written it"
          : "it has no version"
      );
    }
    const record = empty();
    for (const [part, fits] of Object.entries(PARTS)) {
      const given = data[part] ?? {};
      if (!isObject(given)) throw new Error(`its "${part}" are damaged`);
      for (const [name, value] of Object.entries(given)) {
        if (!/^[a-z][a-z0-9-]*$/.test(name) || !fits(value)) {
          throw new Error(`its "${part}" are damaged at "${name}"`);
        }
        record[part][name] = value;
      }
    }
    return record;
  };

  const merge = (one, other) => {
    const merged = empty();
    for (const part of ["quizzes", "exercises"]) {
      for (const [name, day] of [one, other].flatMap((r) =>
        Object.entries(r[part])
      )) {
        const known = merged[part][name];
        merged[part][name] = known && known < day ? known : day;
      }
    }
    for (const name of Object.keys({ ...one.tries, ...other.tries })) {
      const day = merged.quizzes[name];
      const first = [one, other].filter((r) => r.quizzes[name] === day);
      const tries = first.map((r) => r.tries[name] ?? 0);
      if (Math.max(...tries)) merged.tries[name] = Math.max(...tries);
    }
    return merged;
  };

  /* The text of a file -> the record in it; an Error says what is wrong. */
  const parse = (text) => {
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Error("it is not JSON, or it is cut off");
    }
    if (data?.kind !== KIND) {
      throw new Error("it is not a record of this book's progress");
    }
    return checked(data);
  };

  const format = (record) =>
    JSON.stringify({ kind: KIND, ...record }, null, 2) + "\n";

  if (typeof module !== "undefined") {
    module.exports = { checked, format, merge, parse };
    return;
  }

  /* {record} or, if there is none to be had, {problem: "refused"/"foreign"}:
   * the browser keeps nothing, or holds what this script does not know. */
  const load = () => {
    let text;
    try {
      text = localStorage.getItem(KIND);
    } catch {
      return { problem: "refused" };
    }
    try {
      return { record: text === null ? empty() : checked(JSON.parse(text)) };
    } catch {
      return { problem: "foreign" };
    }
  };

  /* Whether it could be kept. */
  const save = (record) => {
    try {
      localStorage.setItem(KIND, JSON.stringify(record));
      return true;
    } catch {
      return false;
    }
  };

  /* Change the record at once; whether that was kept. */
  const change = (update) => {
    const { record } = load();
    if (!record) return false;
    update(record);
    return save(record);
  };

  const clear = () => localStorage.removeItem(KIND);
  const today = () => new Date().toISOString().slice(0, 10);

  window.dlcoreProgress = {
    KIND, change, clear, format, load, merge, parse, save, today,
  };
})();

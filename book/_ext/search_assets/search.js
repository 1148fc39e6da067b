/* Looks through the book's text for parts of words, without a server.
 *
 * data.js says what there is: {page: {address, title, places}}, a place being
 * [anchor, title, text]. All words of the question must stand in a place, its
 * title or its page's title. Titles count more than text, beginnings of words
 * more than their middle.
 */
(() => {
  "use strict";
  const MOST = 40; // places shown
  const BEFORE = 60; // letters of an excerpt before what was found, and
  const AFTER = 140; // after it

  // One letter for one letter, so that places in both texts are the same.
  const plain = (text) =>
    text.replace(/[^\x20-\x40[-\x7e]/g, (letter) => {
      const simple = letter.normalize("NFD")[0].toLowerCase();
      return simple.length === letter.length ? simple : letter;
    });

  const words = (question) =>
    [...plain(question).matchAll(/"([^"]+)"|([^\s"]+)/g)].map(
      ([, phrase, word]) => phrase || word
    );

  const begins = (text, at) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]);

  // How much a word counts in a text, 0 if it is not there: twice at the
  // beginning of a word, more for every further time, up to five.
  const weigh = (text, word) => {
    let sum = 0;
    let at = text.indexOf(word);
    for (let times = 0; at >= 0 && times < 5; times += 1) {
      sum += begins(text, at) ? 2 : 1;
      at = text.indexOf(word, at + word.length);
    }
    return sum;
  };

  const readPlaces = (data) =>
    Object.values(data).flatMap(({ address, title, places }) =>
      places.map(([anchor, heading, text], index) => ({
        address: anchor ? `${address}#${anchor}` : address,
        page: title,
        title: index ? heading : title,
        text,
        plainPage: plain(title),
        plainTitle: plain(index ? heading : title),
        plainText: plain(text),
      }))
    );

  const score = (place, wanted) => {
    let sum = 0;
    let here = false;
    for (const word of wanted) {
      const title = weigh(place.plainTitle, word);
      const text = weigh(place.plainText, word);
      if (!title && !text && !place.plainPage.includes(word)) return 0;
      here ||= Boolean(title || text);
      sum += 20 * title + text;
    }
    if (place.plainTitle === wanted.join(" ")) sum += 100;
    return here ? sum : 0;
  };

  const find = (places, wanted) =>
    places
      .map((place) => ({ place, score: score(place, wanted) }))
      .filter((found) => found.score)
      .sort((a, b) => b.score - a.score)
      .map((found) => found.place);

  // If nothing is found, endings are cut: "normalizing" finds "normalization".
  const search = (places, question) => {
    let wanted = words(question);
    let found = wanted.length ? find(places, wanted) : [];
    for (let cut = 0; !found.length && cut < 4; cut += 1) {
      const shorter = wanted.map((word) =>
        word.length > 4 && !word.includes(" ") ? word.slice(0, -1) : word
      );
      if (shorter.join() === wanted.join()) break;
      wanted = shorter;
      found = find(places, wanted);
    }
    return { found, wanted, exact: wanted.join() === words(question).join() };
  };

  // [start, end] of every word in a text, in order and without overlap.
  const ranges = (text, wanted) => {
    const all = [];
    for (const word of wanted) {
      let at = text.indexOf(word);
      for (; at >= 0; at = text.indexOf(word, at + word.length)) {
        all.push([at, at + word.length]);
      }
    }
    all.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    let end = -1;
    return all.filter((range) => {
      if (range[0] < end) return false;
      end = range[1];
      return true;
    });
  };

  // The part of a text around what was found, cut at spaces.
  const cut = (text, found) => {
    let start = found.length ? Math.max(0, found[0][0] - BEFORE) : 0;
    let end = Math.min(text.length, start + BEFORE + AFTER);
    if (start) start = text.indexOf(" ", start) + 1;
    if (found.length) start = Math.min(start, found[0][0]);
    if (end < text.length) {
      end = Math.max(text.lastIndexOf(" ", end), found.length ? found[0][1] : 0);
    }
    return [start, end];
  };

  if (typeof module !== "undefined") {
    module.exports = { plain, words, readPlaces, search, ranges, cut };
    return;
  }

  document.getElementById("booksearch-needs").remove();
  const input = document.getElementById("booksearch-words");
  const status = document.getElementById("booksearch-status");
  const results = document.getElementById("booksearch-results");
  const root = document.documentElement.dataset.content_root;
  const places = readPlaces(window.bookSearchData);

  const marked = (text, found, start, end) => {
    const parts = document.createDocumentFragment();
    let at = start;
    for (const [from, to] of found) {
      if (from < at || to > end) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      parts.append(text.slice(at, from), mark);
      at = to;
    }
    parts.append(text.slice(at, end));
    return parts;
  };

  const line = (name, ...children) => {
    const paragraph = document.createElement("p");
    paragraph.className = `booksearch-${name}`;
    paragraph.append(...children);
    return paragraph;
  };

  const show = (place, wanted) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = root + place.address;
    const inTitle = ranges(place.plainTitle, wanted);
    link.append(marked(place.title, inTitle, 0, place.title.length));
    item.append(link);
    if (place.title !== place.page) item.append(line("page", place.page));
    const inText = ranges(place.plainText, wanted);
    const [start, end] = cut(place.text, inText);
    const text = marked(place.text, inText, start, end);
    const more = end < place.text.length ? " …" : "";
    if (end) item.append(line("text", start ? "… " : "", text, more));
    return item;
  };

  const say = (question, { found, wanted, exact }) => {
    if (!words(question).length) return "";
    if (!found.length) return `Nothing found for “${question}”.`;
    const count = found.length === 1 ? "1 place" : `${found.length} places`;
    const most = found.length > MOST ? `, the best ${MOST} shown` : "";
    const asked = exact
      ? `for “${question}”`
      : `for “${wanted.join(" ")}”; nothing has “${question}”`;
    return `${count} ${asked}${most}.`;
  };

  const answer = () => {
    const question = input.value.trim();
    const result = search(places, question);
    const shown = result.found.slice(0, MOST);
    results.replaceChildren(...shown.map((p) => show(p, result.wanted)));
    status.textContent = say(question, result);
    // So that going back from a page leads to the same answers.
    const address = new URL(location.href);
    address.searchParams.set("q", question);
    history.replaceState(null, "", address);
  };

  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(answer, 200);
  });
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    answer();
  });
  input.value = new URL(location.href).searchParams.get("q") || "";
  if (input.value) answer();
  input.focus();
})();

"""Prints the book as one PDF, from its single page, and checks the result.

    python book/_tools/pdf.py _build/pdf/_build/singlehtml book.pdf

The page gets a cover and contents, folded things are unfolded, and headings
become the PDF's outline. It is printed twice: the first print says on which
page each heading stands, the second has that in its contents. Whatever is
wrong with the page (a missing image, an unrendered formula, a line that is
cut off) or with the file (a link that leads nowhere) is an error.
"""

import re
import sys
from pathlib import Path

from browser import arguments, find_browser
from playwright.sync_api import sync_playwright

# 174 mm, what the margins of onepage.css leave of A4, in CSS's pixels.
#: Milliseconds. To load all chapters as one page takes half a minute.
PATIENCE = 300_000
WIDTH = 658

# Widgets have a text in their place, quizzes their answers.
NOT_ON_PAPER = re.compile(r"/_static/(widget|quiz|pylive)[^?]*\.js")

PREPARE = """title => {
    document.documentElement.dataset.theme = 'light';
    document.documentElement.dataset.mode = 'light';
    for (const details of document.querySelectorAll('details')) {
        details.open = true;
    }
    // Chapters stand below their parts in the outline.
    const article = document.querySelector('article');
    for (const heading of article.querySelectorAll(
            '.paper-file :is(h1, h2, h3, h4, h5)')) {
        const level = Number(heading.tagName[1]);
        const lower = document.createElement(`h${level + 1}`);
        lower.append(...heading.childNodes);
        lower.className = `paper-level-${level}`;
        heading.replaceWith(lower);
    }
    const text = heading => {
        const copy = heading.cloneNode(true);
        copy.querySelectorAll('.headerlink, mjx-assistive-mml')
            .forEach(e => e.remove());
        return copy.textContent.trim();
    };
    const cover = document.createElement('div');
    cover.className = 'paper-cover';
    const logo = document.querySelector('img.logo__image');
    if (logo) cover.append(logo.cloneNode());
    const name = document.createElement('div');
    name.className = 'paper-title';
    name.textContent = title;
    cover.append(name);
    const contents = document.createElement('nav');
    contents.className = 'paper-contents';
    contents.innerHTML = '<h1>Contents</h1><ol></ol>';
    for (const heading of article.querySelectorAll(
            'h1.part, h2.paper-level-1, h3.paper-level-2')) {
        const id = heading.id || heading.closest('section').id;
        const item = document.createElement('li');
        item.className = `paper-${heading.tagName.toLowerCase()}`;
        const link = document.createElement('a');
        link.href = `#${id}`;
        link.textContent = text(heading);
        const number = document.createElement('span');
        number.className = 'paper-number';
        number.textContent = '000';
        item.append(link, number);
        contents.querySelector('ol').append(item);
    }
    article.prepend(cover, contents);
}"""

PROBLEMS = """async () => {
    const problems = [];
    const article = document.querySelector('article');
    for (const image of article.querySelectorAll('img')) {
        image.loading = 'eager';
        try { await image.decode(); }
        catch { problems.push(`missing image: ${image.src}`); }
    }
    for (const formula of article.querySelectorAll('.math')) {
        if (!formula.querySelector('mjx-container')) {
            problems.push(`formula: ${formula.textContent.slice(0, 60)}`);
        }
    }
    for (const error of article.querySelectorAll('mjx-merror')) {
        problems.push(`formula: ${error.dataset.mjxError}`);
    }
    for (const link of article.querySelectorAll('a[href]')) {
        const target = link.getAttribute('href');
        if (/^(https?|mailto):/.test(target)) continue;
        if (!target.startsWith('#')
                || !document.getElementById(decodeURI(target.slice(1)))) {
            problems.push(`link to nowhere: ${target}`);
        }
    }
    const right = article.getBoundingClientRect().right + 1;
    for (const wide of article.querySelectorAll(
            'pre, table, img, svg, p, mjx-container, .math')) {
        if (wide.closest('mjx-container') !== wide
                && wide.closest('mjx-assistive-mml, mjx-container')) continue;
        if (wide.getBoundingClientRect().right > right
                || (wide.tagName === 'PRE'
                    && wide.scrollWidth > wide.clientWidth + 1)) {
            problems.push(`cut off: ${wide.textContent.trim().slice(0, 60)}`
                + ` ${wide.getAttribute('src') || ''}`);
        }
    }
    return problems;
}"""

NUMBER = """pages => {
    for (const item of document.querySelectorAll('.paper-contents li')) {
        const target = item.querySelector('a').getAttribute('href').slice(1);
        item.querySelector('.paper-number').textContent = pages[target];
    }
}"""


class Pdf:
    """What Chromium's PDF says about its pages, links and outline.

    Chromium writes all but the pages' contents in clear, so that no library
    is needed to read that.
    """

    def __init__(self, data):
        if not data.startswith(b"%PDF-"):
            raise ValueError(f"a PDF expected, received {data[:20]!r}")
        clear = re.sub(rb"stream\r?\n.*?endstream", b"", data, flags=re.S)
        self.objects = {
            int(number): body
            for number, body in re.findall(
                rb"(?m)^(\d+) 0 obj\n(.*?)\nendobj", clear, re.S
            )
        }
        catalog = self.only(rb"/Type /Catalog")
        pages = self.walk(self.reference(catalog, b"Pages"))
        self.pages = {page: i for i, page in enumerate(pages, 1)}
        self.places = self.read_places(catalog)
        self.links = [
            decode(name)
            for body in self.objects.values()
            if b"/Subtype /Link" in body
            for name in re.findall(rb"/Dest /([^\s/<>\[\]()]+)", body)
        ]
        self.addresses = sum(b"/URI (" in b for b in self.objects.values())
        outline = self.reference(catalog, b"Outlines")
        self.outline = self.count_outline(outline)

    def only(self, pattern):
        found = [b for b in self.objects.values() if re.search(pattern, b)]
        if len(found) != 1:
            raise ValueError(
                f"one object with {pattern.decode()} expected in the PDF, "
                f"received {len(found)}"
            )
        return found[0]

    def reference(self, body, key):
        found = re.search(rb"/%s (\d+) 0 R" % key, body)
        return int(found[1]) if found else None

    def walk(self, number):
        """The pages below a node of the tree of pages, in order."""
        body = self.objects[number]
        kids = re.search(rb"/Kids \[(.*?)\]", body, re.S)
        if not kids:
            return [number]
        children = re.findall(rb"(\d+) 0 R", kids[1])
        return [page for kid in children for page in self.walk(int(kid))]

    def read_places(self, catalog):
        """{anchor: number of its page}."""
        number = self.reference(catalog, b"Dests")
        places = re.findall(
            rb"/([^\s/<>\[\]()]+) \[(\d+) 0 R", self.objects.get(number, b"")
        )
        return {decode(name): self.pages[int(page)] for name, page in places}

    def count_outline(self, number):
        """How many entries stand in the outline, at all levels."""
        count, waiting = 0, [number] if number else []
        while waiting:
            body = self.objects[waiting.pop()]
            for key in b"First", b"Next":
                if (child := self.reference(body, key)) is not None:
                    waiting.append(child)
                    count += 1
        return count

    def problems(self):
        """Links that lead nowhere."""
        lost = sorted(set(self.links) - self.places.keys())
        return [f"link to nowhere in the PDF: {name}" for name in lost]


def decode(name):
    """A name of a PDF, where #2F stands for a slash."""
    whole = re.sub(
        rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), name
    )
    return whole.decode("utf-8", "replace")


def print_page(page):
    return Pdf(
        data := page.pdf(
            prefer_css_page_size=True,
            print_background=True,
            outline=True,
            tagged=True,
        )
    ), data


def print_book(folder, launch):
    """The PDF's bytes, what it says, and the problems of the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch)
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.route(NOT_ON_PAPER, lambda route: route.abort())
        page.goto((folder / "index.html").resolve().as_uri())
        page.evaluate("() => window.MathJax?.startup?.promise")
        page.emulate_media(media="print", color_scheme="light")
        page.evaluate(PREPARE, page.title())
        problems = page.evaluate(PROBLEMS)
        first, _ = print_page(page)
        page.evaluate(NUMBER, first.places)
        book, data = print_page(page)
        contents = page.evaluate(
            """() => [...document.querySelectorAll('.paper-contents a')]
                .map(a => decodeURI(a.getAttribute('href').slice(1)))"""
        )
        browser.close()
    for anchor in contents:
        if book.places.get(anchor) != first.places.get(anchor):
            problems.append(f"contents with a wrong page: {anchor}")
    if not contents or book.outline < len(contents):
        problems.append(
            f"an outline of {len(contents)} headings or more expected, "
            f"received {book.outline}"
        )
    return data, book, problems + book.problems()


def main(folder, output):
    folder, output = Path(folder), Path(output)
    if not (folder / "index.html").is_file():
        sys.exit(f"no page index.html in {folder}: run `make pdf`")
    launch = {"executable_path": find_browser(), "args": arguments()}
    data, book, problems = print_book(folder, launch)
    if problems:
        output.with_suffix(".failed.pdf").write_bytes(data)
        sys.exit("\n".join(["The PDF is not written:", *problems]))
    output.write_bytes(data)
    print(
        f"{output}: {len(book.pages)} pages, {len(data) / 1e6:.1f} MB, "
        f"{len(book.links)} links inside, {book.addresses} outside, "
        f"{book.outline} entries in the outline"
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

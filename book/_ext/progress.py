"""The progress directive: all quizzes and exercises, and what is done.

    ```{progress}
    ```

writes a row for each chapter that has quizzes or exercises, and below that
the list of them all, with links, in the order of the book. That is what a
reader without JavaScript and a reader on paper sees. A script adds what the
reader has answered, a box for each exercise, and buttons that save it all to
a file, add such a file to it, and clear it after a question. The same box
stands beside every exercise in its chapter.

`progress_assets` holds the scripts. `store.js` says what is kept, and how two
records become one; quizzes use it too. Nothing leaves the reader's browser.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from quiz import quiz
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset
from sphinx_exercise.nodes import (
    exercise_enumerable_node,
    exercise_node,
    exercise_subtitle,
)

ASSETS = Path(__file__).parent / "progress_assets"
INLINE = {
    "math": nodes.math,
    "literal": nodes.literal,
    "emphasis": nodes.emphasis,
    "strong": nodes.strong,
}
CONTROLS = """\
<p class="progress-sum" hidden></p>
<div class="progress-controls" hidden>
<button type="button" name="export">Export to a file</button>
<button type="button" name="import">Import a file</button>
<button type="button" name="clear">Clear</button>
<p role="status"></p>
<input type="file" accept=".json,application/json" hidden>
</div>
<dialog aria-labelledby="progress-question"><form method="dialog">
<p id="progress-question">Clear your progress in this browser? There is no way
back, except a file that you have exported.</p>
<button value="keep" autofocus>Keep it</button>
<button value="clear">Clear it</button>
</form></dialog>
<table><thead><tr><th scope="col">Chapter</th><th scope="col">Quizzes</th>
<th scope="col">At first try</th><th scope="col">Exercises</th></tr>
</thead><tbody>
"""


class progress(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """Where the list goes; it is made when all chapters have been read."""


class ProgressDirective(SphinxDirective):
    """Takes nothing; once on a page."""

    def run(self):
        pages = self.env.progress_pages
        if self.env.docname in pages:
            raise self.error("progress: expected once on a page")
        pages.add(self.env.docname)
        node = progress()
        self.set_source_info(node)
        return [node]


def collect(app, doctree):
    """Note the quizzes and exercises of a page: [(kind, name, text)]."""
    found = []
    for node in doctree.findall():
        if isinstance(node, quiz):
            found.append(("quiz", node["ids"][0], words(node[0])))
        elif is_exercise(node):
            title = next(node[0].findall(exercise_subtitle), node[0])
            found.append(("exercise", node["label"], words(title)))
    app.env.progress_items[app.env.docname] = found
    if app.env.docname in app.env.progress_pages:
        # The list may show formulas, which the page itself does not have.
        equations = app.env.get_domain("math").data["has_equations"]
        equations[app.env.docname] = True


def is_exercise(node):
    return isinstance(node, (exercise_node, exercise_enumerable_node))


def words(title):
    """A title as pairs (kind of node, text), which can be kept."""
    return [(child.tagname, child.astext()) for child in title.children]


def inline(pairs):
    """The nodes for these pairs; what a link cannot hold becomes text."""
    return [
        INLINE[kind]("", text) if kind in INLINE else nodes.Text(text)
        for kind, text in pairs
    ]


def chapters(env):
    """Names of pages with quizzes or exercises, in the book's order."""
    order, waiting = [], [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        order.append(name)
        waiting[:0] = env.toctree_includes.get(name, [])
    return [name for name in order if env.progress_items.get(name)]


class RenderProgress(SphinxPostTransform):
    """Writes the list when every chapter has been read."""

    default_priority = 5

    def run(self, **kwargs):
        html = self.app.builder.format == "html"
        for node in list(self.document.findall(progress)):
            node.replace_self(self.as_html() if html else self.as_list())

    def items(self):
        """(page's name, its title, its items) of every chapter."""
        for name in chapters(self.env):
            number = self.env.toc_secnumbers.get(name, {}).get("", ())
            title = self.env.titles[name].astext()
            dotted = "".join(f"{part}." for part in number)
            items = self.env.progress_items[name]
            yield name, f"{dotted} {title}".strip(), items

    def as_list(self):
        """On paper: chapters, and below each what it has."""
        entries = nodes.bullet_list()
        for _, title, items in self.items():
            inner = nodes.bullet_list()
            for kind, _, text in items:
                label = f"{kind.capitalize()}: "
                inner += nodes.list_item(
                    "", nodes.paragraph("", label, *inline(text))
                )
            entries += nodes.list_item("", nodes.paragraph("", title), inner)
        return [entries]

    def as_html(self):
        rows, lists = [], []
        for name, title, items in self.items():
            key = escape(f"progress-{name.replace('/', '-')}")
            kinds = [kind for kind, _, _ in items]
            quizzes, exercises = map(kinds.count, ["quiz", "exercise"])
            rows += [
                raw(f'<tr data-chapter="{key}"><th scope="row">'),
                self.link(name, "", [nodes.Text(title)]),
                raw(
                    f'</th><td data-count="quizzes">{quizzes}</td>'
                    '<td data-count="first"></td>'
                    f'<td data-count="exercises">{exercises}</td></tr>\n'
                ),
            ]
            lists.append(
                raw(f'<section id="{key}"><h2>{escape(title)}</h2><ul>\n')
            )
            for kind, label, text in items:
                lists += self.entry(name, kind, label, text)
            lists.append(raw("</ul></section>\n"))
        return [
            raw(f'<div class="book-progress">\n{CONTROLS}', progress=True),
            *rows,
            raw("</tbody></table>\n"),
            *lists,
            raw("</div>\n"),
        ]

    def entry(self, name, kind, label, text):
        """One quiz or exercise."""
        box = ""
        if kind == "exercise":
            title = escape("".join(part for _, part in text))
            box = f'<input type="checkbox" aria-label="Done: {title}" hidden>'
        return [
            raw(
                f'<li data-{kind}="{escape(label)}">{box}'
                f'<span class="progress-kind">{kind.capitalize()}:</span> '
            ),
            self.link(name, label, inline(text)),
            raw(' <span class="progress-about"></span></li>\n'),
        ]

    def link(self, name, label, children):
        here = self.env.docname
        address = self.app.builder.get_relative_uri(here, name)
        if label:
            address += f"#{label}"
        link = nodes.reference("", "", internal=True, refuri=address)
        link += children
        return nodes.inline("", "", link)  # Sphinx wants it inside a text


def raw(html, **attributes):
    return nodes.raw("", html, format="html", **attributes)


def prepare(app, env, docnames):
    if not hasattr(env, "progress_items"):
        env.progress_items, env.progress_pages = {}, set()


def forget(app, env, docname):
    env.progress_items.pop(docname, None)
    env.progress_pages.discard(docname)


def merge(app, env, docnames, other):
    for name in docnames:
        env.progress_items[name] = other.progress_items.get(name, [])
    env.progress_pages |= other.progress_pages & set(docnames)


def rewrite(app, env):
    """A change in any chapter may change the list."""
    return sorted(env.progress_pages)


def copy_assets(app):
    if app.builder.format == "html":
        copy_asset(ASSETS, Path(app.outdir) / "_static" / "progress")


def add_assets(app, pagename, templatename, context, doctree):
    """Load what a page needs, `store.js` first."""
    if not doctree:
        return
    raws = list(doctree.findall(nodes.raw))
    shows = any(node.get("progress") for node in raws)
    asks = any(node.get("quiz") for node in raws)
    # On one page for paper there is nothing to tick.
    exercises = app.builder.name != "singlehtml" and any(
        True for _ in doctree.findall(is_exercise)
    )
    shows = shows and app.builder.name != "singlehtml"
    if shows or asks or exercises:
        app.add_js_file("progress/store.js", loading_method="defer")
    if shows or exercises:
        app.add_css_file("progress/progress.css")
    if shows:
        app.add_js_file("progress/progress.js", loading_method="defer")
    if exercises:
        app.add_js_file("progress/exercises.js", loading_method="defer")


def setup(app):
    """Register the directive; see to it that store.js precedes quiz.js."""
    app.add_node(progress)
    app.add_directive("progress", ProgressDirective)
    app.add_post_transform(RenderProgress)
    app.connect("builder-inited", copy_assets)
    app.connect("env-before-read-docs", prepare)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", collect)
    app.connect("env-updated", rewrite)
    app.connect("html-page-context", add_assets, priority=400)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

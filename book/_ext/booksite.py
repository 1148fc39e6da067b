"""Makes a Sphinx build this book's site: pairs, local MathJax, public address.

- Of a chapter's pair Sphinx shall see the notebook only, not the text.
- MathJax is copied from `node_modules` into the site, so that no page asks
  anything of another host.
- Docstrings of dlcore are plain text with formulas, not a markup: they are
  shown line by line as they are written.
- Every page says in its head what it is about.
- While `repository: url:` in `_config.yml` is empty, no page gets a button
  that needs it.
"""

import re
import shutil
from html import escape, unescape
from pathlib import Path
from textwrap import shorten

from docutils import nodes
from sphinx.errors import ExtensionError

MATHJAX = Path("node_modules") / "mathjax" / "es5"
# Without MathJax's menu, a third of its weight: what it offers to listeners
# wants files from another host. Hidden MathML is what they get instead.
MATHJAX_PARTS = [
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
    "LICENSE",
]
# Pages that Sphinx makes without a document.
OWN_TITLES = {"genindex": "Index", "search": "Search"}
REPOSITORY_BUTTONS = [
    "use_repository_button",
    "use_issues_button",
    "use_edit_page_button",
    "use_source_button",
]


def exclude_texts_of_pairs(app, config):
    """Exclude every `.md` that has an `.ipynb` beside it."""
    root = Path(app.srcdir)
    pages = [root / "index.md", *(root / "book").rglob("*.md")]
    for page in pages:
        if page.with_suffix(".ipynb").is_file():
            config.exclude_patterns.append(page.relative_to(root).as_posix())


def set_repository_buttons(app, config):
    """Show the repository's buttons if its address is set, else none."""
    options = config.html_theme_options
    if (options.get("repository_url") or "").strip():
        options["use_repository_button"] = True
        options["use_issues_button"] = True
    else:
        options["launch_buttons"] = {}
        options["repository_url"] = ""
        for button in REPOSITORY_BUTTONS:
            options[button] = False


def copy_mathjax(app):
    """Copy the parts of MathJax that pages use into `_static/mathjax`."""
    if app.builder.format != "html":
        return
    source = Path(app.srcdir) / MATHJAX
    target = Path(app.outdir) / "_static" / "mathjax"
    if not source.is_dir():
        raise ExtensionError(
            f"MathJax expected in {source}, nothing found: run `make env`"
        )
    for part in MATHJAX_PARTS:
        here = source / part
        if part == "LICENSE":
            here = source.parent / part
        there = target / part
        there.parent.mkdir(parents=True, exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, there, dirs_exist_ok=True)
        else:
            shutil.copy2(here, there)


def show_docstring(app, what, name, obj, options, lines):
    """Turn a plain docstring into reStructuredText that looks like it.

    Lines stay lines, indents stay indents, `code` becomes code, and a star or
    a bar is what it is in a formula.
    """
    shown = []
    for line in lines:
        parts = line.replace("``", "`").split("`")
        if len(parts) % 2 == 0:  # a lonely backtick
            parts = ["'".join(parts)]
        for even in range(0, len(parts), 2):
            parts[even] = re.sub(r"([\\*|_])", r"\\\1", parts[even])
        for odd in range(1, len(parts), 2):
            parts[odd] = f"``{parts[odd]}``"
        # Code next to a letter needs an escaped space.
        text = "\\ ".join(parts) if len(parts) > 1 else parts[0]
        indent = len(text) - len(text.lstrip())
        shown.append(f"| {' ' * indent}{text.lstrip()}" if text else "")
    lines[:] = shown + [""]


def mend_citations(app, pagename, templatename, context, doctree):
    """Drop roles of docutils' citation list that browsers do not accept.

    Its entries have a role that no longer counts as a list's item.
    """
    if "citation-list" in context.get("body", ""):
        for role in [' role="list"', ' role="doc-biblioentry"']:
            context["body"] = context["body"].replace(role, "")


def describe(app, pagename, templatename, context, doctree):
    """Give a page its first sentences as description, for search engines."""
    if 'name="description"' in context.get("metatags", ""):
        return
    paragraph = doctree and next(
        (
            node
            for node in doctree.findall(nodes.paragraph)
            if isinstance(node.parent, nodes.section)
        ),
        None,
    )
    if paragraph:
        text = paragraph.astext()
    else:
        title = context.get("title") or OWN_TITLES.get(pagename, pagename)
        title = unescape(re.sub("<[^>]+>", "", title))
        text = f"{title}: {app.config.html_title}."
    text = shorten(text, 160, placeholder=" ...")
    context["metatags"] = (
        context.get("metatags", "")
        + f'\n    <meta name="description" content="{escape(text)}" />\n'
    )


def setup(app):
    """Connect the steps to the build."""
    # Jupyter Book always sets it, for an extension that is left out here.
    app.add_config_value("comments_config", {}, "env")
    app.connect("config-inited", exclude_texts_of_pairs)
    app.connect("config-inited", set_repository_buttons)
    app.connect("builder-inited", copy_mathjax)
    app.connect("autodoc-process-docstring", show_docstring)
    app.connect("html-page-context", mend_citations)
    app.connect("html-page-context", describe)
    return {"version": "1", "parallel_read_safe": True}

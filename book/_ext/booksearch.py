"""A search that works from a file and finds parts of words.

Sphinx's own search fetches pages to show what it found, which a browser
refuses for files, and it looks for stems of words. This one writes the text
of every section, term and object of the library to `_static/search/data.js`,
a classic script. `search_assets` holds the page and the script that looks
through it.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.fileutil import copy_asset

ASSETS = Path(__file__).parent / "search_assets"
BEGIN, END = "window.bookSearchData = ", ";\n"
# Sphinx's own, which nothing loads any more.
REPLACED = [
    "searchindex.js",
    "_static/searchtools.js",
    "_static/language_data.js",
]
# What nobody searches for.
SKIPPED = (nodes.raw, nodes.comment, nodes.math_block, nodes.title)


def use_template(app, config):
    config.templates_path.append(str(ASSETS))


def collect(app, pagename, templatename, context, doctree):
    """Keep a page's places: [anchor, title, text] each."""
    if doctree is None or app.builder.name != "html":
        return
    places = []
    for node in doctree.findall(is_place):
        ids, title = heading(node)
        text = " ".join(own_text(node).split())
        if ids and (text or title):
            places.append([ids[0], title, text])
    if places:
        places[0][0] = ""  # the page's own heading is its top
        numbers = app.env.toc_secnumbers.get(pagename, {}).get("", ())
        number = "".join(f"{n}." for n in numbers)
        app.search_pages[pagename] = {
            "address": app.builder.get_target_uri(pagename),
            "title": f"{number} {places[0][1]}".strip(),
            "places": places,
        }


def is_place(node):
    """Sections, objects of the library, and terms of the glossary."""
    if isinstance(node, nodes.definition_list_item):
        return bool(node[0]["ids"]) and isinstance(node[0], nodes.term)
    return isinstance(node, (nodes.section, addnodes.desc))


def heading(node):
    """The anchors and the title of a place."""
    if isinstance(node, nodes.section):
        title = node.next_node(nodes.title)
        return node["ids"], clean(title) if title else ""
    ids = node[0]["ids"]
    if isinstance(node, addnodes.desc):
        return ids, ids[0] if ids else ""
    return ids, clean(node[0])


def own_text(node):
    """What stands in a place itself, not in the places inside it."""
    skipped = [node[0]] if not isinstance(node, nodes.section) else []
    return "".join(texts(node, skipped))


def texts(node, skipped):
    for child in node.children:
        titles = "toctree-wrapper" in child_classes(child)  # other pages'
        if is_place(child) or titles or child in skipped:
            continue
        if isinstance(child, SKIPPED):
            yield " "
        elif "cell_output" in child_classes(child):
            # Of outputs only what describes a figure.
            for caption in child.findall(nodes.caption):
                yield f" {clean(caption)} "
        elif isinstance(child, nodes.Text):
            yield child.astext()
        elif isinstance(child, nodes.math):
            yield clean(child)
        else:
            # Blocks do not grow together; inline nodes are inside a word.
            gap = "" if isinstance(child, nodes.Inline) else " "
            yield gap
            yield from texts(child, [])
            yield gap


def child_classes(node):
    return node.get("classes", []) if isinstance(node, nodes.Element) else []


def clean(node):
    """A node's text; of a formula the letters, without TeX's commands."""
    if isinstance(node, nodes.math):
        text = re.sub(r"\\[a-zA-Z]+|[{}\\]", " ", node.astext())
        return " ".join(text.split())
    if isinstance(node, nodes.Text) or not node.children:
        return node.astext()
    return "".join(clean(child) for child in node.children)


def write(app, exception):
    """Write the data, in the order of the table of contents."""
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for name in REPLACED:
        (site / name).unlink(missing_ok=True)
    copy_asset(ASSETS / "search.js", site / "_static" / "search")
    copy_asset(ASSETS / "search.css", site / "_static" / "search")
    path = site / "_static" / "search" / "data.js"
    pages = {}
    if path.exists():  # pages that an incremental build did not write
        text = path.read_text(encoding="utf-8")
        pages = json.loads(text[len(BEGIN) : -len(END)])
    pages |= app.search_pages
    ordered = {
        name: pages[name] for name in in_order(app.env) if name in pages
    }
    data = json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{BEGIN}{data}{END}", encoding="utf-8")


def in_order(env):
    """All documents, as the table of contents has them."""
    seen, waiting = {}, [env.config.root_doc]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = True
            waiting += reversed(env.toctree_includes.get(name, []))
    return [*seen, *sorted(env.found_docs - seen.keys())]


def setup(app):
    """Collect after references are resolved, write when all is known."""
    app.search_pages = {}
    app.connect("config-inited", use_template)
    app.connect("html-page-context", collect)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True}

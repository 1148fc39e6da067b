"""The whole book on one page, from which the PDF is printed.

Sphinx's own single page loses two things that a book of notebooks needs:
every document is resolved as if it were the first one, and two chapters with
a section "Exercises" have one anchor. Here each document is resolved on its
own, exactly as on its page of the site, and every anchor gets its document's
name in front. The captions of the table of contents become titles of parts.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.singlehtml import SingleFileHTMLBuilder
from sphinx.util.docutils import new_document
from sphinx.util.fileutil import copy_asset

STYLE = Path(__file__).parent / "onepage_assets" / "onepage.css"
FILE = "#document-"  # how the builder addresses a document


class OnePage(SingleFileHTMLBuilder):
    """Sphinx's builder for a single page with documents kept apart."""

    def assemble_doctree(self):
        root = self.config.root_doc
        book = new_document(str(self.env.doc2path(root)))
        book["docname"] = root
        book += self.resolved(root)
        toctrees = self.env.get_doctree(root).findall(addnodes.toctree)
        for part, toctree in enumerate(list(toctrees), 1):
            if caption := toctree.get("caption"):
                book += part_title(part, caption)
            for name in toctree["includefiles"]:
                book += self.with_children(name)
        known = rename_anchors(book, root)
        redirect(book, root, known)
        return book

    def resolved(self, name):
        tree = self.env.get_and_resolve_doctree(
            name, self, prune_toctrees=False
        )
        return tree.children

    def with_children(self, name):
        """The document, then those in its own table of contents."""
        file = addnodes.start_of_file(docname=name)
        file += self.resolved(name)
        files = [nodes.compound("", file, classes=["paper-file"])]
        for child in self.env.toctree_includes.get(name, []):
            files += self.with_children(child)
        return files

    def assemble_toc_secnumbers(self):
        numbers = super().assemble_toc_secnumbers()
        return {root: renamed(keys) for root, keys in numbers.items()}

    def assemble_toc_fignumbers(self):
        new = {}
        for name, kinds in self.env.toc_fignumbers.items():
            for kind, numbers in kinds.items():
                new[f"{name}/{kind}"] = {
                    anchor(name, old): number
                    for old, number in numbers.items()
                }
        return {self.config.root_doc: new}


def part_title(number, caption):
    text = f'<h1 class="part" id="part-{number}">{escape(caption)}</h1>\n'
    return nodes.raw("", text, format="html")


def anchor(name, old):
    return f"{name.replace('/', '-')}--{old}"


def renamed(numbers):
    """Section numbers under the new anchors; keys are "document/#anchor"."""
    new = {}
    for key, number in numbers.items():
        name, _, old = key.rpartition("/")
        if old.startswith("#"):
            old = f"#{anchor(name, old[1:])}"
        new[f"{name}/{old}"] = number
    return new


def documents(book, root):
    """Pairs of every element and the name of its document."""

    def walk(node, name):
        if isinstance(node, addnodes.start_of_file):
            name = node["docname"]
        if isinstance(node, nodes.Element):
            yield node, name
            for child in node.children:
                yield from walk(child, name)

    yield from walk(book, root)


def rename_anchors(book, root):
    """Give every anchor its document's name; returns (document, old) pairs."""
    known = set()
    # Raw HTML has its anchors in its text, and documents have theirs.
    kept = (nodes.raw, nodes.document, addnodes.start_of_file)
    for node, name in documents(book, root):
        if not isinstance(node, kept):
            known |= {(name, old) for old in node["ids"]}
            node["ids"] = [anchor(name, old) for old in node["ids"]]
            if "backrefs" in node:
                node["backrefs"] = [anchor(name, b) for b in node["backrefs"]]
    return known


def redirect(book, root, known):
    """Let every link inside the book lead to the new anchors."""

    def new(name, old):
        # Raw HTML keeps its anchors: quizzes have names of their own.
        return anchor(name, old) if (name, old) in known else old

    first = next(iter(book.findall(nodes.section)))["ids"][0]
    for node, name in documents(book, root):
        if "refid" in node:
            node["refid"] = new(name, node["refid"])
        link = node.get("refuri", "")
        if link == f"{FILE}{root}":
            node["refuri"] = f"#{first}"
        elif link.startswith(FILE):
            target, _, old = link[len(FILE) :].partition("#")
            if old:
                node["refuri"] = f"#{new(target, old)}"
        elif link.startswith("#"):
            node["refuri"] = f"#{new(name, link[1:])}"


def merge_handlers(app):
    """Let the single page write all that the site can write.

    Sphinx asks for "singlehtml" first, and for "html" only if nobody has
    registered anything for it. sphinx-exercise has.
    """
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = {
        **handlers.get("html", {}),
        **handlers.get("singlehtml", {}),
    }


def add_style(app):
    if app.builder.name == "singlehtml":
        copy_asset(STYLE, Path(app.outdir) / "_static")
        app.add_css_file(STYLE.name, priority=900)


def setup(app):
    """Take the place of Sphinx's builder."""
    app.add_builder(OnePage, override=True)
    # After the other extensions' setup, before the first page is written.
    app.connect("config-inited", lambda app, config: merge_handlers(app))
    app.connect("builder-inited", add_style)
    return {"version": "1", "parallel_read_safe": True}

"""The py-live directive: code that the reader changes and runs in the page.

    ```{py-live}
    :name: live-dense

    import numpy as np
    from dlcore.layers import Dense

    layer = Dense(2, kernel_initializer="ones")
    print(layer(np.ones((1, 3), np.float32)))
    ```

The build runs the code with the dlcore that it has imported, and shows what
it prints and its last value under it: no output is typed. Code that fails or
warns is an error at its line. Each cell stands alone: it imports all it uses.

The page shows the highlighted code and that output. Its buttons appear if
JavaScript is on. `Run` loads Pyodide, which is Python with NumPy compiled for
browsers, and the wheel of dlcore, which the build has put into the site. This
happens in a worker, so that the page stays alive and a loop without end can
be stopped. No page asks for Pyodide before a click. Where it cannot be
loaded, the page says so, and the printed output stays.

One setting says where Pyodide is, `pylive_pyodide_url` in `_config.yml`:

- "" is Pyodide's own public address (`PYODIDE` below);
- "https://..." is another one; it ends in a slash;
- "pyodide/" is a folder of the site, to be put there with `html_extra_path`.
  It holds the files of npm's `pyodide` in the version below and NumPy's wheel
  of the same release. Pages then ask nobody else, but must come from a server
  (`make serve`): browsers give a file no other file to read.

`pylive_assets` holds the script and the style, which only pages with such a
cell load, and `run.py`, which runs a cell here and there.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset_file

import dlcore

ASSETS = Path(__file__).parent / "pylive_assets"
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
SECONDS = 60  # A reader waits; a cell that takes this long is none.

OUTPUT = "Output, when the book was built:"
CELL = f"""\
import sys
sys.path[:0] = [{str(ASSETS)!r}, {str(Path(dlcore.__file__).parents[1])!r}]
from run import run
sys.exit(not run(sys.stdin.read()))
"""


class pylive(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """A literal_block of code, a paragraph, a literal_block of output."""


class PyLiveDirective(SphinxDirective):
    """Reads the code and runs it."""

    has_content = True
    option_spec = {"name": directives.unchanged}  # noqa: RUF012

    def run(self):
        name = self.options.get("name", "")
        if not name or nodes.make_id(name) != name:
            raise self.error(
                f"py-live \"{name}\": expected ':name:' in lower case, such "
                "as live-dense"
            )
        code = "\n".join(self.content).strip("\n")
        if not code:
            raise self.error(f'py-live "{name}": expected code, received none')
        try:
            text = output(code)
        except ValueError as error:
            raise self.error(f'py-live "{name}": {error}') from None
        node = pylive(
            "",
            nodes.literal_block(code, code, language="python"),
            nodes.paragraph("", OUTPUT),
            nodes.literal_block(text, text, language="none"),
        )
        self.set_source_info(node)
        self.add_name(node)
        return [node]


def output(code):
    """What the code prints, run alone; ValueError if it fails or warns."""
    try:
        # As strict as the tests: a cell that warns is not one to show.
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", CELL],
            input=code,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            env=os.environ | {"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"expected an end within {SECONDS} seconds, received none"
        ) from None
    if done.returncode or done.stderr:
        raise ValueError(f"the code fails:\n{done.stderr.strip()}")
    if not done.stdout.strip():
        raise ValueError("expected code that prints, received no output")
    return done.stdout.rstrip("\n")


def visit_html(self, node):
    name = escape(node["ids"][0])
    self.body.append(
        f'<div class="pylive" id="{name}" role="group" '
        'aria-label="Python that runs in the page">\n'
    )


def depart_html(self, node):
    self.body.append("</div>\n")


def pass_by(self, node):
    """On paper, code and output stand alone."""


def wheel(folder):
    """Build dlcore's wheel into a folder; its path.

    Without the exercises: they are two fifths of it, and no cell in a page
    asks for them.
    """
    from hatchling.builders.wheel import WheelBuilder

    builder = WheelBuilder(str(Path(dlcore.__file__).parents[2]))
    builder.target_config["exclude"] = ["src/dlcore/exercises"]
    return Path(next(builder.build(directory=folder, versions=["standard"])))


def copy_assets(app):
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "pylive"
        target.mkdir(parents=True, exist_ok=True)
        for name in "pylive.js", "pylive.css":
            copy_asset_file(ASSETS / name, target)


def write_parts(app, exception):
    """The wheel and run.py as a script, which a page from a file can load."""
    used = any(app.env.pylive.values()) if not exception else False
    if not used or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "pylive"
    with tempfile.TemporaryDirectory() as folder:
        data = base64.b64encode(wheel(folder).read_bytes()).decode()
    runner = (ASSETS / "run.py").read_text(encoding="utf-8")
    parts = json.dumps({"wheel": data, "runner": runner})
    (target / "parts.js").write_text(
        f"window.dlcoreParts = {parts};\n", encoding="utf-8"
    )


def add_assets(app, pagename, templatename, context, doctree):
    """Load script and style on pages with a cell only."""
    if doctree and any(True for _ in doctree.findall(pylive)):
        app.add_css_file("pylive/pylive.css")
        app.add_js_file(
            "pylive/pylive.js",
            loading_method="defer",
            **{"data-pyodide": app.config.pylive_pyodide_url or PYODIDE},
        )


def note_cells(app, doctree):
    cells = app.env.pylive
    cells[app.env.docname] = any(True for _ in doctree.findall(pylive))


def prepare(app, env, docnames):
    if not hasattr(env, "pylive"):
        env.pylive = {}


def forget(app, env, docname):
    env.pylive.pop(docname, None)


def merge(app, env, docnames, other):
    env.pylive.update({name: other.pylive.get(name) for name in docnames})


def setup(app):
    """Register the directive and its setting."""
    paper = pass_by, pass_by
    app.add_node(
        pylive,
        html=(visit_html, depart_html),
        latex=paper,
        text=paper,
        man=paper,
        texinfo=paper,
    )
    app.add_config_value("pylive_pyodide_url", "", "html", [str])
    app.add_directive("py-live", PyLiveDirective)
    app.connect("builder-inited", copy_assets)
    app.connect("env-before-read-docs", prepare)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", note_cells)
    app.connect("html-page-context", add_assets)
    app.connect("build-finished", write_parts)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

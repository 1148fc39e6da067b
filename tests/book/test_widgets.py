"""The widgets as a reader uses them: mouse, keyboard, words, look."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

NAMES = [
    "neuron",
    "gradient-descent",
    "activations-losses",
    "backpropagation",
    "playground",
    "convolution",
    "draw-digit",
]
PAGE = """\
# {name}

```{{widget}} {name}
:name: widget-{name}
:caption: A caption.

What it shows.
```
"""


@pytest.fixture(scope="module")
def site(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("widgets")
    pages = {name: PAGE.format(name=name) for name in NAMES}
    tree = "\n".join(NAMES)
    pages["index"] = f"# Widgets\n\n```{{toctree}}\n{tree}\n```\n"
    assert small_site(folder, pages, ["widget"]) == []
    return folder / "html"


@pytest.fixture(scope="module")
def server(site, serve):
    return serve(site)


@pytest.fixture(params=["http", "file"])
def open_widget(request, quiet_page, site):
    """open_widget(name, w1=2) -> its element, with these parameters."""
    if request.param == "http":
        root = request.getfixturevalue("server")
    else:
        root = site.as_uri()

    def go(name, **parameters):
        query = [f"widget-{name}.{k}={v}" for k, v in parameters.items()]
        quiet_page.goto(f"{root}/{name}.html?{'&'.join(query)}")
        return quiet_page.locator(f"dl-{name}")

    return go


def said(widget):
    """What it says in words, once the next frame is drawn."""
    widget.page.evaluate(
        "() => new Promise(f => requestAnimationFrame("
        "() => requestAnimationFrame(f)))"
    )
    return widget.locator(".dl-says").inner_text()


def value(widget, name):
    return widget.evaluate("(w, name) => w.values[name]", name)


def point(widget, x, y):
    """Where a point of the picture's plane is on the screen."""
    widget.locator("canvas").first.scroll_into_view_if_needed()
    box = widget.locator("canvas").first.bounding_box()
    pixel = widget.evaluate(
        "(w, [x, y]) => [w.plane.X(x), w.plane.Y(y)]", [x, y]
    )
    return box["x"] + pixel[0], box["y"] + pixel[1]


def press(widget, control, *keys):
    """Focus a slider, a button or the picture, and press keys."""
    role, name = control
    widget.get_by_role(role, name=name).focus()
    for key in keys:
        widget.page.keyboard.press(key)


# All of them --------------------------------------------------------------


# These two are the same from a file and from a server.
from_file = pytest.mark.parametrize("open_widget", ["file"], indirect=True)


@from_file
@pytest.mark.parametrize("name", NAMES)
def test_accessible_and_readable_on_a_phone(open_widget, name):
    widget = open_widget(name)
    page = widget.page
    page.add_style_tag(content="* { transition: none !important; }")
    for width, theme in (1280, "light"), (1280, "dark"), (360, "dark"):
        page.evaluate("t => document.documentElement.dataset.theme = t", theme)
        page.set_viewport_size({"width": width, "height": 800})
        said(widget)
        # Reading style sheets by a request of its own fails for files.
        axe = Axe().run(page, ".dl-widget", {"preload": False})
        found = axe.response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == width
        box = widget.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


@from_file
@pytest.mark.parametrize("name", NAMES)
def test_all_controls_are_reached_by_tab(open_widget, name):
    widget = open_widget(name)
    controls = "button, input, select, a, summary, [tabindex='0']"
    expected = widget.locator(controls).evaluate_all(
        "all => all.filter(e => e.offsetParent && !e.disabled).length"
    )
    here = "w => w.contains(document.activeElement)"
    widget.page.keyboard.press("Tab")
    for _ in range(60):  # the theme's own links come first
        if widget.evaluate(here):
            break
        widget.page.keyboard.press("Tab")
    reached = 0
    while widget.evaluate(here):
        reached += 1
        widget.page.keyboard.press("Tab")
    assert reached == expected > 4


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_drawn_and_changes(open_widget, name):
    widget = open_widget(name)
    look = """w => w.svg ? w.svg.innerHTML
        : w.querySelector('canvas').toDataURL()"""
    said(widget)
    before = widget.evaluate(look)
    if name == "draw-digit":
        press(widget, ("button", "Sample 3, a 2"), "Enter")
    else:
        # Padding, the last one of this widget, starts at its left end.
        key = "ArrowRight" if name == "convolution" else "ArrowLeft"
        widget.get_by_role("slider").last.focus()
        widget.page.keyboard.press(key)
    said(widget)
    if name == "backpropagation":  # its last slider is the learning rate
        widget.get_by_role("button", name="Next").click()
        said(widget)
    after = widget.evaluate(look)
    assert before != after and min(len(before), len(after)) > 1000


# neuron -------------------------------------------------------------------


def test_neuron_by_sliders(open_widget):
    widget = open_widget("neuron")
    text = said(widget)
    assert "20 of 24 points" in text and "accuracy 83 %" in text
    assert "Wrong (crossed): circle (0.6, 2.5)," in text
    press(widget, ("slider", "weight w₂"), *["ArrowLeft"] * 10)
    text = said(widget)
    assert value(widget, "w2") == -1.4
    formula = widget.locator(".dl-formula").inner_text()
    assert formula == "z = 1.50 x₁ − 1.40 x₂ + 0.60"
    assert "24 of 24 points" in text and "accuracy 100 %" in text
    assert "Wrong" not in text
    widget.get_by_role("button", name="Start again").click()
    assert "20 of 24" in said(widget)


def test_neuron_by_dragging(open_widget):
    widget = open_widget("neuron", w1=1, w2=0, bias=0)
    mouse = widget.page.mouse
    said(widget)
    mouse.move(*point(widget, 0, -2))  # on the line
    mouse.down()
    mouse.move(*point(widget, 1.5, -1))
    mouse.up()
    said(widget)
    assert value(widget, "bias") == pytest.approx(-1.5, abs=0.05)
    mouse.move(*point(widget, 1.5 + 0.6, 0))  # the arrow's tip
    mouse.down()
    mouse.move(*point(widget, 1.5, 1.2))
    mouse.up()
    said(widget)
    assert value(widget, "w1") == pytest.approx(0, abs=0.05)
    assert value(widget, "w2") == pytest.approx(2, abs=0.05)
    assert value(widget, "bias") == pytest.approx(0, abs=0.1)


def test_neuron_without_weights_draws_no_line(open_widget):
    widget = open_widget("neuron", w1=0, w2=0, bias=1)
    text = said(widget)
    assert text.startswith("No line: both weights are zero. 12 of 24")


# gradient-descent ---------------------------------------------------------


def test_descent_overshoots_then_diverges(open_widget):
    widget = open_widget("gradient-descent")
    assert "24 steps overshot" in said(widget)
    press(widget, ("slider", "learning rate"), *["ArrowRight"] * 6)
    assert value(widget, "rate") == 0.11
    assert "It diverges: every step overshoots" in said(widget)
    press(widget, ("slider", "learning rate"), *["ArrowLeft"] * 40)
    assert "overshot" not in said(widget)
    assert "still on its way" in said(widget)


def test_descent_step_run_reset(open_widget):
    widget = open_widget("gradient-descent", surface="bowl", rate=0.5, steps=0)
    assert said(widget) == "Start at (−2.60, 1.40), loss 4.360."
    press(widget, ("button", "Step"), "Enter", "Enter")
    assert said(widget).startswith("After 2 steps: at (−0.65, 0.35)")
    widget.get_by_role("button", name="Run").click()
    widget.get_by_role("button", name="Pause").wait_for()
    widget.get_by_role("button", name="Run").wait_for()  # it stops by itself
    assert "It has arrived at the minimum." in said(widget)
    assert 5 < value(widget, "steps") < 20
    widget.get_by_role("button", name="Reset").click()
    assert said(widget).startswith("Start at")


def test_descent_pauses(open_widget):
    widget = open_widget("gradient-descent", rate=0.001, steps=0)
    widget.get_by_role("button", name="Run").click()
    widget.page.wait_for_timeout(200)
    widget.get_by_role("button", name="Pause").click()
    steps = value(widget, "steps")
    widget.page.wait_for_timeout(300)
    assert 0 < value(widget, "steps") == steps < 300


def test_descent_without_motion_shows_the_end_at_once(open_widget):
    widget = open_widget("gradient-descent", surface="bowl", rate=0.5, steps=0)
    widget.page.emulate_media(reduced_motion="reduce")
    widget.get_by_role("button", name="Run").click()
    assert "It has arrived at the minimum." in said(widget)


def test_descent_starts_where_the_reader_says(open_widget):
    widget = open_widget("gradient-descent", surface="two", rate=0.1, steps=60)
    assert "deeper of the two minima" in said(widget)
    widget.page.mouse.click(*point(widget, 2, -1))
    assert "shallower of the two minima" in said(widget)
    assert value(widget, "w1") == pytest.approx(2, abs=0.03)
    picture = ("application", re.compile("^Loss for two weights"))
    press(widget, picture, "Shift+ArrowLeft", "ArrowUp")
    assert value(widget, "w1") == pytest.approx(1, abs=0.03)
    assert value(widget, "w2") == pytest.approx(-0.9, abs=0.03)
    press(widget, picture, *["Shift+ArrowLeft"] * 2)
    assert "deeper of the two minima" in said(widget)


# activations-losses -------------------------------------------------------


def test_activation_with_cursor_and_slope(open_widget):
    widget = open_widget("activations-losses")
    text = said(widget)
    assert "at z = −3.5 the output is 0.029 and the slope 0.028" in text
    assert "saturated" in text and "35 times smaller" in text
    picture = ("application", re.compile("^Above the function"))
    press(widget, picture, *["Shift+ArrowRight"] * 3, *["ArrowRight"] * 5)
    text = said(widget)
    assert "at z = 0.0 the output is 0.500 and the slope 0.250" in text
    assert "saturated" not in text
    choice = widget.get_by_role("combobox", name="Activation")
    choice.select_option("relu")
    press(widget, ("slider", "z"), "ArrowLeft")
    assert "No gradient comes back" in said(widget)
    for name in ["leaky_relu", "elu", "tanh", "softplus", "silu", "gelu"]:
        choice.select_option(name)
        assert said(widget).startswith(f"{name}: at z = −0.1")


def test_losses_of_a_wrong_confident_answer(open_widget):
    widget = open_widget("activations-losses", z=-5)
    widget.get_by_role("combobox", name="Show").select_option("losses")
    text = said(widget)
    assert "wrong, and sure of it: 0.7 % for the true class" in text
    assert "Cross-entropy is 5.007 with slope −0.993" in text
    assert "squared error 0.987 with slope −0.013" in text
    assert "75.2 times as hard" in text
    assert not widget.get_by_role("combobox", name="Activation").is_visible()
    canvas = widget.locator("canvas")
    box = canvas.bounding_box()
    widget.page.mouse.click(box["x"] + box["width"] - 9, box["y"] + 60)
    assert "The answer is right: 99." in said(widget)


# backpropagation ----------------------------------------------------------


def test_backpropagation_step_by_step(open_widget):
    widget = open_widget("backpropagation", step=0)
    formula = widget.locator(".dl-formula")
    assert said(widget) == "Step 0 of 11. Inputs, targets, weights."
    assert widget.get_by_role("button", name="Back").is_disabled()
    shown = len(widget.locator("svg g").all())
    press(widget, ("button", "Next"), "Enter")
    assert "Forward: sums of the hidden units" in said(widget)
    assert formula.inner_text() == (
        "a₁ = x₁ · w₁₁ + x₂ · w₂₁ + b₁ = 1.0000 · 0.5000 + "
        "(−0.5000) · 0.8000 + 0.1000 = 0.2000"
    )
    assert len(widget.locator("svg g").all()) == shown + 2
    for _ in range(10):
        press(widget, ("button", "Next"), "Enter")
    assert "Step 11 of 11. Backward: by the weights" in said(widget)
    assert formula.inner_text().startswith("∂L/∂w₁₁ = x₁ · ∂L/∂a₁ = 1.0000")
    assert len(widget.locator("svg g").all()) == shown + 9 + 6 + 6 + 8
    assert widget.get_by_role("button", name="Next").is_disabled()


def test_backpropagation_every_number_is_traced(open_widget):
    """By the list, and by a click on the number."""
    widget = open_widget("backpropagation", step=11)
    said(widget)
    choice = widget.get_by_role("combobox", name="Trace a number")
    values = "all => all.map(option => option.value)"
    names = choice.locator("option").evaluate_all(values)
    titles = widget.locator("svg title").all_text_contents()
    assert len(names) == len(set(names)) == len(set(titles)) == 45
    for name, title in zip(names, titles):
        choice.select_option(name)
        said(widget)
        text = widget.locator(".dl-formula").inner_text()
        assert text.startswith(f"{title} = ")
        given = re.fullmatch(r"[xywbvc]\d+", name)
        assert text.endswith("given") == bool(given)
        field = widget.get_by_role("spinbutton", name="Change it")
        assert field.is_visible() == bool(given)
    for k in 0, 20, 44:
        widget.locator("svg g").nth(k).click()
        said(widget)
        assert value(widget, "trace") == names[k]


def test_backpropagation_edit_and_update(open_widget):
    widget = open_widget("backpropagation")
    said(widget)
    choice = widget.get_by_role("combobox", name="Trace a number")
    choice.select_option("w11")
    field = widget.get_by_role("spinbutton", name="Change it")
    field.fill("-2")
    said(widget)
    assert value(widget, "w") == [-2, -0.3, 0.8, 0.2]
    field.fill("1000")  # out of bounds: not taken
    said(widget)
    assert value(widget, "w")[0] == -2
    losses = []
    for count in range(1, 6):
        press(widget, ("button", "Update the weights"), "Enter")
        text = said(widget)
        found = re.search(
            r"After update (\d) the loss is ([\d.]+); before it, ([\d.]+)\.",
            text,
        )
        assert int(found[1]) == count
        losses += [float(found[3]), float(found[2])]
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0]
    assert losses[1] == losses[2]
    widget.get_by_role("button", name="Start again").click()
    assert "update" not in said(widget)
    assert value(widget, "w") == [0.5, -0.3, 0.8, 0.2]


# playground ---------------------------------------------------------------


def trained(widget):
    """The step, and what it says, as soon as it stands still."""
    still = "() => { const w = document.querySelector('dl-playground');"
    still += " return !w.running && !w.waiting; }"
    widget.page.wait_for_function(still)
    assert widget.get_by_role("button", name="Start", exact=True).is_visible()
    text = said(widget)
    found = re.match(
        r"Epoch (\d+), step (\d+)\. Training points: loss [\d.]+, accuracy "
        r"[\d.]+ %\. Test points: loss [\d.]+, accuracy [\d.]+ %\."
        r"( Units that answer the same everywhere: \d+\.)?$",
        text,
    )
    assert int(found[2]) == value(widget, "steps")
    return int(found[2]), text


def pictures(widget):
    draw = "all => all.map(canvas => canvas.toDataURL())"
    return widget.locator("canvas").evaluate_all(draw)


def test_playground_waits_then_trains_and_pauses(open_widget):
    widget = open_widget("playground")
    page = widget.page
    assert trained(widget)[0] == 400
    first = pictures(widget)
    page.wait_for_timeout(300)
    assert trained(widget)[0] == 400 and pictures(widget) == first
    press(widget, ("button", re.compile("^Start$")), "Space")
    page.wait_for_function(
        "document.querySelector('dl-playground').values.steps > 1200"
    )
    press(widget, ("button", "Pause"), "Space")
    steps, text = trained(widget)
    assert f"Epoch {steps // 20}, step {steps}." in text
    accuracies = [float(x) for x in re.findall(r"accuracy ([\d.]+) %", text)]
    assert len(accuracies) == 2 and min(accuracies) >= 97
    assert all(a != b for a, b in zip(first, pictures(widget), strict=True))
    page.wait_for_timeout(300)
    assert trained(widget) == (steps, text)


def test_playground_one_epoch_reset_start_again(open_widget):
    widget = open_widget("playground", batch=30)
    start = trained(widget)
    press(widget, ("button", "One epoch"), "Enter")
    assert trained(widget)[0] == 400 + 7
    widget.get_by_role("button", name="Reset").click()
    steps, text = trained(widget)
    assert steps == 0 and text.startswith("Epoch 0, ")
    press(widget, ("button", "One epoch"), "Enter", "Enter")
    trained(widget)
    widget.get_by_role("button", name="Start again").click()
    steps, text = trained(widget)
    assert value(widget, "batch") == 10 and steps == 400
    assert text != start[1]


@from_file
def test_playground_what_is_shown_follows_from_the_settings(open_widget):
    """Every setting trains anew, to the same step; back again is the same."""
    widget = open_widget("playground")
    first = trained(widget)
    shown = pictures(widget)
    seen = {first[1]}
    changes = ["hidden layers", "units in each", "learning rate", "batch size"]
    for name in changes:
        press(widget, ("slider", name), *["ArrowLeft"] * 2)
        seen.add(trained(widget)[1])
        press(widget, ("slider", name), *["ArrowRight"] * 2)
        assert trained(widget) == first
    assert len(seen) == 1 + 4
    for name in "L2 penalty", "noise":
        press(widget, ("slider", name), "ArrowRight")
        seen.add(trained(widget)[1])
        press(widget, ("slider", name), "ArrowLeft")
        assert trained(widget) == first
    assert len(seen) == 1 + 4 + 2
    for name, other, usual in (
        ("Activation", ["tanh", "sigmoid", "linear"], "relu"),
        ("Optimizer", ["sgd", "momentum"], "adam"),
        ("Data", ["circles", "xor", "blobs"], "spirals"),
    ):
        choice = widget.get_by_role("combobox", name=name)
        for option in other:
            choice.select_option(option)
            steps, text = trained(widget)
            assert steps == 400
            seen.add(text)
        choice.select_option(usual)
        assert trained(widget) == first
    assert len(seen) == 1 + 4 + 2 + 3 + 2 + 3
    assert pictures(widget) == shown
    widget.get_by_role("button", name="Other seed").click()
    assert value(widget, "seed") == 1 and trained(widget)[1] not in seen


@from_file
def test_playground_data_come_with_their_noise(open_widget):
    widget = open_widget("playground")
    choice = widget.get_by_role("combobox", name="Data")
    for name, noise in ("xor", 0.15), ("blobs", 0.3), ("circles", 0.08):
        choice.select_option(name)
        trained(widget)
        assert value(widget, "noise") == noise
    before = pictures(widget)
    widget.get_by_role("checkbox", name="test points").check()
    assert trained(widget)[0] == 400
    after = pictures(widget)
    assert before[0] != after[0] and before[1:] == after[1:]


def test_playground_link_gives_the_same_network(open_widget):
    widget = open_widget("playground")
    page = widget.page
    widget.get_by_role("combobox", name="Data").select_option("circles")
    press(widget, ("slider", "hidden layers"), "ArrowLeft")
    for _ in range(3):
        widget.get_by_role("button", name="One epoch").click()
    before, shown = trained(widget), pictures(widget)
    assert before[0] == 460
    widget.get_by_role("link", name="Link to this view").click()
    assert "layers=1" in page.url and "steps=460" in page.url
    page.reload()
    assert trained(widget) == before and pictures(widget) == shown


def test_playground_settings_change_while_it_trains(open_widget):
    widget = open_widget("playground", steps=0)
    widget.get_by_role("button", name="Start", exact=True).click()
    ready = "document.querySelector('dl-playground').values.steps > 100"
    widget.page.wait_for_function(ready)
    press(widget, ("slider", "units in each"), "ArrowLeft")
    assert widget.evaluate("w => w.training.net.w.length") == 3 * 7 + 56 + 8
    widget.page.wait_for_function(ready)
    widget.get_by_role("button", name="Pause").click()
    assert trained(widget)[0] > 100


@from_file
def test_playground_stops_by_itself_and_starts_anew(open_widget):
    widget = open_widget("playground", steps=19990, layers=1, units=2)
    assert trained(widget)[0] == 19990
    widget.get_by_role("button", name="Start", exact=True).click()
    widget.page.wait_for_function(
        "document.querySelector('dl-playground').values.steps === 20000"
    )
    assert trained(widget)[0] == 20000
    widget.get_by_role("button", name="Start", exact=True).click()
    widget.get_by_role("button", name="Pause").click()
    assert trained(widget)[0] < 10000


@from_file
def test_playground_says_that_it_diverges(open_widget):
    widget = open_widget(
        "playground", optimizer="sgd", rate=3, activation="linear", layers=4
    )
    widget.get_by_role("button", name="One epoch").click()
    widget.get_by_role("button", name="Start", exact=True).wait_for()
    assert said(widget).startswith("The training has diverged")


@from_file
def test_playground_says_how_many_units_are_dead(open_widget):
    widget = open_widget("playground", rate=3, layers=1, units=4, steps=200)
    text = trained(widget)[1]
    # A unit's sum is largest in a corner of the picture.
    dead = widget.evaluate("""w => {
        const { w: weights, layers: [{ m }] } = w.training.net;
        let dead = 0;
        for (let j = 0; j < m; j++) {
            let most = -Infinity;
            for (const x of [-1.3, 1.3]) for (const y of [-1.3, 1.3])
                most = Math.max(most, weights[j] * x + weights[m + j] * y
                    + weights[2 * m + j]);
            dead += most < 0;
        }
        return dead; }""")
    assert dead > 0
    assert f"Units that answer the same everywhere: {dead}." in text


@from_file
def test_playground_speaks_now_and_then_and_draws_less_than_it_steps(
    open_widget,
):
    widget = open_widget("playground", steps=0)
    widget.page.wait_for_timeout(2200)  # what it says at first
    widget.evaluate("""w => {
        w.drawn_ = 0;
        const { draw } = w;
        w.draw = function () { w.drawn_++; draw.call(w); };
        w.spoken_ = [];
        new MutationObserver(() => w.spoken_.push(w.live.textContent))
            .observe(w.live, { childList: true });
    }""")
    widget.get_by_role("button", name="Start", exact=True).click()
    widget.page.wait_for_timeout(6000)
    widget.get_by_role("button", name="Pause").click()
    drawn, spoken = widget.evaluate("w => [w.drawn_, w.spoken_]")
    assert value(widget, "steps") > 2 * drawn
    assert 5 < drawn <= 6.5 * 20
    assert len(spoken) == 1 and spoken[0].startswith("Epoch ")


@from_file
def test_playground_with_less_motion(open_widget):
    widget = open_widget("playground")
    page = widget.page
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    assert trained(widget)[0] == 400
    widget.evaluate("""w => {
        w.drawn_ = 0;
        const { draw } = w;
        w.draw = function () { w.drawn_++; draw.call(w); };
    }""")
    widget.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_timeout(2000)
    assert value(widget, "steps") > 400
    assert widget.evaluate("w => w.drawn_") <= 3


# convolution --------------------------------------------------------------


def shared(widget):
    """Open the widget's own link; say what it says there."""
    link = widget.get_by_role("link", name="Link to this view")
    widget.page.goto(link.get_attribute("href"))
    return said(widget)


def cell(widget, plane, row, column):
    """Where a cell of one of the squares is on the screen."""
    widget.locator("canvas").scroll_into_view_if_needed()
    box = widget.locator("canvas").bounding_box()
    x, y = widget.evaluate(
        "(w, [name, r, c]) => [w[name].X(c + 0.5), w[name].Y(r + 0.5)]",
        [plane, row, column],
    )
    return box["x"] + x, box["y"] + y


def test_convolution_window_by_arrow_keys(open_widget):
    widget = open_widget("convolution")
    text = said(widget)
    assert text.startswith("Row 8, column 12: the answer is 2.78.")
    assert "28 × 28 pixels give 26 × 26 answers, pooled 13 × 13." in text
    formula = widget.locator(".dl-formula").inner_text()
    found = formula.replace("\u2212", "-").replace("\xa0", " ").split(" = ")
    parts = re.findall(r"([-\d.]+) · ([-\d.]+)", found[0])
    assert len(parts) == 9
    total = sum(float(a) * float(b) for a, b in parts)
    assert total == pytest.approx(float(found[1]), abs=0.03)
    picture = ("application", re.compile("^The digit, the window"))
    press(widget, picture, "ArrowRight", "ArrowDown", "ArrowDown")
    assert said(widget).startswith("Row 10, column 13:")
    assert widget.locator(".dl-formula").inner_text() != formula
    press(widget, picture, *["Shift+ArrowUp"] * 3, *["Shift+ArrowLeft"] * 3)
    assert said(widget).startswith("Row 1, column 1: the answer is 0.00.")
    press(widget, picture, *["Shift+ArrowDown"] * 3, "Shift+ArrowRight")
    assert said(widget).startswith("Row 26, column 11:")
    # Faster than a frame.
    widget.evaluate(
        """w => { for (let i = 0; i < 5; i++) w.querySelector('canvas')
        .dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp' })); }"""
    )
    assert said(widget).startswith("Row 21, column 11:")


def test_convolution_rounds_an_address(open_widget):
    widget = open_widget("convolution", row=2.6, stride=1.6, padding=0.6)
    text = said(widget)
    assert text.startswith("Row 4, column 12:")
    assert "30 × 30 pixels give 14 × 14 answers" in text


def test_convolution_by_dragging(open_widget):
    widget = open_widget("convolution", stride=2)
    mouse = widget.page.mouse
    said(widget)
    mouse.click(*cell(widget, "output", 3, 5))
    assert said(widget).startswith("Row 4, column 6:")
    mouse.move(*cell(widget, "input", 11, 13))
    mouse.down()
    assert said(widget).startswith("Row 6, column 7:")
    mouse.move(*cell(widget, "input", 27, 0))
    mouse.up()
    assert said(widget).startswith("Row 13, column 1:")


def test_convolution_kernel_stride_padding_pooling(open_widget):
    widget = open_widget("convolution", row=20, column=20)
    said(widget)
    names = ["Edges below", "Edges right", "Blur", "Sharpen", "Learned 1"]
    kernels = []
    for name in names:
        button = widget.get_by_role("button", name=name)
        press(widget, ("button", name), "Enter")
        said(widget)
        assert button.get_attribute("aria-pressed") == "true"
        kernels.append(value(widget, "kernel"))
    assert len({tuple(kernel) for kernel in kernels}) == len(names)
    widget.get_by_role("spinbutton", name="weight 5 of 9").fill("2.5")
    said(widget)
    assert value(widget, "kernel") == [
        2.5 if i == 4 else w for i, w in enumerate(kernels[-1])
    ]
    assert widget.locator("[aria-pressed=true]").count() == 0
    press(widget, ("slider", "Stride"), "ArrowRight")
    press(widget, ("slider", "Padding"), "ArrowRight")
    text = said(widget)
    # The window has been moved to the last place that there is.
    assert text.startswith("Row 14, column 14:")
    assert "30 × 30 pixels give 14 × 14 answers, pooled 7 × 7." in text
    widget.get_by_role("combobox", name="Pooling").select_option("none")
    assert said(widget).endswith("14 × 14 answers.")
    widget.get_by_role("checkbox", name="ReLU").focus()
    widget.page.keyboard.press("Space")
    said(widget)
    answers = widget.evaluate("w => w.answers.flat()")
    assert len(answers) == 14**2 and min(answers) == 0 < max(answers)
    before = said(widget)
    assert shared(widget) == before
    assert widget.evaluate("w => w.answers.flat()") == answers
    widget.get_by_role("button", name="Start again").click()
    assert "26 × 26 answers, pooled 13 × 13." in said(widget)


# draw-digit ---------------------------------------------------------------

# Strokes of digits as one writes them, as parts of the drawing's side.
DRAWN = {
    1: [[(0.5, 0.15), (0.48, 0.85)]],
    4: [[(0.35, 0.15), (0.3, 0.5), (0.7, 0.5)], [(0.65, 0.2), (0.6, 0.9)]],
    7: [[(0.25, 0.2), (0.7, 0.2), (0.45, 0.85)]],
}


def spot(widget, x, y):
    paper = widget.get_by_label("Draw a digit here")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def write(widget, strokes):
    mouse = widget.page.mouse
    for (x, y), *points in strokes:
        mouse.move(*spot(widget, x, y))
        mouse.down()
        for u, v in points:
            mouse.move(*spot(widget, u, v), steps=6)
        mouse.up()
    return said(widget)


def test_drawing_with_the_mouse(open_widget):
    widget = open_widget("draw-digit")
    for digit, strokes in DRAWN.items():
        press(widget, ("button", "Clear"), "Enter")
        assert said(widget).startswith("Draw a digit with")
        text = write(widget, strokes)
        assert text.startswith(f"The network says {digit} (")
        assert "right" not in text and "wrong" not in text
        code = value(widget, "strokes")
        assert (
            code.count(".") == len(strokes) - 1
            and value(widget, "sample") == 0
        )
    assert len(code) > 20 and shared(widget) == text
    widget.get_by_role("button", name="Start again").click()
    assert "It is wrong: this is a" in said(widget)


def test_drawing_goes_on_over_the_edge(open_widget):
    widget = open_widget("draw-digit", sample=0)
    text = write(widget, [[(0.5, 0.2), (0.5, 1.4)]])
    assert text.startswith("The network says 1 (")


@from_file
def test_drawing_with_a_finger(open_widget):
    widget = open_widget("draw-digit", sample=0)
    said(widget)
    session = widget.page.context.new_cdp_session(widget.page)

    def touch(kind, points):
        places = [dict(zip("xy", spot(widget, *p))) for p in points]
        arguments = {"type": kind, "touchPoints": places}
        session.send("Input.dispatchTouchEvent", arguments)

    scrolled = widget.page.evaluate("scrollY")
    for x in 0.3, 0.6:
        touch("touchStart", [(x, 0.2)])
        for k in range(1, 11):
            touch("touchMove", [(x, 0.2 + 0.06 * k)])
        touch("touchEnd", [])
    assert said(widget).startswith("The network says ")
    strokes = value(widget, "strokes").split(".")
    assert len(strokes) == 2 and all(len(s) > 24 for s in strokes)
    assert widget.page.evaluate("scrollY") == scrolled


def test_sample_digits_by_keyboard(open_widget):
    widget = open_widget("draw-digit")
    said(widget)
    wrong = 0
    for i in range(1, 17):
        button = widget.get_by_role("button", name=f"Sample {i},")
        label = button.locator("canvas").get_attribute("aria-label")[-1]
        press(widget, ("button", f"Sample {i},"), "Space")
        text = said(widget)
        assert button.get_attribute("aria-pressed") == "true"
        assert widget.locator("[aria-pressed=true]").count() == 1
        first = re.match(r"The network says (\d) \(([\d.]+ %)\)", text)
        if first[1] == label:
            assert text.endswith("It is right.")
        else:
            assert text.endswith(f"It is wrong: this is a {label}.")
            wrong += 1
        rows = widget.locator(".dl-row:has(.dl-bar)")
        assert rows.nth(int(first[1])).inner_text().split()[-2:] == first[
            2
        ].split(" ")
        shares = rows.locator(".dl-value").all_inner_texts()
        assert sum(float(s[:-2]) for s in shares) == pytest.approx(100, abs=1)
    assert wrong == 6
    assert shared(widget) == text
    assert "Of 1,000 digits that it was not trained on it reads 9" in (
        widget.inner_text()
    )


def test_an_address_with_bad_strokes_draws_what_can_be_read(open_widget):
    widget = open_widget("draw-digit", sample=0, strokes="zz.0a")
    assert said(widget).startswith("Draw a digit with")
    assert value(widget, "strokes") == "zz.0a"
    write(widget, DRAWN[1])
    assert said(widget).startswith("The network says 1 (")

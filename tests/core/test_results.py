"""dlcore.results: what is printed, glued and refused."""

import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from dlcore import results
from dlcore.results import OutsideBand, computed, measured


@pytest.mark.parametrize(
    "value, options, line",
    [
        (0.12345, {}, "x = 0.1235"),
        (0.12, {}, "x = 0.1200"),
        (-0.00001, {}, "x = 0.0000"),
        (0.0, {"digits": 0}, "x = 0"),
        (-1.5, {"digits": 1}, "x = -1.5"),
        (54410, {}, "x = 54410"),
        (np.int64(7), {}, "x = 7"),
        (np.float32(0.5), {"digits": 2}, "x = 0.50"),
        (np.array(0.5), {"digits": 2}, "x = 0.50"),
        (0.936, {"digits": 1, "unit": "%"}, "x = 93.6 %"),
        (1, {"digits": 1, "unit": "%"}, "x = 100.0 %"),
        (1.25, {"digits": 2, "unit": "s"}, "x = 1.25 s"),
        (1.25, {"digits": 2, "unit": " s"}, "x = 1.25 s"),
    ],
)
def test_computed_prints(value, options, line, capsys):
    assert computed("x", value, **options) is None
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(
    "value, low, high, options, line",
    [
        (0.936, 0.92, 1.0, {}, "0.936 (band 0.92 to 1.00)"),
        (0.92, 0.92, 1.0, {}, "0.920 (band 0.92 to 1.00)"),
        (1.0, 0.92, 1.0, {}, "1.000 (band 0.92 to 1.00)"),
        (12.34, 5, 60, {"digits": 1, "unit": "s"}, "12.3 (band 5 to 60 s)"),
        (5, 1, 10, {}, "5 (band 1 to 10)"),
        (0.75, 0.5, 0.71 + 0.09, {}, "0.750 (band 0.5 to 0.8)"),
        (3.14e-7, 0, 1e-5, {}, "3.1e-07 (band 0 to 1e-05)"),
        (0.0, 0, 1e-5, {}, "0.000 (band 0 to 1e-05)"),
        (2.0, 1, float("inf"), {}, "2.000 (band 1 to inf)"),
        (
            0.9361,
            0.07,
            1,
            {"digits": 1, "unit": "%"},
            "93.6 (band 7 to 100 %)",
        ),
    ],
)
def test_measured_prints(value, low, high, options, line, capsys):
    assert measured("x", value, low, high, **options) is None
    assert capsys.readouterr().out == f"measured x = {line}\n"


@pytest.mark.parametrize("value", [0.919, 1.001, float("nan"), np.inf])
def test_measured_refuses_a_value_outside_its_band(value, capsys):
    with pytest.raises(OutsideBand, match=r"to 1\.00, received") as error:
        measured("x", value, 0.92, 1.0)
    assert isinstance(error.value, AssertionError)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["", "Accuracy", "1st", "a-b", "a b", None])
def test_a_bad_name(name):
    for call in (
        lambda: computed(name, 1.0),
        lambda: measured(name, 1.0, 0, 2),
    ):
        with pytest.raises(ValueError, match="expects a name of lower-case"):
            call()


@pytest.mark.parametrize("value", ["1", None, True, [1.0], np.ones(1), 1j])
def test_a_value_that_is_no_number(value):
    with pytest.raises(TypeError, match='"x" expects a number as value'):
        computed("x", value)
    with pytest.raises(TypeError, match='"x" expects a number as low'):
        measured("x", 1.0, value, 2.0)


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="low <= high, received low=2"):
        measured("x", 1.0, 2, 1)
    with pytest.raises(ValueError, match="low <= high"):
        measured("x", 1.0, float("nan"), 1)
    with pytest.raises(ValueError, match="digits as an integer"):
        computed("x", 1.0, digits=-1)
    with pytest.raises(ValueError, match="finite value, received nan"):
        computed("x", float("nan"))


def test_glues_what_the_prose_shows(monkeypatch):
    """tests/book/test_glue.py does the same in a real notebook."""
    published = []

    def display(data, raw, metadata):
        assert raw
        published.append((data, metadata))

    ipython = SimpleNamespace(
        get_ipython=lambda: "a shell", display=SimpleNamespace(display=display)
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    computed("x", 0.12)
    measured("y", 0.936, 0.92, 1, digits=1, unit="%")
    mime = "application/papermill.record/"
    assert published == [
        (
            {mime + "text/plain": repr(text)},
            {"scrapbook": {"name": name, "mime_prefix": mime}},
        )
        for name, text in [("x", "0.1200"), ("y", "93.6\xa0%")]
    ]
    ipython.get_ipython = lambda: None
    computed("z", 1)
    assert len(published) == 2


def test_without_ipython_it_only_prints():
    program = (
        "import sys; from dlcore.results import computed; "
        "computed('x', 0.5); assert 'IPython' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "x = 0.5000\n"


def test_cost_prints_time_and_memory_in_their_bands(capsys):
    results.cost("loop", seconds=5000, megabytes=64000)
    time_line, memory_line = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"measured loop_cpu_seconds = \d+ \(band 0 to 10000 s\)", time_line
    )
    found = re.fullmatch(
        r"measured loop_memory = (\d+) \(band 0 to 64000 MB\)", memory_line
    )
    assert 10 < int(found[1]) < 64000  # NumPy alone takes more than 10 MB


def test_cost_fails_for_a_page_that_is_too_slow(monkeypatch):
    monkeypatch.setattr(results.time, "process_time", lambda: 121.0)
    with pytest.raises(results.OutsideBand, match="loop_cpu_seconds"):
        results.cost("loop", seconds=60)


def test_cost_knows_that_macos_counts_bytes(monkeypatch):
    pytest.importorskip("resource", reason="Windows does not count memory")
    peaks = {}
    for platform in "linux", "darwin":
        monkeypatch.setattr(results.sys, "platform", platform)
        peaks[platform] = results._peak_megabytes()
    assert peaks["linux"] == pytest.approx(1024 * peaks["darwin"], rel=0.1)


def test_cost_says_nothing_of_memory_where_none_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert results._peak_megabytes() == 0

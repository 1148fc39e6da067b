"""The benchmark runs, and keeps libraries and rounds apart.

How fast anything is, is never a test: it would fail by noise.
"""

import contextlib
import importlib.util
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

TOOLS = Path(__file__).resolve().parents[2] / "book" / "_tools"


def load(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench, models = load("bench"), load("bench_models")


class Fake:
    """A worker whose seconds are known, or that fails from some call on."""

    def __init__(self, seconds, lasts=1000):
        self.seconds, self.lasts, self.asked = iter(seconds), lasts, []

    def ask(self, *command):
        self.asked.append(command)
        if len(self.asked) > self.lasts:
            raise RuntimeError("worn out")
        return next(self.seconds) if command[0] == "run" else None


def fit_case():
    return next(case for case in bench.CASES if case.what == "fit")


def test_every_row_of_the_issue_is_a_case():
    found = {case.name: (case.must, case.aim) for case in bench.CASES}
    assert len(found) == len(bench.CASES)
    assert [found[f"M1 fit, batch {n}"] for n in (32, 8, 1024)] == [
        (4, 7), (6, 10), (2.5, 3.5),
    ]  # fmt: skip
    assert [found[f"M2 fit, batch {n}"] for n in (32, 8, 128, 1024)] == [
        (1.0, 1.25), (1.4, 1.8), (0.8, 1.0), (0.8, 1.0),
    ]  # fmt: skip
    assert found["M1 predict, batch 32"] == (10, 20)
    assert found["M2 predict, batch 32"] == (1.4, 2)
    assert found["M2 predict, one image"] == (40, 80)
    assert found["step 3,000 over step 100"] == (1.3, 1.1)
    assert found["import"] == (15, 30)
    assert found["peak memory, M2 trained"] == (8, 11)
    assert found["LSTM(64) fit, 50 steps"] == (1.2, 1.7)
    assert found["GRU(64) fit, 50 steps"] == (1.2, 2.3)
    assert found["attention block fit"] == (1.0, 1.5)
    assert found["two convolutions fit"] == (0.6, 1.0)


@pytest.mark.parametrize("name", models.MODELS)
def test_both_libraries_build_the_same_model(name):
    import keras

    import dlcore

    libraries = load("bench_libraries")
    shape, layers = models.MODELS[name]
    ours = libraries.build(dlcore, shape, layers).get_weights()
    theirs = libraries.build(keras, shape, layers).get_weights()
    assert [w.shape for w in ours] == [w.shape for w in theirs]
    assert len(ours) > 1


def test_ratios_are_taken_round_by_round():
    case = fit_case()._replace(times=3)
    workers = {
        "dlcore": Fake([99, 1, 2, 4]),
        "Keras": Fake([99, 8, 4, 2]),
    }
    row = bench.measure(case, workers, None, rounds=3)
    assert row["ratios"] == {"Keras": [8, 2, 0.5]}
    assert row["medians"] == {"dlcore": 2, "Keras": 4}
    # One call to warm up, whose 99 seconds do not count; then three a round.
    asked = [("run", 1), *[("run", 3)] * 3]
    assert workers["Keras"].asked[1:] == asked == workers["dlcore"].asked[1:]


def test_libraries_take_turns_in_being_first():
    order = []

    class Listed(Fake):
        def ask(self, command, *arguments):
            if arguments == (7,):
                order.append(self)
            return 1.0

    workers = {"dlcore": Listed([]), "Keras": Listed([])}
    bench.measure(fit_case()._replace(times=7), workers, None, rounds=2)
    a, b = workers.values()
    assert order == [a, b, b, a]


@pytest.mark.parametrize("lasts", [0, 3])
def test_a_library_that_fails_leaves_the_row_to_the_others(lasts):
    ones = [1.0] * 9
    workers = {"dlcore": Fake(ones), "Keras": Fake(ones)}
    torch = {"PyTorch": Fake(ones, lasts)}
    row = bench.measure(fit_case(), workers | torch, None, rounds=3)
    assert row["ratios"] == {"Keras": [1, 1, 1]}
    assert row["failed"] == {"PyTorch": "worn out"}
    workers["Keras"] = Fake(ones, lasts)
    with pytest.raises(RuntimeError, match="worn out"):
        bench.measure(fit_case(), workers, None, rounds=3)


def test_late_steps_and_early_ones_take_turns(monkeypatch):
    case = next(case for case in bench.CASES if case.what == "late")
    assert case.samples == 10 * case.batch_size  # ten steps a run
    old = Fake(([9.0] * 295 + [4.0] * 10) * 2)
    young = Fake(([7.0] * 5 + [2.0] * 10) * 2)
    old.library = "dlcore"
    started = []

    def process(*arguments):
        started.append(arguments)
        return contextlib.nullcontext(young)

    monkeypatch.setattr(bench, "Process", process)
    workers = {"dlcore": old, "Keras": Fake([])}
    row = bench.measure(case, workers, "data", rounds=2)
    assert row["ratios"] == {"dlcore": [2, 2]}
    assert started == [("dlcore", "data")] * 2
    assert workers["Keras"].asked == []


@pytest.mark.parametrize(
    ("ratios", "at_most", "expected"),
    [
        ([1, 4, 9], False, (True, False)),
        ([1, 3, 9], False, (False, False)),
        ([9, 7, 1], False, (True, True)),
        ([7, 7, 1], True, (False, True)),
    ],
)
def test_met_is_about_the_median(ratios, at_most, expected):
    row = {"ratios": {"Keras": ratios}, "at_most": at_most}
    row |= {"must": 4, "aim": 7, "name": "x"}
    assert (bench.met(row, "must"), bench.met(row, "aim")) == expected
    text = bench.line(row, ["dlcore", "Keras", "JAX"])
    marks = "".join(c for c in text if c in "✓✗")
    assert marks == "".join("✗✓"[e] for e in expected)


def test_dlcore_has_one_blas_thread_and_the_others_their_defaults(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    assert bench.environment("dlcore")["OPENBLAS_NUM_THREADS"] == "1"
    assert not {"OPENBLAS_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS"} & set(
        bench.environment("Keras")
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "digits.npz"
    bench.digits(path)
    return path


def test_a_worker_times_answers_and_reports_errors(data):
    with bench.Process("dlcore", data) as worker:
        worker.ask("prepare", "M1", "fit", 8, 16)
        assert worker.ask("run", 2) > 0
        with pytest.raises(RuntimeError, match="dlcore: KeyError: 'M3'"):
            worker.ask("prepare", "M3", "fit", 8, 16)
        assert worker.ask("run", 1) > 0  # it goes on after an error
        about = worker.ask("about")
        # Far from it: the process would hold TensorFlow's hundreds of MB.
        assert 10_000 < worker.ask("peak") < 200_000
    assert "dlcore" in about and "keras" not in about


def test_the_peak_is_the_worker_s_own_and_not_its_parent_s(data):
    ballast = np.ones(50_000_000)  # 400 MB in this process
    with bench.Process("dlcore", data) as worker:
        assert worker.ask("peak") < ballast.nbytes / 1024 / 2


def test_a_worker_that_ends_says_why(tmp_path):
    with (
        bench.Process("no library", tmp_path) as worker,
        pytest.raises(RuntimeError, match="KeyError"),
    ):
        worker.ask("prepare", "M1", "fit", 8, 16)
    with bench.Process("dlcore", tmp_path) as worker:
        worker.process.kill()
        worker.process.wait()
        with pytest.raises(RuntimeError, match="dlcore has ended"):
            worker.ask("peak")


def test_scikit_learn_trains_the_first_network(data):
    pytest.importorskip("sklearn")
    with bench.Process("scikit-learn", data) as worker:
        for what, samples in (("fit", 64), ("predict", 1)):
            worker.ask("prepare", "M1", what, 32, samples)
            assert worker.ask("run", 1) > 0


def test_the_whole_way_to_table_and_plot(tmp_path, capsys):
    done = subprocess.run(
        [sys.executable, str(TOOLS / "bench.py"), "--quick",
         "--to", str(tmp_path), "M1 fit, batch 32"],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "M1 fit, batch 32 " in done.stdout
    assert "load after" in done.stdout
    table = json.loads((tmp_path / "speed.json").read_text())
    (row,) = table["cases"]
    assert len(row["ratios"]["Keras"]) == table["rounds"] == 2
    assert {"cpu", "cores", "load_before", "load_after", "versions",
            "blas_threads"} <= set(table["machine"])  # fmt: skip
    assert table["date"] == date.today().isoformat()
    assert {"dlcore", "keras", "tensorflow"} <= set(
        table["machine"]["versions"]
    )
    assert table["failed"] == {}
    assert (tmp_path / "speed.svg").read_text().startswith("<?xml")
    assert (tmp_path / "speed.png").stat().st_size > 1000


def test_a_name_that_no_case_has_is_refused(capsys):
    with pytest.raises(SystemExit):
        bench.main(["M9"])
    assert "M1 fit, batch 32" in capsys.readouterr().err

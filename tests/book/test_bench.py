"""The benchmark runs and keeps both libraries' times apart.

How fast either is, is never a test: it would fail by noise.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

TOOL = Path(__file__).parents[2] / "book" / "_tools" / "bench.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_case_builds_in_dlcore_and_knows_its_call(bench):
    from dlcore import Sequential, layers

    for build, shape, what, size in bench.cases().values():
        model = Sequential(build(layers))
        assert model.input_shape == shape
        assert hasattr(bench.Bench, what)
        assert size > 0


@pytest.mark.filterwarnings("ignore:Do not pass an:UserWarning")
def test_a_round_times_both_libraries(bench):
    seconds = bench.compare(bench.mlp, (784,), "predict", 64, rounds=2)
    assert seconds.shape == (2, 2)
    assert np.all(seconds > 0)


def test_new_processes_report_back(bench):
    seconds, output = bench.in_new_process("print(6 * 7)")
    assert seconds > 0
    assert output == "42\n"

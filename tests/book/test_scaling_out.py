"""Workers of the chapter on scaling out: what they do, and that none stays.

Nothing here asks how fast anything is.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

PRACTICE = Path(__file__).resolve().parents[2] / "book" / "practice"
TOY = """
import os, time
from scaling_launcher import serve

def work(order, say):
    task = order["task"]
    if task == "say":
        say(port=order["ports"][order["worker"]], doubled=2 * order["x"])
    if task == "fail":
        print("not a report {")
        raise ValueError("broken on purpose")
    if task == "give up":
        say(error="Enough")
        os._exit(3)
    if task == "sleep":
        say(sleeps=True)
        time.sleep(300)

serve(work)
"""
# A program that was started in the background ignores SIGINT, and so would
# this one, which inherits that.
DRIVER = """
import signal
import scaling_launcher

signal.signal(signal.SIGINT, signal.default_int_handler)

def show(report, pids):
    if "sleeps" in report and len(pids) == 2:
        print("sleeping", *pids.values(), flush=True)

with scaling_launcher.Workers("toy.py", timeout=300) as workers:
    workers.run(2, show, task="sleep")
"""


def load(name, folder=PRACTICE):
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path):
    """The launcher and a toy script, in a folder with a space."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    shutil.copy(PRACTICE / "scaling_launcher.py", folder)
    (folder / "toy.py").write_text(TOY)
    (folder / "driver.py").write_text(DRIVER)
    return folder


@pytest.fixture
def launcher(folder):
    return load("scaling_launcher", folder)


def running(group):
    """Ids of the group's processes that are more than an entry in a table."""
    if Path("/proc/self/stat").exists():  # Linux, which may have no ps
        rows = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                behind = stat.read_text().rpartition(")")[2]  # the name
                state, _, pgid, *_ = behind.split()
                rows.append((stat.parent.name, pgid, state))
    else:
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat="],
            text=True, capture_output=True, check=True,
        ).stdout  # fmt: skip
        rows = [line.split() for line in table.splitlines()]
    return [
        int(pid)
        for pid, pgid, state in rows
        if int(pgid) == group and not state.startswith("Z")
    ]


def gone(group, seconds=60):
    """Whether the group's processes end within this time."""
    ends = time.monotonic() + seconds
    while running(group) and time.monotonic() < ends:
        time.sleep(0.05)
    return not running(group)


def test_free_ports_are_free_and_different(launcher):
    ports = launcher.free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        with socket.socket() as one:
            one.bind((launcher.HOST, port))


def test_workers_report_and_end(launcher, folder):
    with launcher.Workers("toy.py") as workers:
        reports = workers.run(3, task="say", x=21)
        group = workers._script.pid
        assert running(group) == [group]  # it waits for the next order
        again = workers.run(1, task="say", x=1)
    assert gone(group, 0)
    for worker in range(3):
        mine = [one for one in reports if one["worker"] == worker]
        assert [*mine[0]] == ["worker", "pid", "at"]
        assert mine[1]["doubled"] == 42
        assert mine[2]["exit"] == 0
        assert [one["at"] for one in mine] == sorted(
            one["at"] for one in mine
        )
    assert len({one["port"] for one in reports if "port" in one}) == 3
    assert len({one["pid"] for one in reports if "pid" in one}) == 3
    assert again[1]["doubled"] == 2
    names = {path.name for path in folder.iterdir()}
    assert names - {"__pycache__"} == {
        "scaling_launcher.py", "toy.py", "driver.py",
    }  # fmt: skip


def test_a_killed_worker_is_reported_and_the_others_go_on(launcher):
    def kill(report, pids):
        for pid in pids.values() if "sleeps" in report else ():
            os.kill(pid, signal.SIGKILL)

    with launcher.Workers("toy.py") as workers:
        reports = workers.run(1, kill, task="sleep")
        assert reports[-1]["exit"] == -9
        assert workers.run(1, task="say", x=2)[-1]["exit"] == 0


def test_an_error_that_was_reported_is_an_end(launcher):
    with launcher.Workers("toy.py") as workers:
        *_, said, end = workers.run(1, task="give up")
    assert said["error"] == "Enough" and end["exit"] == 3


def test_a_worker_that_fails_stops_all(launcher):
    with launcher.Workers("toy.py") as workers:
        workers.run(1, task="say", x=0)
        group = workers._script.pid
        with pytest.raises(RuntimeError, match=r"(?s)\{.*broken on purpose"):
            workers.run(2, task="fail")
        assert gone(group, 0)
        # The next run starts the script again.
        assert workers.run(1, task="say", x=2)[-1]["exit"] == 0


def test_a_run_that_takes_too_long_is_stopped(launcher):
    with launcher.Workers("toy.py") as workers:
        workers.run(1, task="say", x=0)
        group = workers._script.pid
        workers.timeout = 1
        with pytest.raises(TimeoutError, match="expected to end within 1 s"):
            workers.run(2, task="sleep")
        assert gone(group, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_exception_on_the_way_stops_all(launcher, error):
    groups = []

    def interrupt(report, pids):
        if "sleeps" in report:
            groups.append(os.getpgid(report_pid(pids)))
            os.kill(report_pid(pids), signal.SIGSTOP)  # it hears nothing
            raise error

    def report_pid(pids):
        return next(iter(pids.values()))

    workers = launcher.Workers("toy.py")
    with pytest.raises(error):
        workers.run(2, interrupt, task="sleep")
    assert gone(groups[0], 0)


def test_a_script_that_cannot_start_says_why(launcher, folder):
    (folder / "toy.py").write_text("import a_module_that_is_not_there")
    with (
        launcher.Workers("toy.py") as workers,
        pytest.raises(RuntimeError, match="a_module_that_is_not_there"),
    ):
        workers.run(1, task="say", x=0)


def test_a_script_that_is_killed_leaves_no_worker(launcher):
    groups = []

    def kill_script(report, pids):
        if "sleeps" in report and len(pids) == 2 and not groups:
            groups.append(os.getpgid(pids[0]))
            os.kill(groups[0], signal.SIGKILL)

    workers = launcher.Workers("toy.py")
    with pytest.raises(RuntimeError, match=r"toy\.py ended"):
        workers.run(2, kill_script, task="sleep")
    assert gone(groups[0])


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_is_stopped_leaves_no_process(folder, by):
    with subprocess.Popen(
        [sys.executable, "driver.py"], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as driver:  # fmt: skip
        try:
            said = driver.stdout.readline().split()
            assert said[0] == "sleeping"
            group = os.getpgid(int(said[1]))
            assert len(running(group)) == 3
        finally:
            driver.send_signal(by)
        assert driver.wait(60) != 0
        assert gone(group)


def test_the_ring_adds_and_counts():
    """Three workers: the same weights everywhere, the bytes of the formula."""
    launcher = load("scaling_launcher")
    with launcher.Workers("scaling_ring.py") as workers:
        order = {"task": "train", "batch": 96, "steps": 3}
        one, three = workers.run(1, **order), workers.run(3, **order)
        sizes = workers.run(2, task="exchange", sizes=[4, 10**6], times=3)
    values = [r["weights"] for r in three if "weights" in r]
    assert len(values) == 3 and len(set(values)) == 1
    (alone,) = [r["weights"] for r in one if "weights" in r]
    assert values[0] == pytest.approx(alone, rel=1e-6)
    for step in 1, 2, 3:
        shares = [r["loss"] for r in three if r.get("step") == step]
        (whole,) = [r["loss"] for r in one if r.get("step") == step]
        assert np.mean(shares) == pytest.approx(whole, rel=1e-5)
    assert {r["bytes"] for r in one if "bytes" in r} == {0}
    # 52,650 parameters in three equal chunks; 2 (p - 1) / p of 4 bytes each.
    assert {r["bytes"] for r in three if "bytes" in r} == {4 * 52_650 * 4 // 3}
    assert [r["size"] for r in sizes if r.get("size")].count(10**6) == 2


@pytest.fixture(scope="module")
def engine():
    """TensorFlow's engine, loaded once."""
    with load("scaling_launcher").Workers("scaling_worker.py") as workers:
        yield workers


def test_tensorflow_recovers_from_a_killed_worker(engine, tmp_path):
    rng = np.random.default_rng(0)
    shapes = [(784, 64), (64,), (64, 32), (32,), (32, 10), (10,)]
    start = tmp_path / "start.npz"
    weights = {
        f"weight{k}": 0.1 * rng.normal(size=shape).astype("float32")
        for k, shape in enumerate(shapes)
    }
    np.savez(start, step=0, **weights)
    order = {"steps": 9, "batch": 32, "every": 3}

    def losses(reports):
        """{step: {the losses that the workers saw}}."""
        steps = [one for one in reports if "step" in one]
        return {
            k: {one["loss"] for one in steps if one["step"] == k}
            for k in sorted({one["step"] for one in steps})
        }

    def run(workers, start, name, disturb=None, **more):
        path = tmp_path / name
        reports = engine.run(
            workers, disturb, start=str(start), checkpoint=str(path),
            **order, **more,
        )  # fmt: skip
        with np.load(path) as file:
            return reports, dict(file)

    def kill(report, pids):
        if report.get("step") == 5 and report["worker"] == 1:
            os.kill(pids[1], signal.SIGKILL)

    alone, _ = run(1, start, "alone.npz")
    both, sound = run(2, start, "both.npz")
    assert [*losses(both)] == [*range(1, 10)]
    for k, seen in losses(both).items():
        assert len(seen) == 1  # both workers know the loss of the whole
        assert [*seen] == pytest.approx([*losses(alone)[k]], rel=1e-6)

    broken, half = run(2, start, "half.npz", kill, rest=[5])
    ends = {one["worker"]: one["exit"] for one in broken if "exit" in one}
    assert ends == {0: 1, 1: -9}
    errors = [one["error"] for one in broken if "error" in one]
    assert errors == ["UnavailableError"]
    assert half["step"] == 3

    again, healed = run(2, tmp_path / "half.npz", "half.npz")
    assert [*losses(again)] == [*range(4, 10)]
    assert healed["step"] == 9
    for name, value in sound.items():
        np.testing.assert_allclose(healed[name], value, rtol=1e-5, atol=1e-7)
    assert not [*tmp_path.glob("*.part*")]


def test_the_ring_refuses_a_batch_that_is_not_shared_equally():
    launcher = load("scaling_launcher")
    with (
        launcher.Workers("scaling_ring.py") as workers,
        pytest.raises(RuntimeError, match=r"2 workers share equally, .* 33"),
    ):
        workers.run(2, task="train", batch=33, steps=1)

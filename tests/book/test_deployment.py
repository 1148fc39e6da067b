"""The servers of the chapter on deployment: answers, refusals, no traces."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from dlcore import Sequential, export
from dlcore.layers import Conv2D, Dense, Flatten, MaxPooling2D

PRACTICE = Path(__file__).resolve().parents[2] / "book" / "practice"
sys.path.insert(0, str(PRACTICE))

import deployment_client as client  # noqa: E402
import deployment_files as files  # noqa: E402
from deployment_client import Missing, Server  # noqa: E402
from deployment_files import Refused  # noqa: E402


@pytest.fixture(scope="module")
def model():
    return Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
            MaxPooling2D((2, 2)),
            Flatten(),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ],
        seed=0,
    )


@pytest.fixture(scope="module")
def other():
    """A network of another architecture, as good as any."""
    return Sequential([Dense(10, "softmax", input_shape=(784,))], seed=0)


@pytest.fixture(scope="module")
def x():
    rng = np.random.default_rng(0)
    return rng.random((5, 784)).astype("float32")


@pytest.fixture(scope="module")
def models(model, other, tmp_path_factory):
    """All files that a server may be given, right ones and others."""
    folder = tmp_path_factory.mktemp("models")
    for name, network in ("right", model), ("other", other):
        network.save(folder / f"{name}.npz")
        for dtype in "float32", "uint8":
            files.write_weights(network, folder / f"{name}-{dtype}", dtype)
    return folder


@pytest.fixture(scope="module")
def keras_models(model, other, models):
    from dlcore import compare

    for name, network in ("right", model), ("other", other):
        twin = compare.to_keras(network)
        with warnings.catch_warnings():
            # Keras's own, about NumPy 2.
            warnings.simplefilter("ignore", DeprecationWarning)
            twin.save(models / f"{name}.keras")
            twin.export(models / f"{name}-graph", verbose=False)
        files.write_graph(models / f"{name}-graph")
    return models


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    try:
        return client.compiled(tmp_path_factory.mktemp("program"))
    except Missing as missing:
        pytest.skip(str(missing))


def images(model, x):
    return model.predict(x.reshape(-1, 28, 28, 1))


COMMANDS = [
    (client.python, "dlcore"),
    (client.javascript, "tfjs"),
    (client.javascript, "page"),
]
each = pytest.mark.parametrize(
    ("command", "library"), COMMANDS, ids=[name for _, name in COMMANDS]
)


# Equal answers --------------------------------------------------------------


@each
def test_float32_and_bytes_answer_as_dlcore(
    command, library, models, model, x
):
    for dtype, network in (
        ("float32", model),
        ("uint8", export.eight_bit(model)),
    ):
        with Server(command(library, models / f"right-{dtype}")) as server:
            assert server.start(x[0]) > 0
            one_by_one = [server.predict(row[None])[0] for row in x]
            together = server.predict(x)
        expected = images(network, x)
        np.testing.assert_allclose(one_by_one, expected, atol=2e-6)
        np.testing.assert_allclose(together, expected, atol=2e-6)


def test_python_answers_from_each_librarys_own_file(keras_models, model, x):
    for library, name in ("dlcore", "right.npz"), ("keras", "right.keras"):
        command = client.python(library, keras_models / name)
        with Server(command) as server:
            answer = server.predict(x)
        np.testing.assert_allclose(answer, images(model, x), atol=2e-6)


def test_cpp_answers_from_a_graph(program, keras_models, model, x):
    with Server([program, keras_models / "right-graph"]) as server:
        np.testing.assert_allclose(
            server.predict(x), images(model, x), atol=2e-6
        )
        np.testing.assert_allclose(
            server.predict(x[:1]), images(model, x[:1]), atol=2e-6
        )


# Refusals -------------------------------------------------------------------


def refusal(command, x):
    """What a server says instead of serving."""
    with Server(command) as server, pytest.raises(Refused) as refused:
        server.predict(x)
    return str(refused.value)


def damaged(folder, target):
    """Yield (name, part of the message) for each damage to a copy."""
    name = max(
        (p for p in folder.rglob("*") if p.is_file()),
        key=lambda p: p.stat().st_size,
    ).relative_to(folder)

    def fresh():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        return target / name

    data = fresh().read_bytes()
    (target / name).write_bytes(data[: len(data) // 2])
    yield f"{name.as_posix()} has {len(data) // 2} bytes"
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    fresh().write_bytes(changed)
    yield f"{name.as_posix()} was changed: its SHA-256 differs"
    fresh().unlink()
    yield f"{name.as_posix()} cannot be read"
    fresh()
    text = (target / "MANIFEST").read_text(encoding="utf-8")
    (target / "MANIFEST").write_text(text[: len(text) - 8], encoding="utf-8")
    yield "the MANIFEST is cut short"
    (target / "MANIFEST").write_text("something else\n", encoding="utf-8")
    yield "this MANIFEST is of another kind"
    (target / "MANIFEST").unlink()
    yield "MANIFEST cannot be read"


@each
def test_damaged_folders_are_refused(command, library, models, tmp_path, x):
    target = tmp_path / "copy"
    for message in damaged(models / "right-uint8", target):
        assert message in refusal(command(library, target), x)
    message = refusal(command(library, models / "other-uint8"), x)
    assert message == (
        "expected a model of shape 28 28 1 -> 10, received shape 784 -> 10"
    )


def test_cpp_refuses_damaged_folders(program, keras_models, tmp_path, x):
    target = tmp_path / "copy"
    for message in damaged(keras_models / "right-graph", target):
        assert message in refusal([program, target], x)
    message = refusal([program, keras_models / "other-graph"], x)
    assert message.endswith("received shape 784 -> 10")


def test_cpp_asks_the_graph_too(program, keras_models, tmp_path, x):
    """A MANIFEST that says what is asked for, about another graph."""
    target = tmp_path / "copy"
    shutil.copytree(keras_models / "other-graph", target)
    manifest = target / "MANIFEST"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("shape 784", "shape 28 28 1"))
    message = refusal([program, target], x)
    assert message == "the graph is of another architecture: shape -1 784"
    manifest.write_text(manifest.read_text().replace("names ", "names no"))
    assert "the graph has nothing named no" in refusal([program, target], x)


@each
def test_weights_of_other_shapes_are_refused(
    command, library, models, tmp_path, x
):
    target = tmp_path / "copy"
    shutil.copytree(models / "other-uint8", target)
    manifest = target / "MANIFEST"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("shape 784", "shape 28 28 1"))
    assert "784,10" in refusal(command(library, target), x).replace(", ", ",")


def test_python_refuses_files_of_either_library(keras_models, tmp_path, x):
    for library, ending in ("dlcore", "npz"), ("keras", "keras"):
        data = (keras_models / f"right.{ending}").read_bytes()
        short = tmp_path / f"short.{ending}"
        short.write_bytes(data[: len(data) // 2])
        assert refusal(client.python(library, short), x)
        other = client.python(library, keras_models / f"other.{ending}")
        assert "received (784,) -> (10,)" in refusal(other, x)


def test_cpp_computes_sha_256_as_everybody(program, tmp_path):
    """Lengths around the block of 64 bytes, where padding goes wrong."""
    for length in (0, 1, 55, 56, 63, 64, 65, 1000):
        folder = tmp_path / str(length)
        folder.mkdir()
        data = bytes(range(256)) * 4
        (folder / "data").write_bytes(data[:length])
        files.write_manifest(folder)
        sha = hashlib.sha256(data[:length]).hexdigest()
        assert sha in (folder / "MANIFEST").read_text()
        # The next step fails: there is no graph. The check has passed.
        message = refusal([program, folder], np.zeros((1, 784)))
        assert "SHA-256" not in message and "SavedModel" in message


@each
def test_requests_that_are_none_end_the_server(command, library, models, x):
    with Server(command(library, models / "right-uint8")) as server:
        server.predict(x)
        with pytest.raises(Refused, match="expected 1 to 10000 images"):
            server.predict(x[:0])
            server.predict(x)
    cut = b"\x01\0\0\0" + x[0].tobytes()[:-1]
    done = subprocess.run(
        [str(c) for c in command(library, models / "right-uint8")],
        input=cut,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 1 and b"the request is cut short" in done.stderr


# What may be missing --------------------------------------------------------


def test_what_is_missing_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(client.shutil, "which", lambda name: None)
    with pytest.raises(Missing, match=r"no g\+\+ on this machine"):
        client.compiled(tmp_path)
    monkeypatch.setattr(client, "HERE", tmp_path / "a" / "b" / "c")
    with pytest.raises(Missing, match="run `make env`"):
        client.javascript("tfjs", tmp_path)


# Nothing is left behind -----------------------------------------------------


def gone(pid, seconds=20):
    """Whether the process ends in time. A zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


linux = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks into /proc"
)


@linux
@each
def test_a_server_ends_with_its_context(command, library, models, x):
    with Server(command(library, models / "right-uint8")) as server:
        server.predict(x)
    assert gone(server.pid, 0.5)
    with (
        pytest.raises(KeyError),
        Server(command(library, models / "right-uint8")) as server,
    ):
        raise KeyError
    assert gone(server.pid, 0.5)


@linux
def test_a_server_that_was_killed_is_noticed(models, x):
    command = client.javascript("page", models / "right-uint8")
    with Server(command) as server:
        server.predict(x)
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(Refused, match="ended with exit code -9"):
            server.predict(x)
    assert gone(server.pid, 0.5)


def test_a_silent_server_is_killed(x):
    silent = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        Server(silent, timeout=0.5) as server,
        pytest.raises(TimeoutError, match=r"within 0\.5 seconds"),
    ):
        server.predict(x)
    assert gone(server.pid, 0.5)


@linux
def test_a_slow_compiler_ends_with_its_children(monkeypatch, tmp_path):
    fake = tmp_path / "g++"
    fake.write_text(
        f'#!/bin/sh\nsleep 600 &\necho $! $$ >"{tmp_path}/pids"\nwait\n'
    )
    fake.chmod(0o755)
    monkeypatch.setattr(client.shutil, "which", lambda name: str(fake))
    with pytest.raises(subprocess.TimeoutExpired):
        client.compiled(tmp_path, timeout=2)
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 2 and all(gone(pid, 5) for pid in pids)


@linux
def test_what_a_compiler_says_is_told(monkeypatch, tmp_path):
    fake = tmp_path / "g++"
    fake.write_text("#!/bin/sh\necho no such letter >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setattr(client.shutil, "which", lambda name: str(fake))
    with pytest.raises(RuntimeError, match="no such letter"):
        client.compiled(tmp_path)


# A program that was started in the background ignores SIGINT, and so would
# this one, which inherits that.
PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {practice!r})
import time
import numpy as np
from deployment_client import Server, javascript, python
with Server(python("dlcore", {folder!r})) as a:
    with Server(javascript("page", {folder!r})) as b:
        for server in a, b:
            server.predict(np.zeros((1, 784)))
        print(a.pid, b.pid, flush=True)
        time.sleep(600)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_servers_do_not_outlive_their_parent(how, models):
    """Interrupted it ends them; killed it cannot, and they end themselves."""
    script = PARENT.format(
        practice=str(PRACTICE), folder=str(models / "right-uint8")
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.send_signal(how)
        parent.wait(20)
        assert all(gone(pid) for pid in pids)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()

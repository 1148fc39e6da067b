"""The progress bar of fit: one line an epoch, redrawn in place."""

import sys
import time

_WIDTH = 20
_SECONDS_BETWEEN_DRAWS = 0.1


class ProgressBar:
    """Shows steps done, time per step and the results so far.

    verbose: 0 nothing, 1 a bar, 2 one line at the end of each epoch.
    """

    def __init__(self, steps, epochs, verbose):
        self.steps, self.epochs, self.verbose = steps, epochs, verbose

    def start(self, epoch):
        """Begin epoch `epoch`, which counts from 0."""
        self.began = self.drawn = time.perf_counter()
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def due(self):
        """True if it is time to draw again; drawing each step is slow."""
        if self.verbose != 1:
            return False
        return time.perf_counter() - self.drawn > _SECONDS_BETWEEN_DRAWS

    def draw(self, step, logs):
        """Redraw the bar after `step` steps."""
        self.drawn = time.perf_counter()
        done = _WIDTH * step // self.steps
        bar = "━" * done + " " * (_WIDTH - done)
        sys.stdout.write(f"\r{self._line(step, bar, logs)}")
        sys.stdout.flush()

    def finish(self, logs):
        """The epoch's last line."""
        if self.verbose == 1:
            self.draw(self.steps, logs)
            print()
        elif self.verbose:
            print(self._line(self.steps, "-", logs))

    def _line(self, step, bar, logs):
        seconds = time.perf_counter() - self.began
        return (
            f"{step}/{self.steps} {bar} {seconds:.0f}s "
            f"{1000 * seconds / step:.1f}ms/step - {in_words(logs)}"
        )


def in_words(logs):
    """loss: 0.1234 - accuracy: 0.9000"""
    return " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())

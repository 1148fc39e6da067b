"""The numbers that the prose quotes: printed, held to a band, and glued.

A page never types a result. It computes it, names it here, and the text
writes {glue:text}`the_name`. A number that needs another form in the text
takes a format: {glue:text}`mlp_parameters:,d` gives 52,650.
"""

import re
import sys
import time
from decimal import Decimal
from numbers import Integral, Real

import numpy as np

MIME_PREFIX = "application/papermill.record/"


class OutsideBand(AssertionError):  # noqa: N818
    """A measured value lies outside the band that the page promises."""


def computed(name, value, digits=4, unit=""):
    """Print and glue a number that is the same on every machine.

    For what NumPy computes from a fixed seed; nbval compares the printed
    line exactly.

    name: lower-case words joined by underscores, unique in the book and
        starting with the chapter, such as "mlp_parameters".
    value: a finite number. An integer is printed as it is.
    digits: decimals after the point.
    unit: text after the number. With "%" the value is multiplied by 100
        first, so 0.936 becomes "93.6 %" with digits=1.

    Raises ValueError for a bad name, bad digits or a value that is not
    finite, TypeError for a value that is not a number.
    """
    value = _number("computed", name, "value", value, digits)
    if not np.isfinite(value):
        raise ValueError(
            f'computed "{name}" expects a finite value, received {value}'
        )
    text = _format(value, digits, unit)
    print(f"{name} = {_with_unit(text, unit)}")
    _glue(name, text, unit)


def measured(name, value, low, high, digits=3, unit=""):
    """Print and glue a number that training or the machine determines.

    nbval hides the value of the printed line and compares the rest, so the
    page keeps its promise: low <= value <= high, with both ends allowed.

    low, high: the band in the units of value (0.92, not 92, also for "%").
    name, value, digits, unit: as in `computed`. A value too small for its
        digits is printed as 3.1e-07.

    Raises OutsideBand if the value is outside the band or not a number
    (NaN), ValueError if low > high, and what `computed` raises.
    """
    value = _number("measured", name, "value", value, digits)
    low = _number("measured", name, "low", low, digits)
    high = _number("measured", name, "high", high, digits)
    if not low <= high:
        raise ValueError(
            f'measured "{name}" expects low <= high, '
            f"received low={low}, high={high}"
        )
    band = " to ".join(_band(low, high, unit))
    if not low <= value <= high:
        raise OutsideBand(
            f'measured "{name}" expects a value in the band '
            f"{_with_unit(band, unit)}, received {value}"
        )
    text = _format(value, digits, unit)
    if value != 0 and float(text) == 0:
        text = f"{value * (100 if unit == '%' else 1):.1e}"
    print(f"measured {name} = {text} (band {_with_unit(band, unit)})")
    _glue(name, text, unit)


def cost(chapter, seconds=60, megabytes=3000):
    """Print and glue what the page has cost: processor time and memory.

    Glues chapter_cpu_seconds, the processor time of this process so far,
    and chapter_memory, the most memory that it held at one time (where the
    system tells). Both are held to a band, so a page that becomes slow
    fails. Stands in a page's last cell.

    seconds: what the page may cost on a quiet machine. The band is twice as
        wide, since a core that is shared counts up to twice the time.
    """
    measured(
        f"{chapter}_cpu_seconds", time.process_time(), 0, 2 * seconds, 0, "s"
    )
    measured(f"{chapter}_memory", _peak_megabytes(), 0, megabytes, 0, "MB")


def _peak_megabytes():
    """The largest resident size of this process; 0 where none is told."""
    try:
        import resource
    except ImportError:  # Windows has no such module
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _number(function, name, argument, value, digits):
    """The value as an int or a float, after the name and digits are right."""
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"{function} expects a name of lower-case letters, digits and "
            f"underscores that starts with a letter, received {name!r}"
        )
    if not isinstance(digits, Integral) or digits < 0:
        raise ValueError(
            f'{function} "{name}" expects digits as an integer of at least '
            f"0, received {digits!r}"
        )
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(
            f'{function} "{name}" expects a number as {argument}, '
            f"received {type(value).__name__}"
        )
    return int(value) if isinstance(value, Integral) else float(value)


def _format(value, digits, unit):
    if unit == "%":
        value = float(value) * 100
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}f}"
    # -0.00001 rounds to -0.0000; the sign would depend on the machine.
    return text.lstrip("-") if float(text) == 0 else text


def _band(low, high, unit):
    """Both ends with as many decimals as the longer one needs."""
    scale = 100 if unit == "%" else 1
    # Rounded, so that 0.71 + 0.09 reads 0.8.
    ends = [Decimal(repr(round(end, 12))) * scale for end in (low, high)]
    if any(not end.is_finite() or 0 < abs(end) < 1e-4 for end in ends):
        return [f"{float(end):g}" for end in ends]
    decimals = max(-end.normalize().as_tuple().exponent for end in ends)
    return [f"{end:.{max(decimals, 0)}f}" for end in ends]


def _with_unit(text, unit):
    return f"{text} {unit.strip()}" if unit.strip() else text


def _glue(name, text, unit):
    """Store the text in the notebook, invisibly, as myst_nb.glue does."""
    # A kernel has always imported IPython; a script need not.
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    # No line break between number and unit. The quotes of repr keep
    # MyST-NB from reading "0.1200" as the number 0.12.
    text = _with_unit(text, unit).replace(" ", "\N{NO-BREAK SPACE}")
    ipython.display.display(
        {MIME_PREFIX + "text/plain": repr(text)},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": MIME_PREFIX}},
    )

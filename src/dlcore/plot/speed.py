"""How fast dlcore is beside other libraries: the table of `make bench`."""

from collections.abc import Mapping

import numpy as np

from dlcore.plot import checks, palette, style

#: From row to row in inches, and where the first library stands in its row.
_ROW, _FIRST = 0.34, 0.18


def speed_ratios(table, against=None, ax=None):
    """Draw each case's ratio: another library's time (memory) over dlcore's.

    table: what `make bench` wrote (speed.json, read by ``json.load``): a
        dict whose "cases" each have a "name", "ratios"
        ``{"library": [ratio of every round]}``, and the least that the ratio
        to the first library "must" be and that it should be, its "aim".
    against: names of the libraries to draw; None for all in the table.

    A mark is the median over the rounds, its line runs from the smallest to
    the largest. Right of 1 dlcore is faster. The grey bar reaches from must
    to aim. Numbers at the right are medians of the first library; one that
    misses its must is red and has a cross. Cases that compare dlcore with
    itself are left out.

    Raises ValueError for a table without such cases, a library that is in
    none of them, and ratios that are not positive.
    """
    cases = _cases(table)
    found = list(dict.fromkeys(k for case in cases for k in case["ratios"]))
    against = found if against is None else list(against)
    unknown = [name for name in against if name not in found]
    if unknown or not against:
        raise ValueError(
            f"speed_ratios expects against to name some of {found}, "
            f"received {against}"
        )
    ax = style.axes(ax, 6.4, 1.2 + _ROW * len(cases))
    for row, case in enumerate(cases):
        ax.barh(
            row,
            case["aim"] - case["must"],
            left=case["must"],
            height=0.8,
            color=palette.tint(palette.muted, 0.35),
            label="must to aim" if row == 0 else None,
        )
    for k, name in enumerate(against):
        _draw(ax, cases, name, k, _places(len(against))[k])
    if against[0] == found[0]:
        _annotate(ax, cases, found[0])
    ax.axvline(1, color=palette.ink, linewidth=1)
    ax.use_sticky_edges = False  # room beside the outermost bars
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_ylim(len(cases) - 0.4, -0.6)  # the first case on top
    ax.set_yticks(range(len(cases)), [case["name"] for case in cases])
    ax.tick_params(axis="y", length=0, labelsize=11)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel("library / dlcore")
    # Under the names' left half too, where there is room.
    ax.legend(loc="lower center", bbox_to_anchor=(0.25, 1), ncols=3)
    return ax


def _cases(table):
    """Return the cases that compare dlcore with others, checked."""
    cases = table.get("cases") if isinstance(table, Mapping) else None
    others = [case for case in cases or [] if "dlcore" not in case["ratios"]]
    if not others:
        raise ValueError(
            'speed_ratios expects a table of `make bench` whose "cases" '
            f"compare dlcore with another library, received {table!r}"
        )
    for case in others:
        for name, ratios in case["ratios"].items():
            what = f"{name}'s ratios in {case['name']!r}"
            if (checks.numbers("speed_ratios", what, ratios) <= 0).any():
                raise ValueError(
                    f"speed_ratios expects {what} to be positive, "
                    f"received {min(ratios)}"
                )
    return others


def _places(n):
    """Return how far from the middle of a row each of n libraries stands."""
    return np.linspace(-_FIRST, _FIRST, n) if n > 1 else np.zeros(1)


def _draw(ax, cases, name, k, place):
    """Draw one library: median and spread of every case that it has."""
    rows = [row for row, case in enumerate(cases) if name in case["ratios"]]
    ratios = [cases[row]["ratios"][name] for row in rows]
    middle = np.array([np.median(r) for r in ratios])
    spread = [
        middle - [min(r) for r in ratios],
        [max(r) for r in ratios] - middle,
    ]
    ax.errorbar(
        middle,
        np.array(rows) + place,
        xerr=spread,
        fmt=palette.markers[k],
        color=palette.classes[k],
        elinewidth=1.6,
        markersize=6 if k == 0 else 4.5,
        label=name,
    )


def _annotate(ax, cases, name):
    """Write the medians of the first library beside the axes."""
    for row, case in enumerate(cases):
        if name not in case["ratios"]:
            continue
        median = np.median(case["ratios"][name])
        missed = median < case["must"]
        ax.annotate(
            f"{'✗ ' if missed else ''}{median:.3g}",
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=10,
            color=palette.error if missed else palette.ink,
            annotation_clip=False,
        )

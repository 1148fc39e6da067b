"""A model as blocks whose size follows the shapes that flow through it."""

import math

from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle

from dlcore.plot import models, palette, style

#: Height of the tallest block; how far depth is drawn to the right and up.
_TALL, _SLANT = 2.6, 0.32
#: From block to block in the same unit; from line to line in points.
_COLUMN, _LINE = 2.05, 16


def architecture(model, ax=None):
    """Draw one block a layer, in the order of the data.

    Images become boxes: height and width as the image's, thickness by the
    number of channels. Vectors become bars, the taller the longer. Blocks of
    layers with weights have the model's colour and say how many; blue is the
    input, grey what has no weights. Layers that keep the shape and have no
    block of their own (Activation, Dropout, normalisation) are named under
    the block they follow.

    model: a built model of dlcore or Keras. Raises ValueError if it has no
    layers or is not built.
    """
    blocks = _blocks(models.layers("architecture", model))
    side = max(
        [max(shape[:2]) for shape, _, _ in blocks if len(shape) == 3] or [1]
    )
    longest = max(len(line) for _, lines, _ in blocks for line in lines)
    most = max(len(lines) for _, lines, _ in blocks)
    unit = max(1.0, 0.1 * longest) / _COLUMN  # in inches
    caption = most * _LINE / 72 + 0.1
    ax = style.axes(
        ax, len(blocks) * _COLUMN * unit, (_TALL + 0.2) * unit + caption
    )
    edge = None
    for k, (shape, lines, color) in enumerate(blocks):
        x = k * _COLUMN
        left, right = _draw(ax, x, shape, side, color)
        if edge is not None:
            _arrow(ax, edge, left)
        edge = right
        for row, line in enumerate(lines):
            ax.annotate(
                line,
                (x, -_TALL / 2 - 0.1),
                xytext=(0, -_LINE * (row + 0.8)),
                textcoords="offset points",
                ha="center",
                fontsize=11,
                fontweight="bold" if row == 0 else "normal",
            )
    ax.set_xlim(-_COLUMN / 2, (len(blocks) - 0.5) * _COLUMN)
    ax.set_ylim(-_TALL / 2 - 0.1 - caption / unit, _TALL / 2 + 0.1)
    style.bare(ax)
    return ax


def _arrow(ax, start, end):
    """Draw the way of the data from one block to the next."""
    ax.add_patch(
        FancyArrowPatch(
            (start + 0.08, 0),
            (end - 0.08, 0),
            arrowstyle="-|>",
            mutation_scale=10,
            color=palette.muted,
            shrinkA=0,
            shrinkB=0,
        )
    )


def _blocks(layers):
    """Return (shape, caption's lines, colour) of the input and every block."""
    shape = models.input_shape(layers[0])
    blocks = [(shape, ["Input", models.times(shape)], palette.data)]
    for layer in layers:
        before, shape = shape, models.output_shape(layer)
        count = models.parameters(layer)
        # Normalisation has weights too, but belongs to the layer before it.
        if shape == before and not _has_kernel(layer):
            name = models.kind(layer).replace("Normalization", "Norm")
            blocks[-1][1].append(f"+ {name}")
            continue
        lines = [_short(models.kind(layer)), *_details(layer)]
        lines.append(models.times(shape))
        if count:
            lines += [f"{count:,}", "weights"]
        color = palette.model if count else palette.muted
        blocks.append((shape, lines, color))
    return blocks


def _has_kernel(layer):
    """Whether a layer mixes its inputs by a matrix of weights."""
    return any(len(weight.shape) > 1 for weight in layer.get_weights())


def _short(name):
    """Shorten the names of pooling layers, the longest there are."""
    return name.replace("Average", "Avg").replace("Pooling2D", "Pool2D")


def _details(layer):
    """Return the line that says how: window and activation, if any."""
    config = layer.get_config()
    window = config.get("kernel_size") or config.get("pool_size")
    parts = []
    if window:
        sizes = (window, window) if isinstance(window, int) else window
        parts.append(models.times(sizes))
    if config.get("activation") not in (None, "linear"):
        parts.append(str(config["activation"]))
    return [", ".join(parts)] if parts else []


def _draw(ax, x, shape, side, color):
    """Draw a block around x; return its left and right edge."""
    if len(shape) == 3:
        height = _TALL * max(0.12, shape[0] / side) * 0.72
        slant = _SLANT * _TALL * max(0.12, shape[1] / side) * 0.72
        width = 0.08 + 0.085 * math.log2(1 + shape[2])
    else:
        long = math.prod(shape) / shape[-1] if len(shape) > 1 else 1
        height = min(_TALL, 0.26 * math.log2(1 + shape[-1]))
        slant, width = 0.0, 0.2 + 0.05 * math.log2(long)
    left = x - (width + slant) / 2
    bottom = -height / 2 - slant / 2
    look = {"edgecolor": color, "linewidth": 1.3, "joinstyle": "round"}
    ax.add_patch(
        Rectangle(
            (left, bottom),
            width,
            height,
            facecolor=palette.tint(color, 0.35),
            **look,
        )
    )
    if slant:
        top, right = bottom + height, left + width
        lid = [(left, top), (left + slant, top + slant),
               (right + slant, top + slant), (right, top)]  # fmt: skip
        wall = [(right, bottom), (right + slant, bottom + slant),
                (right + slant, top + slant), (right, top)]  # fmt: skip
        for corners, share in ((lid, 0.12), (wall, 0.22)):
            ax.add_patch(
                Polygon(
                    corners,
                    facecolor=palette.tint(color, share),
                    **look,
                )
            )
    return left, left + width + slant

"""The book's colours and what they mean, the same in every chapter.

Built on the palette of Okabe & Ito ("Color Universal Design", 2008). Chosen
so that any two differ for readers with red, green or blue blindness, on white
and after the inversion of the site's dark mode, and so that the four meanings
and the first three classes differ in grey print. Colour never stands alone:
classes also have a marker, curves a line style.
"""

from matplotlib.colors import LinearSegmentedColormap, to_rgb

#: What was measured: examples, inputs, training curves.
data = "#0072B2"
#: What a model says: predictions, learned functions, learned weights.
model = "#DB7A00"
#: What is right: the true function, the true label.
truth = "#1B1B1B"
#: What is wrong: mistakes, residuals, failures.
error = "#A21700"

#: Text, frames and axes.
ink = "#1B1B1B"
#: What should step back: grids, connections, notes.
muted = "#767676"

#: One colour a class; the first two are the colours of data and model.
classes = (
    "#0072B2",
    "#DB7A00",
    "#004D38",
    "#C0609A",
    "#8B8B5D",
    "#5D4600",
    "#8B74FF",
    "#17178B",
    "#5D745D",
    "#8B742E",
)
#: One marker a class, in the order of ``classes``.
markers = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
#: One line style a curve.
linestyles = ("-", "--", ":", "-.")

#: From none (paper) to much (dark blue): counts, losses, feature maps.
sequential = LinearSegmentedColormap.from_list(
    "dlcore_sequential",
    ["#FFFFFF", "#C6DDF0", "#6AA9D8", "#0072B2", "#00456C", "#00243A"],
)
#: Mistakes, from none (paper) to many (dark red).
mistakes = LinearSegmentedColormap.from_list(
    "dlcore_mistakes", ["#FFFFFF", "#F3C4B8", "#D4674F", error, "#5E0D00"]
)
#: Negative (blue) through zero (paper) to positive (orange); the negative end
#: is darker, so that the sign survives a grey print.
diverging = LinearSegmentedColormap.from_list(
    "dlcore_diverging",
    ["#00304D", "#0072B2", "#9CC7E4", "#FFFFFF", "#F7CD99", model, "#A85B00"],
)


def luminance(color):
    """Relative luminance from 0 (black) to 1 (white), WCAG 2.2."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_on(color):
    """The readable colour for text on ``color``: ink or white."""
    # Equal contrast with black and white is at 0.179 (WCAG 2.2).
    return ink if luminance(color) > 0.179 else "#FFFFFF"


def tint(color, share):
    """Mix ``share`` (0 to 1) of ``color`` into white; an (r, g, b) tuple."""
    return tuple(1 - share * (1 - c) for c in to_rgb(color))

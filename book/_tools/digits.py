"""Writes the data of the widgets draw-digit and convolution.

The network is the one of the chapter book/practice/cnn.md: this program runs
the chapter's own cells, the one that loads the digits and the source's
program in dlcore, and nothing of its own. The same text and the same machine
give the same files.

    python book/_tools/digits.py
"""

import json
import os
from base64 import b64decode, b64encode
from pathlib import Path

from notebooks import KERNEL_ENV, unexecuted

os.environ.update(KERNEL_ENV)  # as the chapter's kernel; NumPy reads it

import numpy as np  # noqa: E402

from dlcore import datasets, export  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "book" / "practice" / "cnn.md"
ASSETS = ROOT / "book" / "_ext" / "widget_assets"
NETWORK = ASSETS / "draw-digit.data.js"
DIGIT = ASSETS / "convolution.data.js"
CELLS = ["datasets.mnist_5k()", "from dlcore.models import Sequential\nfrom"]
#: Kernels to try, by rows; two learned ones follow.
KERNELS = {
    "Edges below": [1, 1, 1, 0, 0, 0, -1, -1, -1],
    "Edges right": [1, 0, -1, 1, 0, -1, 1, 0, -1],
    "Blur": [0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1],
    "Sharpen": [0, -1, 0, -1, 5, -1, 0, -1, 0],
}


def cells():
    """The sources of the chapter's two cells.

    ValueError if the chapter has changed so that they are not clear.
    """
    sources = [cell.source for cell in unexecuted(CHAPTER).cells]
    found = [[s for s in sources if mark in s] for mark in CELLS]
    if [len(group) for group in found] != [1, 1]:
        raise ValueError(
            f"{CHAPTER.name}: expected one cell each with {CELLS}, received "
            f"{[len(group) for group in found]}"
        )
    return [group[0] for group in found]


def digit_script(network, image):
    """The text of convolution.data.js.

    network: what draw-digit.data.js holds, as a dict; image: (28, 28) uint8.
    The kernels are the learned ones with the largest sums of squares.
    """
    first = network["weights"][0]
    q = np.frombuffer(b64decode(first["bytes"]), np.uint8)
    kernels = export.from_bytes(q, first["scale"], first["offset"])
    kernels = kernels.reshape(first["shape"])[:, :, 0]
    sums = (kernels**2).sum(axis=(0, 1))
    strong = np.argsort(-sums, kind="stable")
    learned = {
        f"Learned {i}": kernels[..., k].round(2).ravel().tolist()
        for i, k in enumerate(strong[:2], 1)
    }
    data = {
        "pixels": b64encode(image.tobytes()).decode(),
        "kernels": KERNELS | learned,
    }
    text = export.SCRIPT.format(name="DlConvolution", data=json.dumps(data))
    return text.replace("dlcore.export.write_script", "book/_tools/digits.py")


def load(path):
    """The data in a script that export.write_script has written."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text[text.index("{") : text.rindex("};") + 1])


def main():
    names = {}
    for source in cells():
        exec(source, names)
    facts = export.write_script(
        names["model"],
        NETWORK,
        "DlDigits",
        names["test_images"],
        names["test_labels"],
    )
    image = datasets.mnist_5k()[0][0][0]
    text = digit_script(load(NETWORK), image)
    DIGIT.write_text(text, encoding="utf-8", newline="\n")
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()

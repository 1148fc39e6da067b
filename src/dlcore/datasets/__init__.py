"""Data to learn from, as NumPy arrays: real digits and small toy problems.

Every function takes a ``seed`` (an integer, a ``numpy.random.Generator``, or
None for fresh entropy) and returns arrays; nothing is drawn here. Inputs of
the toy problems are float32, class labels are int64.
"""

from dlcore.datasets.composed import scenes
from dlcore.datasets.digits import mnist, mnist_5k
from dlcore.datasets.letters import letters
from dlcore.datasets.objects import OBJECTS, objects_on_photos
from dlcore.datasets.phrases import phrases
from dlcore.datasets.points import blobs, circles, moons, spirals, xor
from dlcore.datasets.regression import line, sine
from dlcore.datasets.sentences import snippets
from dlcore.datasets.split import train_test_split
from dlcore.datasets.text import encode, vocabulary, words

__all__ = [
    "OBJECTS",
    "blobs",
    "circles",
    "encode",
    "letters",
    "line",
    "mnist",
    "mnist_5k",
    "moons",
    "objects_on_photos",
    "phrases",
    "scenes",
    "sine",
    "snippets",
    "spirals",
    "train_test_split",
    "vocabulary",
    "words",
    "xor",
]

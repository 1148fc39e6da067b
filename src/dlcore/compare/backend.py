"""The one place that imports TensorFlow, with its log kept quiet."""

import os

# Both must be set before the import: the first hides the log, the second the
# line about oneDNN, and makes sums the same from run to run.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

try:
    import keras
    import tensorflow as tf
except ImportError as error:
    raise ImportError(
        "dlcore.compare expects TensorFlow; "
        "install it with: pip install 'dlcore[compare]'"
    ) from error

__all__ = ["keras", "tf"]

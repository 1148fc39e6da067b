"""The same model in Keras, and both side by side; the only TensorFlow here.

``to_keras`` and ``from_keras`` build the architecture in the other library and
copy the weights, ``step_by_step`` trains both on the same batches, and
``gradients`` differentiates a Keras model.
"""

from .backend import keras, tf
from .convert import copy_weights, from_keras, to_keras
from .training import gradients, keras_loss, keras_optimizer, step_by_step

__all__ = [
    "copy_weights",
    "from_keras",
    "gradients",
    "keras",
    "keras_loss",
    "keras_optimizer",
    "step_by_step",
    "tf",
    "to_keras",
]

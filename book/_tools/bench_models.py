"""The models that `make bench` times, as data every library can read.

A model is the shape of one sample and its layers: the name that dlcore and
Keras give a layer, and its settings. "SelfAttention" stands for x plus
MultiHeadAttention(x, x), the one part that is not a layer in a row.
"""

DIGITS = ("Dense", {"units": 10, "activation": "softmax"})
POOL = ("MaxPooling2D", {"pool_size": 2})


def convolution(filters):
    """3×3 with ReLU, as in both convolutional networks."""
    settings = {"filters": filters, "kernel_size": 3, "activation": "relu"}
    return ("Conv2D", settings)


def dense(units):
    """A hidden layer with ReLU."""
    return ("Dense", {"units": units, "activation": "relu"})


MODELS = {
    # The first source's network, and the second's.
    "M1": ((784,), [dense(64), dense(32), DIGITS]),
    "M2": (
        (28, 28, 1),
        [convolution(32), POOL, ("Flatten", {}), dense(128), DIGITS],
    ),
    "two convolutions": (
        (28, 28, 1),
        [convolution(32), POOL, convolution(64), POOL, ("Flatten", {}),
         DIGITS],
    ),
    "LSTM": ((50, 16), [("LSTM", {"units": 64}), DIGITS]),
    "GRU": ((50, 16), [("GRU", {"units": 64}), DIGITS]),
    "attention": (
        (32, 64),
        [("SelfAttention", {"num_heads": 4, "key_dim": 16}), ("Flatten", {}),
         DIGITS],
    ),
}  # fmt: skip

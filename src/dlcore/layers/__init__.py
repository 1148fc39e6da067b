"""Layers, in Keras's words."""

from .attention import MultiHeadAttention, PositionalEmbedding
from .conv import (
    AveragePooling2D,
    Conv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    UpSampling2D,
)
from .core import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Reshape,
)
from .layer import Layer
from .merge import Add, Concatenate
from .norm import BatchNormalization, LayerNormalization
from .recurrent import GRU, LSTM, Bidirectional, SimpleRNN

__all__ = [
    "GRU", "LSTM", "Activation", "Add", "AveragePooling2D",
    "BatchNormalization", "Bidirectional", "Concatenate", "Conv2D", "Dense",
    "Dropout", "Embedding", "Flatten", "GlobalAveragePooling2D",
    "GlobalMaxPooling2D", "Input", "Layer", "LayerNormalization",
    "MaxPooling2D", "MultiHeadAttention", "PositionalEmbedding", "Reshape",
    "SimpleRNN", "UpSampling2D",
]

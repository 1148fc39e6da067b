"""dlcore: a neural-network library in NumPy, small enough to be read."""

from . import (
    activations,
    callbacks,
    gradcheck,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    schedules,
    utils,
)
from .models import Model, Sequential, load_model

__version__ = "0.1.0"

__all__ = [
    "Model", "Sequential", "activations", "callbacks", "gradcheck",
    "initializers", "layers", "load_model", "losses", "metrics", "models",
    "optimizers", "schedules", "utils",
]

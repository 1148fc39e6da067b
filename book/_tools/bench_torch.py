"""PyTorch training a model of bench_models, in its usual loop.

nn.Sequential and Adam at their defaults, run eagerly; shuffled by a
permutation, without a DataLoader, which would only cost time for data in
memory. Loss and accuracy of every batch, and validation, as in Keras.
"""

import numpy as np
import torch
from torch import nn


class LastOutput(nn.Module):
    """A recurrent layer that hands on its last output only."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]


class SelfAttention(nn.Module):
    """x plus what its own attention says; no weights asked for."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return x + self.attention(x, x, x, need_weights=False)[0]


def modules(shape, layers):
    """The layers in PyTorch's words; softmax is left to the loss."""
    for name, settings in layers:
        if name == "Dense":
            yield nn.LazyLinear(settings["units"])
        elif name == "Conv2D":
            yield nn.LazyConv2d(settings["filters"], settings["kernel_size"])
        elif name == "MaxPooling2D":
            yield nn.MaxPool2d(settings["pool_size"])
        elif name == "Flatten":
            yield nn.Flatten()
        elif name in ("LSTM", "GRU"):
            kind = getattr(nn, name)
            yield LastOutput(
                kind(shape[-1], settings["units"], batch_first=True)
            )
        elif name == "SelfAttention":
            yield SelfAttention(shape[-1], settings["num_heads"])
        else:
            raise ValueError(f"no module of PyTorch for {name}")
        if settings.get("activation") == "relu":
            yield nn.ReLU()


class TorchTrainer:
    def __init__(self, shape, layers, data):
        x, y, x_test, y_test = data
        if len(shape) == 3:  # channels come first
            x, x_test = (
                np.ascontiguousarray(np.moveaxis(a, -1, 1))
                for a in (x, x_test)
            )
        self.x, self.x_test = torch.from_numpy(x), torch.from_numpy(x_test)
        self.y, self.y_test = torch.from_numpy(y), torch.from_numpy(y_test)
        self.model = nn.Sequential(*modules(shape, layers))
        self.model(self.x[:1])  # the lazy layers learn their input's size
        self.optimizer = torch.optim.Adam(self.model.parameters())
        self.loss = nn.CrossEntropyLoss()

    def fit(self, batch_size):
        self.model.train()
        total, right = 0.0, 0
        for rows in torch.randperm(len(self.x)).split(batch_size):
            x, y = self.x[rows], self.y[rows]
            self.optimizer.zero_grad()
            scores = self.model(x)
            loss = self.loss(scores, y)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(rows)
            right += (scores.argmax(1) == y).sum().item()
        n = len(self.x)
        return total / n, right / n, *self.evaluate(batch_size)

    def evaluate(self, batch_size):
        """Loss and accuracy on the test set."""
        self.model.eval()
        total, right = 0.0, 0
        with torch.inference_mode():
            batches = zip(
                self.x_test.split(batch_size), self.y_test.split(batch_size)
            )
            for x, y in batches:
                scores = self.model(x)
                total += self.loss(scores, y).item() * len(x)
                right += (scores.argmax(1) == y).sum().item()
        return total / len(self.x_test), right / len(self.x_test)

    def predict(self, batch_size):
        self.model.eval()
        with torch.inference_mode():
            return torch.cat(
                [
                    torch.softmax(self.model(x), 1)
                    for x in self.x.split(batch_size)
                ]
            ).numpy()

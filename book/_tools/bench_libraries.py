"""dlcore, Keras and scikit-learn, each training the same model.

A trainer takes the shape of a sample, the layers (see bench_models) and
x, y, x_test, y_test; it has fit(batch_size) for one epoch with validation
and predict(). PyTorch and JAX have files of their own.
"""

import importlib


class KerasTrainer:
    """Keras at its defaults, and dlcore, which answers to the same words.

    Both shuffle, measure loss and accuracy, draw the progress bar and
    validate after the epoch.
    """

    library = "keras"

    def __init__(self, shape, layers, data):
        self.x, self.y, *self.test = data
        library = importlib.import_module(self.library)
        self.model = build(library, shape, layers)
        self.model.compile(
            optimizer="adam",
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )

    def fit(self, batch_size):
        self.model.fit(
            self.x,
            self.y,
            batch_size=batch_size,
            validation_data=tuple(self.test),
        )

    def steps(self, batch_size):
        """An epoch and nothing after it."""
        self.model.fit(self.x, self.y, batch_size=batch_size)

    def predict(self, batch_size):
        return self.model.predict(self.x, batch_size=batch_size)


class DlcoreTrainer(KerasTrainer):
    library = "dlcore"


def build(library, shape, layers):
    """The model of dlcore or Keras: in a row if it is one."""
    kinds = library.layers
    if all(hasattr(kinds, name) for name, _ in layers):
        row = [getattr(kinds, name)(**settings) for name, settings in layers]
        return library.Sequential([kinds.Input(shape), *row])
    x = start = kinds.Input(shape)
    for name, settings in layers:
        if name == "SelfAttention":
            attention = kinds.MultiHeadAttention(**settings)
            x = kinds.Add()([x, attention(x, x)])
        else:
            x = getattr(kinds, name)(**settings)(x)
    return library.Model(start, x)


class ScikitLearnTrainer:
    """MLPClassifier: Dense layers only, the last one is added by itself.

    partial_fit is one epoch, shuffled, with the mean loss; the accuracy on
    the test set stands for the validation. No accuracy while training.
    """

    def __init__(self, shape, layers, data):
        from sklearn.neural_network import MLPClassifier

        self.x, self.y, *self.test = data
        self.new = lambda batch_size: MLPClassifier(
            [settings["units"] for _, settings in layers[:-1]],
            alpha=0,
            batch_size=batch_size,
        )
        self.model = None

    def fit(self, batch_size):
        self.model = self.model or self.new(batch_size)
        self.model.partial_fit(self.x, self.y, classes=range(10))
        self.model.score(*self.test)

    def predict(self, batch_size):
        """All samples at once: there is no batch size to predict with."""
        if self.model is None:
            self.model = self.new(batch_size)
            # There are no weights before a first call.
            self.model.partial_fit(self.x, self.y, classes=range(10))
        return self.model.predict_proba(self.x)

"""Configured: classes whose annotations are their constructors' arguments.

    class Dropout(Layer):
        rate: below_one

declares Dropout(rate), and what stands behind the colon checks the value:
check(value, who) -> value. So every argument is checked in one place, and a
file can hold what is needed to make the object again.
"""

from dataclasses import dataclass, fields

from .checks import look_up


class Configured:
    """Base of layers, losses, optimizers, schedules and callbacks."""

    def __init_subclass__(cls):
        super().__init_subclass__()
        dataclass(eq=False, repr=False)(cls)

    def __post_init__(self):
        for field in fields(self):
            who = f"{type(self).__name__} {field.name}"
            value = field.type(getattr(self, field.name), who)
            setattr(self, field.name, value)

    def get_config(self):
        """The arguments, as JSON can hold them.

        A function that has no name in a table cannot be stored and is left
        out.
        """
        config = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Configured):
                value = described(value)
            value = getattr(value, "name", value)  # an activation
            if not callable(value):
                config[field.name] = value
        return config

    def __repr__(self):
        default = {field.name: field.default for field in fields(self)}
        given = [
            f"{key}={value!r}"
            for key, value in self.get_config().items()
            if key != "name" and value not in (default[key], "linear")
        ]
        return f"{type(self).__name__}({', '.join(given)})"

    def __str__(self):
        return type(self).__name__


def described(thing):
    """[name of the class, its arguments]: what `rebuilt` reads."""
    return [type(thing).__name__, thing.get_config()]


def rebuilt(description, kinds, what):
    """The object that was described; kinds maps the names to classes."""
    name, config = description
    config = {
        key: rebuilt(value, kinds, key)
        if isinstance(value, list) and value[1:] and isinstance(value[1], dict)
        else value
        for key, value in config.items()
    }
    return look_up(name, kinds, what)(**config)

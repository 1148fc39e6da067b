"""Hints, solutions and the index of exercises, taken from dlcore.exercises.

    ```{exercise-help} training_loop.gradient_step
    ```

shows each hint and the solution folded, in the page of the exercise.

    ```{exercise-index}
    ```

lists all exercises with the misconceptions that their checks know.
"""

import inspect

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from dlcore import exercises

# Longer than any fence inside.
FENCE = "`" * 8


class ExerciseDirective(SphinxDirective):
    """Writes Markdown and lets MyST read it."""

    def parse(self, text):
        node = nodes.Element()
        node.document = self.state.document
        source, _ = self.get_source_info()
        lines = StringList(text.splitlines(), source)
        self.state.nested_parse(lines, self.content_offset, node)
        return node.children

    def depends_on(self, exercise):
        """Read the page again when the exercise's module has changed."""
        self.env.note_dependency(inspect.getfile(type(exercise)))


class ExerciseHelp(ExerciseDirective):
    """The hints and the solution of the exercise named by its id."""

    required_arguments = 1

    def run(self):
        try:
            exercise = exercises.find(self.arguments[0])
        except ValueError as error:
            raise self.error(f"exercise-help: {error}") from None
        self.depends_on(exercise)
        count = len(exercise.hints)
        hints = [
            folded(f"Hint {i} of {count}", hint)
            for i, hint in enumerate(exercise.hints, 1)
        ]
        code = f"```python\n{exercise.source}\n```"
        return self.parse("\n".join([*hints, folded("A solution", code)]))


class ExerciseIndex(ExerciseDirective):
    """All exercises, each with the misconceptions that its check knows."""

    def run(self):
        text = []
        for exercise in exercises.catalogue().values():
            self.depends_on(exercise)
            task = exercise.task.rstrip(".")
            text.append(f"- [{task}](#{exercise.label}), `{exercise.id}`")
            for name, _, message in exercise.misconceptions:
                text.append(f"  - *{name}*: {message}")
        return self.parse("\n".join(text))


def folded(title, text):
    return f"{FENCE}{{dropdown}} {title}\n{text}\n{FENCE}"


def setup(app):
    """Register both directives; {dropdown} is sphinx-design's."""
    app.setup_extension("sphinx_design")
    app.add_directive("exercise-help", ExerciseHelp)
    app.add_directive("exercise-index", ExerciseIndex)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

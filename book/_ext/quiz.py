"""The quiz directive: a question, its answers, feedback for every answer.

    ```{quiz} What does $W x + b$ draw for one neuron?
    :name: quiz-neuron-1
    - (x) A straight line
      Feedback for this answer.
    - ( ) A circle
      Feedback for this one.
    ```

An answer is one line, its feedback the indented rest of the item. A long
question, or more to it (code, a figure), stands above the first answer.
One (x) gives radio buttons, several give checkboxes. Markdown allows no
backtick after ```{quiz}; a question with code takes :::{quiz} instead.

A reader with JavaScript chooses and checks; one without opens "All answers
explained"; on paper the answers follow the question. `quiz_assets` holds
the script and the style, which only pages with a quiz load. What is kept of
the answers is the matter of `progress`.
"""

import re
from html import escape
from pathlib import Path
from string import ascii_uppercase

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset

ASSETS = Path(__file__).parent / "quiz_assets"
ANSWER = re.compile(r"- \(([xX ]?)\) *(.*)$")

logger = logging.getLogger(__name__)


class Malformed(ValueError):  # noqa: N818
    """A quiz that cannot be read, and the line where it shows."""

    def __init__(self, message, line):
        super().__init__(message)
        self.line = line


class quiz(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """A quiz_text, blocks that belong to it, and two or more quiz_answer."""


class quiz_text(nodes.TextElement):  # noqa: N801
    """The inline text of a question or an answer."""


class quiz_answer(nodes.Element):  # noqa: N801
    """A quiz_text and a quiz_feedback; has right and letter."""


class quiz_feedback(nodes.Element):  # noqa: N801
    """What the reader is told about one answer."""


class QuizDirective(SphinxDirective):
    """Reads a quiz; a malformed one is an error at its line."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged}  # noqa: RUF012

    def run(self):
        self.name_of_quiz = self.options.get("name", "")
        try:
            return [self.read()]
        except Malformed as error:
            report = self.state.document.reporter.error
            return [report(str(error), line=error.line)]

    def read(self):
        self.check_name()
        lines = enumerate(self.content)
        starts = [i for i, line in lines if ANSWER.match(line)]
        if not 2 <= len(starts) <= len(ascii_uppercase):
            raise self.malformed(
                "expected 2 to 26 answers, lines such as '- (x) Yes', "
                f"received {len(starts)}"
            )
        answers = [
            self.read_answer(*place)
            for place in zip(
                ascii_uppercase, starts, [*starts[1:], len(self.content)]
            )
        ]
        rights = sum(answer["right"] for answer in answers)
        if not rights:
            raise self.malformed(
                "has no right answer: expected at least one '- (x)'"
            )
        node = quiz("", *self.read_question(starts[0]), *answers)
        node["several"] = rights > 1
        self.set_source_info(node)
        self.add_name(node)
        known = self.env.quizzes.setdefault(self.env.docname, {})
        known[self.name_of_quiz] = self.lineno
        return node

    def check_name(self):
        name = self.name_of_quiz
        if not name or nodes.make_id(name) != name:
            raise self.malformed(
                "expected ':name:' in lower case, such as quiz-mlp-1"
            )
        known = self.env.quizzes.get(self.env.docname, {})
        if name in known:
            raise self.malformed(
                f"the name is taken by the quiz in line {known[name]}"
            )

    def read_question(self, end):
        blocks = self.parse(0, self.content[:end])
        if self.arguments:
            text, messages = self.state.inline_text(
                self.arguments[0], self.lineno
            )
            return [quiz_text("", "", *text), *messages, *blocks]
        if blocks and isinstance(blocks[0], nodes.paragraph):
            return [quiz_text("", "", *blocks[0].children), *blocks[1:]]
        raise self.malformed(
            "has no question: expected it after '{quiz}' or above the answers"
        )

    def read_answer(self, letter, start, end):
        mark, text = ANSWER.match(self.content[start]).groups()
        text = self.parse(start, [text])
        if len(text) != 1 or not isinstance(text[0], nodes.paragraph):
            raise self.malformed(
                f"answer {letter}: expected text after the brackets", start
            )
        lines = self.content[start + 1 : end]
        for i, line in enumerate(lines, start + 1):
            if line.strip() and not line.startswith("  "):
                raise self.malformed(
                    "expected '- ( ) ...' or feedback indented by two "
                    f"spaces, received {line!r}",
                    i,
                )
        feedback = self.parse(start + 1, [line[2:] for line in lines])
        if not feedback:
            raise self.malformed(
                f"answer {letter} has no feedback: expected indented text "
                "below it",
                start,
            )
        return quiz_answer(
            "",
            quiz_text("", "", *text[0].children),
            quiz_feedback("", *feedback),
            right=bool(mark.strip()),
            letter=letter,
        )

    def parse(self, start, lines):
        """The nodes of lines of the content, the first being start."""
        node = nodes.Element()
        node.document = self.state.document
        source, _ = self.get_source_info()
        self.state.nested_parse(
            StringList(list(lines), source), self.content_offset + start, node
        )
        return node.children

    def malformed(self, message, line=None):
        """The error for the directive, or for a line of its content."""
        if line is None:
            line = self.lineno
        else:
            # MyST counts the content's offset from the directive.
            line += self.lineno + self.content_offset + 1
        return Malformed(f'quiz "{self.name_of_quiz}": {message}', line)


class RenderQuizzes(SphinxPostTransform):
    """Turns quizzes into what every builder can write."""

    # Before references are resolved, so that those in a quiz are, too.
    default_priority = 5

    def run(self, **kwargs):
        html = self.app.builder.format == "html"
        for node in list(self.document.findall(quiz)):
            node.replace_self(as_html(node) if html else as_list(node))


def parts(node):
    """The question's text, the blocks below it, and the answers."""
    text, *rest = node.children
    answers = [child for child in rest if isinstance(child, quiz_answer)]
    blocks = [child for child in rest if not isinstance(child, quiz_answer)]
    return text, blocks, answers


def verdict(answer):
    return "right" if answer["right"] else "not right"


def as_list(node):
    """Question and answers, then what is right and why: for paper."""
    text, blocks, answers = parts(node)
    choices, solution = nodes.bullet_list(), nodes.bullet_list()
    for answer in answers:
        choice, feedback = answer.children
        label = answer["letter"] + ". "
        choices += nodes.list_item(
            "", nodes.paragraph("", label, *choice.children)
        )
        label = f"{answer['letter']} is {verdict(answer)}."
        solution += nodes.list_item(
            "",
            nodes.paragraph("", "", nodes.strong("", label)),
            *feedback.children,
        )
    return [
        nodes.target("", "", ids=node["ids"]),
        nodes.paragraph("", "", *text.children),
        *blocks,
        choices,
        nodes.paragraph("", "", nodes.emphasis("", "Answers")),
        solution,
    ]


def as_html(node):
    """Inputs to choose from, and below them all answers, folded."""
    name = escape(node["ids"][0])
    text, blocks, answers = parts(node)
    kind = "checkbox" if node["several"] else "radio"
    note = ""
    if node["several"]:
        note = ' <span class="quiz-note">Choose all that are right.</span>'
    choices, solution = [], []
    for answer in answers:
        choice, feedback = answer.children
        letter = answer["letter"]
        right = " data-right" if answer["right"] else ""
        choices += [
            raw(
                f'<div class="quiz-answer"><label><input type="{kind}" '
                f'name="{name}" value="{letter}"{right}> '
                f'<span class="quiz-letter">{letter}</span> '
            ),
            inline(choice),
            raw("</label></div>\n"),
        ]
        solution += [
            raw(
                f'<li data-answer="{letter}"><p class="quiz-verdict">'
                f"{letter} is {verdict(answer)}.</p>\n"
                '<div class="quiz-feedback">'
            ),
            *feedback.children,
            raw("</div></li>\n"),
        ]
    return [
        raw(f'<div class="quiz" id="{name}"><fieldset>\n<legend>', quiz=True),
        inline(text),
        raw(f"{note}</legend>\n"),
        *blocks,
        *choices,
        raw(
            "</fieldset>\n"
            '<div class="quiz-controls" hidden>'
            '<button type="button">Check</button> '
            '<p role="status"></p></div>\n'
            "<details><summary>All answers explained</summary>\n<ul>\n"
        ),
        *solution,
        raw("</ul></details></div>\n"),
    ]


def inline(text):
    """A quiz_text as a span; in text alone may references stand."""
    return nodes.inline("", "", *text.children, classes=["quiz-text"])


def raw(html, **attributes):
    return nodes.raw("", html, format="html", **attributes)


def forget_quizzes(app, env, docname):
    env.quizzes.pop(docname, None)


def find_unread(app, doctree):
    """Report a question with `code` behind ```, which is no fence at all."""
    for paragraph in doctree.findall(nodes.paragraph):
        if paragraph.astext().startswith("```{quiz}"):
            logger.error(
                "quiz: ```{quiz} with a backtick in the question is no "
                "directive in Markdown: expected :::{quiz} ... :::",
                location=paragraph,
            )


def merge_quizzes(app, env, docnames, other):
    for docname in docnames:
        if docname in other.quizzes:
            env.quizzes[docname] = other.quizzes[docname]


def check_names(app, env):
    """A name is a key in the reader's browser: one quiz each."""
    seen = {}
    for docname in sorted(env.quizzes):
        for name, line in env.quizzes[docname].items():
            if name in seen:
                logger.error(
                    'quiz "%s": the name is taken by the quiz in %s',
                    name,
                    seen[name],
                    location=(docname, line),
                )
            seen.setdefault(name, f"{env.doc2path(docname, False)}:{line}")


def copy_assets(app):
    if app.builder.format == "html":
        copy_asset(ASSETS, Path(app.outdir) / "_static" / "quiz")


def add_assets(app, pagename, templatename, context, doctree):
    """Load script and style on pages with a quiz only."""
    if doctree and any(
        node.get("quiz") for node in doctree.findall(nodes.raw)
    ):
        app.add_css_file("quiz/quiz.css")
        app.add_js_file("quiz/quiz.js", loading_method="defer")


def prepare(app, env, docnames):
    if not hasattr(env, "quizzes"):
        env.quizzes = {}


def setup(app):
    """Register the directive."""
    for node in quiz, quiz_text, quiz_answer, quiz_feedback:
        app.add_node(node)
    app.add_directive("quiz", QuizDirective)
    app.setup_extension("progress")  # quiz.js keeps answers by its store.js
    app.add_post_transform(RenderQuizzes)
    app.connect("builder-inited", copy_assets)
    app.connect("env-before-read-docs", prepare)
    app.connect("env-purge-doc", forget_quizzes)
    app.connect("doctree-read", find_unread)
    app.connect("env-merge-info", merge_quizzes)
    app.connect("env-check-consistency", check_names)
    app.connect("html-page-context", add_assets)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

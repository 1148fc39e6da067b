"""Runs the code of one cell: in the build of the book, and in the page."""

import ast
import linecache
import sys
import traceback


def run(source, name="<code>"):
    """Run it with no names but its own; show its last value, if any.

    Returns whether it came to its end. An error is printed to stderr, as
    Python prints it, without the lines of this file.
    """
    # Where a traceback looks for the lines it shows.
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = len(source), None, lines, name
    try:
        tree = ast.parse(source, name)
        value = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            value = ast.Expression(tree.body.pop().value)
        names = {"__name__": "__main__"}
        exec(compile(tree, name, "exec"), names)
        if value:
            result = eval(compile(value, name, "eval"), names)
            if result is not None:
                print(repr(result))
        return True
    except BaseException as error:  # exit() and Ctrl-C, too
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename != name:
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames)
        return False
    finally:
        sys.stdout.flush()
        sys.stderr.flush()

"""Leaves out of the site what the theme brings and no page needs.

- Font Awesome comes as fonts and a style sheet of 2 MB for some twenty icons.
  After the build these twenty are looked up in all pages, scripts and style
  sheets, and `_static/icons/icons.css` gets them alone, their font inside it.
  The page's template loads that file. An icon that the package does not have
  is an error.
- MathJax stays away from pages without a formula.
- Source maps and templates that landed among the static files are deleted.
"""

import base64
import io
import re
import shutil
from pathlib import Path

from sphinx.errors import ExtensionError

# A string in quotes with one of Font Awesome's classes, as in class="...".
CLASSES = re.compile(r"""["'`]([^"'`<>]*\bfa-[a-z0-9-]+[^"'`<>]*)["'`]""")
# Private characters in style sheets, written as \f107 or as themselves.
CHARACTERS = re.compile(r"\\([ef][0-9a-f]{3})\b|([\ue000-\uf8ff])")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
GLYPH = re.compile(r'content:"\\([0-9a-f]+)"')

# The classes that choose a font, the font's file, its name in CSS, its weight.
FONTS = [
    (("fas", "fa-solid"), "fa-solid-900.ttf", "Font Awesome 6 Free", 900),
    (("far", "fa-regular"), "fa-regular-400.ttf", "Font Awesome 6 Free", 400),
    (("fab", "fa-brands"), "fa-brands-400.ttf", "Font Awesome 6 Brands", 400),
]
USELESS = ["*.map", "webpack-macros.html", "sbt-webpack-macros.html"]


def slim(app, exception):
    """After the build: icons alone instead of the whole package."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in USELESS:
        for path in static.rglob(pattern):
            path.unlink()
    packages = list((static / "vendor" / "fontawesome").glob("*"))
    if len(packages) != 1:
        raise ExtensionError(
            f"one version of Font Awesome expected in {static}/vendor, "
            f"received {len(packages)}: has the theme changed?"
        )
    classes, characters = used_icons(Path(app.outdir))
    sheet = icon_sheet(packages[0], classes, characters)
    target = static / "icons"
    target.mkdir(exist_ok=True)
    (target / "icons.css").write_text(sheet, encoding="utf-8")
    shutil.copy2(packages[0] / "LICENSE.txt", target / "LICENSE.txt")
    shutil.rmtree(static / "vendor")


def used_icons(site):
    """What the site shows of Font Awesome.

    Returns the sets of classes that stand together, such as
    {"fas", "fa-expand"}, and the characters that style sheets name.
    """
    classes, characters = set(), set()
    skipped = ("vendor", "mathjax", "icons", "_sources")
    for path in site.rglob("*"):
        if set(path.relative_to(site).parts) & set(skipped):
            continue
        if path.suffix in (".html", ".js"):
            text = path.read_text(encoding="utf-8")
            for match in CLASSES.finditer(text):
                classes.add(frozenset(match[1].split()))
        elif path.suffix == ".css":
            text = path.read_text(encoding="utf-8")
            for escaped, itself in CHARACTERS.findall(text):
                characters.add(int(escaped, 16) if escaped else ord(itself))
    return classes, characters


def icon_sheet(package, classes, characters):
    """The rules and fonts of a package that the classes need, as CSS."""
    everything = (package / "css" / "all.min.css").read_text(encoding="utf-8")
    comment, everything = everything.split("*/", 1)
    used = set().union(*classes)
    rules, glyphs = [], {}
    for selectors, body in RULE.findall(everything):
        kept = [s for s in selectors.split(",") if wanted(s, used)]
        if not kept:
            continue
        rules.append(f"{','.join(kept)}{{{body}}}")
        if glyph := GLYPH.search(body):
            for selector in kept:
                name = selector.removeprefix(".").partition(":")[0]
                glyphs[name] = int(glyph[1], 16)
    everywhere = " ".join(rules)
    styled = set().union(*(style for style, *_ in FONTS))
    for group in classes:
        for name in group if group & styled else ():
            if name.startswith("fa-") and f".{name}" not in everywhere:
                raise ExtensionError(f"Font Awesome has no icon {name}")
    faces = []
    for styles, file, family, weight in FONTS:
        chosen = [group for group in classes if group & set(styles)]
        names = set().union(*chosen) & glyphs.keys()
        # Style sheets name no file: they get a character from each font.
        wish = {glyphs[name] for name in names} | characters
        font, has = subset(package / "webfonts" / file, wish)
        for name in sorted(names):
            if glyphs[name] not in has:
                raise ExtensionError(f"no icon {name} in {file}")
        if has:
            faces.append(
                f'@font-face{{font-family:"{family}";font-style:normal;'
                f"font-weight:{weight};font-display:block;src:"
                f'url(data:font/woff;base64,{font}) format("woff")}}'
            )
    return "\n".join([f"{comment}*/", *faces, *rules, ""])


def wanted(selector, used):
    """Whether a rule's selector is about something that is used."""
    if selector in (":root", ":host"):
        return True
    names = re.findall(r"\.([\w-]+)", selector)
    return bool(names) and set(names) <= used


def subset(path, characters):
    """The part of a font with these characters, as base64, and which."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    # Times in the file would make every build another one.
    font = TTFont(path, recalcTimestamp=False)
    has = characters & font.getBestCmap().keys()
    options = Options()
    options.layout_features = []
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=has)
    subsetter.subset(font)
    font.flavor = "woff"
    output = io.BytesIO()
    font.save(output)
    return base64.b64encode(output.getvalue()).decode(), has


def drop_mathjax(app, pagename, templatename, context, doctree):
    """A page without a formula needs no MathJax."""
    if 'class="math' in context.get("body", ""):
        return
    files = context.get("script_files", [])
    files[:] = [
        file
        for file in files
        if "mathjax" not in str(getattr(file, "filename", file) or "").lower()
        and "window.MathJax" not in attributes(file).get("body", "")
    ]


def attributes(file):
    return getattr(file, "attributes", None) or {}


def setup(app):
    """Connect both steps; late, so that other extensions have spoken."""
    app.connect("html-page-context", drop_mathjax, priority=900)
    app.connect("build-finished", slim)
    return {"version": "1", "parallel_read_safe": True}

"""Mail templates: valid HTML with Jinja's statements in comments, so that the styles move into the tags only once.

That happens when a template is first used and not once per mail: it is 100 times cheaper, and what comes out is the
same. Of the classes only those stay that the rules for phones and dark screens still need.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import css_inline
from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from jinja2 import Template

# Keeps the text that follows out of the preview line of the inbox.
PREHEADER_FILLER = "\u034f\u200c\u00a0" * 40
_CLASS = re.compile(r' class="([^"]*)"')
_COLOUR_SPACES = re.compile(r"\s*([:;])\s*")
_STYLE = re.compile(r' style="([^"]*)"')


def mail_template(html: str, styles: Path) -> "Template":
    """The template of a mail's HTML part.

    Args:
        html: the template's text; the rules for its head are put where it says `<!--KEPT-->`.
        styles: the rules for its tags, `<name>.css`. Beside it stand `<name>_kept.css`, which stays in the head, and
            `<name>_dark.css`, whose rules for dark screens come where that one says `DARK`.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        block_start_string="<!--%",
        block_end_string="%-->",
    )
    return environment.from_string(_inlined_source(html, styles))


def _inlined_source(html: str, styles: Path) -> str:
    dark = styles.with_stem(f"{styles.stem}_dark").read_text()
    outlook_app = "".join(f"[data-ogsc] {rule}\n" for rule in _single_selectors(dark))
    kept = styles.with_stem(f"{styles.stem}_kept").read_text().replace("DARK\n", dark) + outlook_app
    inliner = css_inline.CSSInliner(extra_css=styles.read_text(), load_remote_stylesheets=False)
    source = inliner.inline(html)
    used = set(re.findall(r"\.([a-z]+)", kept))
    source = _CLASS.sub(lambda found: _kept_classes(found.group(1), used), source)
    source = _STYLE.sub(lambda found: _tight(found.group(0)), source)
    return source.replace("<!--KEPT-->", f"<style>{kept.strip()}</style>")


def _single_selectors(css: str) -> list[str]:
    """`.a,.b{x}` as `.a{x}` and `.b{x}`: a prefix has to stand before each."""
    rules: list[str] = []
    for rule in css.split():
        selectors, _, body = rule.partition("{")
        rules += [f"{selector}{{{body}" for selector in selectors.split(",")]
    return rules


def _kept_classes(names: str, used: set[str]) -> str:
    kept = " ".join(name for name in names.split() if name in used)
    return f' class="{kept}"' if kept else ""


def _tight(style: str) -> str:
    return _COLOUR_SPACES.sub(r"\1", style).replace(';"', '"')

"""Formulas as MathML, which browsers draw themselves: no script, no font and no other host is needed."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util.math import wrap_displaymath


def setup(app):
    """Take over the formulas of all HTML builders."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    text = wrap_displaymath(node.astext(), None, False) if node.get("nowrap", False) else node.astext()
    writer.body.append(f'<div class="math">{convert(text, display="block")}</div>')
    raise nodes.SkipNode

"""Sphinx' settings of the slides; see ../build.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "sparkeras"
author = "the sparkeras maintainers"
extensions = ["myst_parser", "sphinx_revealjs", "mathml"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath"]
revealjs_style_theme = "white"
revealjs_static_path = ["static"]
revealjs_css_files = ["slides.css"]
revealjs_script_conf = {"hash": True, "slideNumber": True}

"""Sphinx' settings of the site; see build.py."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("KERAS_BACKEND", "jax")

import sparkeras

project = "sparkeras"
author = "the sparkeras maintainers"
version = release = sparkeras.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_design", "mathml"]
html_math_renderer = "mathml"
html_theme = "sphinx_book_theme"
html_title = "sparkeras"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["quiz.js"]
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": True,
    "home_page_in_toc": True,
    # The sidebar has a search of its own.
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "off"
exclude_patterns = ["course/student"]
napoleon_google_docstring = False
autodoc_typehints = "none"

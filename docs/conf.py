"""The site: ``python -m sphinx -W docs site`` builds it."""

import os
import sys
from pathlib import Path

import coloc_bridge

sys.path.insert(0, str(Path(__file__).parent / "extensions"))
# The tutorials run coloc-bridge, which lies beside this Python also where its environment is not activated.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))

project = "coloc_bridge"
author = copyright = "coloc_bridge developers"
version = release = coloc_bridge.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx-mathjax-offline",
    "sphinx_design",
    "rendered",
]
exclude_patterns = ["extensions", "generated/*.txt"]
default_role = "code"
# Quotes and points; two dashes begin an option.
smartquotes_action = "qe"
# A docstring of numpydoc has its own headings, which are no sections of the page.
numpydoc_show_class_members = False
autodoc_typehints = "none"
autosummary_generate = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_merge_streams = True  # what one cell prints is one block
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_show_tb = True
# The header of a script for Fiji is no Groovy.
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "pydata_sphinx_theme"
html_title = "coloc_bridge"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}

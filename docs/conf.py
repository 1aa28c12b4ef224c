"""How Sphinx builds Tandem's documentation; `make docs` treats a warning as an error."""

from jupyter_tandem import __version__

project = "Tandem"
author = "The Tandem developers"
copyright = "The Tandem developers, BSD-3-Clause"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# ARCHITECTURE.md and the like are read on their own, too: their first heading is a title.
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "pydata_sphinx_theme"
html_title = "Tandem"
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
html_copy_source = False

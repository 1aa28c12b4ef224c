"""Jupyter Server and tornado behind Tandem's ports."""

"""Kernels of a Jupyter Server, and the routes that run cells."""

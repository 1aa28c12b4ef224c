"""Runs of cells, decided without I/O: the queue, and what a kernel's messages make of a cell's outputs."""

"""Runs of cells, carried out: queues, kernels, outputs."""

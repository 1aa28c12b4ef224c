"""Composition roots: where ports meet adapters."""

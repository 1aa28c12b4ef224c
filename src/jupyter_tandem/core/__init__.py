"""Decisions, pure: rooms, documents, merging. No I/O, no clock, no randomness."""

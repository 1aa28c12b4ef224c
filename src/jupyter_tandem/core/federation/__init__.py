"""Decisions of the federation: whom a token speaks for, how shared documents are called."""

"""Sharing's decisions: who is what to a document, who may give what, when a link opens, what is recorded."""

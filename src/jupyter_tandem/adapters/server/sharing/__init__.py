"""Sharing over HTTP: the API, the page a link opens, and the view guests have."""

"""Sockets, relays and counters of the signaling server."""

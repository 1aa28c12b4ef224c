"""The signaling server's decisions: who may come in, who hears what, and what is too much."""

"""One document at several servers: the service of a Hub, and the single-user servers that go through it."""

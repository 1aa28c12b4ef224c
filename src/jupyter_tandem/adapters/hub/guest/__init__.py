"""The guest view at the Hub's service, for people without an account (docs/spec/hub-guests.md)."""

"""Pages of the Hub's service, for people and for administrators (docs/spec/hub-pages.md)."""

"""Big outputs: held out of rooms, kept beside their documents (docs/spec/big-outputs.md)."""

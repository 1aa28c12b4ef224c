"""The guest view: a JupyterLab below ``tandem/g/`` that knows only what was shared (docs/spec/guest.md)."""

"""Programs for those who work on Tandem; not shipped."""

"""Steps that bring the journal's tables in PostgreSQL up to date."""

"""Steps that bring the service's list of documents up to date."""

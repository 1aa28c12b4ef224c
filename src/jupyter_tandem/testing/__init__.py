"""Contract suites, fakes and a simulation for everybody who builds on Tandem."""

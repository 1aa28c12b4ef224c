"""What Tandem costs, measured: ``python -m benchmarks``."""

"""Products behind the ports: each package here knows its port and its product, nothing else."""

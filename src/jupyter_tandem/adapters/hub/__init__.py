"""A JupyterHub: what the service asks it, keeps and answers, and how single-user servers reach the service."""

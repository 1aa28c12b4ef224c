"""A JupyterHub on one machine, to try Tandem on. Anybody may log in as anybody: nothing for real people."""

import os
from pathlib import Path

from jupyter_tandem.hub import configure

HERE = Path(__file__).parent
STATE = Path(os.environ["TANDEM_EXAMPLE_STATE"])
PORT = int(os.environ["TANDEM_EXAMPLE_PORT"])

c = get_config()  # noqa: F821  (JupyterHub gives it to its configuration)

c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = [str(HERE / "node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.log_level = "warn"
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{STATE / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.JupyterHub.log_level = "WARN"

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["TANDEM_EXAMPLE_PASSWORD"]
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = {"team": {"users": ["alice", "bob"]}}

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "homes/{username}")
c.Spawner.args = ["--allow-root", "--ServerApp.log_level=WARN"]
c.Spawner.default_url = "/lab"

# Only for this example's own questions: see run.py.
c.JupyterHub.services = [{"name": "example", "api_token": os.environ["TANDEM_EXAMPLE_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "example", "services": ["example"], "scopes": ["admin:users", "admin:servers"]}
]

# This is all that Tandem needs. Alice may look after what everybody shares: /services/tandem/admin/
configure(c, url=f"http://127.0.0.1:{PORT + 3}", store_dir=STATE / "tandem", admins=["alice"])

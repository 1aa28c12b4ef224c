"""HUB-19: what one call adds to a Hub's configuration."""

from __future__ import annotations

import sys

import pytest
from traitlets.config import Config

from jupyter_tandem.hub import configure

OURS = "custom:tandem:write!user"
PAGES = "access:services!service=tandem"
TOKEN = "0" * 32


@pytest.mark.spec("HUB-19")
def test_an_empty_configuration_gets_a_managed_service_with_the_least_rights() -> None:
    c = Config()
    configure(c)
    (service,) = c.JupyterHub.services
    assert service["name"] == "tandem"
    assert service["command"] == [sys.executable, "-m", "jupyter_tandem.hosts.hub"]
    assert "admin" not in service
    assert service["oauth_client_allowed_scopes"] == [OURS, "custom:tandem:admin"]
    (role,) = c.JupyterHub.load_roles
    assert role["services"] == ["tandem"]
    assert role["scopes"] == [
        *("list:users", "read:users:name", "read:users:groups"),
        *("list:groups", "read:groups:name"),
    ]
    assert c.JupyterHub.extra_user_scopes == {OURS, PAGES}
    assert c.Spawner.server_token_scopes == [
        "users:activity!user",
        "access:servers!server",
        OURS,
    ]
    assert c.Spawner.environment == {"TANDEM_HUB_URL": "http://127.0.0.1:10105/services/tandem/"}
    assert set(c.JupyterHub.custom_scopes) == {
        "custom:tandem:read",
        "custom:tandem:write",
        "custom:tandem:admin",
    }


@pytest.mark.spec("HUB-19")
def test_what_was_configured_stays() -> None:
    c = Config()
    c.JupyterHub.base_url = "/jupyter/"
    c.JupyterHub.services.append({"name": "announcement"})
    c.JupyterHub.load_roles = [{"name": "teachers", "scopes": []}]
    c.JupyterHub.extra_user_scopes = {"access:services"}
    c.JupyterHub.custom_scopes = {"custom:mine": {"description": "mine"}}
    c.Spawner.environment = {"LANG": "C"}
    c.Spawner.server_token_scopes = ["users:activity!user"]
    configure(c, store_dir="/srv/tandem", database_url="postgresql://x", options=["--ask-s", "30"])
    assert [s["name"] for s in c.JupyterHub.services] == ["announcement", "tandem"]
    assert c.JupyterHub.services[1]["command"][3:] == [
        *("--store-dir", "/srv/tandem"),
        *("--database-url", "postgresql://x"),
        *("--ask-s", "30"),
    ]
    assert [role["name"] for role in c.JupyterHub.load_roles] == ["teachers", "tandem-service"]
    assert c.JupyterHub.extra_user_scopes == {"access:services", OURS, PAGES}
    assert "custom:mine" in c.JupyterHub.custom_scopes
    assert c.Spawner.environment["LANG"] == "C"
    address = "http://127.0.0.1:10105/jupyter/services/tandem/"
    assert c.Spawner.environment["TANDEM_HUB_URL"] == address
    assert c.Spawner.server_token_scopes == ["users:activity!user", OURS]


@pytest.mark.spec("HUB-19")
def test_a_role_for_users_of_ones_own_is_extended() -> None:
    c = Config()
    c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "shares!user"]}]
    configure(c)
    assert c.JupyterHub.load_roles[0]["scopes"] == ["self", "shares!user", OURS, PAGES]
    assert "extra_user_scopes" not in c.JupyterHub


@pytest.mark.spec("HUB-19")
def test_a_service_that_runs_elsewhere_is_reached_as_told() -> None:
    c = Config()
    url = "http://tandem:10105"
    servers_url = "http://proxy-public/services/share/"
    configure(c, name="share", managed=False, api_token=TOKEN, url=url, servers_url=servers_url)
    (service,) = c.JupyterHub.services
    told = {name: service[name] for name in ("name", "url", "api_token")}
    assert told == {"name": "share", "url": url, "api_token": TOKEN}
    assert "command" not in service
    assert c.Spawner.environment["TANDEM_HUB_URL"] == servers_url


@pytest.mark.spec("HUB-19")
def test_a_service_that_finds_nobody_has_no_rights_at_all() -> None:
    c = Config()
    configure(c, find_people=False)
    assert c.JupyterHub.load_roles == []


@pytest.mark.spec("HUB-19")
def test_what_cannot_work_is_said_at_once() -> None:
    c = Config()
    configure(c)
    with pytest.raises(ValueError, match="once"):
        configure(c)
    with pytest.raises(ValueError, match="api_token"):
        configure(Config(), managed=False)
    odd = Config()
    odd.Spawner.server_token_scopes = lambda spawner: []
    with pytest.raises(ValueError, match="function"):
        configure(odd)


@pytest.mark.spec("HUB-19")
def test_administrators_are_those_who_are_named() -> None:
    c = Config()
    configure(c, admins=["olga"])
    roles = {role["name"]: role for role in c.JupyterHub.load_roles}
    assert roles["tandem-admin"]["users"] == ["olga"]
    assert roles["tandem-admin"]["scopes"] == ["custom:tandem:admin"]


@pytest.mark.spec("HUB-19")
def test_servers_know_where_browsers_find_the_pages_on_a_hub_with_a_domain_for_everybody() -> None:
    c = Config()
    c.JupyterHub.subdomain_host = "https://hub.example.org:8443"
    configure(c)
    pages = "https://tandem--service.hub.example.org:8443/services/tandem/"
    assert c.Spawner.environment["TANDEM_HUB_PAGES"] == pages
    c = Config()
    c.JupyterHub.subdomain_host = "https://hub.example.org"
    c.JupyterHub.subdomain_hook = "legacy"
    configure(c)
    pages = "https://services.hub.example.org/services/tandem/"
    assert c.Spawner.environment["TANDEM_HUB_PAGES"] == pages


@pytest.mark.spec("HUB-19", "HUBRUN-7")
def test_servers_are_started_where_the_administrator_says_so_and_with_the_least_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    c = Config()
    configure(c, find_people=False, start_servers=True)
    (role,) = c.JupyterHub.load_roles
    assert role["scopes"] == ["start:servers", "read:servers"]
    # Before JupyterHub 6 the right to start came with that to stop.
    monkeypatch.setattr("jupyterhub.scopes.scope_definitions", {"servers": {}})
    c = Config()
    configure(c, start_servers=True)
    (role,) = c.JupyterHub.load_roles
    assert role["scopes"][-1] == "servers"
    assert "start:servers" not in role["scopes"]

"""Templates to HTML. Everything that comes from people is escaped (PAGES-3)."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jupyter_tandem.adapters.server.sharing.body import link_state
from jupyter_tandem.protocol.lib0 import well_formed
from jupyter_tandem.sharing import Detail, Grant, Link, Subject, SubjectKind

FOLDER: Final = Path(__file__).parent / "templates"

ROLES: Final = {
    "viewer": "can view",
    "commenter": "can comment",
    "suggester": "can suggest",
    "editor": "can edit",
    "manager": "can edit and share",
}
_STATES: Final = {
    "open": "open",
    "revoked": "withdrawn",
    "expired": "expired",
    "used-up": "used up",
}


class Renderer:
    """Fills templates in."""

    def __init__(self) -> None:
        """Read templates when they are asked for first."""
        self._environment = environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["time"] = _time
        environment.filters["size"] = _size
        environment.filters["role"] = lambda role: ROLES.get(role, role)
        environment.filters["subject"] = _subject
        environment.filters["holder"] = _holder
        environment.filters["detail"] = _detail
        environment.globals["link_state"] = _link_state
        environment.globals["roles"] = ROLES

    def page(self, template: str, values: dict[str, Any]) -> str:
        """A template with values; half characters, which no browser can be sent, become U+FFFD."""
        return well_formed(self._environment.get_template(template).render(values))


def _time(at: float | None) -> Markup:
    """Minutes in UTC, which is what servers' logs have; browsers and screen readers get the exact time."""
    if at is None:
        return Markup("&ndash;")
    moment = datetime.fromtimestamp(at, timezone.utc)
    exact, shown = moment.isoformat(timespec="seconds"), moment.strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{} UTC</time>').format(exact, shown)


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _subject(subject: Subject) -> str:
    match subject.kind:
        case SubjectKind.GROUP:
            return f"group {subject.name}"
        case SubjectKind.SIGNED_IN:
            return "everybody who is signed in"
        case SubjectKind.GUEST:
            return f"guest {subject.name}"
    return subject.name


def _holder(grant: Grant) -> str:
    """Who has a share; guests under the name they gave themselves."""
    if grant.subject.kind is SubjectKind.GUEST and grant.display_name:
        return f"{grant.display_name} (guest)"
    return _subject(grant.subject)


def _detail(value: Detail) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _link_state(link: Link, now: float) -> str:
    return _STATES[link_state(link, now)]

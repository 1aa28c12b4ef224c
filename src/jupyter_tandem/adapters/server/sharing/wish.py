"""Reads what a request wishes for. Everything unknown, missing or of a wrong type is told by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tandem.core.sharing.link import DEFAULT_LIFE_S
from jupyter_tandem.core.sharing.name import subject_name
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.ports.desks import LinkWish
from jupyter_tandem.sharing import SIGNED_IN, Offer, Subject, SubjectKind
from jupyter_tandem.types import Role

Body = Mapping[str, Any]

_UNSET: Final = object()
_EXPIRY: Final = frozenset({"expires_at", "expires_in_s"})
_GRANT: Final = frozenset({"path", "subject", "role", "may_run"}) | _EXPIRY
_LINK: Final = frozenset({"path", "role", "may_run", "guests", "max_uses", "password"}) | _EXPIRY
_GRANT_CHANGE: Final = frozenset({"role", "may_run", "may_start"}) | _EXPIRY
_LINK_CHANGE: Final = frozenset({"role", "may_run", "guests", "max_uses"}) | _EXPIRY


def grant_wish(body: Body, now: float) -> tuple[str, Subject, Offer]:
    """Path, subject and offer of a new grant.

    Raises:
        InvalidInput.
    """
    only(body, _GRANT)
    role = role_of(body.get("role"))
    offer = Offer(role, flag(body, "may_run", False), expiry(body, now, None))
    return path_of(body), subject_of(body.get("subject")), offer


def link_wish(body: Body, now: float, *, guests: bool) -> tuple[str, LinkWish]:
    """Path and wish of a new link: a viewer's for a week, unless it says otherwise (SHARE-7).

    Raises:
        InvalidInput.
    """
    only(body, _LINK)
    offer = Offer(
        role_of(body.get("role", Role.VIEWER.value)),
        flag(body, "may_run", False),
        expiry(body, now, now + DEFAULT_LIFE_S),
    )
    password = text(body, "password", "")
    wish = LinkWish(offer, flag(body, "guests", guests), _max_uses(body), password)
    return path_of(body), wish


def grant_change(body: Body, now: float) -> dict[str, object]:
    """The fields of a grant that are to change.

    Raises:
        InvalidInput.
    """
    only(body, _GRANT_CHANGE)
    wish = _offered(body, now)
    if "may_start" in body:
        wish["may_start"] = flag(body, "may_start", False)
    return wish


def link_change(body: Body, now: float) -> dict[str, object]:
    """The fields of a link that are to change.

    Raises:
        InvalidInput.
    """
    only(body, _LINK_CHANGE)
    wish = _offered(body, now)
    if "guests" in body:
        wish["guests"] = flag(body, "guests", False)
    if "max_uses" in body:
        wish["max_uses"] = _max_uses(body)
    return wish


def subject_of(found: object) -> Subject:
    """``{"kind", "name"}``; everybody who is signed in has no name.

    Raises:
        InvalidInput.
    """
    if not isinstance(found, dict):
        raise InvalidInput("`subject` must be an object with `kind` and `name`.")
    only(found, frozenset({"kind", "name"}))
    try:
        kind = SubjectKind(found.get("kind"))
    except ValueError as error:
        kinds = ", ".join(k.value for k in SubjectKind)
        raise InvalidInput(f"`subject.kind` must be one of {kinds}.") from error
    if kind is SubjectKind.SIGNED_IN:
        if found.get("name", ""):
            raise InvalidInput("Everybody who is signed in has no `subject.name`.")
        return SIGNED_IN
    return Subject(kind, subject_name(found.get("name")))


def role_of(found: object) -> Role:
    """A role by its name.

    Raises:
        InvalidInput: there is no such role.
    """
    try:
        return Role(found)
    except ValueError as error:
        roles = ", ".join(role.value for role in Role)
        raise InvalidInput(f"`role` must be one of {roles}.") from error


def path_of(body: Body) -> str:
    """The path that a body names; ``""`` is the whole server.

    Raises:
        InvalidInput.
    """
    return text(body, "path", None)


def expiry(body: Body, now: float, default: float | None) -> float | None:
    """Unix seconds out of ``expires_at`` or ``expires_in_s``; ``null`` is never.

    Raises:
        InvalidInput.
    """
    if set(body) >= _EXPIRY:
        raise InvalidInput("Give `expires_at` or `expires_in_s`, not both.")
    for name, begin in (("expires_at", 0.0), ("expires_in_s", now)):
        found = body.get(name, _UNSET)
        if found is None:
            return None
        if found is not _UNSET:
            if isinstance(found, bool) or not isinstance(found, int | float):
                raise InvalidInput(f"`{name}` must be a number of seconds or null.")
            seconds = _finite(found, name)
            # Whatever the clock says when it is looked at again: it may have been set back meanwhile.
            if seconds <= 0:
                raise InvalidInput(f"`{name}` must be more than 0.")
            return begin + seconds
    return default


def flag(body: Body, name: str, default: bool) -> bool:
    """``true`` or ``false``.

    Raises:
        InvalidInput.
    """
    found = body.get(name, default)
    if not isinstance(found, bool):
        raise InvalidInput(f"`{name}` must be true or false.")
    return found


def text(body: Body, name: str, default: str | None) -> str:
    """A string without NUL or half characters; required when there is no default.

    Raises:
        InvalidInput.
    """
    found = body.get(name, default)
    if not isinstance(found, str) or "\0" in found or any("\ud800" <= c <= "\udfff" for c in found):
        raise InvalidInput(f"`{name}` must be text.")
    return found


def only(body: Body, known: frozenset[str]) -> None:
    """Do nothing, unless ``body`` has a field that means nothing here: it may be a misspelt one.

    Raises:
        InvalidInput.
    """
    for name in body:
        if name not in known:
            fields = ", ".join(sorted(known)) or "none"
            raise InvalidInput(f"There is no field {name[:40]!r}; there are: {fields}.")


def _offered(body: Body, now: float) -> dict[str, object]:
    wish: dict[str, object] = {}
    if "role" in body:
        wish["role"] = role_of(body["role"])
    if "may_run" in body:
        wish["may_run"] = flag(body, "may_run", False)
    if _EXPIRY & set(body):
        wish["expires_at"] = expiry(body, now, None)
    return wish


def _max_uses(body: Body) -> int | None:
    found = body.get("max_uses")
    if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
        raise InvalidInput("`max_uses` must be a whole number or null.")
    return found


def _finite(found: float, name: str) -> float:
    try:
        return float(found)
    except OverflowError as error:
        raise InvalidInput(f"`{name}` is too large.") from error

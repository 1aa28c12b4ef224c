"""What others are told about the people behind a connection (docs/spec/hub.md, DESIGN §4.4)."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from jupyter_tandem.core.sharing.name import display_name as checked_name
from jupyter_tandem.errors import InvalidInput, MalformedFrame
from jupyter_tandem.types import User, Voice

_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}|var\(--jp-collaborator-color[1-9][0-9]?\)")

_LONGEST_USERNAME: Final = 300
"""Characters; a Hub's longest is 255, and a visitor's carries their host's before it."""

_NOBODY: Final = "Somebody"

_LOOKS_ON: Final = "looksOn"
"""In awareness states, by the server's word: the person may not write. Other servers of a Hub go by it (ROOM-6)."""


def named_state(text: str, user: User, voice: Voice, *, writes: bool = True) -> str:
    """An awareness state with its ``user`` field replaced by who the person is, as far as that is known.

    Args:
        text: The state as JSON.
        user: Whose connection it came through.
        voice: For whom that connection speaks.
        writes: Whether that connection may edit.

    Raises:
        MalformedFrame: it is no JSON object, or holds a number that JSON has not: browsers that are told NaN or
            Infinity drop everything that came with it.
    """
    state = _object(text)
    claimed = state.get("user")
    told: dict[str, Any] = claimed if isinstance(claimed, dict) else {}
    state["user"] = _person(told, user, voice)
    looks = state.pop(_LOOKS_ON, None) is True and voice.many
    if looks or not writes:
        state[_LOOKS_ON] = True
    try:
        return json.dumps(state, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise MalformedFrame("An awareness state holds what JSON cannot say.") from error


def looks_on(text: str) -> bool:
    """Whether a state that a server passes on is of somebody who may not write.

    Raises:
        MalformedFrame: it is no JSON object.
    """
    return _object(text).get(_LOOKS_ON) is True


def public_user(user: User, color: str | None = None) -> dict[str, Any]:
    """What others are told about ``user``; a colour the server knows wins over the chosen one."""
    return {
        "username": user.username,
        "name": user.name,
        "display_name": user.display_name,
        "initials": user.initials,
        "color": user.color or color,
        "avatar_url": user.avatar_url,
    }


def told_user(text: str) -> User | None:
    """Who :func:`named_state` says it is; ``None`` where that has no name."""
    told = _object(text).get("user")
    if not isinstance(told, dict) or not told.get("username"):
        return None
    shown = _shown(told)
    return User(str(told["username"]), shown, shown, _initials(told, shown))


def _person(told: dict[str, Any], user: User, voice: Voice) -> dict[str, Any]:
    color = _chosen_color(told)
    if voice is Voice.PERSON:
        return public_user(user, color)
    username = str(told.get("username") or "")[:_LONGEST_USERNAME]
    if voice is Voice.HUB:
        return public_user(_elsewhere(told, username), color)
    if username == user.username:
        return public_user(user, color)
    return public_user(_visitor(told, username, user), color)


def _elsewhere(told: dict[str, Any], username: str) -> User:
    """Somebody the Hub's service has named."""
    shown = _shown(told)
    return User(username, shown, shown, _initials(told, shown))


def _visitor(told: dict[str, Any], username: str, host: User) -> User:
    """Somebody at ``host``'s server: only that server says who, so the name says where it comes from."""
    shown = f"{_shown(told)} (at {host.display_name})"
    return User(f"{host.username}/{username}", shown, shown, _initials(told, shown))


def _shown(told: dict[str, Any]) -> str:
    found = told.get("display_name") or told.get("name") or told.get("username")
    try:
        return checked_name(str(found)[:80]) if found else _NOBODY
    except InvalidInput:
        return _NOBODY


def _initials(told: dict[str, Any], shown: str) -> str:
    found = told.get("initials")
    return found[:3] if isinstance(found, str) and found.isalnum() else shown[:1].upper()


def _chosen_color(told: dict[str, Any]) -> str | None:
    color = told.get("color")
    return color if isinstance(color, str) and _COLOR.fullmatch(color) else None


def _object(text: str) -> dict[str, Any]:
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedFrame("An awareness state holds no valid JSON.") from error
    if not isinstance(state, dict):
        raise MalformedFrame("An awareness state is no JSON object.")
    return state

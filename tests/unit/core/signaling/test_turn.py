from __future__ import annotations

import pytest

from jupyter_tandem.core.signaling.turn import IceSettings, ice_answer, turn_password


@pytest.mark.spec("SIGNAL-27")
def test_the_password_is_the_schemes() -> None:
    # echo -n 1433895918:filoozom | openssl dgst -sha1 -hmac north -binary | base64
    assert turn_password(b"north", "1433895918:filoozom") == "TH3sfgqf6Ng61yQOvXfkWzKY7ig="


@pytest.mark.spec("SIGNAL-27")
def test_credentials_expire_and_differ() -> None:
    settings = IceSettings(("turns:turn.example.org",), b"secret", turn_ttl_s=60)
    first, second = (ice_answer(settings, name, 100.9)["iceServers"] for name in ("one", "two"))
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert first[0]["username"] == "160:one"
    assert first[0]["credential"] == turn_password(b"secret", "160:one")
    assert first[0]["credential"] != second[0]["credential"]

"""The second factor: time-based one-time codes (RFC 6238) as every authenticator app makes them.

Six digits, thirty seconds, HMAC-SHA1: the only combination that all apps honour (SHA-1's collisions do not touch
HMAC). One step before and after is accepted for clocks that are off; a code is good once, because the step it
matched is kept and only a later one is accepted (RFC 6238, 5.2).
"""

import base64
import hmac
import os
import re
import unicodedata
from datetime import UTC, datetime
from io import BytesIO

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
"""160 bits, what RFC 4226 (4, R6) recommends and HMAC-SHA1 can use."""

DIGITS = 6
STEP_SECONDS = 30
_WINDOW = 1

_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


def new_secret() -> bytes:
    """Return a new random secret; it is stored sealed."""
    return os.urandom(SECRET_BYTES)


def typed_secret(secret: bytes) -> str:
    """Return the secret in groups of four for typing by hand, where no camera can read the picture."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def provisioning_uri(secret: bytes, account: str, issuer: str) -> str:
    """Return the `otpauth://` address that the app reads; `account` and `issuer` are shown in the app."""
    # Some apps show the `+` of form encoding as it stands.
    return _totp(secret).get_provisioning_uri(account, issuer).replace("+", "%20")


def qr_svg(uri: str, title: str) -> str:
    """Return the address as an inline SVG picture with `title` as its text alternative.

    It has no style of its own, so a strict content security policy shows it; the light ground is drawn, so it can
    be scanned on a dark page too.
    """
    picture = BytesIO()
    segno.make(uri, error="m", micro=False).save(
        picture,
        kind="svg",
        scale=4,
        title=title,
        light="#fff",
        omitsize=True,
        xmldecl=False,
        svgns=False,
        nl=False,
        svgclass="qr-code",
        lineclass=None,
    )
    return picture.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)


def verify(secret: bytes, code: str, now: datetime, last_used_step: int | None) -> int | None:
    """Return the time step that a typed code belongs to, None where it is wrong, stale or used already.

    The caller stores the step as the new `last_used_step` in the same transaction, guarded by the old value, so
    that two requests with one code cannot both win.
    """
    typed = "".join(unicodedata.normalize("NFKC", code[:32]).split())
    if not _CODE.fullmatch(typed):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp, matched = _totp(secret), None
    # Every step is compared, so that the time does not tell which one fits; the latest fit counts, so that a code
    # that fits two steps by chance is not good twice.
    for step in range(present - _WINDOW, present + _WINDOW + 1):
        if hmac.compare_digest(totp.generate(step * STEP_SECONDS), typed.encode()):
            matched = step
    if matched is None or (last_used_step is not None and matched <= last_used_step):
        return None
    return matched


def code_at(secret: bytes, now: datetime) -> str:
    """Return the code an app shows at `now`: for the demonstration's one-click sign-in and for tests."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def next_good(now: datetime, last_used_step: int | None) -> datetime:
    """Return a time whose code is good at `now` or soon: the present step's, a later one's where that was used."""
    step = max(int(now.timestamp()) // STEP_SECONDS, -1 if last_used_step is None else last_used_step + 1)
    return datetime.fromtimestamp(step * STEP_SECONDS, UTC)


def _totp(secret: bytes) -> TOTP:
    # Inside HMAC, where its collisions do no harm; the apps know nothing else.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # nosec B303

"""One-time codes: the published vectors, the window, and that no code is good twice."""

import base64
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.services.credentials.totp import (
    STEP_SECONDS,
    code_at,
    new_secret,
    provisioning_uri,
    qr_svg,
    typed_secret,
    verify,
)

SECRET = b"12345678901234567890"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
STEP = int(NOW.timestamp()) // STEP_SECONDS

instants = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
secrets = st.binary(min_size=20, max_size=20)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_vectors_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, now) == code
    assert verify(SECRET, code, now, None) == seconds // 30


@given(secrets, instants)
def test_a_code_is_good_in_its_time_and_once(secret: bytes, now: datetime) -> None:
    step = verify(secret, code_at(secret, now), now, None)
    assert step is not None
    assert verify(secret, code_at(secret, now), now, step) is None


@pytest.mark.parametrize(("off", "good"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_clocks_may_be_off_by_one_step(off: int, good: bool) -> None:
    now = NOW.replace(second=0)
    assert (verify(SECRET, code_at(SECRET, now + timedelta(seconds=off)), now, None) is not None) == good


def test_an_earlier_code_is_refused_after_a_later_one() -> None:
    earlier, later = (code_at(SECRET, NOW + timedelta(seconds=30 * off)) for off in (-1, 0))
    assert verify(SECRET, later, NOW, STEP - 1) == STEP
    assert verify(SECRET, earlier, NOW, STEP) is None
    assert verify(SECRET, later, NOW, STEP) is None
    assert verify(SECRET, code_at(SECRET, NOW + timedelta(seconds=30)), NOW, STEP) == STEP + 1


def test_a_code_that_fits_two_steps_is_not_good_twice() -> None:
    secret = (1475141).to_bytes(20, "big")  # found by trying
    code = code_at(secret, NOW)
    assert code == code_at(secret, NOW + timedelta(seconds=30))
    assert verify(secret, code, NOW, None) == STEP + 1


@pytest.mark.parametrize("typed", ["{0}{1}{2} {3}{4}{5}", " {0}{1}{2}{3}{4}{5}\n", "{0} {1} {2} {3} {4} {5}"])
def test_spaces_are_forgiven(typed: str) -> None:
    assert verify(SECRET, typed.format(*code_at(SECRET, NOW)), NOW, None) == STEP


GOOD_NOW = [code_at(SECRET, NOW + timedelta(seconds=off)) for off in (-30, 0, 30)]


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_anything_else_is_refused(typed: str) -> None:
    assume("".join(unicodedata.normalize("NFKC", typed).split()) not in GOOD_NOW)
    assert verify(SECRET, typed, NOW, None) is None


@pytest.mark.parametrize(
    "typed", ["", GOOD_NOW[1] + "0", GOOD_NOW[1][:-1], GOOD_NOW[1] + GOOD_NOW[1], "-" + GOOD_NOW[1]]
)
def test_a_code_with_something_more_or_less_is_refused(typed: str) -> None:
    assert verify(SECRET, typed, NOW, None) is None


def test_secrets_are_new_and_readable() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
    secret = new_secret()
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", typed_secret(secret))
    assert base64.b32decode(typed_secret(secret).replace(" ", "")) == secret


def test_the_address_carries_what_the_app_needs() -> None:
    uri = urlsplit(provisioning_uri(SECRET, "arta+një@example.org", "Besa Shqipëri"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Besa Shqipëri:arta+një@example.org"
    assert "+" not in uri.query
    query = {key: value for key, [value] in parse_qs(uri.query).items()}
    assert query == {
        "secret": base64.b32encode(SECRET).decode(),
        "issuer": "Besa Shqipëri",
        "digits": "6",
        "algorithm": "SHA1",
        "period": "30",
    }


def test_the_picture_is_named_and_has_no_style_or_script() -> None:
    svg = qr_svg(provisioning_uri(SECRET, "arta", "Besa"), "Kodi <QR> & çelësi")
    root = ET.parse(io.StringIO(svg)).getroot()
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.findtext("title") == "Kodi <QR> & çelësi"
    assert {element.tag for element in root.iter()} == {"svg", "title", "g", "path"}
    assert not {name for element in root.iter() for name in element.attrib if name == "style" or name.startswith("on")}
    assert "style" not in svg

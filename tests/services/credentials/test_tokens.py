"""Access tokens say what they were issued with, and nobody else can make one."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st
from jose import jwk, jws, jwt

from app.domain.ids import uuid7
from app.domain.problems import SignInRequired
from app.services.credentials.signing_keys import SigningKeys
from app.services.credentials.tokens import (
    ACCESS_LIFETIME,
    CLOCK_LEEWAY,
    REFRESH_LIFETIME,
    RefreshState,
    RefreshVerdict,
    digest,
    issue,
    judge_refresh,
    new_opaque_token,
    read,
    refresh_expiry,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ACCOUNT, SESSION = uuid7(), uuid7()
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    return SigningKeys.create(tmp_path_factory.mktemp("keys") / "signing.json")


@pytest.fixture
def token(keys: SigningKeys) -> str:
    return issue(keys, account_id=ACCOUNT, session_id=SESSION, version=3, now=NOW)


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def signed(keys: SigningKeys, claims: object, **header: object) -> str:
    """Sign anything with the real key: what even the holder of the key may not get past."""
    key_id, private_pem = keys.signing()
    headers = {"kid": key_id, "typ": "at+jwt", **header}
    headers = {name: value for name, value in headers.items() if value is not None}
    text = json.dumps(claims).encode() if not isinstance(claims, bytes) else claims
    token: str = jws.sign(text, private_pem, headers=headers, algorithm="ES256")
    return token


def refusal(token: str, keys: SigningKeys, now: datetime = NOW) -> str:
    with pytest.raises(SignInRequired) as problem:
        read(token, keys, now)
    assert problem.value.__suppress_context__ or problem.value.__context__ is None
    return problem.value.code


def encoded(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_what_was_issued_is_read(keys: SigningKeys, token: str) -> None:
    claims = read(token, keys, NOW)
    assert (claims.sub, claims.sid, claims.ver) == (ACCOUNT, SESSION, 3)
    assert (claims.iat, claims.exp) == (NOW, NOW + ACCESS_LIFETIME)
    assert timedelta(minutes=10) == ACCESS_LIFETIME
    assert len(token) < 700
    again = read(issue(keys, account_id=ACCOUNT, session_id=SESSION, version=3, now=NOW), keys, NOW)
    assert again.jti != claims.jti


def test_a_token_carries_nothing_else(keys: SigningKeys, token: str) -> None:
    assert set(claims_of(token)) == {"iss", "aud", "sub", "sid", "jti", "ver", "iat", "nbf", "exp"}
    assert jws.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing()[0]}


def test_it_ends_after_ten_minutes_to_the_second(keys: SigningKeys, token: str) -> None:
    assert read(token, keys, NOW + ACCESS_LIFETIME - SECOND).sub == ACCOUNT
    assert refusal(token, keys, NOW + ACCESS_LIFETIME) == "token.expired"


def test_it_is_not_good_before_its_time(keys: SigningKeys, token: str) -> None:
    assert read(token, keys, NOW - CLOCK_LEEWAY).sub == ACCOUNT
    assert refusal(token, keys, NOW - CLOCK_LEEWAY - SECOND) == "token.invalid"


# The forged token: the library takes the algorithm from the token and a DER public key for a shared secret.


@pytest.fixture
def public_key(keys: SigningKeys) -> EllipticCurvePublicKey:
    key = load_pem_public_key((keys.public_pem(keys.signing()[0]) or "").encode())
    assert isinstance(key, EllipticCurvePublicKey)
    return key


@pytest.fixture(params=["HS256", "HS384", "HS512"])
def forged_over_der(
    request: pytest.FixtureRequest, keys: SigningKeys, token: str, public_key: EllipticCurvePublicKey
) -> str:
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    claims = {**claims_of(token), "sub": str(uuid7()), "exp": int((datetime.now(UTC) + ACCESS_LIFETIME).timestamp())}
    headers = {"kid": keys.signing()[0], "typ": "at+jwt"}
    forged: str = jwt.encode(claims, der, algorithm=request.param, headers=headers)
    accepted = jwt.decode(forged, der, algorithms=None, options={"verify_aud": False})
    assert accepted["sub"] == claims["sub"], "used without an allow-list, the library accepts this forgery"
    return forged


def test_a_token_forged_with_the_der_public_key_is_refused(keys: SigningKeys, forged_over_der: str) -> None:
    assert refusal(forged_over_der, keys) == "token.invalid"


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", ["pem", "der", "pem-stripped", "empty"])
def test_a_token_forged_with_any_form_of_the_public_key_is_refused(
    keys: SigningKeys, token: str, public_key: EllipticCurvePublicKey, name: str, form: str
) -> None:
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secret = {"pem": pem, "der": der, "pem-stripped": pem.strip(), "empty": b""}[form]
    start = encoded({"alg": name, "typ": "at+jwt", "kid": keys.signing()[0]}) + "." + token.split(".")[1]
    signature = hmac.digest(secret, start.encode(), name.lower().replace("hs", "sha"))
    assert refusal(f"{start}.{encoded(signature)}", keys) == "token.invalid"


def test_the_allow_list_holds_even_where_the_header_check_does_not(
    keys: SigningKeys, token: str, public_key: EllipticCurvePublicKey
) -> None:
    # The second wall by itself: a key object of ES256 checks no HMAC, whatever the header says.
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forged = jwt.encode(claims_of(token), der, algorithm="HS256")
    pem = keys.public_pem(keys.signing()[0])
    with pytest.raises(jws.JWSError):
        jws.verify(forged, jwk.construct(pem, "ES256"), algorithms=None)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None, "RS256", "ES384", "es256", 1, ["ES256"]])
def test_no_other_algorithm_is_accepted(keys: SigningKeys, token: str, name: object) -> None:
    _, payload, signature = token.split(".")
    header = encoded({"alg": name, "typ": "at+jwt", "kid": keys.signing()[0]})
    for end in (signature, "", encoded(b"\0" * 64)):
        assert refusal(f"{header}.{payload}.{end}", keys) in {"token.invalid", "token.malformed"}


def test_a_signature_of_zeros_is_refused(keys: SigningKeys, token: str) -> None:
    start = token.rpartition(".")[0]
    assert refusal(f"{start}.{encoded(bytes(64))}", keys) == "token.invalid"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"kid": "0" * 16},
        {"kid": None},
        {"kid": 5},
        {"kid": ["a"]},
        {"jku": "https://attacker.example/keys"},
        {"jwk": {"kty": "EC"}},
        {"x5u": "https://attacker.example/cert"},
        {"crit": ["exp"]},
        {"cty": "JWT"},
        {"b64": False},
    ],
)
def test_the_header_holds_three_known_entries(keys: SigningKeys, token: str, header: dict[str, object]) -> None:
    assert read(signed(keys, claims_of(token)), keys, NOW).sub == ACCOUNT
    assert refusal(signed(keys, claims_of(token), **header), keys) == "token.invalid"


def test_a_token_without_a_type_is_refused(keys: SigningKeys, token: str) -> None:
    key_id, private_pem = keys.signing()
    start = encoded({"alg": "ES256", "kid": key_id}) + "." + token.split(".")[1]
    signature = jwk.construct(private_pem, "ES256").sign(start.encode())
    assert refusal(f"{start}.{encoded(signature)}", keys) == "token.invalid"


SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "somebody"),
        ("iss", ["besa"]),
        ("aud", "besa-web"),
        ("aud", ["besa-api"]),
        ("aud", None),
        ("sub", "not-an-id"),
        ("sub", 5),
        ("sid", None),
        ("jti", ""),
        ("ver", "3"),
        ("ver", True),
        ("ver", 3.0),
        ("iat", SECONDS + 31),
        ("iat", SECONDS - 1),  # lives longer than ten minutes
        ("iat", str(SECONDS)),
        ("nbf", SECONDS + 31),
        ("nbf", float(SECONDS)),
        ("exp", SECONDS + 601),
        ("exp", None),
        ("exp", True),
        ("exp", 10**18),
        ("exp", -(10**18)),
        ("extra", "claim"),
    ],
)
def test_every_claim_is_checked(keys: SigningKeys, token: str, name: str, value: object) -> None:
    assert refusal(signed(keys, {**claims_of(token), name: value}), keys) == "token.invalid"


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "jti", "ver", "iat", "nbf", "exp"])
def test_no_claim_may_be_missing(keys: SigningKeys, token: str, name: str) -> None:
    claims = claims_of(token)
    del claims[name]
    assert refusal(signed(keys, claims), keys) == "token.invalid"


@pytest.mark.parametrize("payload", [b"", b"[]", b'"text"', b"null", b"{", b"\xff\xfe", b"[" * 400])
def test_a_signed_payload_that_is_not_claims_is_refused(keys: SigningKeys, payload: bytes) -> None:
    assert refusal(signed(keys, payload), keys) in {"token.invalid", "token.malformed"}


@pytest.fixture(scope="module")
def one_token(keys: SigningKeys) -> str:
    """The same text for every example: what is drawn depends on it."""
    return issue(keys, account_id=ACCOUNT, session_id=SESSION, version=1, now=NOW)


@given(st.data())
def test_one_changed_character_is_found(keys: SigningKeys, one_token: str, data: st.DataObject) -> None:
    token = one_token
    # The last character of a part may hold unused bits, so another spelling of the same bytes; all others count.
    ends = {at - 1 for at, sign in enumerate(token) if sign == "."} | {len(token) - 1}
    at = data.draw(st.sampled_from([at for at in range(len(token)) if at not in ends and token[at] != "."]))
    other = data.draw(st.sampled_from(sorted(set("ABCabc012-_") - {token[at]})))
    assert refusal(token[:at] + other + token[at + 1 :], keys) in {"token.invalid", "token.malformed"}


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "\ud800.a.b", "a b.c.d", "a.b.c\n", "A" * 1025 + ".b.c"]
)
def test_what_is_not_a_token_is_called_malformed(keys: SigningKeys, text: str) -> None:
    assert refusal(text, keys) == "token.malformed"


def test_a_deeply_nested_header_does_no_harm(keys: SigningKeys) -> None:
    assert refusal(f"{encoded(b'[' * 740)}.AA.AA", keys) == "token.malformed"


@given(st.text(max_size=120) | st.from_regex(r"[\w-]{1,40}\.[\w-]{1,40}\.[\w-]{1,40}"))
def test_any_text_is_refused_quietly(keys: SigningKeys, text: str) -> None:
    assert refusal(text, keys) in {"token.invalid", "token.malformed"}


def test_rotation_keeps_given_tokens_good_and_a_stranger_key_out(tmp_path: Path) -> None:
    keys, stranger = SigningKeys.create(tmp_path / "a.json"), SigningKeys.create(tmp_path / "b.json")
    old = issue(keys, account_id=ACCOUNT, session_id=SESSION, version=1, now=NOW)
    new_id = keys.rotate()
    new = issue(keys, account_id=ACCOUNT, session_id=SESSION, version=1, now=NOW)
    assert jws.get_unverified_header(new)["kid"] == new_id != jws.get_unverified_header(old)["kid"]
    assert read(old, keys, NOW).sub == read(new, keys, NOW).sub == ACCOUNT
    assert refusal(issue(stranger, account_id=ACCOUNT, session_id=SESSION, version=1, now=NOW), keys) == "token.invalid"
    disguised = signed(stranger, claims_of(new), kid=new_id)
    assert refusal(disguised, keys) == "token.invalid"
    keys.rotate()
    assert read(old, keys, NOW).sub == ACCOUNT
    keys.rotate()
    assert refusal(old, keys) == "token.invalid", "three rotations on, its key is gone"


def test_an_opaque_token_is_random_and_stored_as_its_hash() -> None:
    tokens = [new_opaque_token() for _ in range(100)]
    assert len({token.text for token in tokens}) == 100
    for token in tokens:
        assert len(token.text) == 43
        assert token.digest == digest(token.text) == hashlib.sha256(token.text.encode()).digest()
        assert token.text not in repr(token)
    assert digest("\ud800") != digest("")


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("expires", "used", "revoked", "verdict"),
    [
        (HOUR, None, None, "ok"),
        (SECOND, None, None, "ok"),
        (0 * HOUR, None, None, "expired"),
        (-HOUR, None, None, "expired"),
        (HOUR, -SECOND, None, "reused"),
        (HOUR, 0 * HOUR, None, "reused"),
        (-HOUR, -2 * HOUR, None, "reused"),
        (HOUR, None, -HOUR, "revoked"),
        (HOUR, -2 * HOUR, -HOUR, "revoked"),
        (-HOUR, None, -HOUR, "revoked"),
    ],
)
def test_what_a_refresh_token_is_worth(
    expires: timedelta, used: timedelta | None, revoked: timedelta | None, verdict: RefreshVerdict
) -> None:
    state = RefreshState(
        NOW + expires, None if used is None else NOW + used, None if revoked is None else NOW + revoked
    )
    assert judge_refresh(state, NOW) == verdict


def test_refreshing_never_outlives_the_session() -> None:
    assert refresh_expiry(NOW + timedelta(days=7), NOW) == NOW + REFRESH_LIFETIME
    assert refresh_expiry(NOW + HOUR, NOW) == NOW + HOUR


def test_the_library_is_imported_in_one_module_only() -> None:
    root = Path(__file__).parents[3] / "app"
    imports = re.compile(r"^\s*(from|import) jose\b", re.MULTILINE)
    importing = [file for file in root.rglob("*.py") if imports.search(file.read_text(encoding="utf-8"))]
    assert [file.relative_to(root).as_posix() for file in importing] == ["services/credentials/tokens.py"]

"""The file of signing keys: private, rotated, and nothing else than P-256 in PEM."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.services.credentials.signing_keys import SigningKeys, SigningKeysUnusable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing.json"


def test_a_new_file_is_private_and_survives_reopening(path: Path) -> None:
    keys = SigningKeys.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    key_id, private_pem = keys.signing()
    assert SigningKeys(path).signing() == (key_id, private_pem)
    assert (keys.public_pem(key_id) or "").startswith("-----BEGIN PUBLIC KEY-----")
    assert private_pem.startswith("-----BEGIN PRIVATE KEY-----")
    assert keys.public_pem("0" * 16) is None
    with pytest.raises(SigningKeysUnusable, match="exists already"):
        SigningKeys.create(path)


def test_a_file_open_to_others_is_refused(path: Path) -> None:
    SigningKeys.create(path)
    path.chmod(0o644)
    with pytest.raises(SigningKeysUnusable, match="chmod 600"):
        SigningKeys(path)


def test_rotation_keeps_two_older_public_keys_and_destroys_their_private_halves(path: Path) -> None:
    keys = SigningKeys.create(path)
    ids, privates = [], []
    for _ in range(4):
        key_id, private_pem = keys.signing()
        ids.append(key_id)
        privates.append(private_pem)
        assert keys.rotate() != key_id
    assert len(set(ids)) == 4
    assert [keys.public_pem(key_id) is not None for key_id in ids] == [False, False, True, True]
    assert not [pem for pem in privates if json.dumps(pem) in path.read_text()]
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_takes_up_a_rotation(path: Path) -> None:
    server, command = SigningKeys.create(path), SigningKeys(path)
    new = command.rotate()
    assert server.signing()[0] == new
    assert server.public_pem(new) == command.public_pem(new)


def test_keys_already_read_stay_when_the_file_goes(path: Path) -> None:
    keys = SigningKeys.create(path)
    before = keys.signing()
    path.unlink()
    assert keys.signing() == before


def _pems(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> tuple[str, str]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


P256, OTHER = _pems(ec.generate_private_key(ec.SECP256R1())), _pems(ec.generate_private_key(ec.SECP256R1()))
P384, EDWARDS = _pems(ec.generate_private_key(ec.SECP384R1())), _pems(ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    ("private", "public"),
    [
        (P384[0], [P384[1]]),
        (EDWARDS[0], [EDWARDS[1]]),
        (P256[0], [P256[1], EDWARDS[1]]),
        (P256[0], [OTHER[1], P256[1]]),
        (P256[0], []),
        (P256[0], ["nonsense"]),
        ("nonsense", [P256[1]]),
        (None, [P256[1]]),
        (P256[1], [P256[1]]),
    ],
    ids=[
        "P-384",
        "Ed25519",
        "Ed25519 among",
        "other pair",
        "no public",
        "public nonsense",
        "private nonsense",
        "no private",
        "public as private",
    ],
)
def test_other_keys_are_refused_without_quoting_them(path: Path, private: str | None, public: list[str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps({"format": "besa-signing-keys/1", "private": private, "public": public}))
    with pytest.raises(SigningKeysUnusable, match="not a file of the format") as refusal:
        SigningKeys(path)
    assert "BEGIN" not in str(refusal.value)


def test_no_key_is_printed(path: Path) -> None:
    keys = SigningKeys.create(path)
    assert repr(keys) == f"<SigningKeys {keys.signing()[0]}>"
    assert "PRIVATE" not in repr(keys._keys)

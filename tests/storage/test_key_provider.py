"""The keyring file: readable by nobody else, never overwritten, rotated without losing a key."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.storage.key_provider import (
    FileKeyProvider,
    KeyringUnusable,
    MemoryKeyProvider,
    UnwrapFailed,
    WrappedKey,
)

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


def test_a_new_keyring_is_private_and_survives_reopening(path: Path) -> None:
    wrapped = FileKeyProvider.create(path).wrap(KEY, b"row")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]
    assert wrapped.version == 1 and len(wrapped.blob) == 60
    assert FileKeyProvider(path).unwrap(wrapped, b"row") == KEY


def test_an_existing_keyring_is_never_overwritten(path: Path) -> None:
    FileKeyProvider.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyringUnusable, match="exists already"):
        FileKeyProvider.create(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_keyring_open_to_others_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    FileKeyProvider.create(path)
    path.chmod(mode)
    with pytest.raises(KeyringUnusable, match=f"mode {mode:04o}.*chmod 600"):
        FileKeyProvider(path)


def test_somebody_elses_keyring_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FileKeyProvider.create(path)
    if os.geteuid() == 0:
        os.chown(path, 4242, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(KeyringUnusable, match="belongs to another user"):
        FileKeyProvider(path)


def test_a_failed_write_leaves_the_old_keyring_and_no_remains(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = FileKeyProvider.create(path)
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyringUnusable, match="cannot be written: No space left"):
        provider.add_version()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]
    assert provider.current_version == 1


def test_rotations_at_the_same_time_lose_no_version(path: Path) -> None:
    FileKeyProvider.create(path)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: FileKeyProvider(path).add_version(), range(24)))
    assert sorted(made) == list(range(2, 26))
    assert FileKeyProvider(path).versions == tuple(range(1, 26))


def test_missing_and_odd_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyringUnusable, match="does not exist"):
        FileKeyProvider(tmp_path / "none")
    with pytest.raises(KeyringUnusable, match="not an ordinary file"):
        FileKeyProvider(tmp_path)
    os.mkfifo(tmp_path / "fifo", 0o600)
    with pytest.raises(KeyringUnusable, match="not an ordinary file"):
        FileKeyProvider(tmp_path / "fifo")


def _drop_current(ring: dict[str, object]) -> None:
    ring["current"] = 7


def _shorten(ring: dict[str, object]) -> None:
    ring["index_secret"] = "AAAA"


def _reformat(ring: dict[str, object]) -> None:
    ring["format"] = "besa-keyring/9"


def _double(ring: dict[str, object]) -> None:
    keys = ring["keys"]
    assert isinstance(keys, list)
    keys.append(keys[0])


@pytest.mark.parametrize("spoil", [_drop_current, _shorten, _reformat, _double])
def test_a_spoiled_keyring_is_refused_without_quoting_it(
    path: Path, spoil: Callable[[dict[str, object]], None]
) -> None:
    FileKeyProvider.create(path)
    ring = json.loads(path.read_text())
    secret = ring["keys"][0]["key"]
    spoil(ring)
    path.write_text(json.dumps(ring))
    with pytest.raises(KeyringUnusable, match="not a keyring") as refusal:
        FileKeyProvider(path)
    assert secret not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"keys": 3}'])
def test_something_else_than_a_keyring_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keyring"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyringUnusable, match="not a keyring"):
        FileKeyProvider(path)


def test_rotation_wraps_anew_and_still_unwraps_the_old(path: Path) -> None:
    provider = FileKeyProvider.create(path)
    old, index_key = provider.wrap(KEY, b"row"), provider.index_key("name")
    assert provider.add_version() == 2
    new = provider.wrap(KEY, b"row")
    assert new.version == provider.current_version == 2
    reopened = FileKeyProvider(path)
    assert reopened.versions == (1, 2)
    assert reopened.unwrap(old, b"row") == reopened.unwrap(new, b"row") == KEY
    assert reopened.index_key("name") == index_key
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_takes_up_a_rotation_without_restart(path: Path) -> None:
    FileKeyProvider.create(path)
    server, command = FileKeyProvider(path), FileKeyProvider(path)
    assert command.add_version() == 2
    from_command = command.wrap(KEY, b"row")
    assert server.unwrap(from_command, b"row") == KEY
    assert server.wrap(KEY, b"row").version == 2


def test_keys_already_read_stay_when_the_file_goes(path: Path) -> None:
    provider = FileKeyProvider.create(path)
    wrapped = provider.wrap(KEY, b"row")
    path.unlink()
    assert provider.unwrap(wrapped, b"row") == KEY
    assert provider.wrap(KEY, b"row").version == 1


def test_a_removed_version_opens_nothing_any_more(path: Path) -> None:
    provider = FileKeyProvider.create(path)
    old = provider.wrap(KEY, b"row")
    with pytest.raises(KeyringUnusable, match="current master key"):
        provider.remove_version(1)
    provider.add_version()
    provider.remove_version(1)
    assert FileKeyProvider(path).versions == (2,)
    with pytest.raises(UnwrapFailed, match="version 1"):
        FileKeyProvider(path).unwrap(old, b"row")
    with pytest.raises(KeyringUnusable, match="no master key of version 1"):
        provider.remove_version(1)
    assert provider.add_version() == 3, "a version number is never given twice"


def test_a_wrapped_key_is_bound_to_row_version_and_every_bit() -> None:
    provider = MemoryKeyProvider()
    wrapped = provider.wrap(KEY, b"row 1")
    provider.add_version()
    changed = [
        WrappedKey(1, wrapped.blob[:at] + bytes([wrapped.blob[at] ^ 1]) + wrapped.blob[at + 1 :]) for at in range(60)
    ]
    for wrong in [WrappedKey(2, wrapped.blob), WrappedKey(1, b""), WrappedKey(1, wrapped.blob[:20]), *changed]:
        with pytest.raises(UnwrapFailed):
            provider.unwrap(wrong, b"row 1")
    with pytest.raises(UnwrapFailed):
        provider.unwrap(wrapped, b"row 2")
    assert provider.unwrap(wrapped, b"row 1") == KEY


def test_index_keys_differ_by_name_and_installation_and_stay() -> None:
    provider = MemoryKeyProvider()
    name, idempotency = provider.index_key("name"), provider.index_key("idempotency")
    assert len(name) == 32 and name != idempotency != MemoryKeyProvider().index_key("idempotency")
    assert provider.index_key("name") == name


def test_no_key_is_printed(path: Path) -> None:
    provider = FileKeyProvider.create(path)
    secret = json.loads(path.read_text())["keys"][0]["key"]
    assert secret not in repr(provider) and "versions=(1,)" in repr(provider)
    assert "keys" not in repr(provider._ring)

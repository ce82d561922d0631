"""What `besa doctor` says of a database that people work with: its keys and the extract for statistics."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from app.commands.doctor_checks import Finding
from app.settings import Settings
from app.storage.inspection import Upkeep

UpkeepCheck = Callable[[Settings, Upkeep], Iterator[Finding]]

EXTRACT_LATE_AFTER = timedelta(days=2)
"""Maintenance renews it every day; where it has missed two, something keeps it."""


def master_key_versions(settings: Settings, upkeep: Upkeep) -> Iterator[Finding]:
    """Every data key needs the version of the master key that it was wrapped under."""
    from app.storage.key_provider import FileKeyProvider, KeyringUnusable

    try:
        provider = FileKeyProvider(settings.master_keys)
    except KeyringUnusable:
        # the check of the key files has said so
        return
    used = upkeep.keys_by_version
    missing = sorted(set(used) - set(provider.versions))
    old = sorted(set(used) - {provider.current_version} - set(missing))
    unused = [version for version in provider.versions if version not in used and version != provider.current_version]
    counts = ", ".join(f"version {version} wraps {keys:,} data keys" for version, keys in used.items())
    if missing:
        says = f"{counts}; version {', '.join(map(str, missing))} is not in {settings.master_keys}"
        yield Finding("key versions", "problem", says, "Bring the key file back from its backup.")
    elif old:
        yield Finding("key versions", "note", f"{counts}; `besa keys rewrap` brings all under the newest")
    elif unused:
        says = f"{counts or 'no data keys yet'}; nothing needs version {', '.join(map(str, unused))} any more"
        yield Finding("key versions", "note", f"{says} (`besa keys remove`)")
    else:
        yield Finding("key versions", "ok", counts or f"version {provider.current_version}, no data keys yet")


def statistics_extract(_: Settings, upkeep: Upkeep) -> Iterator[Finding]:
    """Figures are read from the extract; maintenance renews it every day while the program runs."""
    if not upkeep.extracts:
        yield Finding("statistics extract", "note", "not made yet; the running program makes it")
    now = datetime.now(UTC)
    for jurisdiction, made in sorted(upkeep.extracts.items()):
        says = f"{jurisdiction} of {made:%Y-%m-%d %H:%M} UTC"
        if now - made > EXTRACT_LATE_AFTER:
            mend = f"See that `besa run` is running, or renew it: besa statistics refresh --profile {jurisdiction}"
            yield Finding("statistics extract", "problem", f"{says} is too old", mend)
        else:
            yield Finding("statistics extract", "ok", says)


UPKEEP_CHECKS: tuple[UpkeepCheck, ...] = (master_key_versions, statistics_extract)

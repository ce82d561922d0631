"""Loads the jurisdiction profiles: every version beside the others, checked as a whole before any is used.

Layout below the root, one folder for each version, so that a new version is added without touching an old one:

    shared/0.1.0/codelists/*.yaml indicators/*.yaml rules.yaml sources.yaml targets.yaml
    al/0.1.0/profile.yaml places.yaml organisations.yaml      (`shared:` in profile.yaml names its shared version)
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from app.domain.profile import Profile, UnknownEntry
from app.jurisdictions.build import ProfileFiles, build_profile
from app.jurisdictions.directory_references import check_directory
from app.jurisdictions.faults import Fault, Faults, ProfileError
from app.jurisdictions.profile_references import check_profile
from app.jurisdictions.reading import read_model
from app.jurisdictions.schema.directory import OrganisationsFile, PlacesFile
from app.jurisdictions.schema.profile import ProfileFile
from app.jurisdictions.shared_files import SharedFiles, read_shared
from app.jurisdictions.shared_references import check_shared

_VERSION = re.compile(r"^\d+\.\d+\.\d+$")
_JURISDICTION = re.compile(r"^[a-z]{2}$")


class Profiles:
    """Every loaded profile, by jurisdiction and version."""

    def __init__(self, loaded: Mapping[tuple[str, str], Profile]) -> None:
        self._loaded = loaded

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._loaded.values())

    def all(self) -> tuple[Profile, ...]:
        """Return every version of every profile, ordered by jurisdiction and version."""
        return tuple(self._loaded.values())

    def jurisdictions(self) -> tuple[str, ...]:
        """Return the codes of the jurisdictions."""
        return tuple(dict.fromkeys(jurisdiction for jurisdiction, _ in self._loaded))

    def get(self, jurisdiction: str, version: str) -> Profile:
        """Return the profile that a case was worked under; raises UnknownEntry."""
        found = self._loaded.get((jurisdiction, version))
        if found is None:
            raise UnknownEntry(f"no profile {jurisdiction} {version}")
        return found

    def current(self, jurisdiction: str, on: date | None = None) -> Profile:
        """Return the version in force on a day (today in UTC where None): the one that began last.

        A version without `valid_from` holds since ever, until another begins. Raises UnknownEntry.
        """
        day = on or datetime.now(UTC).date()
        in_force = [
            profile
            for profile in self
            if profile.jurisdiction == jurisdiction
            and (profile.valid_from is None or profile.valid_from <= day)
            and (profile.valid_to is None or day <= profile.valid_to)
        ]
        if not in_force:
            raise UnknownEntry(f"no profile of {jurisdiction} is in force on {day.isoformat()}")
        return max(in_force, key=lambda profile: (profile.valid_from or date.min, _numbers(profile.version)))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _version_folders(root: Path) -> list[Path]:
    folders = [folder for folder in root.iterdir() if folder.is_dir() and _JURISDICTION.match(folder.name)]
    return sorted(
        (version for folder in folders for version in folder.iterdir() if _VERSION.match(version.name)),
        key=lambda folder: (folder.parent.name, _numbers(folder.name)),
    )


def _read(folder: Path, shared: Mapping[str, SharedFiles | None], faults: Faults) -> ProfileFiles | None:
    name = f"{folder.parent.name}/{folder.name}"
    profile = read_model(folder / "profile.yaml", f"{name}/profile.yaml", ProfileFile, faults)
    places = read_model(folder / "places.yaml", f"{name}/places.yaml", PlacesFile, faults)
    entries = read_model(folder / "organisations.yaml", f"{name}/organisations.yaml", OrganisationsFile, faults)
    if profile is None or places is None or entries is None:
        return None
    if profile.shared not in shared:
        faults.add(f"{name}/profile.yaml", "shared", f"there is no folder shared/{profile.shared}")
        return None
    used = shared[profile.shared]
    return ProfileFiles(name, profile, places, entries, used) if used else None


def load_profiles(root: Path | None = None) -> Profiles:
    """Read and check every profile below `root` (this package where None).

    Raises ProfileError with every fault that was found, each naming file, entry and reason.
    """
    base = root or Path(__file__).parent
    faults = Faults()
    folders = _version_folders(base)
    if not folders:
        faults.add(str(base), "", "no profile was found")
    jurisdictions = tuple(dict.fromkeys(folder.parent.name.upper() for folder in folders))
    versions = sorted(folder.name for folder in (base / "shared").glob("*.*.*") if _VERSION.match(folder.name))
    shared = {version: read_shared(base, version, faults) for version in versions}
    for part in shared.values():
        if part:
            check_shared(part, jurisdictions, faults)
    files = [read for folder in folders if (read := _read(folder, shared, faults))]
    for one in files:
        check_profile(one, faults)
        check_directory(one, faults)
    faults.raise_if_any()
    return Profiles(
        {(one.profile.jurisdiction, one.profile.version): build_profile(one, jurisdictions) for one in files}
    )


@cache
def profiles() -> Profiles:
    """Return the profiles of the program, read once; raises ProfileError."""
    return load_profiles()


__all__ = ["Fault", "ProfileError", "Profiles", "load_profiles", "profiles"]

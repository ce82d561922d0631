"""The running program: its settings, database, keys and profiles, made once and handed to every unit of work."""

from dataclasses import dataclass, field

from app.domain.problems import Unavailable
from app.domain.profile import Profile
from app.jurisdictions.loader import Profiles, profiles
from app.services.credentials.signing_keys import SigningKeys
from app.settings import Settings
from app.storage.blind_index import BlindIndex
from app.storage.database import Database
from app.storage.encryption import Keyring
from app.storage.key_provider import KeyProvider


@dataclass(frozen=True, slots=True)
class Program:
    """What every use case may need; one per process."""

    settings: Settings
    database: Database
    key_provider: KeyProvider
    keyring: Keyring
    signing_keys: SigningKeys
    profiles: Profiles
    demonstration: bool = False
    _indexes: dict[tuple[str, str], BlindIndex] = field(default_factory=dict)

    @classmethod
    def make(
        cls,
        settings: Settings,
        database: Database,
        key_provider: KeyProvider,
        signing_keys: SigningKeys,
        *,
        demonstration: bool = False,
    ) -> "Program":
        """Wire the program; loads the profiles (validated, cached)."""
        return cls(settings, database, key_provider, Keyring(key_provider), signing_keys, profiles(), demonstration)

    def profile(self, jurisdiction: str, version: str | None = None) -> Profile:
        """Return the current profile of a jurisdiction, or the version a case was worked under."""
        if version is None:
            return self.profiles.current(jurisdiction)
        return self.profiles.get(jurisdiction, version)

    def index(self, jurisdiction: str, kind: str = "name") -> BlindIndex:
        """Return the blind index of one kind of value in one jurisdiction."""
        found = self._indexes.get((jurisdiction, kind))
        if found is None:
            found = BlindIndex(self.key_provider.index_key("blind-index"), jurisdiction, kind)
            self._indexes[jurisdiction, kind] = found
        return found

    def require_demonstration(self) -> None:
        """Refuse what exists only in demonstration mode."""
        if not self.demonstration:
            raise Unavailable("demonstration.off")

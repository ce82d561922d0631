"""What is wrong in the data: every fault names file, entry and reason, and all of them are told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `entry` is a path such as `values.VMT.label`, with codes in place of numbers."""

    file: str
    entry: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.reason}" if self.entry else f"{self.file}: {self.reason}"


class ProfileError(Exception):
    """The data of the jurisdictions cannot be used; `faults` holds everything that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(slots=True)
class Faults:
    """Collects faults while files are read and compared."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, entry: str, reason: str) -> None:
        """Keep one fault."""
        self.found.append(Fault(file, entry, reason))

    def raise_if_any(self) -> None:
        """Raise ProfileError with everything collected so far."""
        if self.found:
            raise ProfileError(self.found)

"""Who acts: the person (or the program itself) behind one unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.policy import ROLE_CLASSES, DataClass, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """One account under one assignment: a role at an organisation of a jurisdiction."""

    account_id: UUID
    assignment_id: UUID | None
    org_id: UUID
    org_code: str
    org_name: Mapping[str, str]
    role: Role
    jurisdiction: str
    display_name: str
    language: str
    session_id: UUID | None = None
    session_kind: str = "system"
    needs_second_factor: bool = False
    second_factor: bool = False
    must_change_password: bool = False

    @property
    def complete(self) -> bool:
        """True once nothing of the sign-in is left to do: second factor passed where needed, first password changed."""
        return (self.second_factor or not self.needs_second_factor) and not self.must_change_password

    @property
    def classes(self) -> frozenset[DataClass]:
        """The data classes this role can ever see; none before the second factor where it is required."""
        if self.needs_second_factor and not self.second_factor:
            return frozenset()
        return ROLE_CLASSES.get(self.role, frozenset())

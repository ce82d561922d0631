"""The one declared access policy: role x action x data class x reach.

Routes take their check from here, row-level security takes each role's data classes from here (written to
the database by the migration step), and the permission tests are generated from here.

*Reach* says how far an action goes: which things it may touch once the role holds it. The rows themselves
are kept by PostgreSQL: grants, denials and validity are data, not part of this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the mechanism (`casework`: who works with it), and the program's own."""

    MOBILE_UNIT_OFFICER = "mobile_unit_officer"
    FIRST_RESPONDER = "first_responder"
    HOTLINE_OPERATOR = "hotline_operator"
    IDENTIFICATION_OFFICER = "identification_officer"
    CASE_MANAGER = "case_manager"
    SHELTER_STAFF = "shelter_staff"
    SHELTER_MANAGER = "shelter_manager"
    RESPONSIBLE_AUTHORITY = "responsible_authority"
    REGIONAL_COMMITTEE = "regional_committee"
    NATIONAL_COORDINATOR = "national_coordinator"
    STATISTICIAN = "statistician"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    """The program itself, for what falls due without a person: expiring referrals and reservations."""
    INTAKE = "intake"
    """Another program that sends signals of one channel for one organisation; sees no case."""


class DataClass(StrEnum):
    """Classes of case data; a referral shares named classes only."""

    MILESTONES = "milestones"
    IDENTITY = "identity"
    CASEWORK = "casework"
    IDENTIFICATION = "identification"
    HEALTH = "health"
    LEGAL = "legal"
    SHELTER_LOCATION = "shelter_location"


class Reach(StrEnum):
    """How far an action goes once the role holds it."""

    OPEN = "open"
    """No sign-in: health checks, the sign-in itself, static files."""
    SELF = "self"
    """The actor's own account and sessions."""
    ORGANISATION = "organisation"
    """Things of the actor's organisation: its signals, beds, queue, month sheet."""
    CASE = "case"
    """A case the actor holds a valid grant for, in the action's data class."""
    NATIONAL = "national"
    """Every case of the jurisdiction, milestones only."""
    AGGREGATE = "aggregate"
    """Protected figures; no person's row."""
    AUDIT = "audit"
    """The audit log; no case content."""
    CONFIGURATION = "configuration"
    """People, roles and organisations; no case content."""


_M, _I, _C, _ID, _H, _L, _S = DataClass

ROLE_CLASSES: Mapping[Role, frozenset[DataClass]] = {
    Role.MOBILE_UNIT_OFFICER: frozenset({_M, _I, _C, _ID, _H}),
    Role.FIRST_RESPONDER: frozenset({_M, _I, _C, _ID}),
    Role.HOTLINE_OPERATOR: frozenset({_M, _C}),
    Role.IDENTIFICATION_OFFICER: frozenset({_M, _I, _C, _ID, _L}),
    Role.CASE_MANAGER: frozenset({_M, _I, _C, _ID, _H, _L}),
    Role.SHELTER_STAFF: frozenset({_M, _I, _C, _H, _S}),
    Role.SHELTER_MANAGER: frozenset({_M, _I, _C, _ID, _H, _L, _S}),
    Role.RESPONSIBLE_AUTHORITY: frozenset({_M, _I}),
    Role.SYSTEM: frozenset({_M}),
}
"""The most a role can ever see of a case; a grant can only narrow it. Roles not named see no case."""

NATIONAL_ROLES = frozenset({Role.RESPONSIBLE_AUTHORITY, Role.SYSTEM})
"""Roles that see the milestones of every case of their jurisdiction, identity never among them."""

CASE_ROLES = frozenset(ROLE_CLASSES) - {Role.SYSTEM}
"""Roles that read cases: a second factor is required of each."""

SECOND_FACTOR_ROLES = CASE_ROLES | {Role.DATA_PROTECTION_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR}
"""Case readers, and those who could open the way to cases or read the log."""

PEOPLE = frozenset(Role) - {Role.SYSTEM, Role.INTAKE}
"""Roles that a person can hold."""

_FIELD = frozenset(
    {
        Role.MOBILE_UNIT_OFFICER,
        Role.FIRST_RESPONDER,
        Role.IDENTIFICATION_OFFICER,
        Role.CASE_MANAGER,
        Role.SHELTER_MANAGER,
    }
)
_CARE = frozenset({Role.MOBILE_UNIT_OFFICER, Role.CASE_MANAGER, Role.SHELTER_STAFF, Role.SHELTER_MANAGER})
_SHELTER = frozenset({Role.SHELTER_STAFF, Role.SHELTER_MANAGER})
_SIGNAL = _FIELD | {Role.HOTLINE_OPERATOR, Role.SHELTER_STAFF, Role.RESPONSIBLE_AUTHORITY}
_SENDERS = _FIELD | {Role.RESPONSIBLE_AUTHORITY}
_LEGAL = frozenset({Role.IDENTIFICATION_OFFICER, Role.CASE_MANAGER, Role.SHELTER_MANAGER})
_FIGURES = frozenset(
    {
        Role.RESPONSIBLE_AUTHORITY,
        Role.REGIONAL_COMMITTEE,
        Role.NATIONAL_COORDINATOR,
        Role.STATISTICIAN,
        Role.SHELTER_MANAGER,
    }
)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing people do. `data_class` is the class it reads or writes, None where no case is touched.

    `second_factor` False: may be done before the sign-in is complete (second factor, first password changed).
    """

    name: str
    roles: frozenset[Role]
    reach: Reach
    data_class: DataClass | None = None
    second_factor: bool = True


def _table(*rows: Action) -> Mapping[str, Action]:
    return {row.name: row for row in rows}


ACTIONS: Mapping[str, Action] = _table(
    # The door
    Action("door.open", frozenset(), Reach.OPEN, second_factor=False),
    Action("session.start", frozenset(), Reach.OPEN, second_factor=False),
    Action("session.refresh", frozenset(), Reach.OPEN, second_factor=False),
    Action("session.read", PEOPLE, Reach.SELF, second_factor=False),
    Action("session.prove", PEOPLE, Reach.SELF, second_factor=False),
    Action("session.end", PEOPLE, Reach.SELF, second_factor=False),
    Action("session.switch", PEOPLE, Reach.SELF, second_factor=False),
    Action("session.list", PEOPLE, Reach.SELF),
    Action("session.revoke", PEOPLE, Reach.SELF),
    Action("credential.change", PEOPLE, Reach.SELF, second_factor=False),
    Action("credential.renew", PEOPLE, Reach.SELF),
    Action("language.choose", PEOPLE, Reach.SELF),
    Action("reference.read", PEOPLE, Reach.AGGREGATE),
    Action("home.read", PEOPLE, Reach.SELF),
    # Signals
    Action("signal.record", _SIGNAL, Reach.ORGANISATION),
    Action("signal.read", _SIGNAL, Reach.ORGANISATION),
    Action("signal.triage", _SIGNAL - {Role.SHELTER_STAFF}, Reach.ORGANISATION),
    Action("signal.follow", _SIGNAL - {Role.SHELTER_STAFF, Role.RESPONSIBLE_AUTHORITY}, Reach.ORGANISATION),
    Action("signal.count", frozenset({Role.HOTLINE_OPERATOR, Role.RESPONSIBLE_AUTHORITY}), Reach.AGGREGATE),
    Action("report.public", frozenset(), Reach.OPEN, second_factor=False),
    # Programs that send signals
    Action("intake.record", frozenset({Role.INTAKE}), Reach.ORGANISATION),
    Action("intake.verify", frozenset(), Reach.OPEN, second_factor=False),
    Action("intake.read", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    Action("intake.manage", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    # Case and person
    Action("case.register", _FIELD, Reach.ORGANISATION, DataClass.IDENTITY),
    Action("case.complete", _FIELD, Reach.CASE, DataClass.MILESTONES),
    Action("case.list", CASE_ROLES, Reach.CASE, DataClass.MILESTONES),
    Action("case.read", CASE_ROLES, Reach.CASE, DataClass.MILESTONES),
    Action("person.search", _FIELD | {Role.SHELTER_STAFF, Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.IDENTITY),
    Action("person.read", _FIELD | {Role.SHELTER_STAFF, Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.IDENTITY),
    Action("person.correct", _FIELD, Reach.CASE, DataClass.IDENTITY),
    Action("duplicate.decide", _FIELD, Reach.CASE, DataClass.IDENTITY),
    Action("identity.reveal", frozenset({Role.RESPONSIBLE_AUTHORITY}), Reach.NATIONAL, DataClass.IDENTITY),
    Action("authority.assign", frozenset({Role.RESPONSIBLE_AUTHORITY}), Reach.NATIONAL, DataClass.IDENTITY),
    Action("access.request", CASE_ROLES, Reach.CASE, DataClass.MILESTONES),
    Action("access.grant", _FIELD - {Role.IDENTIFICATION_OFFICER}, Reach.CASE, DataClass.CASEWORK),
    Action(
        "access.deny",
        frozenset({Role.CASE_MANAGER, Role.SHELTER_MANAGER, Role.MOBILE_UNIT_OFFICER, Role.RESPONSIBLE_AUTHORITY}),
        Reach.CASE,
        DataClass.MILESTONES,
    ),
    # Identification
    Action("exploitation.record", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("exploitation.read", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("identification.record", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("identification.read", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("refusal.read", frozenset({Role.RESPONSIBLE_AUTHORITY}), Reach.NATIONAL, DataClass.MILESTONES),
    Action("identification.decide", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    # Children and risk
    Action("child.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("child.record", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("child.assign", _FIELD, Reach.CASE, DataClass.CASEWORK),
    Action("child.monitor", _FIELD, Reach.CASE, DataClass.MILESTONES),
    Action("risk.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("risk.record", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("risk.confirm", _FIELD, Reach.CASE, DataClass.CASEWORK),
    # Formal identification: its dates are milestones, everything else is of the identification
    Action("formal.read", _FIELD | {Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.MILESTONES),
    Action("formal.request", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("formal.lead", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("formal.sign", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("formal.decide", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    Action("formal.letter", _FIELD, Reach.CASE, DataClass.IDENTIFICATION),
    # Information, consent, referral
    Action("urgent_needs.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("urgent_needs.record", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("information.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("information.record", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("consent.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("consent.record", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("referral.send", _SENDERS, Reach.CASE, DataClass.MILESTONES),
    Action("referral.read", CASE_ROLES, Reach.ORGANISATION, DataClass.MILESTONES),
    Action("referral.answer", CASE_ROLES - {Role.RESPONSIBLE_AUTHORITY}, Reach.ORGANISATION, DataClass.MILESTONES),
    # The forms of the procedures
    # The authority gets counts: what a single case lacks is for who works with it.
    Action("form.read", CASE_ROLES - {Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.MILESTONES),
    Action("form.print", _FIELD, Reach.CASE, DataClass.MILESTONES),
    Action("form.figure", CASE_ROLES, Reach.AGGREGATE),
    # Shelter
    Action("bed.read", _SHELTER, Reach.ORGANISATION, DataClass.SHELTER_LOCATION),
    Action("bed.manage", frozenset({Role.SHELTER_MANAGER}), Reach.ORGANISATION, DataClass.SHELTER_LOCATION),
    Action("placement.read", _SHELTER, Reach.ORGANISATION, DataClass.SHELTER_LOCATION),
    Action("placement.record", _SHELTER, Reach.CASE, DataClass.SHELTER_LOCATION),
    Action("service.read", _CARE, Reach.CASE, DataClass.CASEWORK),
    Action("service.record", _CARE, Reach.CASE, DataClass.CASEWORK),
    # Reflection
    Action(
        "reflection.read",
        _FIELD | {Role.SHELTER_STAFF, Role.RESPONSIBLE_AUTHORITY},
        Reach.CASE,
        DataClass.MILESTONES,
    ),
    Action("reflection.record", _FIELD, Reach.CASE, DataClass.MILESTONES),
    # Proceedings against the person
    Action("proceedings.read", _LEGAL, Reach.CASE, DataClass.LEGAL),
    Action("proceedings.record", _LEGAL, Reach.CASE, DataClass.LEGAL),
    # The story of a case
    Action("note.read", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("note.write", _FIELD | {Role.SHELTER_STAFF}, Reach.CASE, DataClass.CASEWORK),
    Action("task.read", CASE_ROLES, Reach.ORGANISATION, DataClass.MILESTONES),
    Action("milestone.record", _FIELD | {Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.MILESTONES),
    Action("milestone.retract", _FIELD | {Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.MILESTONES),
    Action("case.hand_over", _FIELD, Reach.CASE, DataClass.MILESTONES),
    Action("case.close", _FIELD, Reach.CASE, DataClass.MILESTONES),
    Action("case.reopen", _FIELD | {Role.RESPONSIBLE_AUTHORITY}, Reach.CASE, DataClass.MILESTONES),
    # The Responsible Authority and the figures
    Action("board.read", frozenset({Role.RESPONSIBLE_AUTHORITY}), Reach.NATIONAL, DataClass.MILESTONES),
    Action("escalation.answer", frozenset({Role.RESPONSIBLE_AUTHORITY}), Reach.NATIONAL, DataClass.MILESTONES),
    Action("statistics.read", _FIGURES | {Role.SYSTEM}, Reach.AGGREGATE),
    Action(
        "statistics.read_internal",
        frozenset({Role.RESPONSIBLE_AUTHORITY, Role.STATISTICIAN, Role.SYSTEM}),
        Reach.AGGREGATE,
    ),
    Action("statistics.read_own_services", frozenset({Role.SHELTER_MANAGER}), Reach.ORGANISATION),
    # The log
    Action("audit.read", frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}), Reach.AUDIT),
    # Configuration
    Action("organisation.read", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    Action("organisation.manage", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    Action("account.read", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    Action("account.manage", frozenset({Role.ADMINISTRATOR}), Reach.CONFIGURATION),
    # The program itself
    Action("system.maintain", frozenset({Role.SYSTEM}), Reach.NATIONAL, DataClass.MILESTONES, second_factor=False),
)
"""Every action by its name."""


def may(role: Role, action: str) -> bool:
    """True where `role` holds `action`; an action without roles is open to everybody."""
    rule = ACTIONS[action]
    return rule.reach is Reach.OPEN or role in rule.roles

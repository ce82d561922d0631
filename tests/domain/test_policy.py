"""The declared policy holds together: nobody holds what they could never use, and what reads cases asks for proof."""

import pytest

from app.domain.actors import Actor
from app.domain.ids import uuid7
from app.domain.policy import (
    ACTIONS,
    CASE_ROLES,
    NATIONAL_ROLES,
    PEOPLE,
    ROLE_CLASSES,
    SECOND_FACTOR_ROLES,
    Action,
    DataClass,
    Reach,
    Role,
    may,
)

BEFORE_PROOF = {
    "door.open",
    "session.start",
    "session.refresh",
    "session.read",
    "session.prove",
    "session.end",
    "session.switch",
    "credential.change",
    "system.maintain",
    "report.public",
    "intake.verify",
}
"""What is done before the second factor is given, or by the program itself."""
CASE_READING = {Reach.CASE, Reach.NATIONAL}


def actor(role: Role, *, needs: bool = True, second_factor: bool = True) -> Actor:
    """Somebody who holds a role."""
    names = {"sq": "Organizata", "en": "Organisation"}
    return Actor(
        account_id=uuid7(),
        assignment_id=uuid7(),
        org_id=uuid7(),
        org_code="X",
        org_name=names,
        role=role,
        jurisdiction="AL",
        display_name="Somebody",
        language="sq",
        needs_second_factor=needs,
        second_factor=second_factor,
    )


@pytest.mark.parametrize("rule", ACTIONS.values(), ids=lambda rule: rule.name)
def test_may_says_what_the_table_says(rule: Action) -> None:
    for role in Role:
        assert may(role, rule.name) is (rule.reach is Reach.OPEN or role in rule.roles)


@pytest.mark.parametrize("rule", ACTIONS.values(), ids=lambda rule: rule.name)
def test_each_action_is_named_as_concept_and_verb_and_held_by_somebody(rule: Action) -> None:
    concept, verb = rule.name.split(".")
    assert concept.replace("_", "").isalpha()
    assert verb.replace("_", "").isalpha()
    assert bool(rule.roles) is (rule.reach is not Reach.OPEN)


@pytest.mark.parametrize("rule", ACTIONS.values(), ids=lambda rule: rule.name)
def test_what_touches_a_case_names_its_data_class(rule: Action) -> None:
    if rule.reach in CASE_READING:
        assert rule.data_class is not None
        assert rule.roles <= frozenset(ROLE_CLASSES)
    if rule.reach in (Reach.AUDIT, Reach.CONFIGURATION, Reach.AGGREGATE, Reach.SELF, Reach.OPEN):
        assert rule.data_class is None


@pytest.mark.parametrize("rule", ACTIONS.values(), ids=lambda rule: rule.name)
def test_the_second_factor_is_asked_for_everything_but_the_way_to_it(rule: Action) -> None:
    assert rule.second_factor is (rule.name not in BEFORE_PROOF)


def test_every_role_that_reads_cases_or_opens_the_way_to_them_needs_a_second_factor() -> None:
    assert CASE_ROLES <= SECOND_FACTOR_ROLES
    assert {role for role in ROLE_CLASSES if role is not Role.SYSTEM} == CASE_ROLES
    for role in PEOPLE - SECOND_FACTOR_ROLES:
        held = {rule.name for rule in ACTIONS.values() if role in rule.roles}
        assert not {name for name in held if ACTIONS[name].data_class is not None}
        assert not held & {"audit.read", "account.manage", "organisation.manage"}


def test_no_case_content_for_those_who_look_after_the_log_the_figures_and_the_accounts() -> None:
    outside = {
        Role.DATA_PROTECTION_OFFICER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
        Role.STATISTICIAN,
        Role.NATIONAL_COORDINATOR,
        Role.REGIONAL_COMMITTEE,
    }
    for role in outside:
        assert role not in ROLE_CLASSES
        assert actor(role).classes == frozenset()
        assert not [rule.name for rule in ACTIONS.values() if role in rule.roles and rule.data_class is not None]


def test_the_address_of_a_shelter_is_its_own_roles_alone() -> None:
    holders = {role for role, classes in ROLE_CLASSES.items() if DataClass.SHELTER_LOCATION in classes}
    assert holders == {Role.SHELTER_STAFF, Role.SHELTER_MANAGER}
    for rule in ACTIONS.values():
        if rule.data_class is DataClass.SHELTER_LOCATION:
            assert rule.roles <= holders


def test_national_roles_hold_milestones_and_no_narrative() -> None:
    assert {role: ROLE_CLASSES[role] for role in NATIONAL_ROLES} == {
        Role.RESPONSIBLE_AUTHORITY: {DataClass.MILESTONES, DataClass.IDENTITY},
        Role.SYSTEM: {DataClass.MILESTONES},
    }


def test_the_keeper_of_accounts_never_reads_the_log_and_its_reader_changes_nothing() -> None:
    held = {role: {rule.name for rule in ACTIONS.values() if role in rule.roles} for role in Role}
    assert not held[Role.ADMINISTRATOR] & held[Role.DATA_PROTECTION_OFFICER] - held[Role.STATISTICIAN]
    log_readers = held[Role.AUDITOR] | held[Role.DATA_PROTECTION_OFFICER]
    assert {name for name in log_readers if ACTIONS[name].reach not in (Reach.SELF, Reach.AGGREGATE)} == {"audit.read"}


def test_the_program_itself_acts_on_milestones_alone() -> None:
    for rule in ACTIONS.values():
        if Role.SYSTEM in rule.roles:
            assert rule.data_class in (None, DataClass.MILESTONES)
    assert Role.SYSTEM not in PEOPLE


@pytest.mark.parametrize("role", sorted(ROLE_CLASSES))
def test_before_the_second_factor_an_actor_has_no_data_class(role: Role) -> None:
    assert actor(role, second_factor=False).classes == frozenset()
    assert actor(role).classes == ROLE_CLASSES[role]


@pytest.mark.parametrize("rule", [r for r in ACTIONS.values() if r.data_class is not None], ids=lambda rule: rule.name)
def test_nobody_holds_an_action_whose_data_class_their_role_can_never_see(rule: Action) -> None:
    assert rule.data_class is not None
    blind = {role for role in rule.roles if rule.data_class not in ROLE_CLASSES[role]}
    assert blind == set()

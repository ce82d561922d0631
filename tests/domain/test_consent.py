"""Consent: what a word covers, how long, and what ends with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent import (
    ADULT_BASES,
    ANONYMOUS,
    CHILD_BASES,
    DUTY_BASES,
    MUST_BE_TOLD,
    Answer,
    Consent,
    Guardian,
    LiveShare,
    PurposeRule,
    Receiver,
    Recipient,
    check_told,
    check_withdrawal,
    covering,
    covers,
    ended_by_refusal,
    ended_by_withdrawal,
    validate_new,
)
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Invalid

NOW = datetime(2025, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PURPOSE = "REFERRAL_NAMED_BODY"
AGIMI = Receiver("agimi", frozenset({"NGO_SHELTER"}))
ILIRIA = Receiver("iliria", frozenset({"NGO_SHELTER"}))
IDENTITY, HEALTH = DataClass.IDENTITY, DataClass.HEALTH


def word(**changes: Any) -> Consent:
    """Return an adult's yes of ten days ago to sharing identity and health with Agimi."""
    plain = Consent(
        id=uuid4(),
        purpose=PURPOSE,
        answer=Answer.GIVEN,
        basis="ADULT_CONSENT",
        valid_from=NOW - 10 * DAY,
        recipient=Recipient("organisation", "agimi"),
        data_classes=frozenset({IDENTITY, HEALTH}),
        language="sq",
        text_version="2025-1",
        form="WRITTEN",
    )
    return replace(plain, **changes)


ANY_SHELTER = Recipient("organisation_kind", "NGO_SHELTER")


def ask(*ledger: Consent, receiver: Receiver = AGIMI, data_class: DataClass = IDENTITY, **more: Any) -> bool:
    return covers(ledger, PURPOSE, receiver, data_class, more.pop("now", NOW), **more)


def test_a_yes_covers_its_purpose_recipient_and_classes_only() -> None:
    yes = word()
    assert covering([yes], PURPOSE, AGIMI, IDENTITY, NOW) is yes
    assert not ask(yes, receiver=ILIRIA)
    assert not ask(yes, data_class=DataClass.LEGAL)
    assert not covers([yes], "POLICE", AGIMI, IDENTITY, NOW)
    assert not ask()


def test_a_word_holds_from_its_moment_to_its_end() -> None:
    yes = word(valid_to=NOW + DAY)
    assert ask(yes)
    assert not ask(yes, now=NOW - 11 * DAY)
    assert ask(yes, now=yes.valid_from)
    assert not ask(yes, now=NOW + DAY)


def test_a_renewal_outlives_the_older_yes() -> None:
    assert ask(word(valid_to=NOW - DAY), word(valid_from=NOW - 2 * DAY))


def test_a_withdrawal_ends_at_once() -> None:
    yes = word(withdrawn_at=NOW)
    assert ask(yes, now=NOW - timedelta(microseconds=1))
    assert not ask(yes)
    assert not ask(word(valid_from=NOW, withdrawn_at=NOW - DAY)), "nor does a clock that was wrong undo it"


def test_a_no_after_a_yes_is_a_withdrawal_and_a_yes_after_a_no_counts() -> None:
    no = word(answer=Answer.REFUSED, valid_from=NOW - DAY)
    assert not ask(word(), no)
    assert ask(word(), no, word(valid_from=NOW - timedelta(hours=1)))
    assert not ask(no, word(valid_from=NOW - DAY)), "of two words at one moment the no stands"


def test_a_no_about_one_class_leaves_the_others() -> None:
    no = word(answer=Answer.REFUSED, valid_from=NOW - DAY, data_classes=frozenset({HEALTH}))
    assert ask(word(), no, data_class=IDENTITY)
    assert not ask(word(), no, data_class=HEALTH)


def test_the_closest_name_rules() -> None:
    any_shelter = word(recipient=ANY_SHELTER)
    assert ask(any_shelter, receiver=ILIRIA)
    not_iliria = word(answer=Answer.REFUSED, valid_from=NOW - 20 * DAY, recipient=Recipient("organisation", "iliria"))
    assert not ask(any_shelter, not_iliria, receiver=ILIRIA)
    assert ask(any_shelter, not_iliria, receiver=AGIMI)
    withdrawn = word(withdrawn_at=NOW - DAY)
    assert not ask(any_shelter, withdrawn, receiver=AGIMI), "what was withdrawn by name is not open by kind"


def test_a_foreign_authority_is_named_by_country() -> None:
    yes = word(purpose="CROSS_BORDER", recipient=Recipient("country", "XK"))
    assert covers([yes], "CROSS_BORDER", Receiver("qps", country="XK"), IDENTITY, NOW)
    assert not covers([yes], "CROSS_BORDER", Receiver("kas", country="MK"), IDENTITY, NOW)
    assert not covers([yes], "CROSS_BORDER", Receiver("qps"), IDENTITY, NOW)


def test_a_purpose_without_a_recipient() -> None:
    photo = word(purpose="PHOTO", recipient=None, data_classes=frozenset())
    assert covers([photo], "PHOTO", None, None, NOW)
    assert not covers([photo], "PHOTO", AGIMI, None, NOW)
    assert not covers([word()], PURPOSE, None, IDENTITY, NOW)


def test_the_shelters_address_is_never_covered() -> None:
    everything = frozenset(DataClass)
    law = word(answer=Answer.NOT_ASKED, basis="LEGAL_DUTY", data_classes=everything)
    assert not ask(word(data_classes=everything), law, data_class=DataClass.SHELTER_LOCATION)


def test_age_decides_whose_word_counts() -> None:
    assert not ask(word(), is_child=True)
    assert ask(word(), is_child=False)
    guardians = word(basis="CHILD_GUARDIAN")
    assert ask(guardians, is_child=True)
    assert not ask(guardians, is_child=False), "grown up, the person is asked"
    assert ask(guardians, word(valid_from=NOW), is_child=True), "a mistaken adult's yes hides no guardian's"
    assert not ask(guardians, word(answer=Answer.REFUSED, valid_from=NOW), is_child=True), "every no counts"


def test_law_court_and_danger_stand_without_asking() -> None:
    for basis in ("LEGAL_DUTY", "COURT_ORDER"):
        law = word(answer=Answer.NOT_ASKED, basis=basis, note="neni 20")
        assert ask(law)
        assert ask(law, word(answer=Answer.REFUSED, valid_from=NOW))
        assert not ask(replace(law, valid_to=NOW))
        assert not ask(replace(law, withdrawn_at=NOW))
        assert not ask(replace(law, valid_from=NOW + DAY))


def test_vital_interest_ends_when_the_person_can_be_asked() -> None:
    danger = word(answer=Answer.NOT_ASKED, basis="VITAL_INTEREST", note="pa ndjenja")
    assert ask(danger)
    assert not ask(danger, word(answer=Answer.REFUSED, valid_from=NOW))
    assert ask(danger, word(answer=Answer.REFUSED, valid_from=NOW - 11 * DAY))


def test_namelessness_carries_milestones_only() -> None:
    nameless = word(answer=Answer.NOT_ASKED, basis=ANONYMOUS, data_classes=frozenset(DataClass))
    assert ask(nameless, data_class=DataClass.MILESTONES)
    assert not ask(nameless, data_class=IDENTITY)


def test_not_asked_under_a_basis_of_asking_covers_nothing() -> None:
    assert not ask(word(answer=Answer.NOT_ASKED))


SHARE = LiveShare(UUID(int=1), PURPOSE, AGIMI, frozenset({IDENTITY, HEALTH}))


def test_a_withdrawal_ends_the_shares_it_carried() -> None:
    identity = word(data_classes=frozenset({IDENTITY}))
    health = word(data_classes=frozenset({HEALTH}))
    only_identity = LiveShare(UUID(int=2), PURPOSE, AGIMI, frozenset({IDENTITY}))
    elsewhere = LiveShare(UUID(int=3), PURPOSE, ILIRIA, frozenset({HEALTH}))
    shares = [SHARE, only_identity, elsewhere]
    assert ended_by_withdrawal([identity, health], shares, health.id, NOW) == (SHARE.referral,)
    assert ended_by_withdrawal([identity, health], shares, identity.id, NOW) == (SHARE.referral, UUID(int=2))


def test_a_withdrawal_leaves_what_a_law_carries() -> None:
    law = word(answer=Answer.NOT_ASKED, basis="LEGAL_DUTY", note="neni 20")
    yes = word()
    assert ended_by_withdrawal([yes, law], [SHARE], yes.id, NOW) == ()


def test_a_withdrawal_already_written_gives_the_same_answer() -> None:
    yes = word(withdrawn_at=NOW)
    assert ended_by_withdrawal([yes], [SHARE], yes.id, NOW) == (SHARE.referral,)
    assert ended_by_withdrawal([yes], [SHARE], uuid4(), NOW) == ()


def test_a_refusal_ends_shares_too() -> None:
    no = word(answer=Answer.REFUSED, valid_from=NOW, data_classes=frozenset({HEALTH}))
    assert ended_by_refusal([word()], [SHARE], no, NOW) == (SHARE.referral,)
    assert ended_by_refusal([], [SHARE], no, NOW) == ()


def test_only_a_standing_yes_can_be_withdrawn() -> None:
    check_withdrawal(word(), NOW)
    for entry, code in (
        (word(withdrawn_at=NOW - DAY), "consent.already_withdrawn"),
        (word(answer=Answer.REFUSED), "consent.not_a_yes"),
        (word(answer=Answer.NOT_ASKED, basis="LEGAL_DUTY"), "consent.not_a_yes"),
    ):
        with pytest.raises(Conflict) as refused:
            check_withdrawal(entry, NOW)
        assert refused.value.code == code


GUARDIAN = Guardian("Kujdestarja e caktuar", appointment="Vendim 12/2025")
CHILDS = {"basis": "CHILD_GUARDIAN", "guardian": GUARDIAN, "assent": "agrees"}


@pytest.mark.parametrize(
    ("changes", "is_child", "codes"),
    [
        ({}, False, set()),
        (CHILDS, True, set()),
        ({"basis": "CHILD_BEST_INTEREST", "best_interest_note": "…", "assent": "disagrees"}, True, set()),
        ({}, True, {"adult_basis_for_child", "childs_view_missing"}),
        (CHILDS, False, {"child_basis_for_adult", "guardian_for_adult"}),
        ({**CHILDS, "guardian": None}, True, {"guardian_missing"}),
        ({**CHILDS, "guardian": Guardian(" ")}, True, {"guardian_missing"}),
        ({**CHILDS, "guardian": Guardian("Babai", suspected=True)}, True, {"guardian_suspected"}),
        (
            {**CHILDS, "basis": "CHILD_PARENT", "guardian": Guardian("Nëna", suspected=True)},
            True,
            {"guardian_suspected"},
        ),
        ({**CHILDS, "assent": None}, True, {"childs_view_missing"}),
        ({**CHILDS, "assent": "disagrees"}, True, {"against_childs_view"}),
        ({**CHILDS, "assent": "not_able"}, True, {"against_childs_view"}),
        ({"basis": "CHILD_BEST_INTEREST", "assent": "agrees"}, True, {"best_interest_missing"}),
        ({"basis": "ADULT_GUARDIAN", "guardian": GUARDIAN}, False, set()),
        ({"basis": "ADULT_GUARDIAN"}, False, {"guardian_missing"}),
        ({"basis": "ADULT_GUARDIAN", "guardian": Guardian("Vëllai")}, False, {"appointment_missing"}),
        ({"guardian": GUARDIAN}, False, {"guardian_for_adult"}),
        ({"basis": "ADULT_SUPPORTED"}, False, {"support_missing"}),
        ({"basis": "ADULT_SUPPORTED", "note": "me gjuhën e shenjave"}, False, set()),
        ({"language": " "}, False, {"language_missing"}),
        ({"text_version": ""}, False, {"text_version_missing"}),
        ({"form": "ORAL_INTERPRETED"}, False, {"interpreter_missing"}),
        ({"form": "ORAL_WITNESSED"}, False, {"witness_missing"}),
        ({"basis": "LEGAL_DUTY"}, False, {"basis_without_asking"}),
        ({"answer": Answer.NOT_ASKED}, False, {"not_asked"}),
        ({"answer": Answer.NOT_ASKED, "basis": "LEGAL_DUTY"}, False, {"basis_note_missing"}),
        ({"answer": Answer.NOT_ASKED, "basis": "COURT_ORDER", "note": "vendim 3"}, True, set()),
        ({"answer": Answer.NOT_ASKED, "basis": ANONYMOUS}, False, {"anonymous_beyond_milestones"}),
        ({"valid_from": NOW + DAY}, False, {"in_future"}),
        ({"valid_to": NOW - 10 * DAY}, False, {"ends_before_start"}),
        ({"data_classes": frozenset()}, False, {"no_data_class"}),
        ({"data_classes": frozenset({DataClass.SHELTER_LOCATION})}, False, {"shelter_location"}),
        ({"recipient": ANY_SHELTER}, False, {"one_recipient"}),
        ({"recipient": None}, False, {"one_recipient"}),
        ({"answer": Answer.REFUSED, "language": "", "text_version": ""}, True, set()),
    ],
)
def test_what_a_new_entry_needs(changes: dict[str, Any], is_child: bool, codes: set[str]) -> None:
    entry = word(**changes)
    if not codes:
        validate_new(entry, is_child, PurposeRule(per_recipient=True), NOW)
        return
    with pytest.raises(Invalid) as refused:
        validate_new(entry, is_child, PurposeRule(per_recipient=True), NOW)
    assert {error.code for error in refused.value.errors} == {f"consent.{code}" for code in codes}


def test_the_media_are_never_asked_about_for_a_child() -> None:
    media = word(purpose="MEDIA", **CHILDS)
    with pytest.raises(Invalid) as refused:
        validate_new(media, True, PurposeRule(adult_only=True), NOW)
    assert refused.value.code == "consent.not_for_child"


moments = st.integers(-5, 5).map(lambda days: NOW + days * DAY)
classes = st.frozensets(st.sampled_from(list(DataClass)), max_size=4)
entries = st.builds(
    Consent,
    id=st.uuids(),
    purpose=st.sampled_from([PURPOSE, "POLICE"]),
    answer=st.sampled_from(Answer),
    basis=st.sampled_from(sorted(ADULT_BASES | CHILD_BASES | DUTY_BASES | {ANONYMOUS})),
    valid_from=moments,
    recipient=st.sampled_from([None, ANY_SHELTER, Recipient("organisation", "agimi"), Recipient("country", "XK")]),
    data_classes=classes,
    valid_to=st.none() | moments,
    withdrawn_at=st.none() | moments,
)


@settings(max_examples=200)
@given(st.lists(entries, max_size=6, unique_by=lambda entry: entry.id), st.sampled_from(list(DataClass)), st.booleans())
def test_whatever_covers_is_a_live_entry_about_exactly_this(
    ledger: list[Consent], data_class: DataClass, is_child: bool
) -> None:
    entry = covering(ledger, PURPOSE, AGIMI, data_class, NOW, is_child)
    assert covers(ledger[::-1], PURPOSE, AGIMI, data_class, NOW, is_child) == (entry is not None)
    if entry is None:
        return
    assert data_class is not DataClass.SHELTER_LOCATION
    assert entry.purpose == PURPOSE
    assert data_class in entry.data_classes
    assert AGIMI.closeness(entry.recipient) is not None
    assert entry.valid_from <= NOW
    assert entry.valid_to is None or entry.valid_to > NOW
    assert entry.withdrawn_at is None or entry.withdrawn_at > NOW
    assert entry.answer is not Answer.REFUSED


@settings(max_examples=200)
@given(st.lists(entries, max_size=5, unique_by=lambda entry: entry.id), st.data())
def test_nothing_rests_on_a_withdrawn_yes(ledger: list[Consent], data: st.DataObject) -> None:
    """After withdrawing every yes about a receiver only a basis without asking can cover."""
    gone = [replace(entry, withdrawn_at=NOW) if entry.answer is Answer.GIVEN else entry for entry in ledger]
    data_class = data.draw(st.sampled_from(list(DataClass)))
    entry = covering(gone, PURPOSE, AGIMI, data_class, NOW)
    assert entry is None or entry.basis in DUTY_BASES | {ANONYMOUS}


@settings(max_examples=200)
@given(st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: entry.id), classes)
def test_a_withdrawal_ends_exactly_what_loses_a_class(ledger: list[Consent], shared: frozenset[DataClass]) -> None:
    share = LiveShare(UUID(int=1), PURPOSE, AGIMI, shared)
    first = replace(ledger[0], withdrawn_at=None)
    before, after = [first, *ledger[1:]], [replace(first, withdrawn_at=NOW), *ledger[1:]]
    lost = [
        data_class
        for data_class in shared
        if covers(before, PURPOSE, AGIMI, data_class, NOW) and not covers(after, PURPOSE, AGIMI, data_class, NOW)
    ]
    assert ended_by_withdrawal(before, [share], first.id, NOW) == ((share.referral,) if lost else ())


def test_a_no_to_everybody_holds_until_the_next_yes() -> None:
    no = word(answer=Answer.REFUSED, recipient=None, data_classes=frozenset(), valid_from=NOW - 5 * DAY)
    assert not ask(word(), no)
    assert not ask(word(recipient=ANY_SHELTER), no, receiver=ILIRIA)
    assert ask(word(), no, word(valid_from=NOW - DAY))
    assert not ask(word(valid_from=NOW - DAY), no, receiver=ILIRIA)


def test_a_no_needs_neither_recipient_nor_class() -> None:
    no = word(answer=Answer.REFUSED, recipient=None, data_classes=frozenset(), basis="", language="", text_version="")
    validate_new(no, False, PurposeRule(per_recipient=True), NOW)
    share = LiveShare(uuid4(), PURPOSE, AGIMI, frozenset({HEALTH}))
    assert ended_by_refusal([word()], [share], no, NOW) == (share.referral,)


def test_a_yes_counts_only_where_the_person_was_told() -> None:
    check_told(Answer.GIVEN, MUST_BE_TOLD)
    check_told(Answer.REFUSED, ())
    with pytest.raises(Invalid) as refused:
        check_told(Answer.GIVEN, MUST_BE_TOLD[:-1])
    assert refused.value.code == "consent.not_told"

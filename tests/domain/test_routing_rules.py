"""Routing rules: they propose and warn, an unknown fact is no answer, and a reason opens every other way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.problems import Invalid
from app.domain.procedures import RoutingRule
from app.domain.routing_rules import (
    Fact,
    advice,
    check_reason,
    forbidden,
    meets,
    missing,
    placement_deviations,
    proposals,
)
from app.jurisdictions.loader import profiles

AL, XK = profiles().current("AL"), profiles().current("XK")
RULES = {"AL": tuple(AL.routing_rules.values()), "XK": tuple(XK.routing_rules.values())}
NAMES = sorted({name for rules in RULES.values() for rule in rules for name in rule.when})
VALUES = sorted({str(v) for rules in RULES.values() for rule in rules for w in rule.when.values()
                 for v in (w if isinstance(w, tuple) else (w,))})  # fmt: skip
facts = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(st.none(), st.booleans(), st.frozensets(st.sampled_from(VALUES), max_size=4)),
    max_size=8,
)


def one(*codes: str) -> frozenset[str]:
    return frozenset(codes)


def held(jurisdiction: str, **known: Fact) -> set[str]:
    return {found.rule.id for found in advice(RULES[jurisdiction], known) if found.holds}


@settings(max_examples=200)
@given(st.sampled_from(["AL", "XK"]), facts)
def test_a_rule_holds_exactly_where_every_condition_does(jurisdiction: str, known: dict[str, Fact]) -> None:
    found = {a.rule.id: a for a in advice(RULES[jurisdiction], known)}
    for rule in RULES[jurisdiction]:
        answers = [meets(wanted, known.get(name)) for name, wanted in rule.when.items()]
        assert (rule.id in found and found[rule.id].holds) == all(answer is True for answer in answers)
        if any(answer is False for answer in answers):
            assert rule.id not in found


@settings(max_examples=200)
@given(facts, st.sampled_from(["SHELTER_STATE", "SHELTER_NGO", "CHILD_PROTECTION_HOUSE", "HEALTH", "POLICE"]))
def test_a_reason_opens_every_way_and_without_a_deviation_none_is_asked(known: dict[str, Fact], kind: str) -> None:
    given_advice = advice(RULES["XK"], known)
    found = placement_deviations(given_advice, kind, ())
    check_reason(found, "Fëmijët e saj janë atje.", "reason")
    if not found:
        check_reason(found, None, "reason")
    else:
        with pytest.raises(Invalid) as refused:
            check_reason(found, " ", "reason")
        assert refused.value.code == "routing.reason_missing"
        assert all(kind not in one_deviation.wanted for one_deviation in found)


def test_the_level_decides_the_shelter_in_kosovo() -> None:
    assert {"XK-R01"} <= held("XK", risk_level=one("HIGH"))
    assert {"XK-R02"} <= held("XK", risk_level=one("MEDIUM"))
    high = advice(RULES["XK"], {"risk_level": one("HIGH")})
    assert [d.rule.id for d in placement_deviations(high, "SHELTER_NGO", ())] == ["XK-R01"]
    assert placement_deviations(high, "SHELTER_STATE", ()) == ()
    assert placement_deviations(high, "HEALTH", ()) == (), "a rule of placement is about shelters"


def test_what_nobody_knows_neither_holds_nor_fails() -> None:
    unknown = [a for a in advice(RULES["XK"], {"risk_level": None}) if a.rule.id == "XK-R01"]
    assert [(a.holds, a.unknown) for a in unknown] == [(False, ("risk_level",))]
    assert placement_deviations(unknown, "SHELTER_NGO", ()) == ()


def test_leaving_is_asked_of_an_act_alone() -> None:
    assert "XK-R04" not in {a.rule.id for a in advice(RULES["XK"], {})}
    leaving = advice(RULES["XK"], {"placement": one("SHELTER_STATE"), "leaving": one("permanent")})
    assert proposals(leaving, "approval") == ("PROSECUTION", "POLICE_ANTI_TRAFFICKING")
    [lacks] = missing(leaving, "approval", ["PROSECUTION"])
    assert lacks.wanted == ("POLICE_ANTI_TRAFFICKING",)
    assert missing(leaving, "approval", ["PROSECUTION", "POLICE_ANTI_TRAFFICKING"]) == ()


def test_begging_of_a_child_by_parents_is_looked_at_as_trafficking() -> None:
    known: dict[str, Fact] = {"form_of_exploitation": one("BEG"), "age": one("child")}
    assert "XK-R05" in held("XK", **known, recruiter_relationship=one("PARENT"))
    assert "XK-R05" not in held("XK", **known, recruiter_relationship=one("STRANGER"))


@pytest.mark.parametrize("jurisdiction", ["AL", "XK"])
def test_the_family_is_spoken_against_where_it_is_involved(jurisdiction: str) -> None:
    given_advice = advice(RULES[jurisdiction], {"risk_domain": one("FAMILY_INVOLVED")})
    assert [d.about for d in forbidden(given_advice, "accommodation_kind", "FAMILY")] == ["forbid"]
    assert forbidden(given_advice, "accommodation_kind", "SHELTER_NGO") == ()
    assert forbidden(given_advice, "accommodation_kind", None) == ()


def test_a_man_is_sought_a_place_that_admits_men() -> None:
    given_advice = advice(RULES["AL"], {"sex": one("MALE"), "age": one("adult")})
    [against] = placement_deviations(given_advice, "SHELTER_NGO", ["ADMITS_WOMEN"])
    assert (against.about, against.wanted) == ("search_attribute", ("ADMITS_MEN",))
    assert placement_deviations(given_advice, "SHELTER_NGO", ["ADMITS_MEN"]) == ()
    assert placement_deviations(given_advice, "SHELTER_NGO", []) == (), "who says nothing is not judged"


def test_of_two_rules_that_contradict_following_one_is_enough() -> None:
    rules = [RoutingRule("A", {"age": "child"}, {"placement": "SHELTER_STATE"}, "s", "found"),
             RoutingRule("B", {"sex": "MALE"}, {"placement": "SHELTER_NGO"}, "s", "to_confirm")]  # fmt: skip
    given_advice = advice(rules, {"age": one("child"), "sex": one("MALE")})
    assert placement_deviations(given_advice, "SHELTER_NGO", ()) == ()
    assert {d.rule.id for d in placement_deviations(given_advice, "CHILD_PROTECTION_HOUSE", ())} == {"A", "B"}
    assert [a.to_confirm for a in given_advice] == [False, True]

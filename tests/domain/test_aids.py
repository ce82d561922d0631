"""Decision aids: every published vector, and what the vectors do not say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.commands.aids import app
from app.domain.aid_rules import CountThreshold
from app.domain.aid_vectors import Vector, VectorFile, run_vector
from app.domain.aids import AidInput, AidResult, assess, offered
from app.domain.expressions import ExpressionError, holds, names_in
from app.domain.profile import Profile, UnknownEntry
from app.jurisdictions.loader import profiles

VECTORS = Path(__file__).parent / "vectors.yaml"


def _vectors() -> list[Vector]:
    return VectorFile.model_validate(yaml.safe_load(VECTORS.read_text(encoding="utf-8"))).vectors


def _profile(jurisdiction: str = "AL") -> Profile:
    return profiles().current(jurisdiction)


def test_all_vectors_are_there() -> None:
    assert len(_vectors()) == 126


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector.id)
def test_vector(vector: Vector) -> None:
    assert run_vector(_profile(vector.profile), vector) == ()


def _ticked(*codes: str, answer: str = "yes", set_id: str = "al-sop-initial") -> dict[str, dict[str, str]]:
    return {set_id: dict.fromkeys(codes, answer)}


@pytest.mark.parametrize("answer", ["no", "unknown", "not_asked"])
def test_only_yes_counts(answer: str) -> None:
    result = assess(_profile(), "al-vmt-threshold", AidInput("adult", _ticked("AI22", "AI09", "AI12", answer=answer)))
    assert result.count == 0
    assert result.result == "NO_FINDING"


def test_the_threshold_says_how_many_more() -> None:
    result = assess(_profile(), "al-vmt-threshold", AidInput("adult", _ticked("AI22")))
    assert [(one.what, one.name, one.more) for one in result.missing] == [("count", "indicator", 2)]
    assert (result.count, result.threshold) == (1, 3)
    assert [(one.source, one.code) for one in result.counted] == [("al-sop-initial", "AI22")]


def test_provisional_and_unconfirmed_marks_travel_with_the_result() -> None:
    result = assess(_profile(), "al-vmt-threshold", AidInput("adult", _ticked("AI22", "AI09", "AI12")))
    assert ("al-vmt-threshold", "found") in result.marks
    assert ("al-vmt-threshold", "to_confirm") in result.marks
    assert ("al-sop-initial", "provisional") in result.marks
    assert result.version == "0.1.0"
    assert result.source == "002:107"
    assert result.profile == ("AL", "0.1.0")


def test_a_rule_of_another_country_has_no_result() -> None:
    result = assess(
        _profile("XK"), "al-vmt-threshold", AidInput("adult", _ticked("G02", "G12", "G22", set_id="unodc-general"))
    )
    assert result.result is None
    assert result.suggested_status is None
    assert "al-vmt-threshold" not in {rule.id for rule in offered(_profile("XK"))}
    assert "al-vmt-threshold" in {rule.id for rule in offered(_profile("AL"))}


def test_an_unknown_rule_and_a_parameter_it_does_not_have() -> None:
    with pytest.raises(UnknownEntry, match="no decision aid 'astrology'"):
        assess(_profile(), "astrology", AidInput("adult"))
    with pytest.raises(TypeError):
        assess(_profile(), "legal-elements", AidInput("adult"), minimum=2)


def test_two_kinds_of_exploitation_take_the_reading_that_says_more() -> None:
    """Recruitment in one list and exploitation in the other: the second alone is already possible trafficking."""
    labour = _ticked("DR01", "DR02", "CR01", "CR03", "VR03", "VR09", "VR15", set_id="ilo-labour-adult")
    asked = _profile().set("ilo-sexual-adult")
    sexual = _ticked(*(one.code for one in asked if one.dimension in ("EX", "CD")), set_id="ilo-sexual-adult")
    assert assess(_profile(), "ilo-combination", AidInput("adult", labour)).result == "NO_FINDING"
    both = assess(_profile(), "ilo-combination", AidInput("adult", labour | sexual))
    assert both.result == assess(_profile(), "ilo-combination", AidInput("adult", sexual)).result
    assert both.result in ("POSSIBLE", "LIKELY")
    assert ("ilo-sexual-adult", "provisional") in both.marks


def test_an_act_is_read_from_what_was_recorded() -> None:
    answers = _ticked("EX01", "EX02", set_id="ilo-labour-child")
    with_act = assess(_profile(), "ilo-combination", AidInput("child", answers, act=("TRANSFER",)))
    adult_only_here = assess(_profile("XK"), "ilo-combination", AidInput("child", answers, act=("SALE",)))
    assert (with_act.row, adult_only_here.row) == ("C1", "C2")


CODES = sorted(code for chosen in profiles().current("AL").indicator_sets.values() for code in chosen.indicators)
ANSWERS = st.dictionaries(
    st.sampled_from(sorted(profiles().current("AL").indicator_sets)),
    st.dictionaries(st.sampled_from(CODES), st.sampled_from(["yes", "no", "unknown", "not_asked"]), max_size=12),
    max_size=4,
)
RULES = st.sampled_from(sorted(profiles().current("AL").aids))
AGES = st.sampled_from(["adult", "child", "unknown"])


def _rank(result: AidResult) -> int:
    if result.result is None:
        return -1
    rank = _profile().code("aid_result", result.result).attributes["rank"]
    assert isinstance(rank, int)
    return rank


@given(rule=RULES, age=AGES, answers=ANSWERS)
def test_every_result_is_a_known_code_and_never_a_denial(
    rule: str, age: Any, answers: dict[str, dict[str, str]]
) -> None:
    result = assess(_profile(), rule, AidInput(age, answers))
    if result.result is not None:
        texts = _profile().code("aid_result", result.result).label.texts
        assert not any(
            phrase in text.lower() for text in texts.values() for phrase in ("not a victim", "nuk është viktimë")
        )
    assert result.suggested_status in (None, "VMT", "AT_RISK")


@given(rule=RULES, age=AGES, answers=ANSWERS, more=ANSWERS)
def test_a_further_yes_never_lowers_the_result(
    rule: str, age: Any, answers: dict[str, dict[str, str]], more: dict[str, dict[str, str]]
) -> None:
    added = {
        name: {**answers.get(name, {}), **{code: "yes" for code, said in more.get(name, {}).items() if said == "yes"}}
        for name in answers.keys() | more.keys()
    }
    assert _rank(assess(_profile(), rule, AidInput(age, added))) >= _rank(
        assess(_profile(), rule, AidInput(age, answers))
    )


@given(rule=RULES, answers=ANSWERS)
def test_unknown_age_is_the_branch_of_the_child(rule: str, answers: dict[str, dict[str, str]]) -> None:
    unknown = assess(_profile(), rule, AidInput("unknown", answers))
    child = assess(_profile(), rule, AidInput("child", answers))
    assert (unknown.result, unknown.counted, unknown.missing) == (child.result, child.counted, child.missing)


@given(count=st.integers(min_value=0, max_value=8), minimum=st.integers(min_value=1, max_value=8))
def test_the_threshold_is_met_exactly_from_its_minimum(count: int, minimum: int) -> None:
    codes = [one.code for one in _profile().set("al-sop-initial").for_age("adult")][:count]
    result = assess(_profile(), "al-vmt-threshold", AidInput("adult", _ticked(*codes)), minimum=minimum)
    assert (result.result == "REASONABLE_SUSPICION") == (count >= minimum)
    assert sum(one.more for one in result.missing) == max(0, minimum - count)


def test_the_threshold_of_albania_is_three_indicators() -> None:
    body = _profile().aid("al-vmt-threshold").body
    assert isinstance(body, CountThreshold)
    assert (body.minimum, body.unit) == (3, "indicator")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", True),
        ("B", False),
        ("not B", True),
        ("A and B", False),
        ("A or B", True),
        ("B and B or A", True),
        ("A or B and B", True),
        ("(A or B) and B", False),
        ("not (A and B)", True),
        ("not not A", True),
        ("otherwise", True),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert holds(text, {"A": True, "B": False}) is expected


@pytest.mark.parametrize(
    "text",
    ["", "and", "A and", "(A", "A)", "A B", "A & B", "__import__('os')", "A.b", "not", "()", "A or or B", "A " * 300],
)
def test_a_broken_condition_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        names_in(text)


def test_check_agrees(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(VECTORS)])
    assert (done.exit_code, done.stdout.strip()) == (0, "126 vectors agree")


def _check(tmp_path: Path, content: str) -> tuple[int, str]:
    file = tmp_path / "some.yaml"
    file.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(file)])
    return done.exit_code, done.output


def test_check_prints_each_mismatch(tmp_path: Path) -> None:
    code, output = _check(
        tmp_path,
        """
vectors:
  - id: W1
    rule: al-vmt-threshold
    age: adult
    input: {answers: {al-sop-initial: [AI22]}}
    expected: {count: 2, result: REASONABLE_SUSPICION}
  - {id: W2, rule: al-vmt-threshold, age: adult, input: {answers: {}}, expected: {count: 0}}
  - {id: W3, rule: ilo-dimension, age: adult, input: {strong: 2}, expected: {positive: 1}}
""",
    )
    assert code == 1
    assert output.splitlines() == [
        "W1: count: expected 2, got 1",
        "W1: result: expected 'REASONABLE_SUSPICION', got 'NO_FINDING'",
        "W3: positive: expected 1, got True",
        "2 of 3 vectors do not agree",
    ]


def _one(rule: str = "legal-elements", given: str = "{}", expected: str = "{missing: []}", more: str = "") -> str:
    return f"vectors: [{{id: X, rule: {rule}, age: adult, {more} input: {given}, expected: {expected}}}]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("vectors: [", "not YAML, line"),
        ("- 1", "valid dictionary"),
        ("vectors: []", "at least 1 item"),
        ("vectors: [{id: X, rule: r, age: old, input: {}, expected: {a: 1}}]", "X.age: Input should be"),
        ("vectors: [{rule: r, age: adult, input: {}, expected: {a: 1}}]", "vector 1.id: Field required"),
        (_one(rule="r"), "X: there is no rule 'r'"),
        (_one(expected="{}"), "X.expected"),
        (_one(more="profile: ZZ,"), "X: there is no profile 'ZZ'"),
        (_one(expected="{colour: red}"), "X: the rule legal-elements has no 'colour' to expect"),
        (_one(more="params: {minimum: 2},"), "X: the rule legal-elements has no parameter minimum"),
        (
            _one("al-2005-abc", "{indicators: [A01]}", "{missing_groups: []}"),
            "X: `set` must say where the indicators belong",
        ),
        (_one("al-2005-abc", "{answers: {C02: SELF}}", "{result: null}"), "X: `set` must say which questions"),
        (_one("ilo-dimension", "{dimension: QQ}", "{strong: 0}"), "X: 'QQ' is not a dimension of ilo-dimension"),
        (_one() + "\nnotes: 1", "notes: Extra inputs are not permitted"),
        (_one()[:-1] + _one().replace("vectors: [", ", "), "the id X stands more than once"),
    ],
)
def test_check_refuses_a_malformed_file_in_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    code, output = _check(tmp_path, content)
    assert code == 2
    assert said in output
    assert len(output.strip().splitlines()) == 1


def test_check_names_a_missing_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(tmp_path / "nothing.yaml")])
    assert done.exit_code == 2
    assert "No such file" in done.output

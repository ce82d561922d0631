"""Who suits a need: reasons said aloud, what is not known counts against nobody, and nothing blocks."""

from dataclasses import replace

import pytest

from app.domain.providers import USUAL_KINDS, Provider, Reason, Wanted, reasons, suitability

WANTED = Wanted(
    needs=frozenset({"ACCOMMODATION"}),
    services=frozenset({"ACCOMMODATION"}),
    languages=frozenset({"sq"}),
    child=False,
    sex="FEMALE",
    status="VMT",
    foreign=False,
    county="AL-01",
)
SHELTER = Provider("SHELTER_NGO")


def found(provider: Provider, wanted: Wanted = WANTED) -> dict[str, bool | None]:
    return {reason.code: reason.fits for reason in reasons(provider, wanted)}


def test_a_provider_that_says_nothing_has_nothing_against_it() -> None:
    assert False not in found(SHELTER).values()
    assert found(SHELTER) == {"kind": True, "languages": None, "admits_women": None}


@pytest.mark.parametrize(
    ("child", "sex", "code"),
    [
        (False, "FEMALE", "admits_women"),
        (False, "MALE", "admits_men"),
        (True, "FEMALE", "admits_girls"),
        (True, "MALE", "admits_boys"),
    ],
)
def test_whom_a_shelter_admits(child: bool, sex: str, code: str) -> None:
    wanted = replace(WANTED, child=child, sex=sex)
    assert found(replace(SHELTER, admits=frozenset({code.upper()})), wanted)[code] is True
    assert found(replace(SHELTER, admits=frozenset({"ADMITS_VT"})), wanted)[code] is False
    assert not any(c.startswith("admits_") for c in found(SHELTER, replace(WANTED, sex="UNKNOWN")))


def test_status_and_foreigners_are_asked_only_where_the_provider_says() -> None:
    admits = replace(SHELTER, admits=frozenset({"ADMITS_WOMEN", "ADMITS_VT"}))
    assert found(admits)["admits_vmt"] is False
    assert found(replace(SHELTER, admits=frozenset({"ADMITS_VMT"})))["admits_vmt"] is True
    assert found(admits, replace(WANTED, foreign=True))["admits_foreign"] is False
    assert "admits_foreign" not in found(admits, replace(WANTED, foreign=None))


def test_beds_services_languages_and_place() -> None:
    full = replace(
        SHELTER,
        services=frozenset({"ACCOMMODATION"}),
        languages=frozenset({"ar"}),
        county="AL-02",
        free_beds=0,
    )
    assert found(full) == {
        "services": True,
        "languages": False,
        "admits_women": None,
        "beds": False,
        "county": None,
    }
    assert found(replace(full, free_beds=2, county="AL-01"))["beds"] is True
    assert found(replace(full, county="AL-01"))["county"] is True


def test_what_a_shelter_admits_is_no_matter_for_others() -> None:
    assert "admits_women" not in found(Provider("HEALTH"), replace(WANTED, needs=frozenset({"HEALTH"})))
    assert "admits_women" not in found(Provider("HEALTH"))


def test_the_suitable_come_first_and_reasons_against_weigh_more() -> None:
    good = [Reason("services", True, {}), Reason("languages", None, {})]
    mixed = [Reason("services", True, {}), Reason("beds", False, {})]
    assert suitability(good) > suitability([]) > suitability(mixed)
    first = reasons(replace(SHELTER, free_beds=0, services=frozenset({"FOOD"})), WANTED)
    assert first[0].fits is False
    assert first[-1].fits is None


def test_the_usual_kinds_and_needs_are_those_of_the_code_lists() -> None:
    from pathlib import Path

    import yaml

    lists = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists"

    def codes(name: str) -> set[str]:
        content = yaml.safe_load((lists / f"{name}.yaml").read_text(encoding="utf-8"))
        return {value["code"] for value in content["values"]}

    assert set(USUAL_KINDS) <= codes("need_domain")
    assert {kind for kinds in USUAL_KINDS.values() for kind in kinds} <= codes("organisation_kind")

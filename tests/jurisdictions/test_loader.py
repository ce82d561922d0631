"""The profiles of the program: what is in them, and how versions stand beside each other."""

import shutil
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest
import yaml

from app.domain.aid_rules import CountThreshold
from app.domain.code_lists import Age
from app.domain.profile import Profile, UnknownEntry
from app.jurisdictions.dictionary import code_list_markdown
from app.jurisdictions.loader import load_profiles, profiles

BOTH = ["AL", "XK"]
SHELTERS = ("SHELTER_STATE", "SHELTER_NGO")


def _profile(jurisdiction: str) -> Profile:
    return profiles().current(jurisdiction)


def _places(profile: Profile, level: str) -> dict[str, str | None]:
    """Return the places of a level with the place each lies in."""
    return {place.code: place.parent for place in profile.places.values() if place.level == level}


def test_albania_has_its_counties_and_municipalities() -> None:
    profile = _profile("AL")
    assert len(_places(profile, "county")) == 12
    assert len(_places(profile, "municipality")) == 61
    assert profile.place("AL-11").name.text("en") == "Tirana"
    assert _places(profile, "municipality")["AL-10-01"] == "AL-10"
    assert len(profile.organisations) == 293


def test_kosovo_has_its_regions_and_municipalities() -> None:
    profile = _profile("XK")
    assert len(_places(profile, "region")) == 7
    assert len(_places(profile, "municipality")) == 38
    assert profile.place("XK-1").name.text("sr") == "Priština"
    assert len(profile.organisations) == 106


@pytest.mark.parametrize("jurisdiction", BOTH)
def test_every_list_and_label_speaks_both_languages(jurisdiction: str) -> None:
    profile = _profile(jurisdiction)
    assert len(profile.code_lists) >= 75
    for chosen in profile.code_lists.values():
        for code in chosen:
            assert code.label.texts["sq"].strip(), f"{chosen.id} {code.code}"
            assert code.label.texts["en"].strip(), f"{chosen.id} {code.code}"
    for checklist in profile.indicator_sets.values():
        assert all(one.text.texts["sq"] and one.text.texts["en"] for one in checklist)


def test_kosovo_has_its_own_wording_and_serbian_where_given() -> None:
    assert _profile("AL").label("act", "HARBOURING") == "Fshehja"
    assert _profile("XK").label("act", "HARBOURING") == "Strehimi"
    assert _profile("XK").label("act", "HARBOURING", "sr") == "Pružanje utočišta"
    assert (
        _profile("XK").label("service_package", "PKG_INITIAL_ADULT", "sr").startswith("Ndihmë")
    )  # no Serbian: Albanian


def test_countries_come_from_iso_and_cldr() -> None:
    countries = _profile("AL").code_list("country")
    assert len(countries) > 240
    assert [code.code for code in countries][:3] == ["AL", "XK", "MK"]
    assert countries.values["RS"].label.texts["sq"] == "Serbi"
    assert countries.values["NO"].label.texts["en"] == "Norway"
    assert {"XK", "STATELESS", "UNKNOWN"} <= set(countries.values)


@pytest.mark.parametrize(
    ("jurisdiction", "list_id", "code", "age", "refused"),
    [
        ("AL", "act", "SALE", "child", None),
        ("AL", "act", "SALE", "unknown", None),
        ("AL", "act", "SALE", "adult", "child_only"),
        ("XK", "act", "SALE", "child", "other_profile"),
        ("AL", "act", "KIDNAP", "child", "unknown"),
        ("AL", "shelter_attribute", "ADMITS", None, "heading"),
        ("AL", "country", "IT", "adult", None),
        ("AL", "language", "rom", None, None),
        ("AL", "risk_level", "HIGH", None, "other_profile"),
    ],
)
def test_what_can_be_chosen(jurisdiction: str, list_id: str, code: str, age: Age | None, refused: str | None) -> None:
    profile = _profile(jurisdiction)
    assert profile.refusal(list_id, code, age) == refused
    assert profile.is_selectable(list_id, code, age) is (refused is None)
    assert (code in {one.code for one in profile.selectable(list_id, age)}) is (refused is None)


def test_an_adult_only_value_is_not_for_a_child_or_an_unknown_age() -> None:
    profile = _profile("AL")
    chosen = [(listed.id, code.code) for listed in profile.code_lists.values() for code in listed if code.adult_only]
    assert chosen
    for list_id, code in chosen:
        assert [profile.is_selectable(list_id, code, age) for age in ("adult", "child", "unknown")] == [
            True,
            False,
            False,
        ]


def test_unknown_names_say_what_was_asked() -> None:
    profile = _profile("AL")
    with pytest.raises(UnknownEntry, match="no code list 'colours'"):
        profile.code_list("colours")
    with pytest.raises(UnknownEntry, match="no code 'BLUE' in sex"):
        profile.label("sex", "BLUE")
    with pytest.raises(UnknownEntry, match=r"al-sop-initial has version 0\.1\.0 only"):
        profile.set("al-sop-initial", "0.0.9")
    with pytest.raises(UnknownEntry, match="no place 'AL-99'"):
        profile.place("AL-99")
    with pytest.raises(UnknownEntry, match="no organisation 'NOBODY'"):
        profile.organisation("NOBODY")
    with pytest.raises(UnknownEntry, match="no profile AL 9"):
        profiles().get("AL", "9.9.9")
    with pytest.raises(UnknownEntry, match="no profile of MK is in force"):
        profiles().current("MK")


def test_a_profile_cannot_be_changed() -> None:
    profile = _profile("AL")
    for part in (profile, profile.code_list("act"), profile.code("act", "SALE"), profile.place("AL-11")):
        name = next(iter(part.__slots__))
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, "changed")


def test_unverified_sets_are_kept_but_not_offered() -> None:
    profile = _profile("AL")
    assert profile.offered_sets()[0].id == "al-sop-initial"
    assert not {"ilo-sexual-adult", "ilo-sexual-child"} & {chosen.id for chosen in profile.offered_sets()}
    warning = profile.set("ilo-sexual-adult").warning
    assert warning is not None
    assert warning.text("en").startswith("UNVERIFIED")


def test_marks_are_kept() -> None:
    profile = _profile("AL")
    assert (profile.status, profile.confirmed_by, profile.valid_from) == ("provisional", None, None)
    assert profile.warning is not None
    assert profile.warning.text("sq") != profile.warning.text("en")
    assert profile.set("al-sop-initial").status == "provisional"
    assert profile.code_list("service_package").status == "to_confirm"
    assert any(entry.to_confirm for entry in profile.organisations.values())
    assert profile.cited("002:107")[0].title.text("en").startswith("Albania: Regional Action Plan 2023")


def test_shelters_carry_no_address() -> None:
    found = {one: [e for e in _profile(one).organisations.values() if e.kind in SHELTERS] for one in BOTH}
    assert sum(map(len, found.values())) == 7
    assert all(entry.municipality is None for entry in found["XK"])
    assert _profile("AL").organisation("QKPVT").admits[:2] == ("ADMITS_VT", "ADMITS_VMT")


def test_teams_need_child_protection_for_a_child_and_for_an_unknown_age() -> None:
    profile = _profile("AL")
    assert "CHILD_PROTECTION_UNIT" not in profile.formal_team("territory", "adult").required
    assert "CHILD_PROTECTION_UNIT" in profile.formal_team("territory", "unknown").required
    assert profile.formal_team("border", "child").required[0] == "BORDER_POLICE"
    assert "CENTRE_SOCIAL_WORK" in _profile("XK").formal_team("border", "child").required


def test_packages_add_up() -> None:
    packages = _profile("AL").packages("INITIAL", ("CHILD", "FOREIGN"))
    assert [package.code for package in packages] == ["PKG_INITIAL_CHILD", "PKG_INITIAL_FOREIGN"]
    services = packages[0].attributes["services"]
    assert isinstance(services, tuple)
    assert "GUARDIANSHIP" in services


def _edit(file: Path, old: str, new: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times"
    file.write_text(content.replace(old, new), encoding="utf-8")


def _minimum(profile: Profile) -> int:
    body = profile.aid("al-vmt-threshold").body
    assert isinstance(body, CountThreshold)
    return body.minimum


def test_a_new_version_stands_beside_the_old_one(copy: Path) -> None:
    shutil.copytree(copy / "al/0.1.0", copy / "al/0.2.0")
    shutil.copytree(copy / "shared/0.1.0", copy / "shared/0.2.0")
    profile = copy / "al/0.2.0/profile.yaml"
    _edit(profile, "\nversion: 0.1.0\nstatus: provisional", "\nversion: 0.2.0\nstatus: provisional")
    _edit(profile, "\nshared: 0.1.0", "\nshared: 0.2.0")
    _edit(profile, "\nvalid_from: null", "\nvalid_from: 2027-01-01")
    _edit(profile, "minimum: 3", "minimum: 4")
    _edit(copy / "shared/0.2.0/codelists/act.yaml", "sq: Shitja, en: Sale", "sq: Shitja, en: Selling")
    loaded = load_profiles(copy)
    assert [(one.jurisdiction, one.version) for one in loaded] == [("AL", "0.1.0"), ("AL", "0.2.0"), ("XK", "0.1.0")]
    assert loaded.current("AL", date(2026, 12, 31)).version == "0.1.0"
    assert loaded.current("AL", date(2027, 1, 1)).version == "0.2.0"
    old, new = loaded.get("AL", "0.1.0"), loaded.get("AL", "0.2.0")
    assert (old.label("act", "SALE", "en"), new.label("act", "SALE", "en")) == ("Sale", "Selling")
    assert [_minimum(old), _minimum(new)] == [3, 4]


def test_a_version_that_has_ended_is_not_current(copy: Path) -> None:
    shutil.copytree(copy / "al/0.1.0", copy / "al/0.2.0")
    profile = copy / "al/0.2.0/profile.yaml"
    _edit(profile, "\nversion: 0.1.0\nstatus: provisional", "\nversion: 0.2.0\nstatus: provisional")
    _edit(profile, "\nvalid_from: null\nvalid_to: null", "\nvalid_from: 2027-01-01\nvalid_to: 2027-12-31")
    loaded = load_profiles(copy)
    assert [loaded.current("AL", date(year, 6, 1)).version for year in (2026, 2027, 2028)] == [
        "0.1.0",
        "0.2.0",
        "0.1.0",
    ]


def test_a_new_code_with_a_new_fact_needs_one_file(copy: Path) -> None:
    services = copy / "shared/0.1.0/codelists/service_type.yaml"
    _edit(services, "attributes: {phases", "attributes: {needs_prescription: bool, phases")
    new = {
        "code": "DENTAL_CARE",
        "label": {"sq": "Kujdes dentar", "en": "Dental care"},
        "definition_en": "Care of teeth.",
        "valid_for": ["AL"],
        "phases": ["INITIAL"],
        "settings": ["COMMUNITY"],
        "unit": "SESSION",
        "needs_prescription": True,
        "term_source": "own translation",
    }
    with services.open("a", encoding="utf-8") as file:
        file.write(yaml.safe_dump([new], allow_unicode=True, indent=2).replace("\n", "\n  ").join(["  ", "\n"]))
    loaded = load_profiles(copy)
    code = loaded.current("AL").code("service_type", "DENTAL_CARE")
    assert code.attributes["needs_prescription"] is True
    assert loaded.current("XK").refusal("service_type", "DENTAL_CARE") == "other_profile"


@pytest.mark.parametrize("jurisdiction", BOTH)
def test_the_dictionary_names_everything(jurisdiction: str) -> None:
    profile = _profile(jurisdiction)
    text = code_list_markdown(profile)
    for chosen in profile.code_lists.values():
        assert f"### `{chosen.id}`" in text
    for code in profile.code_list("victim_status"):
        assert f"| `{code.code}` | {code.label.text('sq')} | {code.label.text('en')} |" in text
    for checklist in profile.indicator_sets.values():
        assert f"### `{checklist.id}`" in text
    for rule in profile.deadline_rules:
        assert f"| `{rule}` |" in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| `")}
    assert widths <= {8, 10}

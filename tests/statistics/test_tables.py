"""Tables from a hand-made extract: classification, windows, footing, the findings, and what is refused."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest

from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.profile import Profile
from app.jurisdictions.loader import profiles
from app.statistics import counting
from app.statistics.definitions import TABLES, Audience
from app.statistics.facts import Coverage, Extract, PersonCount, ServiceCount, ServiceFacts, TimeCount
from app.statistics.outputs import as_csv, as_xlsx, inert
from app.statistics.release import Release, make_release, public_threshold
from app.statistics.wording import put_into_words

NOVEMBER_2026 = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return profiles().current("AL")


def extract(*persons: PersonCount, first: int = 2022, services: ServiceFacts | None = None) -> Extract:
    """An extract of November 2026 with these persons."""
    covered = {year: Coverage(100, 12) for year in range(first, 2027)}
    return Extract("AL", NOVEMBER_2026, 500, persons, covered, services)


def vmt(year: int, sex: str, age: str, persons: int, form: str | None = "SEX") -> PersonCount:
    return PersonCount("vmt", year, sex, age, form, persons)


YEARS = extract(
    *(vmt(2024, "FEMALE", "adult", 31), *(vmt(2024, "MALE", "child", 12, "BEG_BY_CHILD"),) * 1),
    vmt(2025, "FEMALE", "adult", 28),
    vmt(2025, "FEMALE", "child", 30, "SEX_REMOTE"),
    vmt(2025, "FEMALE", "child", 11, "BEG_BY_CHILD"),
    vmt(2025, "MALE", "child", 14, "BEG"),
    vmt(2025, "MALE", "adult", 3, "LAB"),
    vmt(2025, "UNKNOWN", "child", 2, None),
    vmt(2025, "FEMALE", "unknown", 1, "NO_SUCH_CODE"),
    PersonCount("vt", 2025, "FEMALE", "adult", "SEX", 7),
    PersonCount("registered", 2025, "FEMALE", "adult", "SEX", 90),
)


def made(profile: Profile, table: str, audience: Audience = Audience.INTERNAL, **given: object) -> Release:
    return make_release(YEARS, profile, TABLES[table], audience=audience, **{"year": 2025, **given})  # type: ignore[arg-type]


def test_sex_and_age_make_five_columns_and_unknown_is_its_own() -> None:
    assert [counting.sex_age(*traits) for traits in (("FEMALE", "adult"), ("MALE", "adult"))] == ["women", "men"]
    assert [counting.sex_age(*traits) for traits in (("FEMALE", "child"), ("MALE", "child"))] == ["girls", "boys"]
    for traits in (("UNKNOWN", "adult"), ("FEMALE", "unknown"), ("UNKNOWN", "unknown")):
        assert counting.sex_age(*traits) == "unknown"


def test_a_form_goes_to_its_first_level_and_nobody_is_dropped(profile: Profile) -> None:
    assert counting.form_row(profile, "SEX_REMOTE") == "SEX"
    assert counting.form_row(profile, "BEG") == "BEG"
    assert counting.form_row(profile, None) == counting.form_row(profile, "NO_SUCH_CODE") == "UNK"
    assert counting.form_codes(profile)[-1] == "UNK"


def test_the_bases_are_never_mixed(profile: Profile) -> None:
    table = made(profile, "T1")
    assert table.columns == ("2022", "2023", "2024", "2025")
    assert [cell.value for cell in table.row("vmt").cells] == [0, 0, 43, 89]
    assert [cell.value for cell in table.row("vt").cells] == [0, 0, 0, 7]
    assert made(profile, "T2", base="vt").cell("women", "2025").value == 7


def test_persons_by_sex_age_and_form(profile: Profile) -> None:
    two = made(profile, "T2")
    assert {row.code: row.cells[-1].value for row in two.rows} == {
        "women": 28,
        "men": 3,
        "girls": 41,
        "boys": 14,
        "unknown": 3,
        "total": 89,
    }
    three = made(profile, "T3")
    assert three.cell("SEX", "girls").value == 30
    assert three.cell("BEG", "total").value == 25
    assert three.cell("UNK", "unknown").value == 3
    assert [cell.value for cell in three.row("total").cells] == [28, 3, 41, 14, 3, 89]


def test_the_public_sees_no_small_number_in_any_of_the_linked_tables(profile: Profile) -> None:
    one, two, three = (made(profile, table, Audience.PUBLIC) for table in ("T1", "T2", "T3"))
    assert one.cell("vmt", "2025").value == 89
    assert two.cell("men", "2025").hidden and two.cell("unknown", "2025").hidden
    for shared, total in (("women", "total"), ("men", "total"), ("total", "total")):
        assert three.cell(total, shared) == two.cell(shared, "2025")
    assert three.cell("total", "total") == one.cell("vmt", "2025")
    for table in (one, two, three):
        for row in table.rows:
            assert not any(cell.value is not None and 0 < cell.value < 5 for cell in row.cells)
    assert one.cell("vt", "2025").value == 7
    assert made(profile, "T2", Audience.PUBLIC, base="vt").cell("women", "2025").value == 7


def test_a_hidden_cell_says_only_what_can_be_worked_out(profile: Profile) -> None:
    two = made(profile, "T2", Audience.PUBLIC)
    for code, true in (("men", 3), ("unknown", 3)):
        cell = two.cell(code, "2025")
        assert cell.value is None
        assert cell.least <= 1 < true < 5 <= (cell.most or 5)


def test_years_before_the_first_registration_are_left_out(profile: Profile) -> None:
    young = replace(YEARS, coverage={2025: Coverage(90, 12), 2026: Coverage(4, 1)})
    table = make_release(young, profile, TABLES["T1"], audience=Audience.PUBLIC)
    assert table.columns == ("2025",)
    assert table.available == (2025,)


def test_the_public_gets_years_that_have_ended(profile: Profile) -> None:
    with pytest.raises(Invalid) as refused:
        made(profile, "T1", Audience.PUBLIC, year=2026)
    assert (refused.value.field, refused.value.code, refused.value.params["last"]) == (
        "year",
        "statistics.year_open",
        2025,
    )
    assert made(profile, "T1", Audience.PUBLIC, year=None).year == 2025
    running = made(profile, "T1", year=None)
    assert (running.year, running.closed) == (2026, False)
    with pytest.raises(Invalid, match=r"statistics\.year_ahead"):
        made(profile, "T1", year=2027)


def test_a_base_that_a_table_does_not_offer_is_refused(profile: Profile) -> None:
    for table, base in (("T2", "registered"), ("T1", "vt"), ("T3", "services")):
        with pytest.raises(Invalid) as refused:
            made(profile, table, base=base)
        assert refused.value.field == "base"


def test_the_totals_of_linked_tables_are_compared(profile: Profile) -> None:
    footing = made(profile, "T3").footing
    assert [(result.id, result.here, result.there, result.agrees) for result in footing] == [
        ("t3_t1", 89, 89, True),
        ("t3_t2", 89, 89, True),
    ]
    assert len(made(profile, "T1").footing) == 2 * 2 * 4


def test_a_disagreement_is_shown_with_both_numbers_and_not_given_out(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "total", lambda *_: 90)
    inside = made(profile, "T2")
    assert not inside.foots
    differing = next(result for result in inside.footing if result.id == "t2_t1" and result.year == 2025)
    assert (differing.here, differing.there, differing.agrees) == (89, 90, False)
    said = put_into_words(inside, profile, "en").footing
    assert any("89" in line and "90" in line and "do NOT agree" in line for line in said)
    with pytest.raises(Conflict, match=r"statistics\.does_not_foot"):
        made(profile, "T2", Audience.PUBLIC)


def test_the_threshold_is_the_profiles_and_never_too_low(profile: Profile) -> None:
    for given, used in (({}, 5), ({"public_threshold": 10}, 10), ({"public_threshold": 1}, 3)):
        assert public_threshold(replace(profile, statistics=given)) == used
    strict = replace(profile, statistics={"public_threshold": 10})
    table = make_release(YEARS, strict, TABLES["T1"], audience=Audience.PUBLIC, year=2025)
    assert table.threshold == 10
    assert table.cell("vt", "2025").hidden


@pytest.mark.parametrize(
    ("table", "audience", "given", "finding"),
    [
        ("T1", "public", {}, "In 2025: 89 potential victims, 46 more than the year before"),
        (
            "T2",
            "public",
            {"year": 2024},
            "In 2024: 43 potential victims, 43 more than the year before",
        ),
        ("T3", "public", {}, "In 2025 most often: sexual exploitation, 58 of 89 persons"),
        ("T1", "internal", {"year": 2026}, "In 2026: 0 potential victims, so far"),
        (
            "T2",
            "public",
            {"year": 2023},
            "In 2023: 0 potential victims, as many as the year before",
        ),
    ],
)
def test_the_finding_is_made_of_printed_numbers(
    profile: Profile, table: str, audience: str, given: dict[str, int], finding: str
) -> None:
    release = made(profile, table, Audience(audience), **given)
    assert put_into_words(release, profile, "en").finding == finding


def test_a_finding_never_repeats_a_hidden_number(profile: Profile) -> None:
    few = extract(vmt(2024, "MALE", "adult", 9), vmt(2025, "MALE", "adult", 4))
    for table in ("T1", "T2", "T3"):
        release = make_release(few, profile, TABLES[table], audience=Audience.PUBLIC, year=2025)
        assert put_into_words(release, profile, "en").finding == "The number of 2025 is not published"
    after = extract(vmt(2024, "MALE", "adult", 4), vmt(2025, "MALE", "adult", 9))
    release = make_release(after, profile, TABLES["T1"], audience=Audience.PUBLIC, year=2025)
    assert "year before" not in put_into_words(release, profile, "en").finding


AGIMI = ServiceFacts(
    "DEMO-AGIMI",
    {"sq": "Qendra Agimi", "en": "Agimi Centre"},
    (
        ServiceCount("FOOD", 1, 200),
        ServiceCount("FOOD", 2, 220),
        ServiceCount("LEGAL_AID", 2, 40),
        ServiceCount("LEGAL_AID", 3, 0),
        ServiceCount("ACCOMMODATION", 1, 90),
        ServiceCount("ACCOMMODATION", 2, 95),
    ),
    {
        ("FOOD", 1): 8,
        ("FOOD", 2): 9,
        ("FOOD", 0): 11,
        ("LEGAL_AID", 2): 1,
        ("LEGAL_AID", 0): 1,
        ("ACCOMMODATION", 1): 7,
        ("ACCOMMODATION", 2): 7,
        ("ACCOMMODATION", 0): 9,
        ("", 1): 8,
        ("", 2): 9,
        ("", 0): 12,
    },
)


def test_services_by_type_and_month(profile: Profile) -> None:
    year = extract(services=AGIMI)
    table = make_release(year, profile, TABLES["S1"], audience=Audience.INTERNAL, year=2025)
    assert [row.code for row in table.rows] == ["ACCOMMODATION", "FOOD", "LEGAL_AID", "total"]
    assert table.cell("FOOD", "2").value == 220
    assert table.cell("total", "2").value == 355
    assert table.cell("total", "total").value == 645
    assert [(result.here, result.there) for result in table.footing] == [(645, 645)]
    said = put_into_words(table, profile, "en")
    assert said.finding == "In 2025: 645 services, most in February (355)"
    assert any("Agimi Centre" in words for code, _, words in said.facts if code == "base")


def test_services_to_one_person_are_not_given_out_however_many(profile: Profile) -> None:
    table = make_release(extract(services=AGIMI), profile, TABLES["S1"], audience=Audience.PUBLIC, year=2025)
    assert table.cell("LEGAL_AID", "2").hidden
    assert table.cell("LEGAL_AID", "total").hidden
    assert table.cell("total", "total").value == 645


def test_a_year_without_services_says_so(profile: Profile) -> None:
    nothing = extract(services=ServiceFacts("DEMO-URA", {"sq": "Ura", "en": "Ura"}, (), {}))
    for audience in Audience:
        table = make_release(nothing, profile, TABLES["S1"], audience=audience, year=2025)
        assert [row.code for row in table.rows] == ["total"]
        assert put_into_words(table, profile, "en").finding == "No service was recorded in 2025"
    with pytest.raises(Invalid, match="organisation"):
        make_release(extract(), profile, TABLES["S1"], audience=Audience.INTERNAL, year=2025)


def test_no_text_becomes_a_formula() -> None:
    for words in ("=1+1", "+38", "-2", "@SUM(A1)", "\t=1"):
        assert inert(words) == f"'{words}"
    assert inert("Gra") == "Gra"


def test_no_name_in_a_file_starts_a_formula(profile: Profile) -> None:
    named = replace(AGIMI, name={"sq": "=cmd", "en": "=cmd"}, counts=(ServiceCount("+1", 1, 30), *AGIMI.counts))
    release = make_release(extract(services=named), profile, TABLES["S1"], audience=Audience.INTERNAL, year=2025)
    content = as_csv(release, profile, "en").decode()
    assert "'+1" in content and "'=cmd" in content
    for sheet in openpyxl.load_workbook(io.BytesIO(as_xlsx(release, profile, "en"))).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or str(cell.value).startswith("=SUM(")


@pytest.mark.parametrize("language", ["sq", "en"])
@pytest.mark.parametrize("code", ["AL", "XK"])
def test_every_table_has_its_words_in_every_language_and_country(code: str, language: str) -> None:
    profile = profiles().current(code)
    own = replace(extract(*YEARS.persons, services=AGIMI), jurisdiction=code)
    for table in TABLES.values():
        for audience in [Audience.INTERNAL] if table.internal else Audience:
            said = put_into_words(make_release(own, profile, table, audience=audience, year=2025), profile, language)
            assert all((*said.columns, *said.rows, said.title, said.subtitle, said.finding, said.corner))
            facts = {fact: words for fact, _, words in said.facts}
            assert {"base", "unit", "period", "source", "completeness", "protection"} <= facts.keys()
            assert all(facts.values())
            assert "2025" in facts["period"] and "2026" in facts["source"]


WAITED = replace(
    extract(),
    times=(
        TimeCount(2025, "contact_service", "same_day", 30),
        TimeCount(2025, "contact_service", "days_3", 12),
        TimeCount(2025, "contact_service", "not_yet", 8),
        TimeCount(2025, "signal_identification", "week", 4),
        TimeCount(2024, "contact_service", "not_yet", 90),
    ),
)


def test_how_long_people_wait_is_shown_whole_and_only_inside(profile: Profile) -> None:
    table = make_release(WAITED, profile, TABLES["D1"], audience=Audience.INTERNAL, year=2025)
    assert (table.cell("contact_service", "total").value, table.cell("contact_service", "days_3").value) == (50, 12)
    assert table.cell("signal_identification", "total").value == 4
    assert table.cell("request_decision", "total").value == 0
    said = put_into_words(table, profile, "en")
    assert said.finding == "In 2025 at least half of 50 cases had a first service on the same day"
    with pytest.raises(Forbidden) as refused:
        make_release(WAITED, profile, TABLES["D1"], audience=Audience.PUBLIC, year=2025)
    assert refused.value.code == "statistics.internal_only"


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ({}, "No first contact was recorded in 2025"),
        ({"before": 1, "not_yet": 1}, "before the recorded contact"),
        ({"same_day": 2, "month": 3}, "up to 30 days"),
        ({"same_day": 2, "not_yet": 3}, "more than half of 5 cases still wait"),
    ],
)
def test_the_finding_names_the_band_that_half_of_the_cases_reached(
    profile: Profile, bands: dict[str, int], words: str
) -> None:
    times = tuple(TimeCount(2025, "contact_service", band, cases) for band, cases in bands.items())
    found = replace(extract(), times=times)
    table = make_release(found, profile, TABLES["D1"], audience=Audience.INTERNAL, year=2025)
    assert words in put_into_words(table, profile, "en").finding

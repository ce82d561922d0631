"""The people of the demonstration: one for each role, two for some, all made up."""

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.domain.policy import Role
from app.services.installation import add_account, add_assignment, organisation_id
from app.storage.organisations import organisation


@dataclass(frozen=True, slots=True)
class DemonstrationPerson:
    """Somebody made up who works at a real kind of organisation."""

    login: str
    name: str
    role: Role
    jurisdiction: str
    organisation: str


ORGANISATIONS = (
    # Made up, so that no real place ever stands somewhere as late; each of a real kind.
    ("AL", "DEMO-NJL-BERAT", "MOBILE_UNIT", "NJL Berat", "Mobile unit Berat", "AL-01", None, True),
    ("AL", "DEMO-POLICI-BERAT", "POLICE", "Policia, Berat", "Police, Berat", "AL-01", None, True),
    (
        "AL",
        "DEMO-SHSSH-BERAT",
        "REGIONAL_SOCIAL_SERVICE",
        "Shërbimi Social, Berat",
        "Social service, Berat",
        "AL-01",
        None,
        True,
    ),
    (
        "AL",
        "DEMO-TRAFIQE-BERAT",
        "POLICE_ANTI_TRAFFICKING",
        "Sektori i trafiqeve, Berat",
        "Anti-trafficking police, Berat",
        "AL-01",
        None,
        False,
    ),
    ("AL", "DEMO-NJMF-BERAT", "CHILD_PROTECTION_UNIT", "NJMF Berat", "Child protection, Berat", "AL-01", None, True),
    (
        "AL",
        "DEMO-BASHKI-BERAT",
        "MUNICIPAL_SOCIAL",
        "Shërbimi social i bashkisë, Berat",
        "Municipal social service, Berat",
        "AL-01",
        None,
        True,
    ),
    ("AL", "DEMO-AGIMI", "SHELTER_NGO", "Qendra Agimi", "Agimi Centre", None, None, True),
    ("AL", "DEMO-URA", "SHELTER_NGO", "Qendra Ura", "Ura Centre", None, None, True),
    ("AL", "DEMO-LISI", "SHELTER_NGO", "Qendra Lisi", "Lisi Centre", None, None, True),
    ("AL", "DEMO-LINJA", "HELPLINE", "Linja 116-006", "Helpline 116-006", None, None, False),
    ("AL", "DEMO-FEMIJET", "CHILD_RIGHTS_AGENCY", "Agjencia e Fëmijëve", "Children's agency", None, None, False),
    ("XK", "DEMO-QPS", "CENTRE_SOCIAL_WORK", "QPS Prishtinë", "Centre for social work, Pristina", "XK-1", None, True),
    ("XK", "DEMO-PRANVERA", "SHELTER_NGO", "Shtëpia Pranvera", "Pranvera House", None, None, True),
    ("XK", "DEMO-STREHA", "SHELTER_STATE", "Strehimorja shtetërore", "State shelter", None, None, True),
    (
        "XK",
        "DEMO-HETIMI",
        "POLICE_ANTI_TRAFFICKING",
        "Hetimi, Prishtinë",
        "Investigation, Pristina",
        "XK-1",
        None,
        True,
    ),
    ("XK", "DEMO-AVOKATIA", "VICTIM_ADVOCACY_OFFICE", "Mbrojtja e viktimave", "Victim advocacy", "XK-1", None, True),
)
"""(jurisdiction, code, kind, Albanian name, English name, county, municipality, answers referrals)."""

PEOPLE = (
    DemonstrationPerson("demo.njl", "Mira Demo", Role.MOBILE_UNIT_OFFICER, "AL", "DEMO-NJL-BERAT"),
    DemonstrationPerson("demo.polici", "Arben Demo", Role.FIRST_RESPONDER, "AL", "DEMO-POLICI-BERAT"),
    DemonstrationPerson("demo.linja", "Elira Demo", Role.HOTLINE_OPERATOR, "AL", "DEMO-LINJA"),
    DemonstrationPerson("demo.identifikim", "Blerim Demo", Role.IDENTIFICATION_OFFICER, "AL", "DEMO-SHSSH-BERAT"),
    DemonstrationPerson("demo.menaxhere", "Teuta Demo", Role.CASE_MANAGER, "AL", "DEMO-BASHKI-BERAT"),
    DemonstrationPerson("demo.agimi", "Vjosa Demo", Role.SHELTER_STAFF, "AL", "DEMO-AGIMI"),
    DemonstrationPerson("demo.agimi.drejtuese", "Drita Demo", Role.SHELTER_MANAGER, "AL", "DEMO-AGIMI"),
    DemonstrationPerson("demo.ura.drejtuese", "Luljeta Demo", Role.SHELTER_MANAGER, "AL", "DEMO-URA"),
    DemonstrationPerson("demo.ap", "Ilir Demo", Role.RESPONSIBLE_AUTHORITY, "AL", "AP"),
    DemonstrationPerson("demo.krat", "Shpresa Demo", Role.REGIONAL_COMMITTEE, "AL", "KRAT-AL-01"),
    DemonstrationPerson("demo.koordinator", "Genc Demo", Role.NATIONAL_COORDINATOR, "AL", "KK"),
    DemonstrationPerson("demo.statistika", "Anila Demo", Role.STATISTICIAN, "AL", "INSTAT"),
    DemonstrationPerson("demo.dpo", "Besnik Demo", Role.DATA_PROTECTION_OFFICER, "AL", "AP"),
    DemonstrationPerson("demo.auditues", "Klea Demo", Role.AUDITOR, "AL", "AP"),
    DemonstrationPerson("demo.admin", "Rea Demo", Role.ADMINISTRATOR, "AL", "AP"),
    DemonstrationPerson("demo.njmf", "Entela Demo", Role.CASE_MANAGER, "AL", "DEMO-NJMF-BERAT"),
    DemonstrationPerson("demo.femijet", "Alban Demo", Role.CASE_MANAGER, "AL", "DEMO-FEMIJET"),
    DemonstrationPerson("demo.trafiqe", "Sokol Demo", Role.IDENTIFICATION_OFFICER, "AL", "DEMO-TRAFIQE-BERAT"),
    DemonstrationPerson("demo.xk.linja", "Blerta Demo", Role.HOTLINE_OPERATOR, "XK", "LN-ZMNV"),
    DemonstrationPerson("demo.xk.qps", "Arta Demo", Role.CASE_MANAGER, "XK", "DEMO-QPS"),
    DemonstrationPerson("demo.xk.pranvera", "Valon Demo", Role.SHELTER_MANAGER, "XK", "DEMO-PRANVERA"),
    DemonstrationPerson("demo.xk.hetues", "Driton Demo", Role.IDENTIFICATION_OFFICER, "XK", "DEMO-HETIMI"),
    DemonstrationPerson("demo.xk.avokate", "Teuta Demo", Role.IDENTIFICATION_OFFICER, "XK", "DEMO-AVOKATIA"),
    DemonstrationPerson("demo.xk.streha", "Fatos Demo", Role.SHELTER_MANAGER, "XK", "DEMO-STREHA"),
    DemonstrationPerson("demo.xk.ak", "Kaltrina Demo", Role.RESPONSIBLE_AUTHORITY, "XK", "AK"),
)
"""Each signs in with one click, second factor included, and only in demonstration mode."""


async def add_people(connection: AsyncConnection) -> None:
    """Add every demonstration person with their role; repeating adds nothing."""
    for jurisdiction, code, kind, name_sq, name_en, county, municipality, answers in ORGANISATIONS:
        values = {
            "id": uuid7(),
            "jurisdiction": jurisdiction,
            "code": code,
            "kind": kind,
            "name_sq": name_sq,
            "name_en": name_en,
            "county": county,
            "municipality": municipality,
            "origin": "demonstration",
            "answers_referrals": answers,
            "active": True,
        }
        await connection.execute(insert(organisation).values(values).on_conflict_do_nothing())
    for person in PEOPLE:
        org_id = await organisation_id(connection, person.jurisdiction, person.organisation)
        account_id = await add_account(connection, person.login, person.name, demonstration=True)
        await add_assignment(connection, account_id, person.role, person.jurisdiction, org_id)

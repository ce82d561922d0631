"""Pages of cases: the list without names, and a case on one page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.policy import DataClass, Role, may
from app.domain.profile import Profile
from app.domain.urgent_needs import still_open
from app.services import cases
from app.services.case_closing import read_closure
from app.services.case_story import ClassState, Story, read_story
from app.services.child_workers import standing_worker
from app.services.placements import stay_of
from app.services.reference import organisation_names
from app.services.risk_standing import level_now
from app.services.sop_forms import forms_of_case
from app.services.unit_of_work import UnitOfWork
from app.services.urgent_needs import newest_urgent_needs
from app.texts import text
from app.web import case_words, dates
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of
from app.web.sop_forms import rows_of

router = PageRouter()

ROWS = 25
_ICONS = {
    DataClass.MILESTONES: "route",
    DataClass.IDENTITY: "user-round",
    DataClass.CASEWORK: "clipboard-list",
    DataClass.IDENTIFICATION: "list-checks",
    DataClass.HEALTH: "heart-pulse",
    DataClass.LEGAL: "scale",
    DataClass.SHELTER_LOCATION: "bed-single",
}
_CASEWORK = (
    ("urgent_needs", "urgent_needs.read", "urgent-needs"),
    ("services", "service.read", "services"),
    ("consents", "consent.read", "consents"),
    ("information", "information.read", "information"),
    ("notes", "note.read", "notes"),
    ("child", "child.read", "child"),
    ("risk", "risk.read", "risk"),
)
_IDENTIFICATION = (
    ("identification", "identification.read", "identification"),
    ("exploitation", "exploitation.read", "exploitation"),
    ("formal", "formal.read", "formal"),
)


@router.page("/cases", action="case.list")
async def listed(
    request: Request,
    unit: Unit,
    after: UUID | None = None,
    state: str = "",
    code: str = "",
    mine: str = "",
) -> Response:
    """The cases one works with, newest first, by key; codes and few traits, no name."""
    language = language_of(request, unit)
    profile = unit.profile
    state = state if state in ("open", "closed") else ""
    code = code.strip()[:20]
    rows = await cases.list_cases(
        unit, after=after, limit=ROWS, state=state or None, code=code or None, mine=bool(mine)
    )
    names = await organisation_names(unit, [row["responsible_org_id"] for row in rows])
    shown = [
        {
            "href": f"/cases/{row['id']}",
            "code": row["code"],
            "traits": case_words.traits(row, profile, language),
            "status": case_words.status_short(row["status"], profile, language),
            "stage": profile.label("case_stage", row["stage"], language),
            "responsible": case_words.organisation(names, row["responsible_org_id"], language),
            "opened": dates.spoken(row["opened_at"], unit.now, language, tz=profile.timezone),
            "closed": row["state"] == "closed",
        }
        for row in rows
    ]
    kept = "&".join(f"{k}={v}" for k, v in (("state", state), ("code", code), ("mine", mine)) if v and v.isalnum())
    last = rows[-1]["id"] if len(rows) == ROWS else None
    return render(
        request,
        "cases/list.html",
        unit,
        rows=shown,
        next=f"/cases?{kept}&after={last}" if last else "",
        first=f"/cases?{kept}" if after else "",
        state=state,
        code=code,
        mine=bool(mine),
        filtered=bool(state or code or mine),
    )


@router.page("/cases/{case_id}", action="case.read")
async def read(request: Request, unit: Unit, case_id: UUID) -> Response:
    """A case on one page: who answers for it, what is due, both tracks, and the data with their locks."""
    language = language_of(request, unit)
    story = await read_story(unit, case_id)
    profile = unit.profile_of(story.case)
    return render(
        request,
        "cases/read.html",
        unit,
        story=story,
        header=await _header(unit, story, profile, language),
        tasks=_tasks(unit, story, profile, language),
        classes=[_class_item(unit, story, c, language) for c in story.classes],
        days=case_words.track_days(story, profile, language, unit.now),
        life=_life(unit, story),
        forms=rows_of(await forms_of_case(unit, case_id), language) if may(unit.actor.role, "form.read") else [],
        urgent=await _urgent(unit, story, profile, language),
        closure=await _closure(unit, story, profile, language) if story.case["state"] == "closed" else [],
    )


async def _urgent(unit: UnitOfWork, story: Story, profile: Profile, language: str) -> dict[str, Any] | None:
    """Return how danger and urgent needs stand, for who reads them; None where nobody has asked."""
    if not may(unit.actor.role, "urgent_needs.read"):
        return None
    row = await newest_urgent_needs(unit, story.case["id"])
    if row is None:
        return None
    left = [profile.label("need_domain", code, language) for code in still_open(row["needs"], row["met"])]
    said = [text(f"urgent_needs.danger.{row['danger']}", language)]
    said.append(
        f"{text('urgent_needs.list.still', language)} {', '.join(left)}"
        if left
        else text("urgent_needs.list.nothing_open", language)
    )
    return {
        "danger": row["danger"] == "yes",
        "lines": said,
        "when": dates.spoken(row["assessed_at"], unit.now, language, tz=profile.timezone),
        "href": f"/cases/{story.case['id']}/urgent-needs",
    }


async def _closure(unit: UnitOfWork, story: Story, profile: Profile, language: str) -> list[dict[str, str]]:
    """Return how the case was closed, for who reads its casework; nothing for others."""
    found = await read_closure(unit, story.case["id"])
    if found is None:
        return []
    row = found.row
    follow_up = dates.day(row["follow_up_on"], language) if row["follow_up_on"] else ""
    said = (
        ("reason", profile.label("closure_reason", row["reason"], language)),
        ("text", found.text),
        ("goes_to", found.goes_to),
        ("assistance_outcome", profile.label("assistance_outcome", row["assistance_outcome"], language)),
        ("not_assisted_reason", _known(profile, "not_assisted_reason", row["not_assisted_reason"], language)),
        ("accommodation_after", _known(profile, "accommodation_kind", row["accommodation_after"], language)),
        ("follow_up_on", follow_up),
    )
    return [
        {"term": text(f"case_life.close.fields.{key}.label", language), "text": value} for key, value in said if value
    ]


def _known(profile: Profile, list_id: str, code: str | None, language: str) -> str:
    return profile.label(list_id, code, language) if code else ""


async def _bed(unit: UnitOfWork, story: Story) -> tuple[str, str, str] | None:
    """Return the way to a bed for who gives beds: the person's stay, or the form that holds one for them."""
    if not may(unit.actor.role, "placement.record") or story.case["state"] == "closed":
        return None
    held = await stay_of(unit, story.case["id"])
    if held is not None:
        return "stay", f"/placements/{held['id']}", "bed-single"
    return "bed", f"/shelter/reserve?case={story.case['id']}", "bed-single"


async def _protection(unit: UnitOfWork, story: Story, profile: Profile, language: str) -> list[dict[str, Any]]:
    """Return who protects a child, and the level of risk that holds, where anybody has rated."""
    facts: list[dict[str, Any]] = []
    if story.case["is_child"]:
        worker = await standing_worker(unit, story.case["id"])
        names = await organisation_names(unit, [worker["worker_org_id"]]) if worker is not None else {}
        who = case_words.organisation(names, worker["worker_org_id"], language) if worker is not None else ""
        facts.append(
            {"term": _t("facts.child_worker", language), "text": who or _t("facts.child_worker_none", language)}
        )
    level = "IMMEDIATE_DANGER" if story.case["immediate_danger"] else await level_now(unit, story.case["id"])
    if level is not None and level != "NOT_RATED":
        facts.append({"term": _t("facts.risk", language), "text": profile.label("risk_level", level, language)})
    return facts


async def _header(unit: UnitOfWork, story: Story, profile: Profile, language: str) -> dict[str, Any]:
    case = story.case
    opened = dates.day(case["opened_at"], language, tz=profile.timezone)
    facts = [
        {"term": _t("facts.status", language), **case_words.status_words(case["status"], profile, language)},
        {"term": _t("facts.help", language), "text": case_words.help_words(story, profile, language)},
        {"term": _t("facts.responsible", language), "text": _responsible(unit, story, language)},
        {
            "term": _t("facts.opened", language),
            "text": _t(
                "facts.opened_by",
                language,
                day=opened,
                organisation=case_words.organisation(story.names, case["opened_org_id"], language),
            ),
        },
    ]
    if case["state"] == "closed":
        closed = dates.day(case["closed_at"], language, tz=profile.timezone)
        facts[1]["text"] = _t("facts.closed", language, day=closed)
    facts += await _protection(unit, story, profile, language)
    return {
        "code": case["code"],
        "traits": case_words.traits(case, profile, language),
        "facts": facts,
        "actions": _actions(unit, story, language, await _bed(unit, story)),
    }


def _responsible(unit: UnitOfWork, story: Story, language: str) -> str:
    case = story.case
    name = case_words.organisation(story.names, case["responsible_org_id"], language)
    if case["responsible_account_id"] == unit.actor.account_id and case["responsible_org_id"] == unit.actor.org_id:
        return _t("facts.you", language, organisation=name)
    if story.responsible is None:
        return name
    return _t("facts.somebody", language, name=story.responsible, organisation=name)


def _actions(unit: UnitOfWork, story: Story, language: str, bed: tuple[str, str, str] | None) -> list[dict[str, Any]]:
    """Return the three next steps of the role; the first is the one it takes most.

    Who gives beds begins with the bed where none is held yet: nobody arrives without one.
    """
    role, here = unit.actor.role, f"/cases/{story.case['id']}"
    seen = {c.data_class for c in story.classes if c.state != "locked"}
    identity = next(c for c in story.classes if c.data_class is DataClass.IDENTITY)
    if story.case["state"] == "closed":
        return [_action("reopen", f"{here}/reopen", language, "rotate-ccw")] if _may_reopen(unit, story) else []
    decided = story.case["status"] != "NOT_ASSESSED"
    wanted = (
        ("identify", "list-checks", f"{here}/identification", "identification.record", DataClass.IDENTIFICATION),
        ("service", "plus", f"{here}/services", "service.record", DataClass.CASEWORK),
        ("referral", "send", f"{here}/referrals/new", "referral.send", DataClass.MILESTONES),
        ("note", "", f"{here}/notes", "note.write", DataClass.CASEWORK),
        ("milestone", "", f"{here}/milestones", "milestone.record", DataClass.MILESTONES),
    )
    found = [
        _action(key, href, language, icon)
        for key, icon, href, action, data_class in wanted
        if may(role, action) and data_class in seen and not (key == "identify" and decided)
    ]
    if bed is not None:
        name, href, icon = bed
        found.insert(0 if name == "bed" else 1, _action(name, href, language, icon))
    if may(role, "identity.reveal"):
        covered = identity.state == "covered"
        first = ("person", f"{here}/person") if covered else ("reveal", f"{here}/reveal")
        # The authority follows; a name is the exception and never its first button.
        found = [*reversed(found[:2]), *([] if story.case["without_identity"] else [_action(*first, language, "eye")])]
    return [{**action, "primary": n == 0} for n, action in enumerate(found[:3])]


def _action(key: str, href: str, language: str, icon: str = "") -> dict[str, Any]:
    return {"label": _t(f"do.{key}", language), "href": href, "icon": icon, "primary": True}


def _may_reopen(unit: UnitOfWork, story: Story) -> bool:
    ours = story.case["responsible_org_id"] == unit.actor.org_id
    return may(unit.actor.role, "case.reopen") and (ours or unit.actor.role is Role.RESPONSIBLE_AUTHORITY)


def _tasks(unit: UnitOfWork, story: Story, profile: Profile, language: str) -> list[dict[str, Any]]:
    return [
        {
            "title": case_words.task_do(task["event"], language),
            "href": case_words.task_href(task, unit.actor.role),
            "meta": case_words.organisation(story.names, task["org_id"], language)
            if task["org_id"] != unit.actor.org_id
            else None,
            "chip": dates.due_chip(task["due_at"], unit.now, language, task["to_confirm"], tz=profile.timezone),
        }
        for task in story.tasks
        if task["bound"] == "max"
    ]


def _class_item(unit: UnitOfWork, story: Story, found: ClassState, language: str) -> dict[str, Any]:
    """Return one row of the data: what it is, how it stands, the way in."""
    here, key = f"/cases/{story.case['id']}", found.data_class
    item: dict[str, Any] = {
        "title": text(f"classes.{key.value}", language),
        "state": found.state,
        "icon": _ICONS[key],
        "text": _class_text(unit, story, found, language),
    }
    if key is DataClass.MILESTONES:
        item["href"] = "#tracks"
    elif key is DataClass.SHELTER_LOCATION and found.state == "open":
        item["href"] = "/shelter"
    elif found.state == "covered":
        item["ask"] = {"label": _t("classes.show_name", language), "href": f"{here}/person"}
    elif found.state == "open" and key in (DataClass.CASEWORK, DataClass.IDENTIFICATION):
        pages = _CASEWORK if key is DataClass.CASEWORK else _IDENTIFICATION
        item["links"] = [
            {"label": _t(f"links.{_named(name, story)}", language), "href": f"{here}/{path}"}
            for name, action, path in pages
            if may(unit.actor.role, action)
        ]
    elif found.state == "open" and key is DataClass.LEGAL and may(unit.actor.role, "proceedings.read"):
        item["links"] = [
            {"label": _t("links.proceedings", language), "href": f"{here}/proceedings"},
            {"label": _t("links.notes", language), "href": f"{here}/notes?about={key.value}"},
        ]
    elif found.state == "open" and may(unit.actor.role, "note.read"):
        item["href"] = f"{here}/notes?about={key.value}"
    elif found.ask == "reveal":
        item["ask"] = {"label": _t("classes.reveal", language), "href": f"{here}/reveal"}
    elif found.ask == "request" and not found.asked:
        item["ask"] = {"label": text("layout.class.ask", language), "href": f"{here}/access/request?about={key.value}"}
    return item


def _named(link: str, story: Story) -> str:
    """Return what a link is called: the page of a child is that of an adult's age."""
    return "age" if link == "child" and not story.case["is_child"] else link


def _class_text(unit: UnitOfWork, story: Story, found: ClassState, language: str) -> str:
    key = found.data_class
    if key is DataClass.MILESTONES:
        if not story.events:
            return _t("tracks_empty", language)
        last = dates.spoken(story.events[0]["occurred_at"], unit.now, language, tz=unit.profile.timezone)
        return _t("classes.events", language, n=len(story.events), last=last)
    if key is DataClass.SHELTER_LOCATION:
        return _t("classes.in_our_shelter" if found.state == "open" else "classes.only_shelter", language)
    if key is DataClass.IDENTITY and story.case["without_identity"]:
        return _t("classes.no_identity", language)
    if found.asked:
        return _t("classes.asked", language)
    if found.state == "locked":
        if unit.actor.org_id in found.holders and found.ask is None:
            return _t("classes.not_your_role", language)
        return _holders(found, story.names, language)
    until = dates.spoken(found.until, unit.now, language, tz=unit.profile.timezone, until=True) if found.until else ""
    if found.state == "covered":
        return _t("classes.covered_until", language, until=until) if until else _t("classes.covered", language)
    parts = [_t("classes.notes", language, n=found.notes)] if found.notes else []
    parts += [_t("classes.until", language, until=until)] if until else []
    return ", ".join(parts) or _t("classes.open", language)


def _holders(found: ClassState, names: Mapping[UUID, Mapping[str, str]], language: str) -> str:
    seen = [case_words.organisation(names, org_id, language) for org_id in found.holders]
    if not seen:
        return _t("classes.nobody", language)
    if len(seen) > 2:
        seen = [*seen[:2], _t("classes.others", language)]
    return _t("classes.seen_by", language, organisations=", ".join(seen))


def _life(unit: UnitOfWork, story: Story) -> list[dict[str, str]]:
    """Return the links that run the case, those the role may follow."""
    role, here = unit.actor.role, f"/cases/{story.case['id']}"
    ours = story.case["responsible_org_id"] == unit.actor.org_id
    is_open = story.case["state"] != "closed"
    revealed = any(row["kind"] == "identity_revealed" for row in story.events)
    wanted = (
        ("milestones", "milestones", may(role, "milestone.record")),
        ("reflection", "reflection", may(role, "reflection.read")),
        ("monitoring", "monitoring", story.case["is_child"] and may(role, "child.monitor")),
        ("deadlines", "deadlines", may(role, "task.read")),
        ("formal", "formal", may(role, "formal.read") and not may(role, "identification.read")),
        ("access", "access", True),
        ("hand_over", "hand-over", is_open and ours and may(role, "case.hand_over")),
        ("close", "close", is_open and ours and may(role, "case.close")),
        ("reopen", "reopen", _may_reopen(unit, story) and not is_open),
        ("denials", "denials", may(role, "access.deny") and (ours or role is Role.RESPONSIBLE_AUTHORITY)),
        ("authority", "authority", may(role, "authority.assign") and not story.case["without_identity"]),
        ("reveals", "reveals", revealed),
    )
    return [{"key": f"cases.links.{key}", "href": f"{here}/{path}"} for key, path, shown in wanted if shown]


def _t(key: str, language: str, **params: Any) -> str:
    return text(f"cases.{key}", language, **params)

"""The data dictionary of a profile as Markdown, written from the definitions themselves."""

from collections.abc import Iterable

from app.domain.code_lists import Code, CodeList, Label
from app.domain.indicator_sets import Indicator, IndicatorSet
from app.domain.procedures import DeadlineRule
from app.domain.profile import Profile


def code_list_markdown(profile: Profile) -> str:
    """Return every code list, indicator set, aid and deadline rule of a profile with source and mark."""
    parts = [
        f"# {profile.title.text('en')}, version {profile.version}",
        f"Mark: {_marks(profile.status)}. {_text(profile.warning)}".strip(),
        "## Documents",
        _table(("Key", "Document"), ((one.key, one.title.text("en")) for one in profile.sources.values())),
        "## Code lists",
        *(_code_list(profile, chosen) for chosen in profile.code_lists.values()),
        "## Indicator sets",
        *(_indicator_set(profile, chosen) for chosen in profile.indicator_sets.values()),
        "## Decision aids",
        _aids(profile),
        "## Deadline rules",
        _deadlines(profile.deadline_rules.values()),
    ]
    return "\n\n".join(parts) + "\n"


def _cell(text: object) -> str:
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").strip()


def _table(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _marks(*marks: str | None) -> str:
    """Return the marks in words; `found` is the only one that nobody has to look at again."""
    return ", ".join(mark.replace("_", " ") for mark in dict.fromkeys(marks) if mark)


def _text(label: Label | None) -> str:
    return label.text("en") if label else ""


def _code_list(profile: Profile, chosen: CodeList) -> str:
    if chosen.id == "country":
        shown = [code for code in chosen if code.source.reference != "CLDR"]
        note = f"{len(chosen)} values; the countries of ISO 3166-1 with CLDR names are not repeated here."
    else:
        shown, note = list(chosen), f"{len(chosen)} values."
    head = [
        f"### `{chosen.id}` {chosen.title.text('en')} ({chosen.title.text('sq')})",
        f"Version {chosen.version}. {note} Source: {chosen.source}",
    ]
    if chosen.status:
        head.append(f"Mark: {_marks(chosen.status)}.")
    if chosen.note:
        head.append(chosen.note)
    if chosen.attributes:
        head.append("Further facts: " + ", ".join(f"`{name}` ({form})" for name, form in chosen.attributes.items()))
    columns = ("Code", "sq", "en", "Definition", "Use", "Source", "Mark")
    return "\n\n".join([*head, _table(columns, (_code(profile, code) for code in shown))])


def _code(profile: Profile, code: Code) -> tuple[str, ...]:
    uses = {
        f"not in {profile.jurisdiction}": profile.jurisdiction not in code.valid_for,
        "heading": code.group,
        "children only": code.child_only,
        "adults only": code.adult_only,
        "sensitive": code.sensitive,
        f"below {code.parent}": code.parent is not None,
    }
    return (
        f"`{code.code}`",
        code.label.text("sq"),
        code.label.text("en"),
        code.definition_en,
        ", ".join(use for use, holds in uses.items() if holds),
        code.source.reference,
        _marks(code.source.form, code.status),
    )


def _indicator_set(profile: Profile, chosen: IndicatorSet) -> str:
    if chosen.id in profile.set_use.default:
        use = "offered first"
    elif chosen.id in profile.set_use.available:
        use = "offered on choice"
    else:
        use = "off until checked"
    head = [
        f"### `{chosen.id}` {chosen.title.text('en')} ({chosen.title.text('sq')})",
        f"Version {chosen.version}, {len(chosen)} indicators, {use}. Mark: {_marks(chosen.status)}. "
        f"Source: {chosen.source}",
    ]
    head += [text for text in (_text(chosen.warning), chosen.status_note) if text]
    if chosen.replace_by:
        head.append(f"To be replaced by: {chosen.replace_by.text('en')}")
    columns = ("Code", "sq", "en", "Group", "Dimension", "Strength", "For")
    return "\n\n".join([*head, _table(columns, (_indicator(one) for one in chosen))])


def _indicator(one: Indicator) -> tuple[str, ...]:
    texts = [
        one.text.text(language) + "".join(f"; {answer.text.text(language)}" for answer in one.answers)
        for language in ("sq", "en")
    ]
    return (f"`{one.code}`", *texts, one.group, one.dimension, one.strength or "", one.applies_to)


def _aids(profile: Profile) -> str:
    rows = (
        (
            f"`{rule.id}`",
            rule.title.text("sq"),
            rule.title.text("en"),
            rule.version,
            "yes" if rule.enabled else "no",
            rule.source,
            _marks(rule.status, rule.interpretation_status),
        )
        for rule in profile.aids.values()
    )
    return _table(("Rule", "sq", "en", "Version", "Offered", "Source", "Mark"), rows)


def _deadlines(rules: Iterable[DeadlineRule]) -> str:
    rows = (
        (
            f"`{rule.id}`",
            rule.from_event,
            rule.to_event,
            rule.duration or "no number found",
            "not before" if rule.bound == "min" else "within",
            rule.applies_to,
            "yes" if rule.enabled else "off",
            rule.source + (f" ({rule.note})" if rule.note else ""),
            _marks(rule.status),
        )
        for rule in rules
    )
    columns = ("Rule", "From", "To", "Duration", "Bound", "For", "On", "Source", "Mark")
    return _table(columns, rows)

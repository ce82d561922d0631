"""From the shared files to the domain's own immutable data, as one jurisdiction names it."""

from app.domain.aid_rules import (
    AidRule,
    AllGroups,
    CountThreshold,
    DecisionList,
    DecisionRow,
    ElementSource,
    LegalElements,
    ResearchLabel,
    RuleBody,
    StrengthCounts,
    StrengthMinimum,
)
from app.domain.code_lists import AttributeValue, Code, CodeList, Label, TermSource
from app.domain.indicator_sets import AnswerChoice, Heading, Indicator, IndicatorSet
from app.domain.profile import ExportTarget, SourceDocument
from app.jurisdictions.countries import iso_countries
from app.jurisdictions.schema.base import Texts
from app.jurisdictions.schema.lists import (
    CodeFile,
    CodeListFile,
    IndicatorSetFile,
    SourcesFile,
    TargetFile,
    TargetsFile,
)
from app.jurisdictions.schema.profile import AidUseFile
from app.jurisdictions.schema.rules import (
    AllGroupsFile,
    CountThresholdFile,
    DecisionFile,
    ElementsFile,
    RowFile,
    RuleFile,
    StrengthFile,
)


def label(texts: Texts) -> Label:
    """Return the texts of an entry as a label."""
    found = {"sq": texts.sq, "en": texts.en}
    if texts.sr:
        found["sr"] = texts.sr
    return Label(found)


def maybe_label(texts: Texts | None) -> Label | None:
    """Return a label where there are texts."""
    return label(texts) if texts else None


def _attribute(value: object) -> AttributeValue:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return value if isinstance(value, str | int | bool) else None


def _code(value: CodeFile, jurisdiction: str) -> Code:
    own = value.label_by_profile.get(jurisdiction)
    term = own or value
    given = value.model_extra or {}
    return Code(
        code=value.code,
        label=label(own or value.label),
        definition_en=value.definition_en,
        valid_for=value.valid_for,
        source=TermSource(term.term_source, term.term_form, term.term_quote),
        parent=value.parent,
        child_only=value.child_only,
        adult_only=value.adult_only,
        group=value.group,
        sensitive=value.sensitive,
        status=value.status,
        note=value.note,
        aliases=value.aliases,
        attributes={name: _attribute(content) for name, content in given.items()},
        maps=value.map,
        lossy=value.lossy,
    )


def code_list(file: CodeListFile, jurisdiction: str, jurisdictions: tuple[str, ...]) -> CodeList:
    """Return a code list in the wording of one jurisdiction; countries are added where the file says so."""
    values = {value.code: _code(value, jurisdiction) for value in file.values}
    if file.members_from:
        values |= {code.code: code for code in iso_countries(jurisdictions)}
    first = {code: values[code] for code in file.priority_codes if code in values}
    return CodeList(
        id=file.id,
        title=label(file.title),
        version=file.version,
        source=file.source,
        values=first | values,
        status=file.status,
        note=file.note,
        rules=file.rules,
        multi=file.multi,
        sensitive=file.sensitive,
        required_for=file.required_for,
        transitions=file.transitions,
        attributes={
            name: form if isinstance(form, str) else " | ".join(form) for name, form in file.attributes.items()
        },
    )


def indicator_set(file: IndicatorSetFile) -> IndicatorSet:
    """Return an indicator set."""
    return IndicatorSet(
        id=file.id,
        title=label(file.title),
        version=file.version,
        status=file.status,
        source=file.source,
        dimensions={heading.code: Heading(heading.code, label(heading.text)) for heading in file.dimensions},
        groups={heading.code: Heading(heading.code, label(heading.text)) for heading in file.groups},
        indicators={
            item.code: Indicator(
                code=item.code,
                group=item.group,
                dimension=item.dimension,
                text=label(item.text),
                applies_to=item.applies_to,
                strength=item.strength,
                key=item.key,
                item_source=item.item_source,
                answers=tuple(AnswerChoice(one.code, label(one.text), one.indicator) for one in item.answers),
            )
            for item in file.indicators
        },
        status_note=file.status_note,
        notes=file.notes,
        rule_ids=file.rule_ids,
        warning=maybe_label(file.warning),
        replace_by=maybe_label(file.replace_by),
        valid_from=file.valid_from,
        valid_to=file.valid_to,
        sensitive=file.sensitive,
        valid_for=file.valid_for,
    )


def _rows(rows: tuple[RowFile, ...]) -> tuple[DecisionRow, ...]:
    return tuple(
        DecisionRow(row.row, row.when, row.result, row.status, row.attention, maybe_label(row.hint), row.note)
        for row in rows
    )


def _body(file: RuleFile, use: AidUseFile) -> RuleBody:
    match file:
        case CountThresholdFile(params=params, results=results):
            return CountThreshold(
                minimum=use.minimum or params.minimum,
                unit=use.unit or params.unit,
                sets=params.sets,
                met=results.met,
                not_met=results.not_met,
            )
        case AllGroupsFile(params=params, results=results):
            return AllGroups(params.set, params.minimum_per_group, params.groups, results.met, results.not_met)
        case ElementsFile(params=params, results=results):
            elements = {
                name: ElementSource(element.codelist, element.not_counted) for name, element in params.elements.items()
            }
            return LegalElements(elements, params.required, results.all, results.some, results.none)
        case StrengthFile(params=params):
            ways = tuple(
                StrengthMinimum(way.strong_min, way.medium_min, way.weak_min, way.medium_or_weak_min)
                for way in params.positive_if_any
            )
            return StrengthCounts(params.sets, params.dimensions, ways)
        case DecisionFile(params=params):
            return DecisionList(
                inputs=params.inputs,
                dimension_rule=params.dimension_rule,
                rows={"adult": _rows(params.adult), "child": _rows(params.child)},
                research_labels=tuple(
                    ResearchLabel(row.label, row.when, row.status) for row in params.brochure_labels.rows
                ),
            )


def _suggested(file: RuleFile) -> dict[str, str | None]:
    """Return which status each result proposes, by code of the result."""
    match file:
        case CountThresholdFile() | AllGroupsFile():
            results, status = file.results, file.suggested_status
            return {results.met: status.met, results.not_met: status.not_met}
        case ElementsFile(results=found, suggested_status=proposed):
            return {found.all: proposed.all, found.some: proposed.some, found.none: proposed.none}
        case DecisionFile():
            return dict(file.suggested_status)
        case StrengthFile():
            return {}


def aid_rule(file: RuleFile, version: str, use: AidUseFile, jurisdiction: str) -> AidRule:
    """Return a rule with the settings of one profile; the profile's own mark goes before the rule's."""
    return AidRule(
        id=file.id,
        version=version,
        title=label(file.title),
        jurisdictions=file.jurisdiction,
        source=file.source,
        status=file.status_by_profile.get(jurisdiction, file.status),
        body=_body(file, use),
        enabled=use.enabled,
        suggested_status=_suggested(file),
        source_quote=file.source_quote,
        interpretation_status=use.status or file.interpretation_status,
        status_note=file.status_note,
        notes=file.notes,
    )


def source_documents(file: SourcesFile) -> dict[str, SourceDocument]:
    """Return the documents by key."""
    return {source.key: SourceDocument(source.key, label(source.title)) for source in file.documents}


def _fields(target: TargetFile) -> dict[str, tuple[str, ...] | None]:
    """Return the fields of a vocabulary with their values; None where any value may stand."""
    given = target.model_extra or {}
    fields: dict[str, tuple[str, ...] | None] = {}
    for name, field in given.get("fields", {}).items():
        fields[name] = tuple(str(code) for code in field["codes"])
    for part in ("dimensions", "value_columns"):
        for name, codes in given.get(part, {}).items():
            fields[name] = tuple(str(code) for code in codes)
    fields |= dict.fromkeys(given.get("flag_columns", ()))
    if "categories" in given:
        fields["form"] = tuple(category["code"] for category in given["categories"])
    return fields


def export_targets(file: TargetsFile) -> dict[str, ExportTarget]:
    """Return the export vocabularies by key."""
    return {
        key: ExportTarget(key, target.name, target.status, _fields(target), target.attribution)
        for key, target in file.targets.items()
    }

"""From the files of one profile version to the domain's `Profile`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.code_lists import Label
from app.domain.procedures import (
    Appeal,
    ChildParticipants,
    ChildRules,
    DeadlineRule,
    EscalationRule,
    Form,
    FormalIdentification,
    FormField,
    LegalAct,
    Letter,
    LetterPart,
    NonPunishment,
    OwnTerms,
    PauseRule,
    Principle,
    Reflection,
    RiskScale,
    RoutingRule,
    Stage,
    Step,
    Team,
)
from app.domain.profile import Languages, LegalBasis, OrganisationEntry, Place, Profile, SetUse
from app.domain.signals import DetailField, HelpNumber, PublicReport
from app.jurisdictions.build_shared import (
    aid_rule,
    code_list,
    export_targets,
    indicator_set,
    label,
    maybe_label,
    source_documents,
)
from app.jurisdictions.schema.directory import OrganisationFile, OrganisationsFile, PlaceFile, PlacesFile
from app.jurisdictions.schema.profile import (
    ChildParticipantsFile,
    DeadlineFile,
    DetailFile,
    FormalFile,
    FormFile,
    LetterFile,
    ProfileFile,
    PublicReportFile,
    ReflectionFile,
    StepFile,
)
from app.jurisdictions.shared_files import SharedFiles


@dataclass(frozen=True, slots=True)
class ProfileFiles:
    """One profile version as read; `folder` is its path as faults name it."""

    folder: str
    profile: ProfileFile
    places: PlacesFile
    organisations: OrganisationsFile
    shared: SharedFiles


def _place(unit: PlaceFile) -> Place:
    names = {"sq": unit.name_sq, "en": unit.name_en} | ({"sr": unit.name_sr} if unit.name_sr else {})
    return Place(
        code=unit.code,
        level=unit.level,
        name=Label(names),
        parent=unit.parent,
        nuts2=unit.nuts2,
        nuts3=unit.nuts3,
        aliases=unit.aliases,
        note=unit.note,
        status=unit.status,
    )


def _organisation(entry: OrganisationFile) -> OrganisationEntry:
    names = {"sq": entry.name_sq, "en": entry.name_en} | ({"sr": entry.name_sr} if entry.name_sr else {})
    further = ("units", "members", "member_of", "chair", "staff_paid_by_state", "responsible", "successors", "postings")
    return OrganisationEntry(
        code=entry.code,
        kind=entry.kind,
        name=Label(names),
        aliases=entry.aliases,
        parent=entry.parent,
        sources=entry.source,
        status=entry.status or "active",
        county=entry.county,
        region=entry.region,
        municipality=entry.municipality,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        legal_basis=tuple(LegalBasis(one.act, one.since, one.until) for one in entry.legal_basis),
        ownership=entry.ownership,
        capacity=entry.capacity,
        admits=entry.admits,
        admits_ages=entry.admits_ages,
        services=entry.services,
        risk_levels=entry.risk_levels,
        serves_counties=entry.serves_counties,
        signal_channel=entry.signal_channel,
        channel=entry.channel,
        note=entry.note,
        facts={name: value for name in further if (value := getattr(entry, name))},
    )


def _step(file: StepFile) -> Step:
    return Step(**file.model_dump())


def _form(file: FormFile) -> Form:
    return Form(
        code=file.code,
        document_kind=file.document_kind,
        title=label(file.title),
        fields=tuple(FormField(**field.model_dump()) for field in file.min_fields),
        version=file.version,
        status=file.status,
        source=file.source,
        repeatable=file.repeatable,
        printable_one_page=file.printable_one_page,
        data_rule=file.data_rule,
    )


def _deadline(file: DeadlineFile, version: str) -> DeadlineRule:
    return DeadlineRule(version=version, **file.model_dump())


def _formal(file: FormalFile) -> FormalIdentification:
    return FormalIdentification(
        name=label(file.name),
        teams=tuple(Team(team.place, team.age, team.required, team.optional) for team in file.team),
        status=file.status,
        source=file.source,
        voluntary_for_adults=file.voluntary_for_adults,
        starts_after=file.starts_after,
        early_start=file.early_start,
        wish_of_person=file.wish_of_person,
        requested_by=file.requested_by,
        signatures=file.signatures,
        appeal=Appeal(**file.appeal.model_dump()) if file.appeal else None,
    )


def _letter(file: LetterFile) -> Letter:
    return Letter(
        code=file.code,
        title=label(file.title),
        parts=tuple(
            LetterPart(part.code, part.when, label(part.text), maybe_label(part.heading)) for part in file.parts
        ),
        version=file.version,
        status=file.status,
        source=file.source,
    )


def _reflection(file: ReflectionFile) -> Reflection:
    return Reflection(
        min_duration=file.min.duration,
        min_status=file.min.status,
        min_source=file.min.source,
        expected_duration=file.expected.duration,
        expected_status=file.expected.status,
        expected_source=file.expected.source,
        who={str(group): stated for group, stated in file.who.items()},
        who_status=file.who_status,
        source=f"{file.min.source}; {file.expected.source}",
        early_end={"national": file.early_end.national, "foreign": file.early_end.foreign},
        early_end_status=file.early_end.status,
        early_end_source=file.early_end.source,
        formal_interview_before_end=file.formal_interview_before_end,
        permit=file.residence.permit,
        permit_duration=file.residence.duration,
        permit_status=file.residence.status,
        permit_source=file.residence.source,
        end_of_permit_needs=file.end_of_permit_needs,
    )


def _detail(file: DetailFile) -> DetailField:
    stated = file.model_dump(exclude={"label", "hint"})
    return DetailField(label=label(file.label), hint=maybe_label(file.hint), **stated)


def _public_report(file: PublicReportFile) -> PublicReport:
    return PublicReport(
        channel=file.channel,
        urgency_in_danger=file.urgency.danger,
        urgency_otherwise=file.urgency.otherwise,
        queue_kind=file.queue_kind,
        queue=file.queue,
        languages=file.languages,
        numbers=tuple(HelpNumber(one.number, label(one.label), one.source, one.status) for one in file.numbers),
        source=file.source,
        status=file.status,
    )


def _participants(file: ChildParticipantsFile) -> ChildParticipants:
    return ChildParticipants(**file.model_dump())


def _proposal(value: Any) -> Any:
    """Return a value of a routing rule with texts as labels and lists as tuples."""
    if isinstance(value, dict):
        if "sq" in value and "en" in value:
            return Label(dict(value))
        return {key: _proposal(inner) for key, inner in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _routing(rules: ProfileFile) -> Mapping[str, RoutingRule]:
    return {
        rule.id: RoutingRule(rule.id, _proposal(rule.when), _proposal(rule.then), rule.source, rule.status, rule.note)
        for rule in rules.routing_rules
    }


def build_profile(files: ProfileFiles, jurisdictions: tuple[str, ...]) -> Profile:
    """Return the profile; its references must have been checked. `jurisdictions` are all that are loaded."""
    own, shared = files.profile, files.shared
    used = {*own.indicator_sets.default, *own.indicator_sets.available, *own.indicator_sets.off_until_checked}
    return Profile(
        jurisdiction=own.jurisdiction,
        version=own.version,
        title=label(own.title),
        status=own.status,
        warning=maybe_label(own.warning),
        confirmed_by=own.confirmed_by,
        confirmed_on=own.confirmed_on,
        valid_from=own.valid_from,
        valid_to=own.valid_to,
        timezone=own.timezone,
        languages=Languages(own.languages.ui, own.languages.official, own.languages.forms),
        terms=own.terms,
        code_lists={key: code_list(file, own.jurisdiction, jurisdictions) for key, file in shared.lists.items()},
        indicator_sets={key: indicator_set(file) for key, file in shared.sets.items() if key in used},
        set_use=SetUse(**own.indicator_sets.model_dump()),
        aids={
            rule.id: aid_rule(rule, shared.rules.version, own.decision_aids[rule.id], own.jurisdiction)
            for rule in shared.rules.rules
        },
        places={unit.code: _place(unit) for unit in files.places.units},
        organisations={entry.code: _organisation(entry) for entry in files.organisations.organisations},
        legal_frame=tuple(
            LegalAct(act.code, label(act.title), act.source, act.status, act.note) for act in own.legal_frame
        ),
        principles=tuple(Principle(one.code, label(one.text), one.source) for one in own.principles),
        stages=tuple(Stage(stage.code, stage.order, label(stage)) for stage in own.stages),
        steps={step.step: _step(step) for step in own.steps},
        forms={form.code: _form(form) for form in own.forms},
        deadline_rules={rule.id: _deadline(rule, own.version) for rule in own.deadline_rules},
        deadline_pauses=tuple(PauseRule(**pause.model_dump()) for pause in own.deadline_pauses),
        escalation=EscalationRule(**own.escalation.model_dump()),
        own_terms=OwnTerms(**own.own_terms.model_dump()),
        routing_rules=_routing(own),
        child=ChildRules(**own.child.model_dump()),
        child_participants=_participants(own.child_participants),
        formal=_formal(own.formal_identification),
        letters={letter.code: _letter(letter) for letter in own.letters},
        reflection=_reflection(own.reflection),
        non_punishment=NonPunishment(**own.non_punishment.model_dump()),
        risk_scale=RiskScale(**own.risk_scale.model_dump(exclude={"decides"})),
        status_labels=own.status_labels.use,
        never_show=own.status_labels.never_show,
        reporting=own.reporting,
        statistics=own.statistics,
        signal_details=tuple(_detail(one) for one in own.signal_details),
        public_report=_public_report(own.public_report) if own.public_report else None,
        sources=source_documents(shared.sources),
        targets=export_targets(shared.targets),
    )

"""What `profile.yaml` says about the code lists, the rules, the places and itself."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.jurisdictions.build import ProfileFiles
from app.jurisdictions.faults import Faults
from app.jurisdictions.schema.profile import RoutingFile
from app.jurisdictions.schema.rules import CountThresholdFile
from app.jurisdictions.shared_references import codes_of, doubles

_UI_LANGUAGES = {"sq", "en"}
_PLACEHOLDER = re.compile(r"{(\w+)}")
_LETTER_PLACEHOLDERS = {"code", "number", "day", "result", "appeal", "organisation"}
"""What a letter can say besides its own words."""

_WHEN_LISTS = {
    **{
        name: name
        for name in (
            "urgency", "person_category", "sex", "risk_level", "risk_domain", "signal_channel", "form_of_exploitation",
            "vulnerability", "referral_purpose", "legal_event", "need_domain", "recruiter_relationship",
        )
    },
    "placement": "organisation_kind",
    "provider": "organisation_kind",
    "needs_phase": "service_phase",
    "cross_border_country": "country",
}  # fmt: skip
_WHEN_FACTS: dict[str, set[Any]] = {
    "age": {"adult", "child"},
    "identified_abroad": {True, False},
    "adult_refuses": {True, False},
    "licence_valid": {True, False},
    "leaving": {"permanent"},
    "before": {"return_to_family"},
}
_THEN_LISTS = {
    **dict.fromkeys(
        ("case_manager", "monitor", "first", "parallel", "notify", "to", "then", "by", "placement", "approval", "link"),
        "organisation_kind",
    ),
    "add_services": "service_type",
    "fallback_services": "service_type",
    "fallback_accommodation": "accommodation_kind",
    "search_attribute": "shelter_attribute",
    "record_kind": "record_kind",
    "form": "document_kind",
}
_THEN_FACTS: dict[str, set[Any]] = {
    "record_unmet_need": {True, False},
    "restricted_data": {True, False},
    "notify_contact_country": {True, False},
    "identity": {"with_consent_only"},
    "data": {"minimal"},
    "count": {"non_punishment"},
    "formal_team": {"territory", "border"},
}


def check_profile(files: ProfileFiles, faults: Faults) -> None:
    """Check `profile.yaml` of one version."""
    _ProfileCheck(files, faults).run()


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


class _ProfileCheck:
    """Checks one profile; every method looks at one part of the file."""

    def __init__(self, files: ProfileFiles, faults: Faults) -> None:
        self.files = files
        self.own = files.profile
        self.faults = faults
        self.name = f"{files.folder}/profile.yaml"

    def say(self, entry: str, reason: str) -> None:
        self.faults.add(self.name, entry, reason)

    def in_list(self, entry: str, codes: Iterable[str | None], list_id: str) -> None:
        """Every code must be in the list, valid here and no heading."""
        values = {value.code: value for value in self.files.shared.lists[list_id].values}
        known = codes_of(self.files.shared, list_id)
        for code in codes:
            if code is None:
                continue
            value = values.get(code)
            if code not in known:
                self.say(entry, f"{code!r} is not in {list_id}")
            elif value is not None and (value.group or self.own.jurisdiction not in value.valid_for):
                self.say(entry, f"{code!r} of {list_id} cannot be chosen in {self.own.jurisdiction}")

    def once(self, entry: str, names: Iterable[str]) -> None:
        for name in doubles(names):
            self.say(f"{entry}.{name}", "it stands more than once")

    def run(self) -> None:
        self.head()
        self.steps()
        self.forms()
        self.deadlines()
        self.non_punishment()
        self.teams()
        self.sets()
        self.aids()
        self.signals()
        self.once("routing_rules", (rule.id for rule in self.own.routing_rules))
        for rule in self.own.routing_rules:
            self.routing(rule)

    def head(self) -> None:
        own = self.own
        jurisdiction, version = self.files.folder.split("/")
        if own.jurisdiction != jurisdiction.upper():
            self.say("jurisdiction", f"{own.jurisdiction!r} stands in the folder {jurisdiction!r}")
        if own.version != version:
            self.say("version", f"{own.version!r} stands in the folder {version!r}")
        try:
            ZoneInfo(own.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            self.say("timezone", f"{own.timezone!r} is not a time zone")
        for language in _UI_LANGUAGES - set(own.languages.ui):
            self.say("languages.ui", f"{language!r} is missing")
        if (own.confirmed_by is None) != (own.confirmed_on is None):
            self.say("confirmed_by", "confirmed_by and confirmed_on belong together")
        if own.valid_from and own.valid_to and own.valid_to < own.valid_from:
            self.say("valid_to", "it lies before valid_from")
        self.once("legal_frame", (act.code for act in own.legal_frame))
        self.once("principles", (principle.code for principle in own.principles))
        self.in_list("risk_scale.levels", own.risk_scale.levels or (), "risk_level")
        self.in_list("risk_scale.flag", [own.risk_scale.flag], "risk_level")
        self.in_list("status_labels.use", own.status_labels.use, "victim_status")

    def steps(self) -> None:
        own = self.own
        self.once("stages", (stage.code for stage in own.stages))
        self.once("steps", (step.step for step in own.steps))
        allowed = self.files.shared.lists["sop_step"].attributes.get("stage", ())
        for stage in own.stages:
            if stage.code not in allowed:
                self.say(f"stages.{stage.code}", "it is no stage of sop_step")
        rules = {rule.id for rule in self.files.shared.rules.rules}
        for step in own.steps:
            entry = f"steps.{step.step}"
            self.in_list(entry, [step.step], "sop_step")
            people = (*step.performed_by, *step.child_also, *step.notify, *step.notify_child)
            self.in_list(entry, people, "organisation_kind")
            self.in_list(entry, step.documents, "document_kind")
            self.in_list(entry, [step.event], "case_event")
            self.in_list(entry, [step.package_phase], "service_phase")
            self.in_list(entry, step.results, "victim_status")
            self.in_list(entry, step.risk_levels, "risk_level")
            for rule_id in set(step.decision_aids) - rules:
                self.say(entry, f"there is no decision aid {rule_id!r}")

    def forms(self) -> None:
        self.once("forms", (form.code for form in self.own.forms))
        for form in self.own.forms:
            self.in_list(f"forms.{form.code}", [form.document_kind], "document_kind")
            self.once(f"forms.{form.code}", (field.field for field in form.min_fields))
            for field in form.min_fields:
                entry = f"forms.{form.code}.{field.field}"
                if field.list is not None and field.list not in self.files.shared.lists:
                    self.say(entry, f"there is no code list {field.list!r}")
                if field.type == "code" and field.list is None and field.field != "case_pseudonym":
                    self.say(entry, "a field of type code needs a list")

    def deadlines(self) -> None:
        self.once("deadline_rules", (rule.id for rule in self.own.deadline_rules))
        for rule in self.own.deadline_rules:
            entry = f"deadline_rules.{rule.id}"
            self.in_list(entry, [rule.from_event, rule.to_event], "case_event")
            if rule.duration is None and rule.enabled:
                self.say(entry, "a rule without a duration cannot be enabled")
            if rule.from_event == rule.to_event and not rule.recurring:
                self.say(entry, "a rule from an event to the same event must be recurring")
        known = {rule.id for rule in self.own.deadline_rules}
        for pause in self.own.deadline_pauses:
            entry = f"deadline_pauses.{pause.from_event}"
            self.in_list(entry, [pause.from_event, pause.until_event], "case_event")
            for rule_id in set(pause.rules) - known:
                self.say(entry, f"there is no deadline rule {rule_id!r}")

    def non_punishment(self) -> None:
        stated = self.own.non_punishment
        self.in_list("non_punishment.bodies", stated.bodies, "organisation_kind")
        for act in set(stated.acts) - {act.code for act in self.own.legal_frame}:
            self.say("non_punishment.acts", f"{act!r} is not in legal_frame")

    def teams(self) -> None:
        formal = self.own.formal_identification
        self.in_list("formal_identification.starts_after", [formal.starts_after], "case_event")
        self.in_list("child_participants.required", self.own.child_participants.required, "organisation_kind")
        for team in formal.team:
            entry = f"formal_identification.team.{team.place}.{team.age}"
            self.in_list(entry, (*team.required, *team.optional), "organisation_kind")
        self.once("letters", (letter.code for letter in self.own.letters))
        for letter in self.own.letters:
            for part in letter.parts:
                named = {name for words in (part.text.sq, part.text.en) for name in _PLACEHOLDER.findall(words)}
                for unknown in sorted(named - _LETTER_PLACEHOLDERS):
                    self.say(f"letters.{letter.code}.{part.code}", f"nothing fills {{{unknown}}}")
        covered = {(team.place, team.age) for team in formal.team}
        for place in ("territory", "border"):
            for age in ("adult", "child"):
                if (place, age) not in covered and ("any", age) not in covered:
                    self.say("formal_identification.team", f"no team for {place}, {age}")

    def signals(self) -> None:
        self.once("signal_details", (one.code for one in self.own.signal_details))
        for one in self.own.signal_details:
            entry = f"signal_details.{one.code}"
            self.in_list(entry, one.channels, "signal_channel")
            if (one.list is not None) != (one.kind in ("code", "codes")):
                self.say(entry, "a list belongs to the kinds code and codes, and to no other")
            elif one.list is not None and one.list not in self.files.shared.lists:
                self.say(entry, f"there is no code list {one.list!r}")
            elif one.list is not None:
                self.in_list(entry, (*one.only, *one.leave_out), one.list)
            if (one.set is not None) != (one.kind == "indicators"):
                self.say(entry, "a set belongs to the kind indicators, and to no other")
            elif one.set is not None and one.set not in self.files.shared.sets:
                self.say(entry, f"there is no indicator set {one.set!r}")
        public = self.own.public_report
        if public is not None:
            self.in_list("public_report.channel", [public.channel], "signal_channel")
            self.in_list("public_report.urgency", [public.urgency.danger, public.urgency.otherwise], "urgency")
            self.in_list("public_report.queue_kind", [public.queue_kind], "organisation_kind")
            known = {one.code for one in self.files.organisations.organisations}
            for code in set(public.queue) - known:
                self.say("public_report.queue", f"there is no organisation {code!r}")

    def sets(self) -> None:
        use = self.own.indicator_sets
        named = (*use.default, *use.available, *use.off_until_checked)
        self.once("indicator_sets", named)
        for set_id in named:
            file = self.files.shared.sets.get(set_id)
            if file is None:
                self.say("indicator_sets", f"there is no indicator set {set_id!r}")
            elif self.own.jurisdiction not in file.valid_for:
                self.say("indicator_sets", f"{set_id!r} is not valid for {self.own.jurisdiction}")
            elif not file.enabled_by_default and set_id not in use.off_until_checked:
                self.say("indicator_sets", f"{set_id!r} is unverified and must stay in off_until_checked")

    def aids(self) -> None:
        rules = {rule.id: rule for rule in self.files.shared.rules.rules}
        for rule_id in rules.keys() - self.own.decision_aids.keys():
            self.say(f"decision_aids.{rule_id}", "it is not said whether the aid is enabled")
        for rule_id, use in self.own.decision_aids.items():
            rule = rules.get(rule_id)
            if rule is None:
                self.say(f"decision_aids.{rule_id}", "there is no such rule")
            elif use.enabled and self.own.jurisdiction not in rule.jurisdiction:
                self.say(f"decision_aids.{rule_id}", f"the rule is not one of {self.own.jurisdiction}")
            elif (use.minimum or use.unit) and not isinstance(rule, CountThresholdFile):
                self.say(f"decision_aids.{rule_id}", "minimum and unit belong to a count_threshold rule")

    def routing(self, rule: RoutingFile) -> None:
        entry = f"routing_rules.{rule.id}"
        if not rule.when or not rule.then:
            self.say(entry, "when and then must not be empty")
        for key, value in rule.when.items():
            if key == "must_attend_proceedings_in":
                self.place(f"{entry}.when.{key}", value)
            elif key == "child_interview_number":
                if type(value) is not int:
                    self.say(f"{entry}.when.{key}", f"{value!r} is not a number")
            else:
                self.side(f"{entry}.when.{key}", key, value, _WHEN_LISTS, _WHEN_FACTS)
        for key, value in rule.then.items():
            where = f"{entry}.then.{key}"
            if key in ("warn", "note_to_officer"):
                if not isinstance(value, dict) or not value.keys() >= _UI_LANGUAGES:
                    self.say(where, "a text in Albanian and English is expected")
            elif key in ("ask", "record"):
                if value not in self.files.shared.lists:
                    self.say(where, f"{value!r} is not a code list")
            elif key == "checklist":
                if value not in self.files.shared.sets:
                    self.say(where, f"{value!r} is not an indicator set")
            elif key == "require":
                self.requirements(where, value)
            elif key == "forbid":
                self.forbidden(where, value)
            else:
                self.side(where, key, value, _THEN_LISTS, _THEN_FACTS)

    def side(self, entry: str, key: str, value: Any, lists: Mapping[str, str], facts: Mapping[str, set[Any]]) -> None:
        if key in lists:
            self.in_list(entry, [str(code) for code in _listed(value)], lists[key])
        elif key in facts:
            if value not in facts[key]:
                self.say(entry, f"{value!r} is not one of {', '.join(sorted(map(str, facts[key])))}")
        else:
            self.say(entry, "unknown key")

    def place(self, entry: str, code: Any) -> None:
        if code not in {unit.code for unit in self.files.places.units}:
            self.say(entry, f"{code!r} is not a place")

    def requirements(self, entry: str, value: Any) -> None:
        known = codes_of(self.files.shared, "service_type") | codes_of(self.files.shared, "sop_step")
        for code in set(_listed(value)) - known - {"acknowledgement"}:
            self.say(entry, f"{code!r} is neither a service nor a step")

    def forbidden(self, entry: str, value: Any) -> None:
        for key, codes in value.items() if isinstance(value, dict) else ():
            if key == "contact":
                continue
            if key in self.files.shared.lists:
                self.in_list(f"{entry}.{key}", codes, key)
            else:
                self.say(f"{entry}.{key}", "there is no such code list")
        if not isinstance(value, dict):
            self.say(entry, "code lists with their codes are expected")

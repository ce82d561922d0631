"""What the shared files say about each other: parents, maps, attributes, indicator sets, rules."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from app.domain.expressions import ExpressionError, names_in
from app.domain.profile import ExportTarget
from app.jurisdictions.build_shared import export_targets
from app.jurisdictions.countries import iso_countries
from app.jurisdictions.faults import Faults
from app.jurisdictions.schema.lists import CodeFile, CodeListFile, IndicatorSetFile
from app.jurisdictions.schema.rules import (
    AllGroupsFile,
    CountThresholdFile,
    DecisionFile,
    ElementsFile,
    RuleFile,
    StrengthFile,
)
from app.jurisdictions.shared_files import SharedFiles

_PLAIN = {"bool": bool, "int": int, "text": str}


def codes_of(shared: SharedFiles, list_id: str) -> frozenset[str]:
    """Return every code of a list, headings included; empty where there is no such list."""
    file = shared.lists.get(list_id)
    if file is None:
        return frozenset()
    codes = {value.code for value in file.values}
    if file.members_from:
        codes |= {code.code for code in iso_countries(())}
    return frozenset(codes)


def doubles(names: Iterable[str]) -> list[str]:
    """Return the names that stand more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def check_shared(shared: SharedFiles, jurisdictions: tuple[str, ...], faults: Faults) -> None:
    """Check every shared file against the others."""
    for stem, file in shared.lists.items():
        _check_list(shared, stem, file, jurisdictions, faults)
    for stem, chosen in shared.sets.items():
        _check_set(shared, stem, chosen, jurisdictions, faults)
    name = f"{shared.folder}/rules.yaml"
    for rule_id in doubles(rule.id for rule in shared.rules.rules):
        faults.add(name, f"rules.{rule_id}", "the id stands more than once")
    for rule in shared.rules.rules:
        _RuleCheck(shared, rule, faults).run()


def _check_list(
    shared: SharedFiles, stem: str, file: CodeListFile, jurisdictions: tuple[str, ...], faults: Faults
) -> None:
    name = f"{shared.folder}/codelists/{stem}.yaml"
    targets = export_targets(shared.targets)
    codes = codes_of(shared, stem)
    parents = {value.code: value.parent for value in file.values}
    if file.id != stem:
        faults.add(name, "id", f"the list is called {file.id!r}, the file {stem!r}")
    for code in doubles(value.code for value in file.values):
        faults.add(name, f"values.{code}", "the code stands more than once")
    for code, following in file.transitions.items():
        for other in {code, *following} - codes:
            faults.add(name, f"transitions.{code}", f"{other!r} is not a code of this list")
    for code in set(file.priority_codes) - codes:
        faults.add(name, "priority_codes", f"{code!r} is not a code of this list")
    for attribute, form in file.attributes.items():
        target = form.partition(" ")[2] if isinstance(form, str) else ""
        plain = {*_PLAIN, "texts", "lists", "jurisdictions"}
        if isinstance(form, str) and form not in plain and target not in shared.lists:
            faults.add(name, f"attributes.{attribute}", f"{form!r} is no form of attribute")
    for value in file.values:
        entry = f"values.{value.code}"
        if value.parent is not None and value.parent not in codes:
            faults.add(name, entry, f"parent {value.parent!r} is not a code of this list")
        if _is_circle(value.code, parents):
            faults.add(name, entry, "it is its own ancestor")
        if value.child_only and value.adult_only:
            faults.add(name, entry, "child_only and adult_only exclude each other")
        for jurisdiction in {*value.valid_for, *value.label_by_profile} - set(jurisdictions):
            faults.add(name, entry, f"there is no profile {jurisdiction!r}")
        if file.code_pattern and not re.search(file.code_pattern, value.code):
            faults.add(name, entry, f"the code does not match {file.code_pattern}")
        _check_maps(targets, name, entry, value, faults)
        _check_attributes(shared, name, file, value, jurisdictions, faults)


def _is_circle(code: str, parents: dict[str, str | None]) -> bool:
    above, seen = parents[code], {code}
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code


def _check_maps(targets: Mapping[str, ExportTarget], name: str, entry: str, value: CodeFile, faults: Faults) -> None:
    for key in {*value.map, *value.lossy} - set(targets):
        faults.add(name, entry, f"there is no export vocabulary {key!r}")
    for key in value.map.keys() & targets.keys():
        for field, given in value.map[key].items():
            allowed = targets[key].fields.get(field, ())
            values = given if isinstance(given, tuple) else (given,)
            if field not in targets[key].fields:
                faults.add(name, entry, f"{key} has no field {field!r}")
            elif allowed is not None and (wrong := [str(one) for one in values if str(one) not in allowed]):
                faults.add(name, entry, f"{key} {field} has no value {', '.join(wrong)}")


def _check_attributes(
    shared: SharedFiles,
    name: str,
    file: CodeListFile,
    value: CodeFile,
    jurisdictions: tuple[str, ...],
    faults: Faults,
) -> None:
    for attribute, content in (value.model_extra or {}).items():
        entry = f"values.{value.code}.{attribute}"
        form = file.attributes.get(attribute)
        if form is None:
            faults.add(name, entry, "unknown key; a further fact must be declared in `attributes` of the list")
            continue
        if content is None:
            continue
        kind, _, target = form.partition(" ") if isinstance(form, str) else ("choice", "", "")
        many = isinstance(content, list)
        if many != (kind in ("codes", "texts", "lists", "jurisdictions")):
            faults.add(name, entry, "a list is expected" if not many else "one value is expected, not a list")
            continue
        if kind in _PLAIN and type(content) is not _PLAIN[kind]:
            faults.add(name, entry, f"{content!r} is not {kind}")
        allowed = {
            "code": codes_of(shared, target),
            "codes": codes_of(shared, target),
            "lists": frozenset(shared.lists),
            "jurisdictions": frozenset(jurisdictions),
            "choice": frozenset(form),
        }.get(kind)
        for one in content if many else (content,):
            if allowed is not None and one not in allowed:
                faults.add(name, entry, f"{one!r} is not in {target or ', '.join(sorted(allowed))}")


def _check_set(
    shared: SharedFiles, stem: str, file: IndicatorSetFile, jurisdictions: tuple[str, ...], faults: Faults
) -> None:
    name = f"{shared.folder}/indicators/{stem}.yaml"
    groups, dimensions = {group.code for group in file.groups}, {dimension.code for dimension in file.dimensions}
    if file.id != stem:
        faults.add(name, "id", f"the set is called {file.id!r}, the file {stem!r}")
    if file.count != len(file.indicators):
        faults.add(name, "count", f"{file.count} is stated, {len(file.indicators)} indicators are there")
    if file.valid_from and file.valid_to and file.valid_to < file.valid_from:
        faults.add(name, "valid_to", "it lies before valid_from")
    for code in doubles(indicator.code for indicator in file.indicators):
        faults.add(name, f"indicators.{code}", "the code stands more than once")
    for rule_id in set(file.rule_ids) - {rule.id for rule in shared.rules.rules}:
        faults.add(name, "rule_ids", f"there is no rule {rule_id!r}")
    for jurisdiction in set(file.valid_for) - set(jurisdictions):
        faults.add(name, "valid_for", f"there is no profile {jurisdiction!r}")
    for indicator in file.indicators:
        entry = f"indicators.{indicator.code}"
        if indicator.group not in groups:
            faults.add(name, entry, f"{indicator.group!r} is not a group of this set")
        if indicator.dimension not in dimensions:
            faults.add(name, entry, f"{indicator.dimension!r} is not a dimension of this set")
        for code in doubles(answer.code for answer in indicator.answers):
            faults.add(name, f"{entry}.answers.{code}", "the code stands more than once")


class _RuleCheck:
    """Checks one rule against the lists and sets it names."""

    def __init__(self, shared: SharedFiles, rule: RuleFile, faults: Faults) -> None:
        self.shared = shared
        self.rule = rule
        self.faults = faults
        self.name = f"{shared.folder}/rules.yaml"

    def say(self, entry: str, reason: str) -> None:
        self.faults.add(self.name, f"rules.{self.rule.id}.{entry}", reason)

    def expect(self, entry: str, codes: Iterable[str | None], allowed: Iterable[str], what: str) -> None:
        for code in {code for code in codes if code is not None} - set(allowed):
            self.say(entry, f"{code!r} is not {what}")

    def run(self) -> None:
        rule = self.rule
        match rule:
            case CountThresholdFile():
                self.expect("params.sets", rule.params.sets, self.shared.sets, "an indicator set")
                self.expect("params.unit", [rule.params.unit], rule.params.unit_options, "one of unit_options")
                self.results([rule.results.met, rule.results.not_met])
                self.statuses([rule.suggested_status.met, rule.suggested_status.not_met])
            case AllGroupsFile():
                self.all_groups(rule)
            case ElementsFile():
                self.elements(rule)
            case StrengthFile():
                self.strength(rule)
            case DecisionFile():
                self.decision(rule)

    def results(self, codes: Iterable[str]) -> None:
        listed = self.shared.rules.results_codelist
        self.expect("results", codes, codes_of(self.shared, listed), f"in {listed}")

    def statuses(self, codes: Iterable[str | None]) -> None:
        self.expect("suggested_status", codes, codes_of(self.shared, "victim_status"), "in victim_status")

    def branches(self, entry: str, given: Iterable[str]) -> None:
        for branch in {"adult", "child"} - set(given):
            self.say(entry, f"the branch {branch!r} is missing")

    def all_groups(self, rule: AllGroupsFile) -> None:
        self.results([rule.results.met, rule.results.not_met])
        self.statuses([rule.suggested_status.met, rule.suggested_status.not_met])
        self.branches("params.groups", rule.params.groups)
        chosen = self.shared.sets.get(rule.params.set)
        if chosen is None:
            self.say("params.set", f"{rule.params.set!r} is not an indicator set")
            return
        known = [group.code for group in chosen.groups]
        for branch, groups in rule.params.groups.items():
            self.expect(f"params.groups.{branch}", groups, known, f"a group of {chosen.id}")

    def elements(self, rule: ElementsFile) -> None:
        self.results([rule.results.all, rule.results.some, rule.results.none])
        self.statuses([rule.suggested_status.all, rule.suggested_status.some, rule.suggested_status.none])
        self.branches("params.required", rule.params.required)
        for element, source in rule.params.elements.items():
            self.expect(f"params.elements.{element}", [source.codelist], self.shared.lists, "a code list")
            codes = codes_of(self.shared, source.codelist)
            self.expect(f"params.elements.{element}", source.not_counted, codes, f"in {source.codelist}")
        for branch, required in rule.params.required.items():
            self.expect(f"params.required.{branch}", required, rule.params.elements, "an element of this rule")

    def strength(self, rule: StrengthFile) -> None:
        for kind, by_branch in rule.params.sets.items():
            self.branches(f"params.sets.{kind}", by_branch)
            for set_id in by_branch.values():
                chosen = self.shared.sets.get(set_id)
                if chosen is None:
                    self.say(f"params.sets.{kind}", f"{set_id!r} is not an indicator set")
                    continue
                known = [dimension.code for dimension in chosen.dimensions]
                self.expect("params.dimensions", rule.params.dimensions, known, f"a dimension of {set_id}")
                for indicator in chosen.indicators:
                    if indicator.strength is None:
                        self.say(f"params.sets.{kind}", f"{set_id} {indicator.code} has no strength")

    def decision(self, rule: DecisionFile) -> None:
        named = next((other for other in self.shared.rules.rules if other.id == rule.params.dimension_rule), None)
        if not isinstance(named, StrengthFile):
            self.say("params.dimension_rule", f"{rule.params.dimension_rule!r} is not a rule of kind strength_counts")
        else:
            allowed = [*named.params.dimensions, "act_recorded", "intent_stated"]
            self.expect("params.inputs", rule.params.inputs, allowed, "a dimension or a known fact")
        rows = {"adult": rule.params.adult, "child": rule.params.child}
        for branch, found in rows.items():
            self.results([row.result for row in found])
            for row_id in doubles(row.row for row in found):
                self.say(f"params.{branch}.{row_id}", "the row stands more than once")
            if found[-1].when != "otherwise":
                self.say(f"params.{branch}", "the last row must be `otherwise`")
            for row in found:
                self.condition(rule, f"params.{branch}.{row.row}.when", row.when)
        for label in rule.params.brochure_labels.rows:
            self.condition(rule, f"params.brochure_labels.{label.label}.when", label.when)
        self.results(rule.suggested_status)
        self.statuses(rule.suggested_status.values())

    def condition(self, rule: DecisionFile, entry: str, when: str) -> None:
        try:
            self.expect(entry, names_in(when), rule.params.inputs, "an input of this rule")
        except ExpressionError as error:
            self.say(entry, str(error))

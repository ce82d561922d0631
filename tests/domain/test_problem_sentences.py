"""Every refusal of the domain has a sentence in both languages, and every sentence gets the parameters it prints."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.referrals import State
from app.texts import LANGUAGES, catalogue, has_text

DOMAIN = Path(__file__).parents[2] / "app" / "domain"
MODULES = (
    "age",
    "age_assessments",
    "case_life",
    "children",
    "consent",
    "duplicates",
    "exploitation",
    "formal_identification",
    "placements",
    "referrals",
    "risk_levels",
    "routing_rules",
    "victim_status",
)


def _literals(node: ast.expr) -> list[str]:
    """Return the texts an expression can be: a literal, or either side of a conditional."""
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body), *_literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _codes(module: str) -> Iterator[str]:
    """Yield the literal codes that `module` raises, and `concept.code` for those built by its `_error` function."""
    source = (DOMAIN / f"{module}.py").read_text(encoding="utf-8")
    concept = re.search(r'FieldError\(name, f"([a-z_]+)\.\{code\}"', source)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("Conflict", "Forbidden", "NotFound"):
            yield from _literals(node.args[0])
        elif name in ("one", "FieldError"):
            yield from _literals(node.args[1])
        elif name == "_error" and concept:
            yield from (f"{concept.group(1)}.{code}" for code in _literals(node.args[1]))


@pytest.mark.parametrize("module", [name for name in MODULES if (DOMAIN / f"{name}.py").exists()])
def test_every_refusal_has_its_sentence(module: str) -> None:
    missing = {code for code in _codes(module) if not has_text(f"problems.{code}")}
    assert not missing


def test_the_refusals_were_found() -> None:
    assert {"consent.guardian_suspected", "consent.not_a_yes"} <= set(_codes("consent"))
    assert {"referral.beyond_consent", "referral.feedback_missing"} <= set(_codes("referrals"))
    assert {"status.out_of_order", "status.wrong_result"} <= set(_codes("victim_status"))


def test_every_state_of_a_referral_has_its_sentence() -> None:
    assert all(has_text(f"problems.referral.state.{state}") for state in State)
    assert all(has_text(f"problems.referral.only_{side}") for side in ("sender", "receiver", "system"))


def test_both_languages_print_the_same_parameters() -> None:
    for key, entry in catalogue().items():
        if key.startswith("problems."):
            printed = {frozenset(re.findall(r"\{(\w+)\}", str(entry[language]))) for language in LANGUAGES}
            assert len(printed) == 1, key

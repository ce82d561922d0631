"""Test vectors of the decision aids: what a rule must say to given answers, in the schema of `vectors.yaml`.

Anybody may write such a file; `besa aids check FILE` runs it against the loaded profiles, without a database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.domain.aid_rules import AllGroups, CountThreshold, DecisionList, LegalElements, StrengthCounts, Unit
from app.domain.aids import AidInput, AidResult, Missing, assess, dimension_positive
from app.domain.code_lists import Age
from app.domain.profile import Profile


class VectorInput(BaseModel):
    """What the rule is given. `answers` maps a set to ticked codes, or a question to its answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answers: dict[str, list[str] | str] = Field(default_factory=dict)
    indicators: list[str] = Field(default_factory=list)
    dimension: str | None = None
    strong: int | None = Field(default=None, ge=0)
    medium: int | None = Field(default=None, ge=0)
    weak: int | None = Field(default=None, ge=0)
    positive: list[str] | None = None
    act_recorded: bool | None = None
    intent_stated: bool = False
    act: list[str] = Field(default_factory=list)
    means: list[str] = Field(default_factory=list)
    purpose: list[str] = Field(default_factory=list)


class VectorParams(BaseModel):
    """Parameters in place of the rule's own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    minimum: int | None = Field(default=None, ge=1)
    unit: Unit | None = None
    minimum_per_group: int | None = Field(default=None, ge=1)


class Vector(BaseModel):
    """One vector; a key that `expected` does not list is not compared."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    rule: str
    age: Age
    profile: str = "AL"
    set: str | None = None
    params: VectorParams = Field(default_factory=VectorParams)
    input: VectorInput
    expected: dict[str, Any] = Field(min_length=1)
    why: str = ""


class VectorFile(BaseModel):
    """A file of vectors."""

    model_config = ConfigDict(extra="forbid", strict=True)

    vectors: list[Vector] = Field(min_length=1)
    id: str | None = None
    version: str | None = None
    note: str | None = None
    counts: dict[str, int] = Field(default_factory=dict)

    @field_validator("vectors")
    @classmethod
    def _ids_once(cls, vectors: list[Vector]) -> list[Vector]:
        seen: set[str] = set()
        for vector in vectors:
            if vector.id in seen:
                raise ValueError(f"the id {vector.id} stands more than once")
            seen.add(vector.id)
        return vectors


class VectorError(ValueError):
    """A vector that cannot be run: it names no rule, set, parameter or key of this program."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One key of one vector that is not as expected."""

    id: str
    key: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.id}: {self.key}: expected {self.expected!r}, got {self.got!r}"


def run_vector(profile: Profile, vector: Vector) -> tuple[Mismatch, ...]:
    """Run one vector and return what differs; raises VectorError where it cannot be run."""
    got = _outcome(profile, vector)
    unknown = [key for key in vector.expected if key not in got]
    if unknown:
        raise VectorError(f"{vector.id}: the rule {vector.rule} has no {unknown[0]!r} to expect")
    return tuple(
        Mismatch(vector.id, key, expected, got[key])
        for key, expected in vector.expected.items()
        if not _same(expected, got[key])
    )


def _same(expected: Any, got: Any) -> bool:
    """Compare; `1` is not `true`, and the order of a list of names does not matter."""
    if isinstance(expected, list) and isinstance(got, list):
        return sorted(map(str, expected)) == sorted(map(str, got))
    return type(expected) is type(got) and bool(expected == got)


def _outcome(profile: Profile, vector: Vector) -> Mapping[str, Any]:
    rule = profile.aids.get(vector.rule)
    if rule is None:
        raise VectorError(f"{vector.id}: there is no rule {vector.rule!r}")
    params = vector.params.model_dump(exclude_none=True)
    given = vector.input
    try:
        result = assess(profile, vector.rule, _aid_input(vector), **params)
    except TypeError as error:
        names = ", ".join(params)
        raise VectorError(f"{vector.id}: the rule {vector.rule} has no parameter {names}") from error
    common = {"result": result.result, "suggested_status": result.suggested_status}
    match rule.body:
        case CountThreshold():
            return common | {"count": result.count}
        case AllGroups():
            return common | {"missing_groups": _names(result.missing)}
        case LegalElements():
            return common | {"missing": _names(result.missing)}
        case StrengthCounts() as body:
            if given.strong is not None or given.medium is not None or given.weak is not None:
                numbers = (given.strong or 0, given.medium or 0, given.weak or 0)
                positive = dimension_positive(body.positive_if_any, *numbers)
                return common | dict(zip(("strong", "medium", "weak"), numbers, strict=True)) | {"positive": positive}
            return common | _dimension(vector, result, body)
        case DecisionList():
            return common | {
                "positive": list(result.positive),
                "row": result.row,
                "attention": result.attention,
                "brochure_label": result.label,
            }


def _names(missing: Sequence[Missing]) -> list[str | None]:
    return [one.name for one in missing]


def _dimension(vector: Vector, result: AidResult, body: StrengthCounts) -> dict[str, Any]:
    name = vector.input.dimension
    if name not in body.dimensions:
        raise VectorError(f"{vector.id}: {name!r} is not a dimension of {vector.rule}")
    found = result.dimensions[name]
    return {"strong": found.strong, "medium": found.medium, "weak": found.weak, "positive": found.positive}


def _aid_input(vector: Vector) -> AidInput:
    """Return the input of the rule: ticked codes are `yes`, an answer to a question stands as it is."""
    given = vector.input
    answers: dict[str, dict[str, str]] = {}
    for name, content in given.answers.items():
        if isinstance(content, list):
            answers.setdefault(name, {}).update(dict.fromkeys(content, "yes"))
        elif vector.set is None:
            raise VectorError(f"{vector.id}: `set` must say which questions are answered")
        else:
            answers.setdefault(vector.set, {})[name] = content
    if given.indicators:
        if vector.set is None:
            raise VectorError(f"{vector.id}: `set` must say where the indicators belong")
        answers.setdefault(vector.set, {}).update(dict.fromkeys(given.indicators, "yes"))
    return AidInput(
        age=vector.age,
        answers=answers,
        act=tuple(given.act),
        means=tuple(given.means),
        purpose=tuple(given.purpose),
        intent_stated=given.intent_stated,
        act_recorded=given.act_recorded,
        positive=None if given.positive is None else tuple(given.positive),
    )

"""Services delivered: what is refused, what is taken from the profile, which data class a service belongs to.

Sources: design, casework (ServiceDelivery; "No service, shelter or information step checks cooperation or status"); the
code lists service_type (phases, settings, unit, data class) and service_package.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from app.domain.code_lists import Code
from app.domain.policy import DataClass
from app.domain.problems import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class Delivered:
    """A service as it will be kept, with everything filled in."""

    unit: str
    setting: str
    phase: str
    data_class: DataClass


def data_class_of(service: Code) -> DataClass:
    """Return the data class of a service, as the code list says it: `health` where its very name tells of somebody's
    health (own design), `casework` otherwise."""
    return DataClass(str(service.attributes.get("data_class") or DataClass.CASEWORK))


def complete(
    service: Code, *, unit: str | None, setting: str | None, phase: str | None, default_phase: str | None
) -> Delivered:
    """Fill in what was left open from the profile: unit, setting (where there is one) and phase of help.

    Raises `Invalid` for a setting or phase that the service does not have in this profile. The person's status is
    no input.
    """
    phases = _several(service.attributes.get("phases"))
    settings = _several(service.attributes.get("settings"))
    errors: list[FieldError] = []
    if setting is not None and settings and setting not in settings:
        errors.append(FieldError("setting", "delivery.setting_not_offered", {"value": setting}))
    if phase is not None and phases and phase not in phases:
        errors.append(FieldError("phase", "delivery.phase_not_offered", {"value": phase}))
    if errors:
        raise Invalid(errors)
    fitting = default_phase if default_phase in phases or not phases else phases[0]
    return Delivered(
        unit=unit or str(service.attributes.get("unit") or "SESSION"),
        setting=setting or (settings[0] if settings else "CENTRE"),
        phase=phase or fitting or "INITIAL",
        data_class=data_class_of(service),
    )


def _several(value: object) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, (tuple, list)) else ()


def check_outcome(outcome: str, refusal_reason: str | None) -> None:
    """A refusal says why the person refused, a delivery gives no such reason. Raises `Invalid`."""
    if outcome == "refused" and refusal_reason is None:
        raise Invalid.one("refusal_reason", "field.missing")
    if outcome == "delivered" and refusal_reason is not None:
        raise Invalid.one("refusal_reason", "delivery.reason_without_refusal")


def check_day(delivered_on: date, today: date, opened_on: Collection[date]) -> None:
    """Refuse a day in the future or before any of the cases began. Raises `Invalid`."""
    if delivered_on > today:
        raise Invalid.one("delivered_on", "field.in_future")
    if any(delivered_on < opened for opened in opened_on):
        raise Invalid.one("delivered_on", "delivery.before_case")

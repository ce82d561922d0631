"""The rows of one case as they are written: sealed under the case's key, events with the tasks they start and meet.

It does in memory what the services do in the database, with the same rules: tasks come from
`app.services.events.tasks_started`, status and stage from `tracks_of`.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.demonstration.setting import Setting, Worker
from app.domain.ids import uuid7
from app.domain.policy import ACTIONS, DataClass
from app.services.events import tasks_started, tracks_of
from app.storage.encryption import DataKey, Keyring, associated, seal_json

Row = dict[str, Any]


def id_at(at: datetime) -> UUID:
    """Return a new id of that moment, so that lists by key are in the order of the stories."""
    return uuid7(int(at.timestamp() * 1000))


class CaseBook:
    """One case: `rows` by table once it is finished; `case` is the row of the case file."""

    def __init__(self, setting: Setting, keyring: Keyring, now: datetime) -> None:
        self.setting = setting
        self.profile = setting.profile
        self.now = now
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.case: Row = {}
        self._keyring = keyring
        self._data_key: DataKey | None = None
        self._events: list[Row] = []
        self._tasks: list[Row] = []

    def open(self, case: Row, at: datetime) -> None:
        """Open the case file with its key."""
        self.case = case
        self._data_key, wrapped = self._keyring.new_data_key("case", case["id"])
        self.add("casework.case_key", case_id=case["id"], wrapped_key=wrapped.blob, key_version=wrapped.version)

    def add(self, table: str, **values: Any) -> Row:
        """Write one row; every row of a table names the same columns."""
        self.rows[table].append(values)
        return values

    def seal(self, table: str, row_id: UUID, column: str, value: object) -> bytes | None:
        """Return a value sealed under the case's key for its place; None stays None."""
        if value is None or self._data_key is None:
            return None
        return seal_json(self._data_key, value, associated(table, column, row_id))

    def event(
        self,
        kind: str,
        at: datetime,
        by: Worker,
        *,
        data_class: DataClass = DataClass.MILESTONES,
        subject: tuple[str, UUID] | None = None,
        due_org_id: UUID | None = None,
        **facts: Any,
    ) -> UUID:
        """Append an event as `app.services.events.record_event` does: tasks are met and started by it."""
        event_id = id_at(at)
        kind_of, subject_id = subject or (None, None)
        self._events.append(
            {
                "id": event_id,
                "case_id": self.case["id"],
                "kind": kind,
                "occurred_at": at,
                "recorded_at": at,
                "org_id": by.org_id,
                "account_id": by.account_id,
                "data_class": data_class.value,
                "subject_kind": kind_of,
                "subject_id": subject_id,
                "corrects": None,
                "facts": facts,
            }
        )
        again: set[str] = set()
        for task in self._tasks:
            same = subject_id is None or task["subject_id"] in (None, subject_id)
            rule = self.profile.deadline_rules.get(task["rule"])
            if task["event"] == kind and task["state"] == "open" and same:
                task |= {"state": "met", "met_at": at, "met_event_id": event_id}
                if rule is not None and rule.recurring and rule.from_event != kind:
                    again.add(rule.id)
        started = tasks_started(self.profile, self.case, kind, at, event_id, subject_id, due_org_id, again)
        for task in started:
            task |= {"id": id_at(at), "state": "open", "met_at": None, "met_event_id": None, "created_at": at}
            task["paused_at"] = None
        self._tasks += started
        return event_id

    def pause_tasks(self, at: datetime) -> None:
        """Let stand still what is due in a case that is closed."""
        for task in self._tasks:
            if task["state"] == "open":
                task |= {"state": "paused", "paused_at": at}

    def move_tasks(self, from_org: UUID, to: Worker) -> None:
        """Pass on what one organisation owes."""
        for task in self._tasks:
            if task["state"] == "open" and task["org_id"] == from_org:
                task |= {"org_id": to.org_id, "account_id": to.account_id}

    def happened(self, kind: str) -> bool:
        """True where the story has such an event."""
        return any(event["kind"] == kind for event in self._events)

    def grant(
        self,
        org_id: UUID,
        classes: Iterable[str],
        basis: str,
        at: datetime,
        by: Worker,
        *,
        source_id: UUID | None = None,
        reason: str | None = None,
    ) -> Row:
        """Let an organisation see classes of the case from `at` on."""
        return self.add(
            "casework.case_grant",
            id=id_at(at),
            case_id=self.case["id"],
            org_id=org_id,
            account_id=None,
            data_classes=list(classes),
            basis=basis,
            source_id=source_id,
            reason=reason,
            valid_from=at,
            valid_to=None,
            granted_by=by.account_id,
        )

    def audit(
        self,
        action: str,
        at: datetime,
        by: Worker,
        subject: tuple[str, UUID],
        *,
        version: int | None = 1,
        classes: Iterable[str] = (),
        changed: Iterable[str] = (),
        persons: Iterable[UUID] = (),
        **detail: Any,
    ) -> None:
        """Write the act down as the program would have."""
        of = ACTIONS[action].data_class
        self.add(
            "audit.entry",
            id=id_at(at),
            at=at,
            account_id=by.account_id,
            assignment_id=by.assignment_id,
            org_id=by.org_id,
            role=by.role.value,
            jurisdiction=self.profile.jurisdiction,
            action=action,
            outcome="done",
            subject_kind=subject[0],
            subject_id=subject[1],
            subject_version=version,
            case_ids=[self.case["id"]] if self.case else [],
            person_ids=list(persons),
            data_classes=sorted(classes) or ([of.value] if of else []),
            changed=sorted(changed),
            detail=detail,
        )

    def finish(self) -> dict[str, list[Row]]:
        """Derive status, stage and what is due next, and return every row by table."""
        self.case |= tracks_of(self._events)
        due = [task for task in self._tasks if task["state"] == "open" and task["bound"] == "max"]
        following = min(due, key=lambda task: (task["due_at"], task["id"]), default=None)
        self.case |= {
            "next_due_at": following and following["due_at"],
            "next_event": following and following["event"],
            "next_org_id": following and following["org_id"],
        }
        self.rows["casework.case_file"] = [self.case]
        self.rows["casework.case_event"] = self._events
        self.rows["casework.task"] = self._tasks
        return self.rows


def utc(at: datetime) -> datetime:
    """Return a moment in UTC, as rows hold it."""
    return at.astimezone(UTC)

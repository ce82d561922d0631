"""What is due: `/api/v1/tasks`."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from app.api.routing import After, ConceptRouter, Limit, Out, Unit
from app.domain.problems import Invalid
from app.services import tasks

router = ConceptRouter("/tasks", "tasks")


class TaskOut(Out):
    """Something due: the event of `case_event` that meets it, of which case, until when, by which rule."""

    id: UUID
    case_id: UUID
    org_id: UUID
    account_id: UUID | None
    event: str
    rule: str
    profile_version: str
    due_at: datetime
    bound: str
    to_confirm: bool
    subject_id: UUID | None


class ListedTask(TaskOut):
    """A task in a list, with the code of its case where the caller sees the case."""

    case_code: str | None
    is_child: bool | None


class TaskPage(Out):
    """One page of tasks, late first; give `next_due` and `next` as `after_due` and `after` for the next one."""

    items: list[ListedTask]
    next: UUID | None = None
    next_due: datetime | None = None


def task_key(after: UUID | None, after_due: datetime | None) -> tasks.After | None:
    """Return the key of a page by when its last row is due; raises `Invalid` where half of it is missing."""
    if after is None:
        return None
    if after_due is None or after_due.tzinfo is None:
        raise Invalid.one("after_due", "field.missing" if after_due is None else "field.no_offset")
    return tasks.After(after_due, after)


@router.act("GET", "", action="task.read", summary="List what is due, late first")
async def listed(
    unit: Unit,
    scope: Literal["organisation", "me"] = "organisation",
    after: After = None,
    after_due: Annotated[datetime | None, Query(description="`next_due` of the page before.")] = None,
    limit: Limit = 50,
) -> TaskPage:
    """Return the open tasks of the caller's organisation, or those in the caller's own name."""
    rows = await tasks.list_tasks(unit, scope=scope, after=task_key(after, after_due), limit=limit)
    items = [ListedTask.model_validate(dict(row)) for row in rows]
    if len(items) < limit:
        return TaskPage(items=items)
    return TaskPage(items=items, next=items[-1].id, next_due=items[-1].due_at)

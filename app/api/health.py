"""Is the program alive, and is it ready: for those who run it. Says nothing of anybody."""

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from app.http.routes import ACTION, ActionRoute, program_of
from app.storage.database import translate
from app.storage.migrations import head

router = APIRouter(route_class=ActionRoute, tags=["health"])
_HEAD = head()


@router.get("/healthz", openapi_extra={ACTION: "door.open"}, summary="The process answers")
async def alive() -> dict[str, str]:
    """Answer where the process lives."""
    return {"status": "ok"}


@router.get("/readyz", openapi_extra={ACTION: "door.open"}, summary="The database is reachable and migrated")
async def ready(request: Request) -> JSONResponse:
    """Answer 200 where the database is reachable and at the head of the migrations, 503 otherwise."""
    try:
        async with program_of(request).database.begin() as connection:
            found = (await connection.execute(text("select version_num from public.alembic_version"))).scalar()
    except Exception as error:  # every failure of the database means the same here: not ready
        translate(error)
        return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
    if found != _HEAD:
        return JSONResponse({"status": "unavailable", "database": "not migrated"}, 503)
    return JSONResponse({"status": "ok"})

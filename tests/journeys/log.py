"""What the journeys read in the audit log."""

from typing import Any

from tests.world import World


async def log_of(world: World, action: str) -> list[dict[str, Any]]:
    """Return the entries of an action, oldest first."""
    return [dict(entry) for entry in await world.audit_entries(action)]

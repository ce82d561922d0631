"""The rooms of each role: what stands in the header of a desktop and at the bottom of a phone."""

from dataclasses import dataclass

from app.domain.policy import Role, may


@dataclass(frozen=True, slots=True)
class Room:
    """One link of the navigation; shown only to a role that holds `action`."""

    href: str
    key: str
    icon: str
    action: str


_HOME = Room("/", "rooms.home", "house", "home.read")
_ALL = (
    Room("/board", "rooms.board", "layout-dashboard", "board.read"),
    Room("/search", "rooms.register", "user-round-plus", "case.register"),
    Room("/shelter", "rooms.shelter", "bed-single", "placement.read"),
    Room("/cases", "rooms.cases", "folder", "case.list"),
    Room("/referrals", "rooms.referrals", "send", "referral.read"),
    Room("/signals", "rooms.signals", "bell", "signal.read"),
    Room("/statistics", "rooms.statistics", "chart-column", "statistics.read"),
    Room("/audit", "rooms.audit", "scroll-text", "audit.read"),
    Room("/people", "rooms.people", "users", "account.read"),
    Room("/organisations", "rooms.organisations", "building-2", "organisation.read"),
)


def rooms_of(role: Role) -> tuple[Room, ...]:
    """Return the role's rooms, its home first; the board is the home of who has one."""
    own = tuple(room for room in _ALL if may(role, room.action))
    return own if any(room.href == "/board" for room in own) else (_HOME, *own)

"""Who may open which page: every route is declared with its rule, and a route without one is closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto

from aiohttp import web

from bot.parts import Actor
from models.office import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door(Enum):
    """How far one must be known. A platform's call carries neither cookie nor form token: whoever takes it checks its
    signature."""

    PUBLIC = auto()
    PLATFORM = auto()
    SIGNED_IN = auto()
    ROLE = auto()


@dataclass(frozen=True)
class Rule:
    """What a route asks of a visitor. `roles` counts only with `Door.ROLE`: one of them is enough."""

    door: Door
    roles: frozenset[Role] = frozenset()

    def admits(self, actor: Actor) -> bool:
        """Say whether a signed-in person may pass."""
        return self.door is not Door.ROLE or actor.has(*self.roles)


def _roles(*roles: Role) -> Rule:
    return Rule(Door.ROLE, frozenset(roles))


PUBLIC = Rule(Door.PUBLIC)
PLATFORM = Rule(Door.PLATFORM)
SIGNED_IN = Rule(Door.SIGNED_IN)
READERS = _roles(*Role)
WRITERS = _roles(Role.AUTHOR, Role.EDITOR, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
EDITORS = _roles(Role.EDITOR)
SIGNERS = _roles(Role.APPROVER, Role.SPOKESPERSON, Role.DUTY, Role.BACKUP, Role.LEADER)
RETURNERS = _roles(Role.EDITOR, Role.APPROVER)
HOLDERS = _roles(Role.AUTHOR, Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
WITHDRAWERS = _roles(Role.APPROVER, Role.SPOKESPERSON)
SETTLERS = _roles(Role.APPROVER, Role.DUTY, Role.BACKUP, Role.EDITOR)
MODERATORS = _roles(Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
DESK = _roles(Role.DUTY, Role.BACKUP, Role.LEADER, Role.SPOKESPERSON)
STOPPERS = _roles(
    Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON, Role.LEADER, Role.ADMIN
)  # fmt: skip
PAUSERS = _roles(Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON, Role.ADMIN)
PLANNERS = _roles(Role.EDITOR, Role.APPROVER)
ADMINS = _roles(Role.ADMIN)
ROTA_PLANNERS = _roles(Role.ADMIN, Role.LEADER)


@dataclass(frozen=True)
class Page:
    """One route. `live`: a request of the page's own script, which does not count as somebody being there."""

    method: str
    path: str
    handler: Handler
    rule: Rule
    live: bool = False

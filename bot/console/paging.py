"""Long lists a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

PER_PAGE = 25
Row = TypeVar("Row")


@dataclass(frozen=True)
class Paging(Generic[Row]):
    """One page of a list. `number` counts from 1; `address(n)` keeps the filters."""

    rows: Sequence[Row]
    number: int
    total: int
    path: str
    query: dict[str, str]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))

    def address(self, number: int) -> str:
        """The address of another page of the same list."""
        return f"{self.path}?{urlencode({**self.query, 'page': number})}"


async def take_page(session: AsyncSession, wanted: Any, request: web.Request) -> Paging[Any]:
    """Run the ordered query for the page that `?page=` asks for; a number beyond the end shows the last one."""
    total = int((await session.exec(select(func.count()).select_from(wanted.order_by(None).subquery()))).one())
    asked = request.query.get("page", "1")
    number = min(max(int(asked) if asked.isdecimal() and len(asked) < 7 else 1, 1), max(1, -(-total // PER_PAGE)))
    rows = (await session.exec(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE))).all()
    query = {k: v for k, v in request.query.items() if k != "page"}
    return Paging(rows, number, total, request.path, query)

"""What a claim writes down before anything is sent."""

from __future__ import annotations

from datetime import timedelta

from bot.publishing.claim import claim_due
from channels.base import SLOWEST_LINE
from models.post import Media
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries
from tests.conftest import FakeClock


async def test_the_recorded_end_of_a_claim_leaves_its_files_the_time_they_take(
    office: Office, clock: FakeClock
) -> None:
    post_id = await approved(office, clock)
    async with office.parts.db.write() as session:
        for position in (0, 1):
            session.add(
                Media(post_id=post_id, position=position, kind="clip", mime="video/mp4", path="x.mp4", size=3 * 10**9,
                      sha256=f"{position}" * 64, width=1, height=1, duration_s=1, alt_text="")
            )  # fmt: skip
    clock.forward(hours=1)
    assert {flying.size for flying in await claim_due(office.parts, 10)} == {6 * 10**9}
    least = clock() + timedelta(seconds=6 * 10**9 / SLOWEST_LINE)
    assert all(row.call_deadline and row.call_deadline > least for row in await deliveries(office, post_id))

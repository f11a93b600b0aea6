"""Figures for Prometheus: the right ones, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.console.app import make_app
from bot.doctor import Level, _texts
from models.delivery import Delivery
from models.incident import Alert
from models.mention import Mention
from models.post import Post, Variant
from models.system import Heartbeat
from tests.bot.conftest import Office


async def get(office: Office, **headers: str) -> tuple[int, dict[str, float]]:
    async with TestClient(TestServer(make_app(office.parts))) as client:
        answer = await client.get("/metrics", headers={k.replace("_", "-"): v for k, v in headers.items()})
        lines = [line.rsplit(" ", 1) for line in (await answer.text()).splitlines() if line.startswith("loa_")]
        return answer.status, {name: float(value) for name, value in lines}


async def test_queue_alerts_and_loops_are_counted(office: Office) -> None:
    now = office.parts.now()
    times = {"created_at": now, "updated_at": now}
    async with office.parts.db.write() as session:
        post = Post(organisation_id=office.id, title="Bài", **times)
        session.add(post)
        await session.flush()
        variant = Variant(post_id=post.id or 0, channel="facebook")
        session.add(variant)
        await session.flush()
        for number, (state, late_s) in enumerate([("queued", 90), ("queued", -600), ("unknown", 900), ("sent", 900)]):
            at = now - timedelta(seconds=late_s)
            session.add(
                Delivery(
                    post_id=post.id, variant_id=variant.id, account_id=office.accounts["facebook"], channel="facebook",
                    target_id=str(number), state=state, due_at=at, next_at=at,
                )
            )  # fmt: skip
        session.add(Heartbeat(name="collect", at=now - timedelta(seconds=40)))
        session.add(
            Alert(
                organisation_id=office.id, kind="opened", key="k", chat_id="-100", text="", state="failed",
                next_at=now, created_at=now,
            )
        )  # fmt: skip
    status, found = await get(office)
    assert status == 200
    assert found['loa_deliveries{state="queued"}'] == 2 and found['loa_deliveries{state="unknown"}'] == 1
    assert found['loa_deliveries{state="refused"}'] == 0, "a state without rows is a zero, not a gap"
    assert found['loa_alerts{state="failed"}'] == 1
    assert found["loa_oldest_due_seconds"] == 90
    assert found['loa_loop_age_seconds{loop="collect"}'] == 40


async def test_what_waits_is_counted_everywhere(office: Office) -> None:
    now = office.parts.now()
    async with office.parts.db.write() as session:
        for number, (minutes, scored) in enumerate([(7, None), (2, None), (30, now)]):
            at = now - timedelta(minutes=minutes)
            session.add(
                Mention(
                    organisation_id=office.id, account_id=office.accounts["facebook"], channel="facebook", text="x",
                    remote_id=f"m{number}", written_at=at, fetched_at=at, scored_at=scored,
                )
            )  # fmt: skip
    _, found = await get(office)
    assert found['loa_texts_waiting{for="score"}'] == 2 and found['loa_texts_waiting{for="claim"}'] == 1
    assert found["loa_oldest_text_seconds"] == 420
    async with TestClient(TestServer(make_app(office.parts))) as client:
        ready = await (await client.get("/readyz")).json()
    assert (ready["texts_waiting"], ready["texts_waiting_s"], ready["texts_ungrouped"]) == (2, 420, 1)
    [line, *_] = await _texts(office.parts)
    assert (
        line.found == "2 bình luận, lâu nhất 7 phút" and line.level is Level.NOTE and "LOA_MODEL_THREADS" in line.todo
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "192.0.2.1"},
        {"Via": "1.1 proxy"},
        {"X_Real_IP": "192.0.2.1"},
        {"Host": "loa.daxanh.example"},
    ],
)
async def test_what_was_passed_on_sees_nothing(office: Office, headers: dict[str, str]) -> None:
    assert (await get(office, **headers))[0] == 404


async def test_behind_a_proxy_only_the_token_opens(office: Office) -> None:
    settings = office.parts.settings
    office.parts.settings = settings.model_copy(update={"console_https": True})
    assert (await get(office))[0] == 404, "a proxy may tell nothing of itself"
    update = {"console_https": True, "metrics_token": SecretStr("bí mật")}
    office.parts.settings = settings.model_copy(update=update)
    for given, status in (("", 404), ("Bearer sai", 404), ("Bearer bí mật", 200)):
        assert (await get(office, Authorization=given))[0] == status, given

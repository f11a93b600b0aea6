"""Figures for Prometheus: how the queue and the alerts stand, and whether every loop turns."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import prometheus_client
import sqlalchemy as sa
from aiohttp import web
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from sqlmodel import col, select

from bot.console.rules import PUBLIC, Page
from bot.console.viewer import PARTS
from bot.parts import Parts
from models.delivery import Delivery
from models.incident import Alert, AlertState
from models.states import DeliveryState
from models.system import Heartbeat
from monitor.flow.waiting import backlog

_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


async def metrics(request: web.Request) -> web.StreamResponse:
    """The process's figures and our own."""
    if not _may_see(request):
        raise web.HTTPNotFound
    registry = CollectorRegistry()
    registry.register(_Ready(await gather(request.app[PARTS])))
    text = prometheus_client.generate_latest(registry) + prometheus_client.generate_latest()
    return web.Response(body=text, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST})


def _may_see(request: web.Request) -> bool:
    """Whoever carries LOA_METRICS_TOKEN. Without one only this machine, and never when a proxy stands before us: not
    every proxy tells that it passes something on."""
    settings = request.app[PARTS].settings
    token = settings.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogatepass")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    passed_on = settings.console_https or any(name in request.headers for name in _PASSED_ON)
    host = urlsplit(f"//{request.host}").hostname or ""
    return not passed_on and _is_here(request.remote or "") and (host == "localhost" or _is_here(host))


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def gather(parts: Parts) -> list[GaugeMetricFamily]:
    """Read our figures from the store. Every state is named, so that a zero is a zero and not a gap."""
    now = parts.now()
    async with parts.db.read() as session:
        deliveries = (
            await session.exec(select(Delivery.state, sa.func.count(col(Delivery.id))).group_by(Delivery.state))
        ).all()
        alerts = (await session.exec(select(Alert.state, sa.func.count(col(Alert.id))).group_by(Alert.state))).all()
        oldest = (
            await session.exec(
                select(Delivery.next_at)
                .where(Delivery.state == DeliveryState.QUEUED)
                .order_by(col(Delivery.next_at))
                .limit(1)
            )
        ).first()
        beats = (await session.exec(select(Heartbeat).order_by(Heartbeat.name))).all()
        waiting = await backlog(session)
    texts = GaugeMetricFamily("loa_texts_waiting", "Texts of citizens that wait", labels=["for"])
    texts.add_metric(["score"], waiting.texts)
    texts.add_metric(["claim"], waiting.ungrouped)
    longest = GaugeMetricFamily("loa_oldest_text_seconds", "How long the longest waiting text has waited for its score")
    longest.add_metric([], waiting.age(now).total_seconds())
    due = GaugeMetricFamily("loa_oldest_due_seconds", "How long the longest waiting delivery is past its time")
    due.add_metric([], _past(oldest, now))
    ages = GaugeMetricFamily("loa_loop_age_seconds", "Since when a loop has not turned well", labels=["loop"])
    for beat in beats:
        ages.add_metric([beat.name], _past(beat.at, now))
    return [
        _by_state("loa_deliveries", "Deliveries by state", list(DeliveryState), deliveries),
        _by_state("loa_alerts", "Messages to the chats by state", list(AlertState), alerts),
        due,
        ages,
        texts,
        longest,
    ]


def _by_state(name: str, said: str, states: Sequence[str], rows: Sequence[tuple[str, int]]) -> GaugeMetricFamily:
    family, counted = GaugeMetricFamily(name, said, labels=["state"]), dict(rows)
    for state in states:
        family.add_metric([state], counted.get(state, 0))
    return family


def _past(at: datetime | None, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at is not None else 0.0


class _Ready(Collector):
    """Figures that were read already."""

    def __init__(self, families: Sequence[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


PAGES = (Page("GET", "/metrics", metrics, PUBLIC),)

"""A made-up office with five weeks of readings: Facebook whole, YouTube late, Zalo by article, Viber silent."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from bot.parts import Parts
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models import tables
from models.db import Database
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention
from models.office import Account, Organisation, User
from models.post import Post, Variant
from models.reading import ChannelItem, Reading
from models.states import DeliveryState, IncidentState, PostState
from tests.conftest import FakeClock

assert tables.__all__, "every table is known before the schema is used"

TZ = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 16)
ISSUE = datetime(2026, 11, 23, 7, 0, tzinfo=TZ)
REACH = (388_000, 402_000, 375_000, 371_000, 412_345)
HOSTILE_TITLE = '<script>alert("x")</script> #eval("1+1") *đậm* $x^2$ [nợ]'


def at(day: int, hour: int = 9, minute: int = 0, weeks: int = 0) -> datetime:
    """A moment of the week: day 0 is its Monday."""
    return datetime(2026, 11, 16, hour, minute, tzinfo=TZ) + timedelta(days=day, weeks=weeks)


class Maker:
    """Adds rows to the office's database."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def add(self, *rows: Any) -> None:
        async with self.parts.db.write() as session:
            session.add_all(rows)

    async def office(self, **words: Any) -> int:
        values = {"name": "Cổng mẫu tỉnh Sao Mai", "leaders_chat": "-100200", "valid_from": at(0, weeks=-6), **words}
        row = Organisation(**values)
        await self.add(row)
        await self.add(User(organisation_id=row.id or 0, login=f"lan{row.id}", name="Lan", created_at=at(0, weeks=-6)))
        return row.id or 0

    async def account(self, org: int, kind: str, **words: Any) -> int:
        row = Account(
            organisation_id=org,
            kind=kind,
            remote_id=words.pop("remote_id", f"{kind}-{org}"),
            name=words.pop("name", "Tỉnh Sao Mai"),
            created_at=at(0, weeks=-6),
            read_at=words.pop("read_at", ISSUE),
            **words,
        )
        await self.add(row)
        return row.id or 0

    async def daily(
        self, account: int, metric: str, day: date, value: int | None, definition: str, **words: Any
    ) -> None:
        await self.add(
            Reading(
                account_id=account,
                metric=metric,
                value=value,
                unit=words.get("unit", "occurrences"),
                definition=definition,
                period=words.get("period", "day"),
                day=day.isoformat(),
                fetched_at=words.get("fetched_at", ISSUE - timedelta(hours=1)),
            )
        )

    async def post(self, org: int, account: int, kind: str, sent: datetime, title: str, **words: Any) -> int:
        post = Post(
            organisation_id=org,
            title=title,
            state=PostState.PUBLISHED,
            created_at=sent,
            updated_at=sent,
            published_at=sent,
            **words.get("post", {}),
        )
        await self.add(post)
        variant = Variant(post_id=post.id or 0, channel=kind, text=title, language=words.get("language", "vi"))
        await self.add(variant)
        delivery = Delivery(
            post_id=post.id or 0,
            variant_id=variant.id or 0,
            account_id=account,
            channel=kind,
            state=words.get("state", DeliveryState.SENT),
            due_at=sent,
            next_at=sent,
            sent_at=sent,
            remote_id=words.get("remote", f"{kind}-{post.id}"),
            target_id=words.get("target", ""),
            permalink=words.get("link", f"https://{kind}.example/{post.id}"),
        )
        await self.add(delivery)
        for metric, value in words.get("figures", {}).items():
            await self.add(
                Reading(
                    account_id=account,
                    delivery_id=delivery.id,
                    item_id=delivery.remote_id,
                    metric=metric,
                    value=value,
                    unit="people" if metric == "reach" else "occurrences",
                    definition=words.get("definition", f"{kind}:{metric}"),
                    fetched_at=words.get("fetched_at", sent + timedelta(hours=3)),
                )
            )
        return post.id or 0


async def seed(make: Maker) -> int:
    """The week 2026-W47 of the made-up office."""
    org = await make.office()
    facebook = await make.account(org, "facebook")
    youtube = await make.account(org, "youtube", name="Sao Mai TV")
    zalo = await make.account(org, "zalo")
    await make.account(org, "viber", followers=16_600)
    for i, value in enumerate(REACH):
        sunday = MONDAY - timedelta(weeks=4 - i) + timedelta(days=6)
        await make.daily(
            facebook, "reach", sunday, value, "facebook:page_total_media_view_unique", unit="people", period="week"
        )
        for day in range(7):
            monday = MONDAY - timedelta(weeks=4 - i)
            views = 150_000 + 1_000 * i
            await make.daily(facebook, "views", monday + timedelta(days=day), views, "facebook:page_media_view")
            if i < 4 or day < 4:
                await make.daily(
                    youtube,
                    "views",
                    monday + timedelta(days=day),
                    12_000 + 2_000 * (i == 4),
                    "youtube:analytics:views:2026-08",
                )
    await make.daily(
        facebook, "followers", MONDAY + timedelta(days=6), 108_400, "facebook:followers_count", unit="people"
    )
    await make.daily(zalo, "followers", MONDAY + timedelta(days=6), 201_733, "zalo:num_follower:v2.0", unit="people")
    titles = [
        "Hồ Khe Sương xả tràn có kiểm soát lúc 19 giờ",
        HOSTILE_TITLE,
        "24 trạm y tế tiêm vắc-xin cúm miễn phí",
        "Infographic: 5 bước nộp hồ sơ khai sinh trực tuyến",
        "Giá nước sạch phường Nắng Mới giữ nguyên đến hết 2026",
        "Đường tránh Đồi Mây cấm xe tải từ 22 giờ đến 5 giờ để sửa cầu",
    ]
    for i, title in enumerate(titles):
        figures = {
            "reach": 90_000 - 9_000 * i,
            "views": 140_000 - 9_000 * i,
            "reactions": 900,
            "comments": 80,
            "shares": 41,
        }
        link = "javascript:alert(1)" if title == HOSTILE_TITLE else f"https://facebook.example/{i}"
        await make.post(org, facebook, "facebook", at(i), title, figures=figures, link=link)
    await make.post(
        org, youtube, "youtube", at(1), "Clip tiếng Mông: hồ sơ hỗ trợ nhà ở", figures={"views": 31_200}, language="mww"
    )
    await make.post(
        org,
        zalo,
        "zalo",
        at(2),
        "Lịch nghỉ Tết của bộ phận một cửa",
        figures={"views": 9_800, "shares": 12},
        definition="zalo:total_view:v2.0",
    )
    await make.add(
        ChannelItem(account_id=facebook, remote_id="cu-1", text="Bài cũ", published_at=at(3)),
        ChannelItem(account_id=facebook, remote_id="facebook-1", text="Bài của Loa", published_at=at(0)),
    )
    first = Incident(
        organisation_id=org,
        state=IncidentState.AFTERCARE,
        level="emergency",
        harm=3,
        spread=3,
        field="THIEN_TAI",
        claim_text="Bạn Nguyễn Văn A nói đập đã vỡ",
        started_at=at(3, 19),
        opened_at=at(3, 19, 40),
        updated_at=at(3, 22),
        acked_at=at(3, 19, 44),
        corrected_at=at(3, 21, 30),
    )
    nothing = Incident(
        organisation_id=org,
        state=IncidentState.FALSE_ALARM,
        level="medium",
        harm=1,
        spread=1,
        field="KINH_TE",
        claim_text="-",
        started_at=at(4),
        opened_at=at(4),
        updated_at=at(4, 10),
    )
    await make.add(first, nothing)
    await make.post(
        org,
        facebook,
        "facebook",
        at(3, 21, 30),
        "Hồ Khe Sương an toàn",
        post={"kind": "correction", "incident_id": first.id},
        figures={"reach": 70_000, "views": 99_000},
    )
    kinds = {"criticism": 21, "question": 12, "feedback": 9, "harmless": 60, "misinformation": 5, "urgent": 1}
    await make.add(
        *(
            Mention(
                organisation_id=org,
                account_id=facebook,
                channel="facebook",
                remote_id=f"{kind}-{n}",
                text="…",
                written_at=at(n % 7, 12),
                fetched_at=at(n % 7, 13),
                category=kind,
                field="CHINH_SACH" if n % 3 else "Y_TE",
            )
            for kind, count in kinds.items()
            for n in range(count)
        )
    )
    await make.add(
        Mention(
            organisation_id=org,
            account_id=facebook,
            channel="facebook",
            remote_id="own",
            text="Cảm ơn",
            own=True,
            written_at=at(2),
            fetched_at=at(2),
        ),
        Post(
            organisation_id=org,
            title="Ra quân dọn vệ sinh đầu nguồn",
            state=PostState.SCHEDULED,
            created_at=at(1),
            updated_at=at(1),
            due_at=at(8, 8),
        ),
    )
    return org


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, made once and copied for each test."""
    file = tmp_path_factory.mktemp("reports") / "loa.db"

    async def migrate() -> None:
        db = Database(f"sqlite+aiosqlite:///{file}")
        await db.migrate()
        await db.close()

    asyncio.run(migrate())
    return file


@pytest.fixture
async def make(clock: FakeClock, tmp_path: Path, empty: Path) -> AsyncIterator[Maker]:
    """An empty database in a temporary folder; the clock stands at Monday 07:00."""
    clock.at = ISSUE
    settings = read_settings(data_dir=tmp_path / "var")
    settings.data_dir.mkdir()
    shutil.copy(empty, settings.data_dir / "loa.db")
    db = Database(settings.database)
    parts = Parts(settings, db, Vault(Fernet.generate_key().decode()), Door(), clock, scorer=NoScorer())
    yield Maker(parts)
    await parts.door.close()
    await db.close()


@pytest.fixture
def tick(clock: FakeClock) -> Callable[..., datetime]:
    """Moves the clock on."""
    return clock.forward


class NoScorer:
    """Reports score nothing."""

    revision, degraded, reason = "none", True, "not needed"

    def score(self, texts: Any) -> list[Any]:
        raise AssertionError("a report scores nothing")

"""The queue: what waits, what needs a person, holds of a whole scope, posting slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import WEEKDAYS, As, Stop, as_person, clock, office_of, out, say, time_of_week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.parts import Actor, Parts
    from models.queue import Hold, HoldScope

queue_app = typer.Typer(help="Hàng đợi / the queue; alone it lists what waits")
slots_app = typer.Typer(help="Khung giờ đăng / posting slots; alone it lists them")
queue_app.add_typer(slots_app, name="slots")

Problems = Annotated[bool, typer.Option(help="Chỉ những gì cần người / only what needs a person")]
MaybeAs = Annotated[
    str, typer.Option("--as", help="Tên đăng nhập của người làm việc này / login of the person who acts")
]
Delivery = Annotated[int, typer.Argument(metavar="DELIVERY", help="Số của lượt, xem `loa queue`")]


@queue_app.callback(invoke_without_command=True)
def queue(context: typer.Context, login: MaybeAs = "", problems: Problems = False) -> None:
    """Hàng đợi / what is waiting to go out, and what needs a person."""
    if context.invoked_subcommand is None:
        if not login:
            raise Stop("--as: say who acts")
        _list(login, problems)


@queue_app.command("list")
def queue_list(login: As, problems: Problems = False) -> None:
    """Hàng đợi / what is waiting to go out; the same as `loa queue` alone."""
    _list(login, problems)


def _list(login: str, problems: bool) -> None:
    from sqlmodel import col, select

    from bot.publishing.holds import active_holds
    from bot.publishing.waiting import reasons
    from models.delivery import Delivery
    from models.office import Account
    from models.post import Post
    from models.states import DELIVERY, UNFINISHED_DELIVERY, DeliveryState

    shown = {DeliveryState.HELD, DeliveryState.UNKNOWN, DeliveryState.REFUSED} if problems else UNFINISHED_DELIVERY

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            rows = (
                await session.exec(
                    select(Delivery, Post, Account)
                    .join(Post, col(Post.id) == Delivery.post_id)
                    .join(Account, col(Account.id) == Delivery.account_id)
                    .where(Post.organisation_id == actor.organisation_id, col(Delivery.state).in_(shown))
                    .order_by(col(Delivery.priority).desc(), col(Delivery.due_at))
                    .limit(100)
                )
            ).all()
            holds = await active_holds(session, actor.organisation_id)
        table = Table("Lượt", "Bài", "Kênh", "Trạng thái", "Giờ", "Ghi chú")
        for delivery, post, account in rows:
            due = f"{delivery.due_at.astimezone(tz):%d/%m %H:%M}"
            label = DELIVERY.labels[DeliveryState(delivery.state)]
            why = "; ".join(r.told.vi for r in reasons(delivery, post, account, holds, parts.now()))
            note = escape(why or delivery.error_vi)
            table.add_row(str(delivery.id), escape(post.title), delivery.channel, label, due, note)
        out.print(table if rows else "Không có gì trong hàng đợi.")
        _tell(holds, tz)

    as_person(login, work)


# -- what went wrong ----------------------------------------------------------------------------------------------


@queue_app.command("settle")
def queue_settle(
    login: As,
    delivery: Delivery,
    there: Annotated[
        bool | None, typer.Option("--there/--again", help="Đã có trên kênh / gửi lại", show_default=False)
    ] = None,
) -> None:
    """Quyết định lượt chưa rõ sau khi đã mở kênh xem / settle what nobody can know: it is there, or send it again."""
    from bot.publishing.queueing import settle_unknown

    if there is None:
        raise Stop("--there or --again: look at the channel, then say which")
    as_person(login, lambda parts, actor: settle_unknown(parts, actor, delivery, there=there))
    say(f"Lượt {delivery}: {'đã có trên kênh' if there else 'gửi lại'}.")


@queue_app.command("retry")
def queue_retry(login: As, delivery: Delivery) -> None:
    """Gửi lại lượt bị từ chối hoặc bị giữ, sau khi đã sửa nguyên nhân / try a refused or held one again."""
    from bot.publishing.queueing import retry_delivery

    as_person(login, lambda parts, actor: retry_delivery(parts, actor, delivery))
    say(f"Lượt {delivery}: vào hàng đợi lại.")


# -- holds --------------------------------------------------------------------------------------------------------


@queue_app.command("hold")
def queue_hold(
    login: As,
    reason: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why")],
    channel: Annotated[
        str, typer.Option(help="facebook, zalo, viber, viber_bot, youtube hoặc telegram / one channel")
    ] = "",
    topic: Annotated[str, typer.Option(help="Mã lĩnh vực, ví dụ Y_TE; đính chính vẫn đi / one topic")] = "",
    office: Annotated[bool, typer.Option("--all", help="Mọi bài của đơn vị / everything of this office")] = False,
    everything: Annotated[bool, typer.Option("--everything", help="Cả hệ thống (quản trị) / the installation")] = False,
) -> None:
    """Tạm giữ cả nhóm: chưa gửi thì không gửi nữa / stop a whole scope before the next send."""
    from bot.publishing.holds import place_hold
    from models.queue import HoldScope

    asked: list[tuple[HoldScope, str]] = []
    asked += [(HoldScope.CHANNEL, channel)] if channel else []
    asked += [(HoldScope.TOPIC, topic)] if topic else []
    asked += [(HoldScope.ORGANISATION, "")] if office else []
    asked += [(HoldScope.EVERYTHING, "")] if everything else []
    if len(asked) != 1:
        raise Stop("--channel, --topic, --all or --everything: say which, one at a time")
    scope, key = asked[0]
    number = as_person(login, lambda parts, actor: place_hold(parts, actor, scope, key, reason=reason))
    say(f"Lệnh giữ {number}; thả bằng `loa queue release --as {login} {number}`.")


@queue_app.command("release")
def queue_release(
    login: As, hold: Annotated[int, typer.Argument(help="Số của lệnh giữ, xem `loa queue holds`")]
) -> None:
    """Thả một lệnh giữ / let a scope go on; what has become too late asks a person for each."""
    from bot.publishing.holds import release_hold

    as_person(login, lambda parts, actor: release_hold(parts, actor, hold))
    say(f"Đã thả lệnh giữ {hold}.")


@queue_app.command("holds")
def queue_holds(login: As) -> None:
    """Các lệnh giữ đang có hiệu lực / holds that stop something now."""
    from bot.publishing.holds import active_holds

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            holds = await active_holds(session, actor.organisation_id)
        _tell(holds, tz)
        if not holds:
            say("Không có lệnh giữ nào.")

    as_person(login, work)


def _tell(holds: Sequence[Hold], tz: ZoneInfo) -> None:
    for hold in holds:
        what = " ".join(part for part in (hold.scope, hold.key) if part)
        say(f"⏸ Lệnh giữ {hold.id} [{what}] từ {clock(hold.placed_at, tz)}: {hold.reason}")


# -- slots --------------------------------------------------------------------------------------------------------


@slots_app.callback(invoke_without_command=True)
def slots(context: typer.Context, login: MaybeAs = "") -> None:
    """Khung giờ đăng / posting slots."""
    if context.invoked_subcommand is None:
        if not login:
            raise Stop("--as: say who acts")
        slots_list(login)


@slots_app.command("list")
def slots_list(login: As) -> None:
    """Các khung giờ của tuần / the slots of the week."""
    from bot.publishing.slots import slots_of

    async def work(parts: Parts, actor: Actor) -> None:
        async with parts.db.read() as session:
            rows = await slots_of(session, actor.organisation_id)
        table = Table("Khung", "Kênh", "Thứ", "Giờ")
        for slot in rows:
            at = f"{slot.minute // 60:02d}:{slot.minute % 60:02d}"
            table.add_row(str(slot.id), slot.channel, WEEKDAYS[slot.weekday], at)
        out.print(table if rows else "Chưa có khung giờ nào; thêm bằng `loa queue slots add`.")

    as_person(login, work)


@slots_app.command("add")
def slots_add(
    login: As,
    channel: Annotated[str, typer.Option(help="facebook, zalo, viber, viber_bot, youtube hoặc telegram")],
    day: Annotated[list[str], typer.Option(help="mon..sun, lặp lại được / repeatable")],
    at: Annotated[str, typer.Option(help="Giờ của đơn vị, ví dụ 08:30 / time of day")],
) -> None:
    """Thêm khung giờ / add slots."""
    from bot.publishing.slots import add_slot

    times = [time_of_week(one, at) for one in day]

    async def work(parts: Parts, actor: Actor) -> list[int]:
        return [await add_slot(parts, actor, channel, weekday, minute) for weekday, minute in times]

    say(f"Khung giờ {', '.join(map(str, as_person(login, work)))}.")


@slots_app.command("remove")
def slots_remove(login: As, slot: Annotated[int, typer.Argument(help="Số của khung, xem `loa queue slots`")]) -> None:
    """Bỏ khung giờ; bài đã hẹn giữ giờ của mình / remove a slot; what is scheduled keeps its time."""
    from bot.publishing.slots import remove_slot

    as_person(login, lambda parts, actor: remove_slot(parts, actor, slot))
    say(f"Đã bỏ khung giờ {slot}.")

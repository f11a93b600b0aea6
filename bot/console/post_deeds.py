"""What may be done with a post and its deliveries."""

from __future__ import annotations

from aiohttp import web

from bot.console.deeds import after_deed, deed
from bot.console.form import Form, read_form
from bot.console.rules import EDITORS, HOLDERS, RETURNERS, SETTLERS, SIGNERS, WITHDRAWERS, WRITERS, Page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.parts import Parts, Refused
from bot.publishing import approval, queueing
from bot.publishing.edits import start_edit
from bot.publishing.signing import sign_translation
from models.delivery import Delivery

_ID = r"{id:\d{1,9}}"
_HOME = "/posts/{id}"


async def _submit(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.submit_post(parts, viewer.actor, post_id)


async def _forward(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.forward_post(parts, viewer.actor, post_id)


async def _approve(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.approve_post(parts, viewer.actor, post_id, sent.text("content_hash"))


async def _sign(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await sign_translation(parts, viewer.actor, post_id, sent.text("channel"), sent.text("content_hash"))


async def _return(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.return_post(parts, viewer.actor, post_id, sent.text("why", 500))


async def _hold(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    why = sent.text("why", 500)
    if not why:
        raise Refused("Hãy ghi lý do giữ bài.", "Give a reason for holding it.")
    await queueing.hold_post(parts, viewer.actor, post_id, why)


async def _release(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await queueing.release_post(parts, viewer.actor, post_id)


async def _cancel(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await queueing.cancel_post(parts, viewer.actor, post_id)


async def _reschedule(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    due_at = sent.moment("due", viewer.tz)
    if due_at is not None and due_at < parts.now():
        raise Refused("Giờ đăng đã qua; hãy chọn giờ sau bây giờ.", "That time has passed; choose a later one.")
    await queueing.reschedule_post(parts, viewer.actor, post_id, due_at)


async def _withdraw(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    left = await queueing.withdraw_post(parts, viewer.actor, post_id, sent.text("why", 500))
    if left:
        where = ", ".join(left)
        raise Refused(
            f"Đã gỡ ở các kênh cho phép. Còn phải gỡ bằng tay trên: {where}.",
            f"Taken down where possible. Take it down by hand on: {where}.",
        )


async def amend(request: web.Request) -> web.StreamResponse:
    """Begin an edit of what is out; the writer goes on in its form."""
    edit = await start_edit(request.app[PARTS], viewer_of(request).actor, int(request.match_info["id"]))
    return web.Response(status=303, headers={"Location": f"/posts/{edit}/edit"})


async def settle(request: web.Request) -> web.StreamResponse:
    """A person looked at the channel: it is there, or send again."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    delivery_id = int(request.match_info["id"])
    async with read_form(request) as sent:
        answer = sent.raw("there")
        if answer not in ("yes", "no"):
            raise web.HTTPBadRequest
        await queueing.settle_unknown(parts, viewer.actor, delivery_id, there=answer == "yes")
    return await _done(request, delivery_id)


async def retry(request: web.Request) -> web.StreamResponse:
    """Send a refused or held delivery again."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    delivery_id = int(request.match_info["id"])
    await queueing.retry_delivery(parts, viewer.actor, delivery_id)
    return await _done(request, delivery_id)


async def _done(request: web.Request, delivery_id: int) -> web.Response:
    async with request.app[PARTS].db.read() as session:
        delivery = await session.get_one(Delivery, delivery_id)
    return after_deed(request, "Đã ghi nhận.", f"/posts/{delivery.post_id}#deliveries")


PAGES = (
    Page("POST", f"/posts/{_ID}/submit", deed(_submit, "Đã gửi duyệt.", _HOME), WRITERS),
    Page("POST", f"/posts/{_ID}/forward", deed(_forward, "Đã chuyển duyệt.", _HOME), EDITORS),
    Page("POST", f"/posts/{_ID}/approve", deed(_approve, "Đã duyệt.", _HOME), SIGNERS),
    Page("POST", f"/posts/{_ID}/sign", deed(_sign, "Đã ký bản dịch.", _HOME), WRITERS),
    Page("POST", f"/posts/{_ID}/return", deed(_return, "Đã trả lại.", _HOME), RETURNERS),
    Page("POST", f"/posts/{_ID}/hold", deed(_hold, "Đã giữ bài lại.", _HOME), HOLDERS),
    Page("POST", f"/posts/{_ID}/release", deed(_release, "Đã thả bài.", _HOME), HOLDERS),
    Page("POST", f"/posts/{_ID}/cancel", deed(_cancel, "Đã hủy bài.", _HOME), HOLDERS),
    Page("POST", f"/posts/{_ID}/reschedule", deed(_reschedule, "Đã đổi giờ đăng.", _HOME), WRITERS),
    Page("POST", f"/posts/{_ID}/withdraw", deed(_withdraw, "Đã gỡ bài.", _HOME), WITHDRAWERS),
    Page("POST", f"/posts/{_ID}/amend", amend, WRITERS),
    Page("POST", f"/deliveries/{_ID}/settle", settle, SETTLERS),
    Page("POST", f"/deliveries/{_ID}/retry", retry, SETTLERS),
)

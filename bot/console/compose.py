"""Writing a post: one form with a variant a channel, files, and the preview the server composes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web

from bot.console.flash import FLASH
from bot.console.form import BadField, Form, read_form
from bot.console.labels import FIELDS
from bot.console.post_form import LANGUAGES, PostForm, channel_forms, fill
from bot.console.preview import Shown, show, wrongs
from bot.console.rules import WRITERS, Page
from bot.console.show import fragment, page
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import NotFound, Parts, Refused
from bot.publishing import approval, writing
from bot.publishing.content import Bundle, compose, load, media_address, review_bundle
from channels.base import Problem
from channels.media import MediaError
from channels.registry import CHANNELS
from models.office import AccountStatus
from models.post import Post, Variant
from models.states import PostState

_EDITABLE = (
    PostState.DRAFT, PostState.RETURNED, PostState.IN_REVIEW, PostState.PENDING, PostState.APPROVED,
    PostState.SCHEDULED,
)  # fmt: skip


# -- pages ------------------------------------------------------------------------------------------------------


async def new_page(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    viewer = viewer_of(request)
    form = PostForm(await channel_forms(request.app[PARTS], viewer.office, {}))
    for channel in form.channels:
        channel.used = all(a.status == AccountStatus.OK for a in channel.accounts)
    return await _show(request, form)


async def edit_page(request: web.Request) -> web.StreamResponse:
    """The form of a post that may still be changed."""
    form = await _stored(request)
    return await _show(request, form, checked=True)


async def create(request: web.Request) -> web.StreamResponse:
    """Store a new post; with a file and a request for approval when the form says so."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        form = PostForm(await channel_forms(parts, viewer.office, {}))
        fill(form, sent, viewer)
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True, file_lost="file" in sent.files)
        try:
            due_at = _due(request, viewer, sent, None)
            post_id = await writing.create_post(parts, viewer.actor, form.draft(due_at))
        except Refused as refused:
            return await _show(request, form, refused=refused, checked=True)
        return await _after_saving(request, viewer, sent, post_id)


async def revise(request: web.Request) -> web.StreamResponse:
    """Store a changed post. Somebody else's change in between is told instead of overwritten."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    form = await _stored(request)
    post = form.post
    assert post is not None and post.id is not None, "a stored form has its post"
    async with read_form(request) as sent:
        fill(form, sent, viewer)
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True, file_lost="file" in sent.files)
        try:
            if sent.number("version", 0, 10**6) != post.version:
                raise Refused(
                    "Bài vừa được người khác sửa. Hãy chép phần của bạn, mở lại trang và sửa tiếp.",
                    "Somebody else changed the post meanwhile. Copy your part, open the page again and go on.",
                )
            due_at = _due(request, viewer, sent, post.due_at)
            await writing.revise_post(parts, viewer.actor, post.id, form.draft(due_at))
        except Refused as refused:
            return await _show(request, form, refused=refused, checked=True)
        handed_in = post.state not in (PostState.DRAFT, PostState.RETURNED)
        return await _after_saving(request, viewer, sent, post.id, handed_in=handed_in)


async def _after_saving(
    request: web.Request, viewer: Viewer, sent: Form, post_id: int, *, handed_in: bool = False
) -> web.StreamResponse:
    """Attach the file, hand the post in if asked, and go where the writer goes on. What fails is told there.
    `handed_in`: it waits for somebody already, so there is nothing to hand in."""
    parts, flash, _ = request.app[PARTS], request.app[FLASH], request[WORDS].gettext
    # the address names its own part of the page: a browser would keep the one of the preview before
    edit = web.Response(status=303, headers={"Location": f"/posts/{post_id}/edit#main"})
    if "file" in sent.files and not await _attach(request, viewer, sent, post_id):
        return web.Response(status=303, headers={"Location": f"/posts/{post_id}/edit#media"})
    if sent.raw("do") != "submit" or handed_in:
        flash.say(viewer.session_id, _("Đã lưu."))
        return edit
    try:
        await approval.submit_post(parts, viewer.actor, post_id)
    except Refused as refused:
        said = refused.text(viewer.actor.language)
        flash.say(
            viewer.session_id, _("Đã lưu nhưng chưa gửi duyệt được. Hãy sửa những chỗ báo đỏ.") + " " + said, "bad"
        )
        return edit
    flash.say(viewer.session_id, _("Đã gửi duyệt."))
    return web.Response(status=303, headers={"Location": f"/posts/{post_id}"})


async def _attach(request: web.Request, viewer: Viewer, sent: Form, post_id: int) -> bool:
    """Attach the file. One that cannot be used is told, and that the words are kept: nobody types them again."""
    try:
        await writing.attach_media(
            request.app[PARTS], viewer.actor, post_id, sent.files["file"],
            alt_text=sent.text("alt_text", 1000), public_url=sent.text("public_url", 500),
            channels=[c for c in sent.all("file_channels") if c in CHANNELS],
        )  # fmt: skip
    except MediaError as error:
        told = error.told.en if viewer.actor.language == "en" else error.told.vi
        said = request[WORDS].gettext("Đã lưu bài nhưng chưa thêm được tệp:")
        request.app[FLASH].say(viewer.session_id, f"{said} {told}", "bad")
        return False
    return True


async def preview(request: web.Request) -> web.StreamResponse:
    """Compose what the form holds right now, without storing it (asked by the page's script while writing)."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        post_id = sent.number("post_id", 0, 10**9)
        form = (
            await _load(parts, viewer, post_id) if post_id else PostForm(await channel_forms(parts, viewer.office, {}))
        )
        fill(form, sent, viewer)
        shown, problems = await _compose(parts, viewer, form)
        return fragment(
            request, "_preview.html", form=form, shown=shown, problems=wrongs(problems, viewer.actor.language)
        )


async def detach(request: web.Request) -> web.StreamResponse:
    """Take a file off a post."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    await writing.detach_media(parts, viewer.actor, int(request.match_info["media_id"]))
    request.app[FLASH].say(viewer.session_id, request[WORDS].gettext("Đã bỏ tệp."))
    return web.Response(status=303, headers={"Location": f"/posts/{request.match_info['id']}/edit#media"})


# -- within -----------------------------------------------------------------------------------------------------


async def _show(
    request: web.Request,
    form: PostForm,
    *,
    refused: Refused | None = None,
    checked: bool = False,
    file_lost: bool = False,
) -> web.Response:
    """The page; what was refused, and what keeps the post from going out, is said beside its field."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    shown, found = await _compose(parts, viewer, form) if checked else ([], {})
    problems = wrongs(found, viewer.actor.language)
    wrong_at: dict[str, list[str]] = {}
    for wrong in (w for of_channel in problems.values() for w in of_channel):
        wrong_at.setdefault(wrong.at, []).append(wrong.text)
    return page(
        request, "compose.html", status=422 if refused else 200, form=form, shown=shown, problems=problems,
        error=refused.text(viewer.actor.language) if refused else "", wrong_at=wrong_at, file_lost=file_lost,
        wrong_field=refused.at if isinstance(refused, BadField) else "", fields=FIELDS,
        languages=LANGUAGES, places=[p.get("name", "") for p in viewer.organisation.places],
        needs_address=not parts.settings.public_url and any(c.public_only for c in form.channels),
    )  # fmt: skip


async def _compose(parts: Parts, viewer: Viewer, form: PostForm) -> tuple[list[Shown], Mapping[str, Sequence[Problem]]]:
    """Return the composed payloads and the problems of what the form holds, by channel kind."""
    post = Post(
        organisation_id=viewer.office,
        title=form.title,
        due_at=form.due_at,
        created_at=form.post.created_at if form.post else parts.now(),
        updated_at=parts.now(),
    )
    used = [c for c in form.channels if c.used]
    variants = [
        Variant(
            post_id=0, channel=c.kind, language=c.language, title=c.title, text=c.text, link=c.link,
            options=dict(c.options),
        )
        for c in used
    ]  # fmt: skip
    bundle, address = Bundle(post, variants, form.media), media_address(parts)
    accounts = {c.kind: c.accounts[0] for c in used if c.accounts}
    shown = [
        show(compose(bundle, v, account, address), name=account.name, media=form.media)
        for v in variants
        if (account := accounts.get(v.channel))
    ]
    return shown, review_bundle(bundle, address)


async def _stored(request: web.Request) -> PostForm:
    return await _load(request.app[PARTS], viewer_of(request), int(request.match_info["id"]))


async def _load(parts: Parts, viewer: Viewer, post_id: int) -> PostForm:
    """Return the form of a stored post. Raises `NotFound`, or `Refused` when it can no longer be changed."""
    async with parts.db.read() as session:
        post = await session.get(Post, post_id)
        if post is None or post.organisation_id != viewer.office:
            raise NotFound("bài này", "such post")
        bundle = await load(session, post)
    if post.state not in _EDITABLE:
        raise Refused(
            "Bài đã đi hoặc đang tạm giữ nên không sửa được; hãy thả bài hoặc đăng đính chính.",
            "The post is out or on hold and cannot be edited; release it or publish a correction.",
        )
    form = PostForm(
        await channel_forms(parts, viewer.office, {v.channel: v for v in bundle.variants}),
        post, bundle.media, post.title, post.field, post.locality, post.source_document, post.harm,
        version=post.version,
    )  # fmt: skip
    form.due_at = post.due_at
    form.due = f"{post.due_at.astimezone(viewer.tz):%Y-%m-%dT%H:%M}" if post.due_at else ""
    return form


def _due(request: web.Request, viewer: Viewer, sent: Form, was: datetime | None) -> datetime | None:
    """Return the due time; a newly typed one must lie ahead. The title is asked for here too: both have a field."""
    if not sent.text("title"):
        raise BadField("title", "Hãy đặt tên gọi nội bộ cho bài.", "Give the post a name for use in the office.")
    due_at = sent.moment("due", viewer.tz)
    if (
        due_at is not None
        and due_at < request.app[PARTS].now()
        and (was is None or f"{due_at:%F%R}" != _typed(was, viewer))
    ):
        raise BadField(
            "due",
            "Giờ đăng đã qua; hãy chọn giờ sau bây giờ hoặc để trống để đăng ngay khi duyệt.",
            "That time has passed; choose a later one or leave it empty to publish on approval.",
        )
    return due_at


def _typed(at: datetime, viewer: Viewer) -> str:
    return f"{at.astimezone(viewer.tz):%F%R}"


PAGES = (
    Page("GET", "/posts/new", new_page, WRITERS),
    Page("POST", "/posts/new", create, WRITERS),
    Page("POST", "/posts/preview", preview, WRITERS),
    Page("GET", r"/posts/{id:\d{1,9}}/edit", edit_page, WRITERS),
    Page("POST", r"/posts/{id:\d{1,9}}/edit", revise, WRITERS),
    Page("POST", r"/posts/{id:\d{1,9}}/media/{media_id:\d{1,9}}/remove", detach, WRITERS),
)

"""Writing a post: one form with a variant a channel, files, and the preview the server composes."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from bot.console.flash import FLASH
from bot.console.form import BadField, Form, read_form
from bot.console.labels import FIELDS, FILE_ROLES, FORMATS, TIMINGS
from bot.console.lookups import deliveries_of
from bot.console.once import create_once, key_of
from bot.console.options import said_options
from bot.console.post_form import ChannelForm, PostForm, channel_forms, fill
from bot.console.preview import Shown, Translation, show, translation, wrongs
from bot.console.rules import WRITERS, Page
from bot.console.show import fragment, page
from bot.console.time_form import TimeForm
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import Parts, Refused
from bot.publishing import approval, attaching, writing
from bot.publishing.content import Bundle, compose, load, media_address, review_bundle
from bot.publishing.rows import read_post
from bot.publishing.slots import slots_of
from bot.publishing.translations import words_of
from channels.base import Problem
from channels.media import MediaError
from channels.registry import CHANNELS
from models.names import LANGUAGES
from models.office import AccountStatus
from models.post import Post, PostKind
from models.states import DeliveryState, PostState

_NOT_OUT = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.CANCELLED)
"""What surely no reader has got."""


# -- pages ------------------------------------------------------------------------------------------------------


async def new_page(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    form = await _empty(request)
    form.once = secrets.token_urlsafe(16)
    for channel in form.channels:
        channel.used = all(a.status == AccountStatus.OK for a in channel.accounts)
    return await _show(request, form)


async def edit_page(request: web.Request) -> web.StreamResponse:
    """The form of a post that may still be changed. An answer has a form of its own."""
    form = await _stored(request)
    if form.post is not None and form.post.answers_id is not None:
        raise web.HTTPSeeOther(f"/comments/{form.post.answers_id}/answer")
    return await _show(request, form, checked=True)


async def create(request: web.Request) -> web.StreamResponse:
    """Store a new post; with a file and a request for approval when the form says so. The same form sent twice, by a
    double press or after a lost answer, makes one post."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        form = await _empty(request)
        fill(form, sent)
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True, file_lost="file" in sent.files)
        try:
            post_id, new = await create_once(parts, viewer.actor, _draft(parts, form), key_of(viewer, form.once, sent))
        except Refused as refused:
            return await _show(request, form, refused=refused, checked=True)
        if not new:
            return web.Response(status=303, headers={"Location": f"/posts/{post_id}"})
        return await _after_saving(request, viewer, sent, post_id)


async def revise(request: web.Request) -> web.StreamResponse:
    """Store a changed post. Somebody else's change in between is told instead of overwritten."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    form = await _stored(request)
    post = form.post
    assert post is not None and post.id is not None, "a stored form has its post"
    async with read_form(request) as sent:
        fill(form, sent)
        form.version = sent.number("version", 0, 10**6)  # what the writer saw, also when the form is shown again
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True, file_lost="file" in sent.files)
        try:
            draft = _draft(parts, form)
            await writing.revise_post(parts, viewer.actor, post.id, draft, version=form.version)
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
        await attaching.attach_media(
            request.app[PARTS], viewer.actor, post_id, sent.files["file"],
            alt_text=sent.text("alt_text", 1000), public_url=sent.text("public_url", 500),
            channels=[c for c in sent.all("file_channels") if c in CHANNELS],
            role=sent.raw("role") if sent.raw("role") in FILE_ROLES else "", language=sent.raw("file_language"),
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
        form = await _load(parts, viewer, post_id) if post_id else await _empty(request)
        fill(form, sent)
        shown, problems = await _compose(parts, viewer, form)
        return fragment(
            request, "_preview.html", form=form, shown=shown, problems=wrongs(problems, viewer.actor.language)
        )


async def detach(request: web.Request) -> web.StreamResponse:
    """Take a file off a post."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    await attaching.detach_media(parts, viewer.actor, int(request.match_info["media_id"]))
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
    async with parts.db.read() as session:
        slots = len(await slots_of(session, viewer.office))
    for wrong in (w for of_channel in problems.values() for w in of_channel):
        wrong_at.setdefault(wrong.at, []).append(wrong.text)
    return page(
        request, "compose.html", status=422 if refused else 200, form=form, shown=shown, problems=problems,
        error=refused.text(viewer.actor.language) if refused else "", wrong_at=wrong_at, file_lost=file_lost,
        wrong_field=refused.at if refused else "", outdated=isinstance(refused, writing.Outdated), fields=FIELDS,
        formats=FORMATS, timings=TIMINGS, slots=slots, languages=LANGUAGES, roles=FILE_ROLES,
        places=[p.get("name", "") for p in viewer.organisation.places],
        needs_address=not parts.settings.public_url and any(c.public_only for c in form.channels),
    )  # fmt: skip


async def _compose(parts: Parts, viewer: Viewer, form: PostForm) -> tuple[list[Shown], Mapping[str, Sequence[Problem]]]:
    """Return the composed payloads and the problems of what the form holds, by channel kind."""
    post = Post(
        organisation_id=viewer.office,
        kind=form.post.kind if form.post else PostKind.ROUTINE,
        title=form.title,
        format=form.format,
        due_at=form.time.due_at,
        created_at=form.post.created_at if form.post else parts.now(),
        updated_at=parts.now(),
    )
    used = [c for c in form.channels if c.used]
    bundle, address = Bundle(post, [c.variant() for c in used], form.media, form.edited or {}), media_address(parts)
    shown = []
    for channel, variant in zip(used, bundle.variants, strict=True):
        channel.held = channel.channel.limits_for(bundle.content(variant, address))
        going = ((a, t) for a in channel.accounts for t in bundle.targets(variant, a))
        for account, target in itertools.islice(going, 1):
            card = show(compose(bundle, variant, account, address, target), name=account.name, media=form.media)
            said = said_options(channel.kind, variant.options)
            shown.append(replace(card, translation=_translation(form, channel, post), options=said))
    return shown, review_bundle(bundle, address)


def _translation(form: PostForm, channel: ChannelForm, post: Post) -> Translation:
    """What the typed words are: a signature counts only as long as they are the stored ones."""
    typed, stored = channel.variant(), channel.stored
    if stored is not None and form.post is not None and words_of(typed, post) == words_of(stored, form.post):
        typed.signed_at = stored.signed_at
    return translation(typed)


async def _empty(request: web.Request) -> PostForm:
    viewer, parts = viewer_of(request), request.app[PARTS]
    late = parts.settings.late_after_min
    return PostForm(await channel_forms(parts, viewer.office, {}), TimeForm(viewer.tz, late_after_min=late))


async def _stored(request: web.Request) -> PostForm:
    return await _load(request.app[PARTS], viewer_of(request), int(request.match_info["id"]))


async def _load(parts: Parts, viewer: Viewer, post_id: int) -> PostForm:
    """Return the form of a stored post. Raises `NotFound`, or `Refused` when it can no longer be changed."""
    async with parts.db.read() as session:
        post = await read_post(session, viewer.office, post_id)
        bundle = await load(session, post)
        deliveries = (await deliveries_of(session, [post])).get(post_id, [])
    if post.state not in writing.EDITABLE:
        raise Refused(
            "Bài đã đi hoặc đang tạm giữ nên không sửa được; hãy thả bài hoặc đăng đính chính.",
            "The post is out or on hold and cannot be edited; release it or publish a correction.",
        )
    channels = await channel_forms(parts, viewer.office, {v.channel: v for v in bundle.variants})
    for channel in channels:
        channel.edit = post.edits_id is not None
    if post.state == PostState.PARTLY_FAILED:
        out = {d.channel for d in deliveries if d.state not in _NOT_OUT}
        for channel in channels:
            channel.out = channel.kind in out
    return PostForm(
        channels, TimeForm.of(post, viewer.tz), post, bundle.media, post.title, post.field, post.format, post.locality,
        post.source_document, post.harm, version=post.version, edited=bundle.edited,
    )  # fmt: skip


def _draft(parts: Parts, form: PostForm) -> writing.PostDraft:
    """Return what is stored. Raises `BadField` for what can be said beside its field."""
    if not form.title:
        raise BadField("title", "Hãy đặt tên gọi nội bộ cho bài.", "Give the post a name for use in the office.")
    return form.draft(form.time.times(parts.now(), form.post.due_at if form.post else None))


PAGES = (
    Page("GET", "/posts/new", new_page, WRITERS),
    Page("POST", "/posts/new", create, WRITERS),
    Page("POST", "/posts/preview", preview, WRITERS),
    Page("GET", r"/posts/{id:\d{1,9}}/edit", edit_page, WRITERS),
    Page("POST", r"/posts/{id:\d{1,9}}/edit", revise, WRITERS),
    Page("POST", r"/posts/{id:\d{1,9}}/media/{media_id:\d{1,9}}/remove", detach, WRITERS),
)

"""Writing a post: one form with a variant a channel, files, and the preview the server composes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from sqlmodel import col, select

from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.labels import FIELDS
from bot.console.preview import Shown, show
from bot.console.rules import WRITERS, Page
from bot.console.show import fragment, page
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import NotFound, Parts, Refused
from bot.publishing import approval, writing
from bot.publishing.content import Bundle, compose, load, media_address, review_bundle
from bot.publishing.writing import Invalid, PostDraft, VariantDraft
from channels.base import Can, Channel, Limits, MediaLimit, Problem, measure
from channels.registry import CHANNELS
from models.office import Account, AccountStatus
from models.post import Media, Post, VafcField, Variant
from models.states import PostState

LANGUAGES = {
    "vi": "Tiếng Việt",
    "en": "English",
    "zh": "中文",
    "hmn": "Tiếng Mông",
    "km": "Tiếng Khmer",
    "th": "Tiếng Thái",
}
_EDITABLE = (
    PostState.DRAFT, PostState.RETURNED, PostState.IN_REVIEW, PostState.PENDING, PostState.APPROVED,
    PostState.SCHEDULED,
)  # fmt: skip


@dataclass
class ChannelForm:
    """One channel's part of the form as it stands."""

    kind: str
    channel: type[Channel]
    accounts: Sequence[Account]
    used: bool = False
    title: str = ""
    text: str = ""
    link: str = ""
    language: str = "vi"
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """What the channel takes."""
        return self.channel.limits

    @property
    def length(self) -> int:
        """The text's length as the platform counts."""
        return measure(self.text, self.limits.text.unit)

    @property
    def title_length(self) -> int:
        """The title's length as the platform counts."""
        return measure(self.title, self.limits.title.unit) if self.limits.title else 0

    @property
    def takes_link(self) -> bool:
        """Whether there is a field for a link."""
        return Can.LINK in self.channel.can

    @property
    def public_only(self) -> bool:
        """Whether the platform fetches files by public address."""
        kinds: tuple[MediaLimit | None, ...] = (self.limits.picture, self.limits.clip)
        return any(k is not None and k.by_public_url for k in kinds)


@dataclass
class PostForm:
    """The whole form as it stands; `post` None for a new one."""

    channels: list[ChannelForm]
    post: Post | None = None
    media: Sequence[Media] = ()
    title: str = ""
    field: str = VafcField.OTHER
    locality: str = ""
    source_document: str = ""
    harm: int = 0
    due: str = ""
    common: str = ""
    version: int = 0

    def draft(self, due_at: datetime | None) -> PostDraft:
        """Return what the workflow stores."""
        return PostDraft(
            title=self.title,
            field=self.field,
            locality=self.locality,
            due_at=due_at,
            kind=self.post.kind if self.post else "routine",
            source_document=self.source_document,
            harm=self.harm,
            variants={
                c.kind: VariantDraft(text=c.text, title=c.title, link=c.link, language=c.language, options=c.options)
                for c in self.channels
                if c.used
            },
        )


# -- pages ------------------------------------------------------------------------------------------------------


async def new_page(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    viewer = viewer_of(request)
    form = PostForm(await _channel_forms(request.app[PARTS], viewer.office, {}))
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
        form = PostForm(await _channel_forms(parts, viewer.office, {}))
        _fill(form, sent)
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True)
        try:
            due_at = _due(request, viewer, sent, None)
            post_id = await writing.create_post(parts, viewer.actor, form.draft(due_at))
        except Refused as refused:
            return await _show(request, form, error=refused.text(viewer.actor.language), status=422)
        return await _after_saving(request, viewer, sent, post_id)


async def revise(request: web.Request) -> web.StreamResponse:
    """Store a changed post. Somebody else's change in between is told instead of overwritten."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    form = await _stored(request)
    post = form.post
    assert post is not None and post.id is not None, "a stored form has its post"
    async with read_form(request) as sent:
        _fill(form, sent)
        if sent.raw("do") == "preview":
            return await _show(request, form, checked=True)
        try:
            if sent.number("version", 0, 10**6) != post.version:
                raise Refused(
                    "Bài vừa được người khác sửa. Hãy chép phần của bạn, mở lại trang và sửa tiếp.",
                    "Somebody else changed the post meanwhile. Copy your part, open the page again and go on.",
                )
            due_at = _due(request, viewer, sent, post.due_at)
            await writing.revise_post(parts, viewer.actor, post.id, form.draft(due_at))
        except Refused as refused:
            return await _show(request, form, error=refused.text(viewer.actor.language), status=422)
        return await _after_saving(request, viewer, sent, post.id)


async def _after_saving(request: web.Request, viewer: Viewer, sent: Form, post_id: int) -> web.StreamResponse:
    """Attach the file, hand the post in if asked, and go where the writer goes on. What fails is told there."""
    parts, flash, _ = request.app[PARTS], request.app[FLASH], request[WORDS].gettext
    edit = web.Response(status=303, headers={"Location": f"/posts/{post_id}/edit"})
    if "file" in sent.files:
        await writing.attach_media(
            parts, viewer.actor, post_id, sent.files["file"],
            alt_text=sent.text("alt_text", 1000), public_url=sent.text("public_url", 500),
            channels=[c for c in sent.all("file_channels") if c in CHANNELS],
        )  # fmt: skip
    if sent.raw("do") != "submit":
        flash.say(viewer.session_id, _("Đã lưu."))
        return edit
    try:
        await approval.submit_post(parts, viewer.actor, post_id)
    except Invalid as invalid:
        flash.say(
            viewer.session_id, _("Đã lưu nhưng chưa gửi duyệt được:") + " " + invalid.text(viewer.actor.language), "bad"
        )
        return edit
    flash.say(viewer.session_id, _("Đã gửi duyệt."))
    return web.Response(status=303, headers={"Location": f"/posts/{post_id}"})


async def preview(request: web.Request) -> web.StreamResponse:
    """Compose what the form holds right now, without storing it (asked by the page's script while writing)."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        post_id = sent.number("post_id", 0, 10**9)
        form = (
            await _load(parts, viewer, post_id) if post_id else PostForm(await _channel_forms(parts, viewer.office, {}))
        )
        _fill(form, sent)
        shown, problems = await _compose(parts, viewer, form)
        return fragment(request, "_preview.html", shown=shown, problems=problems)


async def detach(request: web.Request) -> web.StreamResponse:
    """Take a file off a post."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    await writing.detach_media(parts, viewer.actor, int(request.match_info["media_id"]))
    request.app[FLASH].say(viewer.session_id, request[WORDS].gettext("Đã bỏ tệp."))
    return web.Response(status=303, headers={"Location": f"/posts/{request.match_info['id']}/edit#media"})


# -- within -----------------------------------------------------------------------------------------------------


async def _show(
    request: web.Request, form: PostForm, *, error: str = "", status: int = 200, checked: bool = False
) -> web.Response:
    viewer, parts = viewer_of(request), request.app[PARTS]
    shown, problems = await _compose(parts, viewer, form) if checked else ({}, {})
    return page(
        request, "compose.html", status=status, form=form, error=error, shown=shown, problems=problems,
        fields=FIELDS, languages=LANGUAGES, places=[p.get("name", "") for p in viewer.organisation.places],
        needs_address=not parts.settings.public_url and any(c.public_only for c in form.channels),
    )  # fmt: skip


async def _compose(
    parts: Parts, viewer: Viewer, form: PostForm
) -> tuple[dict[str, Shown], Mapping[str, Sequence[Problem]]]:
    """Return the composed payloads and the problems of what the form holds, by channel kind."""
    post = Post(
        organisation_id=viewer.office,
        title=form.title,
        due_at=form.post.due_at if form.post else None,
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
    shown = {
        v.channel: show(compose(bundle, v, accounts[v.channel], address)) for v in variants if v.channel in accounts
    }
    return shown, review_bundle(bundle, address)


async def _channel_forms(parts: Parts, office: int, variants: Mapping[str, Variant]) -> list[ChannelForm]:
    """One part for every channel with a connected account, or with a text from before it was disconnected."""
    async with parts.db.read() as session:
        rows = await session.exec(select(Account).where(Account.organisation_id == office).order_by(col(Account.id)))
        accounts = rows.all()
    forms = []
    for kind, channel in CHANNELS.items():
        own = [a for a in accounts if a.kind == kind]
        variant = variants.get(kind)
        if variant is not None:
            forms.append(
                ChannelForm(
                    kind, channel, own, True, variant.title, variant.text, variant.link, variant.language,
                    variant.options,
                )
            )  # fmt: skip
        elif own:
            forms.append(ChannelForm(kind, channel, own))
    return forms


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
        await _channel_forms(parts, viewer.office, {v.channel: v for v in bundle.variants}),
        post, bundle.media, post.title, post.field, post.locality, post.source_document, post.harm,
        version=post.version,
    )  # fmt: skip
    form.due = f"{post.due_at.astimezone(viewer.tz):%Y-%m-%dT%H:%M}" if post.due_at else ""
    return form


def _fill(form: PostForm, sent: Form) -> None:
    """Put what was typed into the form. A channel left empty gets the common text."""
    form.title, form.locality = sent.text("title"), sent.text("locality")
    form.source_document, form.harm = sent.text("source_document", 300), sent.number("harm", 0, 3)
    form.field = sent.text("field") if sent.text("field") in FIELDS else VafcField.OTHER
    form.due, form.common = sent.text("due", 30), sent.raw("common")
    for channel in form.channels:
        kind = channel.kind
        channel.used = kind in sent.all("use")
        channel.title = sent.text(f"title-{kind}", 1000)
        channel.text = sent.raw(f"text-{kind}") or form.common
        channel.link = sent.text(f"link-{kind}", 2000)
        language = sent.text(f"language-{kind}")
        channel.language = language if language in LANGUAGES else channel.language


def _due(request: web.Request, viewer: Viewer, sent: Form, was: datetime | None) -> datetime | None:
    """Return the due time; a newly typed one must lie ahead."""
    due_at = sent.moment("due", viewer.tz)
    if (
        due_at is not None
        and due_at < request.app[PARTS].now()
        and (was is None or f"{due_at:%F%R}" != _typed(was, viewer))
    ):
        raise Refused(
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

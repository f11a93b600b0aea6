"""The form of a post as it stands: one part a channel, filled from what is stored or from what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select

from bot.console.form import Form
from bot.console.labels import FIELDS, FORMATS
from bot.console.options import OptionField, option_fields, read_options
from bot.console.time_form import TimeForm, Times
from bot.parts import Parts
from bot.publishing.writing import PostDraft, VariantDraft
from channels.base import Can, Channel, Limits, TextLimit, measure
from channels.errors import Told
from channels.registry import CHANNELS
from channels.review.files import KINDS
from models.names import LANGUAGES
from models.office import Account
from models.post import Media, Post, VafcField, Variant


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
    machine: bool = False
    stored: Variant | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    held: Limits | None = None
    """What the form that it takes is held to, once that is known."""
    out: bool = False
    """Readers may have it already: nothing of it can be changed."""
    edit: bool = False
    """New words for what is out."""

    def variant(self) -> Variant:
        """Return the variant as it stands in the form."""
        return Variant(
            post_id=0, channel=self.kind, language=self.language, machine_translated=self.machine, title=self.title,
            text=self.text, link=self.link, options=dict(self.options),
        )  # fmt: skip

    @property
    def limits(self) -> Limits:
        """What the channel takes."""
        return self.held or self.channel.limits

    @property
    def option_fields(self) -> list[OptionField]:
        """The channel's own words."""
        return option_fields(self.channel, self.options, edit=self.edit)

    @property
    def cannot(self) -> list[tuple[Can, Told]]:
        """What cannot be done here, and why."""
        return [(ability, self.channel.cannot[ability]) for ability in Can if ability in self.channel.cannot]

    @property
    def length(self) -> int:
        """The text's length as the platform counts."""
        return measure(self.text, self.limits.text.unit)

    @property
    def title_length(self) -> int:
        """The title's length as the platform counts."""
        return measure(self.title, self.title_limit.unit) if self.title_limit else 0

    @property
    def title_limit(self) -> TextLimit | None:
        """How long the title may be; None where the channel has none in any of its forms."""
        return self.limits.title or self.channel.limits.title

    @property
    def takes_link(self) -> bool:
        """Whether there is a field for a link."""
        return Can.LINK in self.channel.can

    @property
    def public_only(self) -> bool:
        """Whether the platform fetches files by public address."""
        taken = (self.channel.limits.media(kind) for kind in KINDS)
        return any(limit is not None and limit.by_public_url for limit in taken)


@dataclass
class PostForm:
    """The whole form as it stands; `post` None for a new one. `once` tells a second press from a second post."""

    channels: list[ChannelForm]
    time: TimeForm
    post: Post | None = None
    media: Sequence[Media] = ()
    title: str = ""
    field: str = VafcField.OTHER
    format: str = ""
    locality: str = ""
    source_document: str = ""
    harm: int = 0
    common: str = ""
    version: int = 0
    once: str = ""
    edited: Mapping[int, str] | None = None
    """Of an edit: the item that gets the new words, by account."""

    def draft(self, times: Times) -> PostDraft:
        """Return what is stored."""
        return PostDraft(
            title=self.title,
            field=self.field,
            locality=self.locality,
            **vars(times),
            kind=self.post.kind if self.post else "routine",
            format=self.format,
            source_document=self.source_document,
            harm=self.harm,
            variants={
                c.kind: VariantDraft(
                    text=c.text,
                    title=c.title,
                    link=c.link,
                    language=c.language,
                    machine_translated=c.machine,
                    options=c.options,
                )
                for c in self.channels
                if c.used
            },
        )


async def channel_forms(parts: Parts, office: int, variants: Mapping[str, Variant]) -> list[ChannelForm]:
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
                    variant.machine_translated, variant, variant.options,
                )
            )  # fmt: skip
        elif own:
            forms.append(ChannelForm(kind, channel, own))
    return forms


def fill(form: PostForm, sent: Form) -> None:
    """Put what was typed into the form. A channel left empty gets the common text."""
    form.title, form.locality = sent.text("title"), sent.text("locality")
    form.source_document, form.harm = sent.text("source_document", 300), sent.number("harm", 0, 3)
    form.field = sent.text("field") if sent.text("field") in FIELDS else VafcField.OTHER
    form.format = sent.text("format") if sent.text("format") in FORMATS else ""
    form.common, form.once = sent.raw("common"), sent.text("once", 64)
    form.time.fill(sent)
    for channel in (c for c in form.channels if not c.out):
        kind = channel.kind
        channel.used = kind in sent.all("use")
        channel.title = sent.text(f"title-{kind}", 1000)
        channel.text = sent.raw(f"text-{kind}") or form.common
        channel.link = sent.text(f"link-{kind}", 2000)
        language = sent.text(f"language-{kind}")
        channel.language = language if language in LANGUAGES else channel.language
        channel.machine = kind in sent.all("machine")
        channel.options = read_options(channel.channel, channel.options, sent)

"""One delivery to a Page: the upload, the one irreversible call, and looking whether it is out, form by form."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from channels.base import EDIT, AccountRef, Content, Notes, Outgoing, SaveNotes, Sent
from channels.errors import ChannelError, Rejected
from channels.facebook import values
from channels.facebook.clips import FacebookClips, as_part
from channels.facebook.composing import (
    CLIPS,
    OPTIONS,
    PHOTO,
    PHOTOS,
    REEL,
    WORDS,
    composed,
    followed_by,
    of_kind,
)
from channels.facebook.errors import GONE
from channels.facebook.words import FacebookWords
from channels.http import unclear, unreachable

_PHOTO_LIFE: Final = timedelta(hours=20)  # Facebook deletes what nobody used after about 24
_NOT_SENT: Final = frozenset({"source", "pin", "attached_media"})


class FacebookSending(FacebookClips, FacebookWords):
    """Every form on its way."""

    options = OPTIONS

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """What will be sent, see `channels.facebook.composing`. A clip that fits a reel goes out as one, unless the
        option `clip_form` says otherwise."""
        return composed(content)

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """The first comment."""
        return followed_by(content)

    def prepares(self, out: Outgoing) -> bool:
        """A clip, and many pictures, are uploaded first."""
        return out.form in CLIPS or out.form == PHOTOS

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload what nobody sees yet."""
        if out.form in CLIPS:
            return await self._prepare_clip(out, notes, save_notes)
        return await self._prepare_pictures(out, notes, save_notes) if out.form == PHOTOS else notes

    async def _prepare_pictures(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload the pictures one by one, unpublished. Each one's id is kept with its time, so that a restart goes on
        with the next one, and one that Facebook soon deletes is sent anew."""
        kept = dict(notes)
        for number, picture in enumerate(out.media):
            name, (photo, since) = f"photo_{number}", _kept_photo(kept.get(f"photo_{number}", ""))
            if photo and self.now() - since < _PHOTO_LIFE:
                continue
            alt = {"alt_text_custom": picture.alt_text} if picture.alt_text else {}
            files, page = {"source": as_part(picture)}, self.account.remote_id
            body = await self._upload(f"{page}/photos", files, published="false", **alt)
            photo = values.text(body.get("id"))
            if not photo:
                raise unreachable("photo: success without an id")
            kept[name] = f"{photo} {int(self.now().timestamp())}"
            await save_notes(kept)
        return kept

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST the post, photo, comment or edit, or finish the clip's upload."""
        if out.form in WORDS:
            return await self._say(out)
        if out.form == EDIT:
            return await self._edit(out)
        if out.form in CLIPS:
            return await self._submit_clip(out, notes)
        words = {k: v for k, v in out.payload.items() if k not in _NOT_SENT}
        page = self.account.remote_id
        if out.form == PHOTO:
            files = {"source": as_part(out.media[0])}
            body = await self.post(f"{page}/photos", files, published="true", **words)
            remote_id = values.text(body.get("post_id")) or values.text(body.get("id"))
        else:
            if out.form == PHOTOS:
                words["attached_media"] = _attached(out, notes)
            body = await self.post(f"{page}/feed", **words)
            remote_id = values.text(body.get("id"))
        if not remote_id:
            raise unclear("post: success without an id")
        return Sent(remote_id=remote_id, permalink=f"https://www.facebook.com/{remote_id}")

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Ask how far Facebook is with a clip; everything else is out at once."""
        return await self._poll_clip(sent) if out.form in CLIPS else sent

    def has_extras(self, out: Outgoing) -> bool:
        """A correction is pinned; a clip gets captions, and a reel its thumbnail."""
        thumbnail = out.form == REEL and bool(of_kind(out.media, "thumbnail"))
        return out.payload.get("pin") == "true" or bool(out.payload.get("captions")) or thumbnail

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Pin, captions, thumbnail. One that fails keeps no other from being tried."""
        failed: ChannelError | None = None
        for extra in (self._add_captions, self._set_thumbnail, self._pin_it):
            try:
                await extra(out, sent.remote_id)
            except ChannelError as error:
                failed = failed or error
        if failed:
            raise failed

    async def _pin_it(self, out: Outgoing, post: str) -> None:
        if out.payload.get("pin") == "true":
            await self.pin(await self._pinned_as(post) if out.form in CLIPS else post)

    async def _pinned_as(self, video: str) -> str:
        """The id by which a clip is pinned: that of its post."""
        post = await self.post_of(video) or video
        return post if "_" in post else f"{self.account.remote_id}_{post}"

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Look through what appeared on the Page since, or under the item; a clip is asked for by its id, an edit by
        its words."""
        if out.form in CLIPS:
            return await self._find_clip(out, notes)
        if out.form in WORDS:
            return await self._find_said(out, since, besides)
        if out.form == EDIT:
            return await self._find_edit(out)
        earliest = since.replace(microsecond=0)  # Facebook writes whole seconds
        async for post in self.pages(
            f"{self.account.remote_id}/published_posts",
            fields="id,message,created_time,permalink_url,status_type",
            since=str(int(since.timestamp())),
            limit="100",
        ):
            created = values.moment(post.get("created_time"))
            if values.text(post.get("id")) in besides:
                continue
            if values.text(post.get("id")) and created and created >= earliest and _is_it(post, out):
                permalink = values.link(post.get("permalink_url"))
                return Sent(remote_id=values.text(post["id"]), permalink=permalink)
        return None

    async def pin(self, remote_id: str) -> None:
        """Pin a post at the top of the Page."""
        await self.post(remote_id, is_pinned="true")

    async def withdraw(self, remote_id: str) -> None:
        """Delete a post or a comment of ours; already gone counts as done."""
        try:
            await self._delete(remote_id)
        except Rejected as error:
            if error.code != GONE:
                raise


def _attached(out: Outgoing, notes: Notes) -> str:
    """The uploaded pictures in their order, as JSON: the library would lose a list of objects."""
    photos = [_kept_photo(notes[f"photo_{number}"])[0] for number in range(len(out.media))]
    return json.dumps([{"media_fbid": photo} for photo in photos])


def _kept_photo(note: str) -> tuple[str, datetime]:
    """Id and time of an uploaded picture; an empty id where there is none."""
    photo, _, seconds = note.rpartition(" ")
    return photo, datetime.fromtimestamp(int(seconds or 0), UTC)


def _is_it(post: Mapping[str, Any], out: Outgoing) -> bool:
    """Whether a post on the Page says what was sent. One without words is told by what kind of post it is."""
    wanted = values.same(out.payload.get("message", out.payload.get("caption")))
    if values.same(post.get("message")) != wanted:
        return False
    pictures = out.form in (PHOTO, PHOTOS)
    return bool(wanted) or not post.get("status_type") or (post["status_type"] == "added_photos") is pictures

"""Connecting an account, from the question to the platform up to its first check.

`begin` keeps what was begun, sealed and bound to whoever began it (`holder`: a console sign-in, a command that runs).
The person agrees on the platform's page; `take_answer` takes what came back, once. `connect` stores the account that
was chosen: one that is known keeps its number, and what was held for it goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, delete, select, update

from bot.accounts.check import check_account
from bot.office_setup import add_account
from bot.parts import Actor, NotFound, Parts, Refused
from bot.vault import WrongKey
from channels.base import Health
from channels.connecting import Ask, ByConsent, ByToken, Connector, Consent, Found
from channels.connectors import CONNECTORS
from channels.errors import Told
from models.office import Account, Connection, Role

LIVES: Final = timedelta(minutes=15)
"""So long a person may take. The platforms' own codes live ten minutes."""
_FROM_SETTINGS: Final = {
    ("facebook", "app_id"): "facebook_app_id",
    ("facebook", "app_secret"): "facebook_app_secret",
    ("zalo", "app_id"): "zalo_app_id",
    ("zalo", "app_secret"): "zalo_app_secret",
    ("youtube", "client_id"): "google_client_id",
    ("youtube", "client_secret"): "google_client_secret",
}


@dataclass(frozen=True)
class Pending:
    """A connection that was begun: where to agree, or, once that is done, the accounts to choose among."""

    id: int
    connector: Connector
    account_id: int | None
    consent: Consent
    address: str
    found: Sequence[Found]


@dataclass(frozen=True)
class Connected:
    """An account that is connected, and what its first check said."""

    account_id: int
    name: str
    health: Health


def may_connect(actor: Actor) -> bool:
    """Admins alone hold the tokens."""
    return actor.has(Role.ADMIN)


def callback(base: str, kind: str) -> str:
    """Return the address that a platform sends the browser back to."""
    return f"{base}/oauth/{kind}/callback"


def connector_of(parts: Parts, kind: str) -> Connector:
    """Return how accounts of this kind are connected. Raises `Refused` for another word."""
    if kind not in CONNECTORS:
        raise Refused(
            f"Không có kênh {kind}; có: {', '.join(CONNECTORS)}.", f"No channel {kind}; {', '.join(CONNECTORS)}."
        )
    return CONNECTORS[kind](door=parts.door, endpoints=parts.settings.endpoints, now=parts.now)


# -- what is asked for ------------------------------------------------------------------------------------------------


async def known_words(parts: Parts, actor: Actor, kind: str, account_id: int | None) -> dict[str, str]:
    """Return what need not be asked: from the settings, and from the account that is to be connected again."""
    connector = connector_of(parts, kind)
    kept = await _words_of_account(parts, actor, kind, account_id) if account_id is not None else {}
    found = {}
    for ask in connector.asks:
        value = getattr(parts.settings, _FROM_SETTINGS.get((kind, ask.name), ""), "")
        text = value if isinstance(value, str) else value.get_secret_value()
        if text or (kept.get(ask.name) and isinstance(connector, ByConsent)):
            found[ask.name] = text or kept[ask.name]
    return found


async def _words_of_account(parts: Parts, actor: Actor, kind: str, account_id: int) -> dict[str, str]:
    async with parts.db.read() as session:
        account = await session.get(Account, account_id)
    if account is None or account.organisation_id != actor.organisation_id or account.kind != kind:
        raise NotFound("tài khoản này", "such account")
    return {**account.settings, **_opened(parts, account)}


def _opened(parts: Parts, account: Account) -> dict[str, str]:
    try:
        return parts.vault.open(account.sealed)
    except WrongKey:  # the reason perhaps why it is connected again
        return {}


def _all_words(asks: Sequence[Ask], given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    words = {ask.name: given.get(ask.name, "").strip() or known.get(ask.name, "") for ask in asks}
    for ask in asks:
        if not ask.optional and not words[ask.name]:
            raise Refused(f"Hãy nhập: {ask.label.vi}.", f"Enter: {ask.label.en}.", at=ask.name)
    return {name: word for name, word in words.items() if word}


# -- the steps --------------------------------------------------------------------------------------------------------


async def begin(
    parts: Parts,
    actor: Actor,
    holder: str,
    kind: str,
    given: Mapping[str, str],
    *,
    redirect_uri: str,
    account_id: int | None = None,
) -> Pending:
    """Begin a connection. Where a token was pasted the platform is asked at once."""
    _need_admin(actor)
    connector = connector_of(parts, kind)
    words = _all_words(connector.asks, given, await known_words(parts, actor, kind, account_id))
    consent = Consent.new(redirect_uri, words.get("code_verifier", ""))
    found: Sequence[Found] = ()
    if isinstance(connector, ByToken):
        found = _right_ones(await connector.look(words), await _wanted(parts, account_id))
    await forget_old(parts)
    now = parts.now()
    row = Connection(
        organisation_id=actor.organisation_id, holder=holder, kind=kind, account_id=account_id,
        state_hash=_hash(consent.state), sealed=parts.vault.seal(_packed(words, consent, found)), begun_at=now,
        expires_at=now + LIVES, used_at=now if found else None,
    )  # fmt: skip
    async with parts.db.write() as session:
        session.add(row)
    return _pending(parts, row)


async def take_answer(parts: Parts, actor: Actor, holder: str, kind: str, answer: Mapping[str, str]) -> Pending:
    """Take what the platform sent back through the browser, once, for whoever began. Raises `Refused` for an answer
    that nobody here began, and a `ChannelError` for a consent that came to nothing."""
    _need_admin(actor)
    async with parts.db.write() as session:
        row = (
            await session.exec(select(Connection).where(Connection.state_hash == _hash(answer.get("state", ""))))
        ).first()
        if row is None or row.holder != holder or row.kind != kind or row.organisation_id != actor.organisation_id:
            raise Refused(
                "Câu trả lời này không thuộc yêu cầu kết nối nào của lần đăng nhập này (trang cũ, hoặc người khác đã "
                "gửi liên kết): hãy bắt đầu lại từ trang Kênh và không mở liên kết lạ.",
                "This answer belongs to no connection that was begun in this sign-in (an old page, or somebody else "
                "sent the link): begin again on the page of channels and open no strange links.",
            )
        unused = update(Connection).where(col(Connection.id) == row.id, col(Connection.used_at).is_(None))
        if (await session.exec(unused.values(used_at=parts.now()))).rowcount != 1:
            raise Refused(
                "Câu trả lời này đã được dùng rồi: nếu chưa kết nối xong, hãy bắt đầu lại.",
                "This answer was used already: if the account is not connected, begin again.",
            )
    if row.expires_at <= parts.now():
        raise _too_late()
    return await parts.door.see_through(_redeemed(parts, row, answer))


async def _redeemed(parts: Parts, row: Connection, answer: Mapping[str, str]) -> Pending:
    """Exchange the code and keep what it gave: it can be had only once."""
    pending, words = _pending(parts, row), json.loads(parts.vault.open(row.sealed)["words"])
    assert isinstance(pending.connector, ByConsent), "only a consent has an answer"
    found = await pending.connector.redeem(words, pending.consent, answer)
    found = _right_ones(found, await _wanted(parts, row.account_id))
    async with parts.db.write() as session:
        kept = await session.get_one(Connection, row.id)
        kept.sealed = parts.vault.seal(_packed(words, pending.consent, found))
    return _pending(parts, kept)


async def pending_of(parts: Parts, actor: Actor, holder: str, connection_id: int) -> Pending:
    """Return a connection of this holder that was begun and is not finished."""
    _need_admin(actor)
    async with parts.db.read() as session:
        row = await session.get(Connection, connection_id)
    if row is None or row.holder != holder or row.organisation_id != actor.organisation_id:
        raise NotFound("yêu cầu kết nối này", "such connection")
    if row.expires_at <= parts.now():
        raise _too_late()
    return _pending(parts, row)


async def connect(parts: Parts, actor: Actor, holder: str, connection_id: int, remote_id: str = "") -> Connected:
    """Store the account that was chosen (the only one needs no choice) and ask the platform about it."""
    pending = await pending_of(parts, actor, holder, connection_id)
    chosen = [f for f in pending.found if remote_id in (f.remote_id, "")]
    if len(chosen) != 1:
        raise Refused("Hãy chọn một tài khoản trong danh sách.", "Choose one account of the list.", at="remote_id")
    found, kind = chosen[0], pending.connector.kind
    if found.unfit is not None:
        raise Refused(f"{found.name}: {found.unfit.vi}.", f"{found.name}: {found.unfit.en}.")
    async with parts.db.read() as session:
        known = (
            await session.exec(select(Account).where(Account.kind == kind, Account.remote_id == found.remote_id))
        ).first()
    account_id = await add_account(
        parts,
        actor.organisation_id,
        kind=kind,
        remote_id=found.remote_id,
        name=known.name if known else found.name or found.remote_id,
        settings={**(known.settings if known else {}), **found.settings},
        secrets={**(_opened(parts, known) if known else {}), **found.secrets},
        by=actor,
    )
    async with parts.db.write() as session:
        await session.exec(delete(Connection).where(col(Connection.id) == connection_id))
    health = await check_account(parts, account_id)
    return Connected(account_id, found.name or found.remote_id, health)


async def forget_old(parts: Parts) -> None:
    """Forget what was begun and never finished, with the secrets in it."""
    old = col(Connection.expires_at) <= parts.now()
    async with parts.db.read() as session:
        if (await session.exec(select(Connection.id).where(old).limit(1))).first() is None:
            return
    async with parts.db.write() as session:
        await session.exec(delete(Connection).where(old))


# -- small things -----------------------------------------------------------------------------------------------------


def _need_admin(actor: Actor) -> None:
    if not may_connect(actor):
        raise Refused("Chỉ quản trị được kết nối tài khoản.", "Only an admin connects accounts.")


def _too_late() -> Refused:
    return Refused(
        f"Đã quá {LIVES.seconds // 60} phút kể từ khi bắt đầu: hãy bắt đầu lại và làm liền một mạch.",
        f"More than {LIVES.seconds // 60} minutes have passed: begin again and go through without a pause.",
    )


async def _wanted(parts: Parts, account_id: int | None) -> Account | None:
    if account_id is None:
        return None
    async with parts.db.read() as session:
        return await session.get_one(Account, account_id)


def _right_ones(found: Sequence[Found], wanted: Account | None) -> Sequence[Found]:
    """Leave the one that is to be connected again. Raises `Refused` when it is not among them."""
    if wanted is None:
        return found
    same = [f for f in found if f.remote_id == wanted.remote_id]
    if not same:
        names = ", ".join(f"{f.name} ({f.remote_id})" for f in found)
        raise Refused(
            f"Đang kết nối lại {wanted.name} ({wanted.remote_id}), nhưng nền tảng cho thấy: {names}. Hãy bắt đầu lại "
            "và chọn đúng tài khoản, hoặc kết nối nó như một tài khoản mới.",
            f"{wanted.name} ({wanted.remote_id}) is to be connected again, but the platform shows: {names}. Begin "
            "again and choose the right one, or connect it as a new account.",
        )
    return same


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _packed(words: Mapping[str, str], consent: Consent, found: Sequence[Found]) -> dict[str, str]:
    return {"words": json.dumps(words), "found": json.dumps([asdict(f) for f in found]), **asdict(consent)}


def _pending(parts: Parts, row: Connection) -> Pending:
    """Unpack a row."""
    kept = parts.vault.open(row.sealed)
    connector, words = connector_of(parts, row.kind), json.loads(kept["words"])
    consent = Consent(kept["redirect_uri"], kept["state"], kept["verifier"])
    address = connector.address(words, consent) if isinstance(connector, ByConsent) else ""
    assert row.id is not None, "a stored row has an id"
    return Pending(row.id, connector, row.account_id, consent, address, [_found(f) for f in json.loads(kept["found"])])


def _found(kept: Mapping[str, Any]) -> Found:
    return Found(**{**kept, "unfit": Told(**kept["unfit"]) if kept["unfit"] else None})

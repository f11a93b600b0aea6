"""Malformed webhook bodies: `FUZZ_BODIES` a platform (`make fuzz`: 100,000), a few hundred with a fixed seed otherwise.

Half are garbage, half are honest events with something in them changed, cut or put in another place. Whatever comes,
the parts that read are total: a key for any bytes, small dataclasses or `Unreadable`, never another error; ids are
printable and short, times lie in our century. The way behind them, from the door to the rows, is fuzzed with a slice.
"""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from channels.base import AccountRef
from channels.hooks import Follows, Receipt, Told, Unreadable, Written
from channels.registry import HOOKS
from tests.channels.test_hooks import COMMENT, TEXT, VIBER, feed, viber, zalo

BODIES = int(os.environ.get("FUZZ_BODIES", "2000"))
FRESH = random.randrange(2**32) if "FUZZ_BODIES" in os.environ else 20261127
SEED = int(os.environ.get("FUZZ_SEED", "0")) or FRESH
HONEST = {
    "facebook": [feed(**COMMENT), feed(item="post", verb="add", message="x"), feed(item="comment", verb="remove")],
    "zalo": [zalo("user_send_text", **TEXT), zalo("follow", follower={"id": "1"}), zalo("user_withdraw", **TEXT)],
    "viber_bot": [viber(event, **fields) for event, (fields, _) in VIBER.items()],
}
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, "", " ", "\x00", "\ud800", "a" * 5000, "ắ" * 300, [], {}, [[]],
    [None], {"id": []}, {"id": {"id": 1}}, "1795482000", 1795482000, 1795482000123, "1e9", "²", float("nan"),
    float("inf"), "add", "remove", "edited", "comment", "feed", "page", "message", "subscribed", "follow",
]  # fmt: skip


def changed(value: Any, rng: random.Random) -> Any:
    """The same with something in it changed, dropped or moved."""
    if rng.random() < 0.12:
        return rng.choice(ODD)
    if isinstance(value, dict):
        made = {k: changed(v, rng) for k, v in value.items() if rng.random() > 0.05}
        if made and rng.random() < 0.1:
            made[rng.choice(list(made))] = rng.choice(list(made.values()))
        return made
    if isinstance(value, list):
        return [changed(v, rng) for v in value for _ in range(rng.choice((1, 1, 1, 0, 2)))]
    return value


def bodies(kind: str, count: int, seed: int) -> Iterator[bytes]:
    """So many malformed bodies, the same for the same seed."""
    rng = random.Random(f"{kind}:{seed}")
    for number in range(count):
        honest = rng.choice(HONEST[kind])
        way = number % 4
        if way == 0:
            yield rng.randbytes(rng.randrange(200))
        elif way == 1:
            cut = bytearray(honest)
            for _ in range(rng.randrange(1, 5)):
                cut[rng.randrange(len(cut))] = rng.randrange(256)
            yield bytes(cut[: rng.randrange(1, len(cut) + 1)] if rng.random() < 0.3 else cut)
        else:
            yield json.dumps(changed(json.loads(honest), rng)).encode()


def check(told: Told) -> None:
    """What is handed on can be stored anywhere."""
    ids = [told.account]
    if isinstance(told, Written):
        comment = told.comment
        assert comment.remote_id and isinstance(comment.text, str)
        assert 2000 <= comment.created_at.year < 2100
        ids += [comment.remote_id, comment.item_id, comment.parent_id, comment.author_key]
    if isinstance(told, Follows | Receipt):
        assert told.user_id
        ids.append(told.user_id)
    assert all(i.isprintable() and len(i) <= 200 for i in ids)
    assert 2000 <= told.at.year < 2100


@pytest.mark.parametrize("kind", sorted(HONEST))
def test_no_body_breaks_what_reads_it(kind: str) -> None:
    hooks, account = HOOKS[kind], AccountRef(kind, "1", settings={"app_id": "1"}, secrets={"app_secret": "s"})
    headers = {"X-ZEvent-Signature": "mac=0", "X-Hub-Signature-256": "sha256=0", "X-Viber-Content-Signature": "0"}
    read = unreadable = 0
    tracemalloc.start()
    begun, most = 0, 0
    for number, body in enumerate(bodies(kind, BODIES, SEED)):
        try:
            assert hooks.key(body) and not hooks.signed(account, headers, body)
            hooks.is_probe(body)
            for told in hooks.read(body):
                check(told)
                read += 1
        except Unreadable:
            unreadable += 1
        except Exception as error:
            raise AssertionError(f"seed {SEED}, number {number}: {body[:300]!r}") from error
        if number == min(1000, BODIES // 2):
            begun = tracemalloc.get_traced_memory()[0]
        most = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert read and unreadable, "some were read and some were not"
    assert most - begun < 1_000_000, "memory stays flat"

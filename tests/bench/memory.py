"""How much memory a long clip takes on its way out: adapter and stand-in in one process, a sparse file of its size.

`python -m tests.bench.memory [youtube facebook] [--mb 2048]`: a process of its own for each channel, and the most that
it grew by beyond what it had before the clip. It ends with 1 when that is 64 MB or more.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bot.parts import real_now
from bot.settings import read_settings
from channels.base import AccountRef, Channel, Content, MediaFile, Notes, Outgoing
from channels.http import Door
from channels.registry import open_channel
from channels.sandbox.pictures import clip
from channels.sandbox.world import Sandbox

MOST_MB: Final = 64
KINDS: Final = ("youtube", "facebook")
"""Channels that take long clips, and whose stand-ins keep none of their bytes in memory."""
MB: Final = 1_000_000
ROOT: Final = Path(__file__).parents[2]


def sparse(path: Path, film: bytes, size: int) -> MediaFile:
    """A clip of so many bytes, most of which take no room on the disk."""
    with path.open("wb") as file:
        file.write(film + (size - len(film)).to_bytes(4, "big") + b"free")
        file.truncate(size)
    return MediaFile(path, "clip", "video/mp4", size, f"{size:064x}", 640, 360, 60.0)


async def send(channel: Channel, out: Outgoing) -> str:
    """Carry one delivery through its steps; return what it became."""

    async def keep(_: Notes) -> None:
        return None

    notes = await channel.prepare(out, {}, keep)
    return (await channel.submit(out, notes)).remote_id


async def measure(kind: str, size: int) -> tuple[float, float]:
    """Send a clip of so many bytes; return the megabytes this process grew by at most, and the seconds it took."""
    sandbox = Sandbox(now=real_now, seed=1)
    platform = sandbox.platforms[kind]
    await platform.start()
    where = {k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items() if v}
    account = next(AccountRef(c.kind, c.remote_id, c.name, c.settings, c.secrets) for c in sandbox.credentials()
                   if c.kind == kind)  # fmt: skip

    async def save(_: object) -> None:
        return None

    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(_env_file=None, data_dir=Path(folder), **where)
        film = clip("Phim", 1, seconds=1)
        async with Door() as door:
            channel = open_channel(account, door=door, endpoints=settings.endpoints, now=real_now, save_secrets=save)
            small, long = (
                channel.compose(Content("Mô tả", "Clip", media=(sparse(Path(folder) / f"{n}.mp4", film, n),)), account)
                for n in (20 * MB, size)
            )
            await send(channel, small)  # what is loaded once is loaded now
            before, begun = _now_mb(), time.monotonic()
            made = await send(channel, long)
            grown, took = _most_mb() - before, time.monotonic() - begun
    await platform.stop()
    assert made
    assert len(platform.published()) == 2
    return grown, took


def _now_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / MB


def _most_mb() -> float:
    """The most that this process ever had."""
    [line] = [w for w in Path("/proc/self/status").read_text().splitlines() if w.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / MB


def grown_mb(kind: str, megabytes: int) -> float:
    """Measure in a process of its own, print it and return what it grew by."""
    words = [sys.executable, "-m", "tests.bench.memory", kind, "--mb", str(megabytes), "--here"]
    told = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    grown, took = map(float, told.stdout.split())
    print(f"{kind}: {megabytes} MB in {took:.1f} s, memory grew by {grown:.1f} MB at most (allowed: {MOST_MB} MB)")
    return grown


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=KINDS)
    parser.add_argument("--mb", type=int, default=2048)
    parser.add_argument("--here", action="store_true", help="measure in this process, print megabytes and seconds")
    words = parser.parse_args()
    if words.here:
        print(*asyncio.run(measure(words.kinds[0], words.mb * MB)))
        return 0
    return int(max(grown_mb(kind, words.mb) for kind in words.kinds) >= MOST_MB)


if __name__ == "__main__":
    sys.exit(main())

"""Small real media for the pretended posts: a JPEG with its title, a five-second MP4 with a silent track.

Nothing but what is asked for goes into them, so each is made once a process.
"""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Final

SIZE: Final = (1200, 630)
CLIP_SIZE: Final = (640, 360)
RATE: Final = 12


@lru_cache(maxsize=64)
def picture(title: str, seed: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return a JPEG, well below every platform's limit."""
    buffer = io.BytesIO()
    _drawn(title, seed, size).save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


@lru_cache(maxsize=64)
def clip(title: str, seed: int, seconds: int = 5, size: tuple[int, int] = CLIP_SIZE, rate: int = RATE) -> bytes:
    """Return an MP4 (H.264, AAC) whose picture carries the title and a moving bar."""
    import av
    import numpy as np

    still = np.asarray(_drawn(title, seed, size))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w") as container:
            video: Any = container.add_stream("libx264", rate=rate)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            video.options = {"preset": "ultrafast"}
            sound: Any = container.add_stream("aac", rate=48_000)
            sound.layout = "stereo"
            for number in range(seconds * rate):
                frame = still.copy()
                frame[-12:, : int(size[0] * (number + 1) / (seconds * rate))] = 255
                container.mux(video.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            silence = np.zeros((2, 1024), dtype=np.float32)
            for number in range(seconds * 48_000 // 1024):
                quiet = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
                quiet.sample_rate, quiet.pts, quiet.time_base = 48_000, number * 1024, Fraction(1, 48_000)
                container.mux(sound.encode(quiet))
            container.mux(video.encode())
            container.mux(sound.encode())
        return path.read_bytes()


def _drawn(title: str, seed: int, size: tuple[int, int]) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    rng = Random(seed)
    base = tuple(rng.randrange(20, 110) for _ in range(3))
    image = Image.new("RGB", size, base)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 3 // 4, size[0], size[1]), fill=tuple(c + 60 for c in base))
    font = ImageFont.load_default(size[1] // 12) if _font() is None else ImageFont.truetype(str(_font()), size[1] // 12)
    draw.text((size[0] // 20, size[1] // 3), title, font=font, fill="white")
    return image


def _font() -> Path | None:
    """A font with Vietnamese letters, from matplotlib's own files."""
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return path if path.is_file() else None

"""Pictures before they go out: nothing in them but the picture, and within every limit of whoever takes them."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from channels.base import MediaFile, MediaLimit
from channels.media import MediaError, cleaned, fitted, probe
from channels.media.cleaning import MOST_MOVING
from channels.registry import CHANNELS
from channels.review.files import fits
from channels.sandbox.pictures import picture

BOTH = frozenset({"image/jpeg", "image/png"})
GPS, ORIENTATION = 0x8825, 0x0112


def speckled(size: tuple[int, int], mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A picture that no coding makes light."""
    return Image.effect_noise(size, 90 + seed).convert("RGB").convert(mode)


def saved(folder: Path, image: Image.Image, name: str, **words: Any) -> MediaFile:
    image.save(folder / name, **words)
    return probe(folder / name)


def clean(folder: Path, file: MediaFile) -> Image.Image:
    """The clean picture, read whole."""
    with Image.open(cleaned(file, folder)) as image:
        image.load()
        return image


def left_in(image: Image.Image) -> set[str]:
    """What a file holds beside its picture."""
    plain = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression", "transparency", "gamma"}
    return set(image.info) - plain | {str(tag) for tag in image.getexif()}


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ORIENTATION], found[0x010F] = orientation, "Máy ảnh của Lan"
    found.get_ifd(GPS)[2] = (10.0, 46.0, 30.0)
    return found


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright_and_says_nothing_of_where_it_was_taken(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    corner = Image.new("RGB", (48, 32), "white")
    corner.paste((200, 0, 0), (0, 0, 24, 16))
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste((200, 0, 0), (0, 0, 24, 16))
    back = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, 1)  # how the camera lay
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # Pillow's name of what puts each right
    if back != 1:
        corner = corner.transpose(Image.Transpose(turn[back]))
    found = clean(tmp_path, saved(tmp_path, corner, f"a.{suffix}", exif=exif(orientation), quality=100))
    assert found.size == upright.size and left_in(found) == set()
    for at in ((6, 4), (42, 4), (6, 28), (42, 28)):
        for seen, meant in zip(found.convert("RGB").getpixel(at), upright.getpixel(at), strict=True):
            assert abs(seen - meant) < 12


def test_words_profiles_and_whatever_hangs_behind_a_picture_are_gone(tmp_path: Path) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Lan")
    words.add_itxt("XML:com.adobe.xmp", "<x>10.77</x>")
    assert left_in(clean(tmp_path, saved(tmp_path, speckled((40, 30)), "a.png", pnginfo=words))) == set()
    commented = saved(tmp_path, speckled((40, 30)), "b.jpg", comment=b"Lan", xmp=b"<x>10.77</x>")
    assert left_in(clean(tmp_path, commented)) == set()
    for name in ("c.jpg", "c.png"):
        file = saved(tmp_path, speckled((40, 30)), name)
        file.path.write_bytes(file.path.read_bytes() + b"a second picture with a place")
        assert b"place" not in cleaned(file, tmp_path).read_bytes()


def test_what_is_clean_already_stays_as_it_is(tmp_path: Path) -> None:
    for name, data in (("a.jpg", picture("Lũ", 1)), ("b.png", None)):
        file = saved(tmp_path, speckled((40, 30)), name)
        if data:
            file.path.write_bytes(data)
            file = probe(file.path)
        assert cleaned(file, tmp_path / "nowhere") == file.path


def test_a_jpeg_that_only_loses_its_notes_keeps_its_quality(tmp_path: Path) -> None:
    before = speckled((64, 48))
    file = saved(tmp_path, before, "a.jpg", quality=71, exif=exif())
    after = clean(tmp_path, file)
    with Image.open(file.path) as given_file:
        assert after.quantization == given_file.quantization  # type: ignore[attr-defined]


def test_other_colours_become_those_of_screens(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    file = saved(tmp_path, Image.new("RGB", (8, 8), (10, 200, 30)), "a.png", icc_profile=lab.tobytes())
    assert clean(tmp_path, file).getpixel((1, 1)) == pytest.approx((10, 200, 30), abs=2)
    ink = saved(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "b.jpg")
    found = clean(tmp_path, ink)
    assert found.mode == "RGB" and found.getpixel((1, 1)) == pytest.approx((255, 0, 0), abs=12)
    deep = saved(tmp_path, Image.new("I;16", (8, 8), 128 * 256), "c.png")
    assert clean(tmp_path, deep).getpixel((1, 1)) == 128
    broken = saved(tmp_path, Image.new("RGB", (8, 8), (10, 200, 30)), "d.png", icc_profile=b"no profile")
    assert clean(tmp_path, broken).getpixel((1, 1)) == (10, 200, 30)


@pytest.mark.parametrize(
    ("name", "mode", "becomes"),
    [
        ("a.webp", "RGB", "JPEG"),
        ("a.webp", "RGBA", "PNG"),
        ("a.bmp", "RGB", "JPEG"),
        ("a.bmp", "1", "PNG"),
        ("a.tiff", "RGB", "JPEG"),
        ("a.tiff", "RGBA", "PNG"),
        ("a.avif", "RGB", "JPEG"),
        ("a.gif", "P", "PNG"),
    ],
)
def test_types_that_nobody_takes_become_ones_that_all_take(tmp_path: Path, name: str, mode: str, becomes: str) -> None:
    image = speckled((40, 30), mode)
    if mode == "RGBA":
        image.putalpha(100)
    assert clean(tmp_path, saved(tmp_path, image, name)).format == becomes


def moving(path: Path) -> MediaFile:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], loop=3, duration=80, comment=b"10.77, 106.7")
    return probe(path)


def test_a_moving_picture_keeps_moving_and_only_its_notes_go(tmp_path: Path) -> None:
    file = moving(tmp_path / "a.gif")
    with Image.open(cleaned(file, tmp_path)) as found:
        assert (found.format, found.n_frames, found.info["loop"]) == ("GIF", 3, 3)  # type: ignore[attr-defined]
        assert b"106.7" not in (tmp_path / "clean.gif").read_bytes() and "comment" not in found.info
    gif = probe(tmp_path / "clean.gif")
    assert fitted(gif, MediaLimit(BOTH | {"image/gif"}, 10**6), tmp_path) is None
    still = fitted(gif, MediaLimit(BOTH, 10**6), tmp_path)
    assert still is not None and (still.mime, still.width, still.height) == ("image/png", 60, 40)


def test_a_moving_picture_is_held_whole_and_so_may_not_be_any_size(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    moving(path)
    with path.open("r+b") as file:
        file.truncate(MOST_MOVING + 1)
    tracemalloc.start()
    with pytest.raises(MediaError, match="use an MP4 clip"):
        cleaned(probe(path), tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MOVING / 2


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp"])
def test_a_picture_that_breaks_off_is_refused_with_what_to_do(tmp_path: Path, suffix: str) -> None:
    file = saved(tmp_path, speckled((200, 150)), f"a.{suffix}")
    data = file.path.read_bytes()
    for left in (len(data) // 2, len(data) * 9 // 10):
        file.path.write_bytes(data[:left])
        with pytest.raises(MediaError) as caught:
            cleaned(probe(file.path), tmp_path)
        assert "a." in caught.value.told.vi and "hãy" in caught.value.told.vi


def test_a_small_file_that_would_unpack_to_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("1", (9000, 8000)).save(data, "PNG")
    (tmp_path / "bomb.png").write_bytes(data.getvalue())
    tracemalloc.start()
    with pytest.raises(MediaError, match="too large"):
        probe(tmp_path / "bomb.png")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(("name", "mode"), [("a.jpg", "RGB"), ("a.png", "RGB"), ("a.png", "P"), ("a.png", "I;16")])
def test_a_huge_picture_is_kept_at_half_its_edges(tmp_path: Path, name: str, mode: str) -> None:
    file = saved(tmp_path, Image.new(mode, (7000, 5000)), name, exif=exif(6))
    found = clean(tmp_path, file)
    assert found.size == (2500, 3500) and left_in(found) == set()


@pytest.mark.parametrize(("name", "form"), [("a.webp", "WEBP"), ("a.png", "PNG"), ("a.tiff", "TIFF")])
def test_nobody_loses_pictures_unsaid(tmp_path: Path, name: str, form: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green")]
    frames[0].save(tmp_path / name, form, save_all=True, append_images=frames[1:])
    with pytest.raises(MediaError, match="several pictures"):
        cleaned(probe(tmp_path / name), tmp_path)


SIZES = st.tuples(st.integers(1, 300), st.integers(1, 300))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    size=SIZES,
    mode=st.sampled_from(["RGB", "RGBA", "P", "L"]),
    suffix=st.sampled_from(["jpg", "png"]),
    limit=st.builds(
        MediaLimit,
        st.sampled_from([BOTH, frozenset({"image/jpeg"}), frozenset({"image/png"})]),
        st.integers(400, 200_000),
        least_edge=st.sampled_from([0, 0, 40]),
        most_edge=st.sampled_from([0, 50, 200]),
        most_sides=st.sampled_from([0, 180]),
        most_pixels=st.sampled_from([0, 9000]),
        least_ratio=st.sampled_from([0.0, 0.05, 0.5]),
        most_ratio=st.sampled_from([0.0, 1.9, 20.0]),
    ),
)
def test_whatever_is_made_is_within_every_limit_in_the_same_proportion_and_always_the_same(
    tmp_path: Path, size: tuple[int, int], mode: str, suffix: str, limit: MediaLimit
) -> None:
    image = speckled(size, "RGB" if suffix == "jpg" else mode)
    if image.mode == "RGBA":
        image.putalpha(120)
    file = saved(tmp_path, image, f"a.{suffix}")
    made = fitted(file, limit, tmp_path)
    if made is None:
        ratio_ok = limit.least_ratio <= size[0] / size[1] <= (limit.most_ratio or 999)
        roomy = min(size) >= 40 and limit.most_bytes >= 20_000 and not limit.least_edge
        assert fits(file, limit) or not (ratio_ok and roomy)
        return
    found = probe(made.path)
    assert (found.mime, found.size, found.sha256) == (made.mime, made.size, made.sha256)
    assert (found.width, found.height) == (made.width, made.height)
    assert fits(found, limit) and not fits(file, limit)
    assert abs(found.width / size[0] * size[1] - found.height) <= max(1.0, size[1] / size[0]) + 1
    assert found.width <= size[0] and found.height <= size[1]
    with Image.open(made.path) as seen:
        assert left_in(seen) == set()
    first = made.path.read_bytes()
    assert replace(fitted(file, limit, tmp_path) or file) == made and made.path.read_bytes() == first


def test_see_through_parts_become_white_where_there_is_nothing_see_through(tmp_path: Path) -> None:
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    made = fitted(saved(tmp_path, image, "a.png"), MediaLimit(frozenset({"image/jpeg"}), 10**6), tmp_path)
    assert made is not None
    with Image.open(made.path) as seen:
        assert seen.getpixel((5, 5)) == pytest.approx((255, 255, 255), abs=2)


@pytest.mark.parametrize("kind", [k for k, c in CHANNELS.items() if c.limits.picture is not None])
def test_a_telephones_photograph_goes_to_every_channel_that_takes_pictures(tmp_path: Path, kind: str) -> None:
    limit = CHANNELS[kind].limits.picture
    assert limit is not None
    file = saved(tmp_path, speckled((2400, 1800)), "a.jpg", quality=97, exif=exif(6))
    file = probe(cleaned(file, tmp_path))
    made = fitted(file, limit, tmp_path) or file
    assert fits(made, limit) and min(made.width, made.height) > 700

"""Reading a file of ours that is to be sent. One that cannot be read is refused before anything is called: nothing was
sent, and to try again does not help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from channels.base import MediaFile
from channels.errors import Rejected, Told

UNREADABLE = "file_unreadable"


def open_file(file: MediaFile) -> BinaryIO:
    """Open it for reading. Raises `Rejected` when it cannot be read."""
    try:
        return file.path.open("rb")
    except OSError as error:
        raise _unreadable(file.path, type(error).__name__) from error


def open_whole(file: MediaFile) -> BinaryIO:
    """Open it for reading from end to end. Raises `Rejected` when it cannot be read or is shorter than it was."""
    source = open_file(file)
    if os.fstat(source.fileno()).st_size < file.size:
        source.close()
        raise _unreadable(file.path, "shorter than it was")
    return source


def read_part(file: MediaFile, start: int, size: int) -> bytes:
    """Read these bytes, fewer only at the file's end. Raises `Rejected` when they cannot be read or are not there any
    more."""
    with open_file(file) as source:
        try:
            source.seek(start)
            data = source.read(size)
        except OSError as error:
            raise _unreadable(file.path, type(error).__name__) from error
    if len(data) < min(size, file.size - start):
        raise _unreadable(file.path, "shorter than it was")
    return data


def _unreadable(path: Path, why: str) -> Rejected:
    told = Told(
        vi=f"Loa không đọc được tệp {path.name} trên máy này (đã mất, bị cắt ngắn hoặc không có quyền đọc): chưa gửi "
        "gì lên kênh. Mở bài, đính lại tệp rồi duyệt lại.",
        en=f"Loa cannot read the file {path.name} on this machine (gone, cut short, or no right to read it): nothing "
        "was sent. Open the post, attach the file again and have it approved.",
    )
    return Rejected(f"{path.name}: {why}", told=told, code=UNREADABLE)

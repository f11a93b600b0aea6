"""Scores texts: the shipped transformer with a lexical score beside it, or the lexical score alone."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

from monitor.scoring.base import PartedScorer, Scorer
from monitor.scoring.heads import HEADS_FILE, Heads, load_heads
from monitor.scoring.lexical import LexicalScorer
from monitor.scoring.transformer import CPU, SHIPPED, Encoder, ModelBroken, TransformerScorer

__all__ = ["ModelBroken", "PartedScorer", "Scorer", "open_scorer"]

LEXICAL = "lexical"


def open_scorer(model: str | None, *, threads: int = 1, device: str = CPU) -> PartedScorer:
    """Return a scorer. `model` None is the shipped one; else a folder or a Hugging Face id with what `make model`
    makes; "lexical" means no encoder.

    A model that cannot be used never stops the daemon: the lexical scorer answers, `degraded`, with the reason. Without
    the heads nothing can be scored at all: `ModelBroken`.
    """
    shipped = _heads(SHIPPED)
    if model == LEXICAL:
        return LexicalScorer(shipped, "LOA_MODEL=lexical: chỉ chấm theo từ ngữ")
    try:
        folder = _folder(model)
        return TransformerScorer(Encoder(folder, threads=threads, device=device), _heads(folder))
    except ModelBroken as error:
        return LexicalScorer(shipped, str(error))


def _heads(folder: Path) -> Heads:
    file = folder / HEADS_FILE
    try:
        return load_heads(file)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        todo = "Install Loa again." if folder == SHIPPED else "Fit them with make model, or leave LOA_MODEL empty."
        raise ModelBroken(f"{file}: cannot be read ({type(error).__name__}). {todo}") from error


def _folder(model: str | None) -> Path:
    if not model:
        return SHIPPED
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1:
        raise ModelBroken(f"LOA_MODEL={model}: no such folder.")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.onnx", "*.npz"]))
    except Exception as error:  # network, rights, a wrong name: all mean "not to be had"
        raise ModelBroken(f"LOA_MODEL={model}: cannot be fetched ({type(error).__name__}).") from error

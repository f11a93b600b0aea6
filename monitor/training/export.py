"""A fine-tuned folder -> the ONNX file that is shipped: int8 linear layers, 4-bit word embeddings, two outputs.

`embedding` is the mean of the last layer (the sentence vector, not normalised), `features` the first token's state
(what the heads read). Linear layers have per-channel int8 weights, activations are quantised as they come. The word
embeddings were never trained, so they still lie on the 4-bit grid they came from, and are stored on it again; those of
another encoder, that never lay on one, stay int8.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

BLOCK: Final = 32
"""Weights that share a scale in the 4-bit source."""
INPUTS: Final = ("input_ids", "attention_mask")
OUTPUTS: Final = ("embedding", "features")
BESIDE: Final = ("config.json", "tokenizer.json", "tokenizer_config.json")


class Served(torch.nn.Module):
    """The encoder as it is served."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mean over the mask and the first token's state, each (batch, 384)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1), hidden[:, 0]


def export(trained: Path, out: Path) -> Path:
    """Write `out/<name of the folder>-int8.onnx` with what the tokeniser needs beside it; return the file."""
    encoder = AutoModel.from_pretrained(str(trained), add_pooling_layer=False, attn_implementation="eager").eval()
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{out.name}-int8.onnx"
    ids = torch.randint(4, 1000, (2, 17))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    axes: dict[str, dict[int, str]] = {name: {0: "batch", 1: "seq"} for name in INPUTS}
    axes |= {name: {0: "batch"} for name in OUTPUTS}
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            Served(encoder), (ids, mask), str(full), input_names=list(INPUTS), output_names=list(OUTPUTS),
            opset_version=17, dynamic_axes=axes, dynamo=False,
        )  # fmt: skip
        only_constants = {"MatMulConstBOnly": True}
        quantize_dynamic(full, file, weight_type=QuantType.QInt8, per_channel=True, extra_options=only_constants)
    model = onnx.load(str(file))
    _four_bits(model, encoder.embeddings.word_embeddings.weight.detach().numpy())
    onnx.save(model, str(file))
    for name in BESIDE:
        shutil.copy(trained / name, out / name)
    return file


def _four_bits(model: Any, table: NDArray[np.float32]) -> None:
    """Put the word embeddings back on their grid, if they lie on one."""
    rows, width = table.shape
    found = _packed(table)
    if found is None:
        return
    packed, scale = found
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    name = next(key for key, tensor in stored.items() if list(tensor.dims) == [rows, width])
    gather = next(node for node in graph.node if node.op_type == "Gather" and node.input[0] == name)
    restore = next(node for node in graph.node if gather.output[0] in node.input)
    place = list(graph.node).index(gather)
    graph.node.remove(gather)
    graph.node.remove(restore)
    for old in {name, *restore.input} & set(stored):
        if not any(old in node.input for node in graph.node):
            graph.initializer.remove(stored[old])
    graph.initializer.append(helper.make_tensor("word.q4", TensorProto.INT4, [rows, width], packed.tobytes(), raw=True))
    graph.initializer.append(numpy_helper.from_array(scale, "word.scale"))
    looked_up = helper.make_node(
        "GatherBlockQuantized", ["word.q4", gather.input[1], "word.scale"], [restore.output[0]],
        domain="com.microsoft", gather_axis=0, quantize_axis=1, block_size=BLOCK,
    )  # fmt: skip
    graph.node.insert(place, looked_up)
    for opset in model.opset_import:
        if opset.domain == "":
            opset.version = 21
    if all(opset.domain != "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.ir_version = 10


def _packed(table: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """Two values a byte, and a scale for every 32: the entry of greatest magnitude is -8. None off the grid."""
    rows, width = table.shape
    if width % BLOCK:
        return None
    blocks = table.reshape(rows, width // BLOCK, BLOCK)
    greatest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)[..., 0]
    scale = greatest / -8
    steps = blocks / np.where(scale == 0, 1, scale)[..., None]
    if np.abs(steps - np.rint(steps)).max() > 1e-3:
        return None
    nibbles = np.clip(np.rint(steps) + 8, 0, 15).astype(np.uint8)
    packed = (nibbles[..., 0::2] | (nibbles[..., 1::2] << 4)).reshape(rows, width // 2) ^ 0x88
    return packed.astype(np.uint8), scale.astype(np.float32)

"""What platforms answer is read so that it can be kept, and so that nothing else suffers from it."""

from __future__ import annotations

import json

import pytest

from channels.reading import nests_too_deep, unpacked


@pytest.mark.parametrize(
    ("text", "too_deep"),
    [
        ("[" * 100 + "]" * 100, False),
        ("[" * 101 + "]" * 101, True),
        ('{"a":' * 101, True),
        ('[{"a":' * 51, True),
        (json.dumps([{"a": [1]}] * 500), False),
        (json.dumps("[" * 101), False),
        (json.dumps(["{" * 101, '"' + "[" * 101, "\\"]), False),
        (json.dumps(["]" * 101, "\\"])[:-1] + "," + "[" * 100, True),
        (r'["\"' + "[" * 101, False),  # in a string that nobody closes
    ],
)
def test_how_deep_it_nests_is_known_before_it_is_read(text: str, too_deep: bool) -> None:
    assert nests_too_deep(text) is too_deep


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_bytes_are_read_as_json_says(encoding: str) -> None:
    assert unpacked('{"a": "Phường\\u0000 \\ud83d"}'.encode(encoding)) == {"a": "Phường\ufffd \ufffd"}
    with pytest.raises(ValueError, match="nested too deep"):
        unpacked(("[" * 101).encode(encoding))

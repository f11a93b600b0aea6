"""What Facebook's stand-in takes is what Meta's public specs name, where these lie beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels.sandbox.facebook import fields, params

SPECS = Path(__file__).resolve().parents[4] / "shared" / "platforms" / "specs"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=f"Meta's specs are not at {SPECS}")


def spec(name: str) -> Any:
    return json.loads((SPECS / f"{name}.json").read_text(encoding="utf-8"))


def params_of(node: str, method: str, edge: str = "") -> dict[str, str]:
    (call,) = [a for a in spec(node)["apis"] if a["method"] == method and a.get("endpoint", "") == edge]
    return {p["name"]: p["type"] for p in call["params"]}


def enum(kind: str) -> set[str]:
    (found,) = [e["values"] for e in spec("enum_types.used") if e["name"] == kind]
    return set(found)


@pytest.mark.parametrize("node", ["Page", "PagePost", "AdVideo", "Photo", "Comment", "VideoThumbnail"])
def test_a_node_has_the_fields_of_its_spec(node: str) -> None:
    named = {f["name"] for f in spec(node)["fields"]}
    assert fields.FIELDS[node] - named <= {"video_upload_limits", "alt_text_custom"}, "what only the notes name"
    assert named <= fields.FIELDS[node]


@pytest.mark.parametrize("node", ["Page", "PagePost", "AdVideo", "Photo", "Comment"])
def test_a_node_has_edges_of_its_spec(node: str) -> None:
    named = {a["endpoint"] for a in spec(node)["apis"] if a.get("endpoint")}
    assert fields.EDGES[node] <= named


WRITES = [("Page", "feed"), ("Page", "photos"), ("Page", "videos"), ("PagePost", ""), ("AdVideo", ""),
          ("AdVideo", "thumbnails"), ("Comment", "")]  # fmt: skip


@pytest.mark.parametrize(("node", "edge"), WRITES)
def test_kinds_of_parameters_are_those_of_the_spec(node: str, edge: str) -> None:
    for name, kind in params_of(node, "POST", edge).items():
        if name in params.BOOLS:
            assert kind == "bool", name
        if name in params.OBJECTS:
            assert kind == "Object", name
        if name in params.LISTS:
            assert kind == "list<Object>", name
        if name in params.ENUMS:
            assert params.ENUMS[name] == enum(kind), name


@pytest.mark.parametrize(("node", "edge"), [("PagePost", "comments"), ("Page", "insights")])
def test_kinds_of_what_is_asked_are_those_of_the_spec(node: str, edge: str) -> None:
    known = {n: k for n, k in params_of(node, "GET", edge).items() if n in params.ENUMS}
    assert known
    for name, kind in known.items():
        assert params.ENUMS[name] == enum(kind), name


def test_every_boolean_is_one_somewhere() -> None:
    named = {n for node, edge in WRITES for n, k in params_of(node, "POST", edge).items() if k == "bool"}
    named |= {n for n, k in params_of("Page", "GET", "published_posts").items() if k == "bool"}
    assert named >= params.BOOLS


def test_reactions_and_webhook_fields_are_those_of_the_spec() -> None:
    assert enum("pagepostreactions_type_enum_param") == params.REACTION_TYPES
    assert enum("pagesubscribed_apps_subscribed_fields_enum_param") == params.SUBSCRIBED

"""Google's own description of its API, as it ships inside google-api-python-client, held against a request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import googleapiclient.discovery_cache as documents
from aiohttp import web

KINDS = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict, "array": list}


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str

    @property
    def json(self) -> Any:
        """The JSON object of its body, or of the first part; None where it has none."""
        found = self.body
        if self.content_type.startswith("multipart/"):
            found = found.split(b"\r\n\r\n", 1)[1].split(b"\r\n--", 1)[0]
        elif not self.content_type.startswith("application/json"):
            return None
        return json.loads(found) if found else None


async def call_of(request: web.Request) -> Call:
    """Take a request down; it can be read again."""
    kind = request.headers.get("Content-Type", "")
    return Call(request.method, request.path, request.query_string, await request.read(), kind)


class Document:
    """One API."""

    def __init__(self, name: str, version: str) -> None:
        self._doc = json.loads(documents.get_static_doc(name, version))
        self._methods = {
            (method["httpMethod"], path): method for method in self._all(self._doc) for path in self._paths(method)
        }

    def _all(self, node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        yield from node.get("methods", {}).values()
        for inner in node.get("resources", {}).values():
            yield from self._all(inner)

    def _paths(self, method: Mapping[str, Any]) -> Iterator[str]:
        yield f"/{self._doc.get('servicePath', '')}{method['path']}"
        if "mediaUpload" in method:
            yield method["mediaUpload"]["protocols"]["simple"]["path"]

    def named(self, call: Call) -> str:
        """The method's id, or nothing where the API has no such path."""
        return str(self._methods.get((call.method, call.path), {}).get("id", ""))

    def faults(self, call: Call) -> list[str]:
        """Everything in a request that the document does not know, misses, or has as another type."""
        method = self._methods.get((call.method, call.path))
        if method is None:
            return [f"no method {call.method} {call.path}"]
        words = parse_qsl(call.query, keep_blank_values=True)
        known = {**self._doc["parameters"], **method.get("parameters", {})}
        uploading = call.path.startswith("/upload/")
        found = [f"unknown parameter {n}" for n, _ in words if n not in known and not (uploading and n == "uploadType")]
        given = {name for name, _ in words}
        found += [f"missing parameter {n}" for n, p in known.items() if p.get("required") and n not in given]
        found += [f"{n}={v}" for n, v in words if n in known and not _fits(v, known[n])]
        body = call.json
        wanted = method.get("request", {}).get("$ref")
        if (body is None) != (wanted is None):
            return [*found, "a body where there is none, or none where there is one"]
        if wanted:
            found += self._body(body, {"$ref": wanted}, wanted, method["id"])
            parts = [part for name, value in words if name == "part" for part in value.split(",")]
            found += [f"{name} is not in part" for name in body if name not in parts and name not in ("id", "kind")]
        return found

    def _body(self, value: Any, schema: Mapping[str, Any], at: str, method: str) -> Iterator[str]:
        schema = self._doc["schemas"][schema["$ref"]] if "$ref" in schema else schema
        kind = schema.get("type", "object")
        if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"{at} is no {kind}: {value!r}"
        elif kind == "array":
            for each in value:
                yield from self._body(each, schema["items"], f"{at}[]", method)
        elif kind == "object":
            properties = schema.get("properties", {})
            yield from (f"unknown field {at}.{name}" for name in value if name not in properties)
            for name, inner in properties.items():
                if name in value:
                    yield from self._body(value[name], inner, f"{at}.{name}", method)
                elif method in inner.get("annotations", {}).get("required", ()):
                    yield f"missing field {at}.{name}"
        elif value not in schema.get("enum", [value]):
            yield f"{at} is none of its values: {value!r}"


def _fits(value: str, parameter: Mapping[str, Any]) -> bool:
    """Whether one value of a parameter is of its type and among its values; a list may be told with commas."""
    values = value.split(",") if parameter.get("repeated") else [value]
    pattern = {"boolean": "true|false", "integer": r"-?\d+"}.get(parameter["type"], ".*")
    return all(re.fullmatch(pattern, v, re.S) and v in parameter.get("enum", [v]) for v in values)

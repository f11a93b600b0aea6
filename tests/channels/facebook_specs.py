"""What Meta declares of its calls, out of two sources: the machine specs beside the project, and the package that Meta
generates from such specs."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "platforms" / "specs"
NODES = {"Page": "page", "PagePost": "pagepost", "AdVideo": "advideo", "Photo": "photo", "Comment": "comment"}
BY_NOTES = {"metric": "list<string>"}
"""What the specs call a list of objects and every document writes as names with commas (facebook.md 5.1)."""


@dataclass(frozen=True)
class Call:
    """One call as Meta declares it: the type of each parameter, and the values of the enumerations among them."""

    params: dict[str, str]
    enums: dict[str, set[str]]

    def complains(self, name: str, value: str) -> str:
        """What is wrong with a parameter; empty when nothing is."""
        if name not in self.params:
            return f"{name} is not declared"
        kind = BY_NOTES.get(name, self.params[name])
        if kind in self.enums:  # a reel's phases are FINISH in the specs and finish in every example (facebook.md 3.6)
            known = {one.lower() for one in self.enums[kind]}
            return "" if value.lower() in known else f"{name}={value} is none of {sorted(known)}"
        return "" if _is(kind, value) else f"{name}={value} is no {kind}"


Declared = dict[tuple[str, str, str], Call]
"""By node, method and edge."""


def _is(kind: str, value: str) -> bool:
    if kind == "bool":
        return value in ("true", "false")
    if kind in ("unsigned int", "int"):
        return value.isdigit()
    if kind == "datetime":
        return value.isdigit() or bool(re.match(r"\d{4}-\d\d-\d\dT", value))
    if kind.startswith("list"):
        if "Object" not in kind and not value.startswith("["):
            return all(value.split(","))  # words with commas between
        return isinstance(told := json.loads(value), list) and all(isinstance(one, dict) for one in told)
    return bool(value)


def from_specs() -> Declared:
    """The specs that lie beside the project."""
    enums = {e["name"]: set(e["values"]) for e in json.loads((FOLDER / "enum_types.used.json").read_text())}
    found: Declared = {}
    for node in NODES:
        for api in json.loads((FOLDER / f"{node}.json").read_text())["apis"]:
            params = {p["name"]: p["type"] for p in api["params"]}
            found[node, api["method"], api.get("endpoint", "")] = Call(params, enums)
    return found


def from_package() -> Declared:
    """What `facebook-business` declares; nothing is called."""
    session = importlib.import_module("facebook_business.session").FacebookSession(access_token="none")
    api = importlib.import_module("facebook_business.api").FacebookAdsApi(session)
    found: Declared = {}
    for node, module in NODES.items():
        one = getattr(importlib.import_module(f"facebook_business.adobjects.{module}"), node)("1", api=api)
        for name in dir(one):
            function = getattr(getattr(one, name), "__func__", None)
            if name == "api_create" or not isinstance(function, FunctionType):
                continue
            if "pending" in function.__code__.co_varnames[: function.__code__.co_argcount]:
                asked: Any = getattr(one, name)(pending=True)
                checks = asked._param_checker
                enums = {kind: set(map(str, values)) for kind, values in checks._enum_data.items()}
                found[node, asked._method, asked._endpoint.strip("/")] = Call(dict(checks._type_check_info), enums)
    return found

"""facebook-sdk behind one door: per-instance address, time-outs always, HTTP status and headers never lost.

The library's traps (measured): it refuses modern versions in its constructor, its base address is a global, an error
answer may come out as success, and its exceptions carry addresses with tokens. All of that ends here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final

import facebook
import requests
from requests.adapters import HTTPAdapter

from channels.errors import redact
from channels.reading import kept, nests_too_deep, unpacked

CONNECT_S = 10.0
_BLOCK: Final = 64 * 1024
_TELL: Final = 4 * 1024 * 1024


class GraphFailure(Exception):
    """A call that did not come back as JSON success. `sent` False: it certainly had no effect.

    `error` is Facebook's error object when there was one, else empty; `status` the HTTP status (0: none).
    """

    def __init__(self, detail: str, *, sent: bool, status: int = 0, error: Mapping[str, Any] | None = None) -> None:
        super().__init__(redact(detail))
        self.sent, self.status = sent, status
        self.error: Mapping[str, Any] = error or {}


class Window:
    """The body of a request with a part of a file in it, which is read from disk as it goes: the library itself builds
    a whole form in memory. `going` is called every few megabytes and may end it by what it raises. Raises `OSError`
    where the file ends too early."""

    def __init__(self, source: BinaryIO, start: int, size: int, going: Callable[[], None] | None = None) -> None:
        source.seek(start)
        self.before = self.after = b""
        self._source, self._size, self._left, self._going = source, size, size, going

    def __len__(self) -> int:
        return len(self.before) + self._size + len(self.after)

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_BLOCK), b"")

    def read(self, most: int = _BLOCK) -> bytes:
        """The next bytes."""
        if self.before:
            data, self.before = self.before, b""
        elif self._left:
            data = self._source.read(min(_BLOCK, most, self._left) if most > 0 else _BLOCK)
            if not data:
                raise OSError("the file is shorter than it was")
            self._left -= len(data)
            if self._going and (self._size - self._left) % _TELL < len(data):
                self._going()
        else:
            data, self.after = self.after, b""
        return data


class _To(HTTPAdapter):
    """Carries requests for the real host to the address of this installation (sandbox, proxy)."""

    def __init__(self, base: str, until: float) -> None:
        super().__init__(max_retries=0)
        self._base, self._until = base, until

    def send(self, request: requests.PreparedRequest, *args: Any, **words: Any) -> requests.Response:
        if time.monotonic() > self._until:  # this process stood still: another may have looked and sent meanwhile
            raise requests.ConnectTimeout("the call's time was over before it was sent")
        path = (request.url or "").split("/", 3)[3]
        request.url = f"{self._base}/{path}"
        words["proxies"] = {}
        return super().send(request, *args, **words)


class Graph:
    """One call to one Page. Build one per call: neither the library nor its session is safe to share."""

    def __init__(self, token: str, *, base: str, version: str, timeout_s: float, app_secret: str = "") -> None:
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = 0
        session.mount(facebook.FACEBOOK_GRAPH_URL, _To(base, time.monotonic() + timeout_s))
        session.hooks["response"].append(self._seen)
        self._session, self._token, self._timeout = session, token, (CONNECT_S, timeout_s)
        self._graph = facebook.GraphAPI(token, timeout=self._timeout, session=session)
        self._graph.version = version
        self._version = version
        self._proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest() if app_secret else ""
        self._status, self._text = 0, ""
        self.headers: Mapping[str, str] = {}

    def _seen(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._status, self._text = response.status_code, response.text
        self.headers = {k.lower(): v for k, v in response.headers.items()}
        if nests_too_deep(self._text):
            raise requests.exceptions.InvalidJSONError("nested too deep")

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """GET /{version}/{path}."""
        return self._call(path, args=self._words(params))

    def post(self, path: str, files: Mapping[str, Any] | None = None, **params: object) -> dict[str, Any]:
        """POST /{version}/{path} as a form (multipart with files); lists and booleans are written as Facebook reads
        them."""
        words = self._words(params) or {"locale": "vi_VN"}  # an empty form would move the token into the address
        return self._call(path, post_args=words, files=files, method="POST")

    def delete(self, path: str) -> dict[str, Any]:
        """DELETE /{version}/{path}."""
        return self._call(path, args=self._words({}), method="DELETE")

    def post_part(self, path: str, name: str, part: Window, **params: object) -> dict[str, Any]:
        """POST /{version}/{path} as a form with this part of a file under `name`."""
        words = {**self._words(params), "access_token": self._token}
        mark = f"loa-{secrets.token_hex(16)}"  # no clip can be made to hold it
        opens = f"--{mark}\r\nContent-Disposition: form-data; name="
        head = "".join(f'{opens}"{word}"\r\n\r\n{value}\r\n' for word, value in words.items())
        head += f'{opens}"{name}"; filename="chunk"\r\nContent-Type: application/octet-stream\r\n\r\n'
        part.before, part.after = head.encode(), f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return self._stream(f"{facebook.FACEBOOK_GRAPH_URL}{self._version}/{path}", part, {"Content-Type": kind})

    def post_bytes(self, url: str, part: Window, start: int, size: int) -> dict[str, Any]:
        """POST the part of a file that begins at `start` to the address that a reel's upload was given."""
        headers = {"Authorization": f"OAuth {self._token}", "offset": str(start), "file_size": str(size)}
        headers["Content-Type"] = "application/octet-stream"
        return self._stream(url, part, headers)

    def _stream(self, url: str, body: Window, headers: Mapping[str, str]) -> dict[str, Any]:
        """Bytes alone publish nothing: whatever goes wrong on the way had no effect that anyone sees."""
        try:
            self._session.post(url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False)
        except requests.RequestException as error:
            raise GraphFailure(type(error).__name__, sent=False, status=self._status) from None
        finally:
            self._session.close()
        result = _object(self._text)
        if "debug_info" in result:  # how rupload words what goes wrong
            raise self._failure({"error": result["debug_info"]})
        if "error" in result or not result or not 200 <= self._status < 300:
            raise self._failure(result)
        return result

    def _words(self, params: Mapping[str, object]) -> dict[str, str]:
        words = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in params.items()}
        return {**words, "appsecret_proof": self._proof} if self._proof else words

    def _call(self, path: str, **words: Any) -> dict[str, Any]:
        writes = words.get("method") in ("POST", "DELETE")
        try:
            result = self._graph.request(f"{self._version}/{path}", **words)
        except facebook.GraphAPIError as error:
            result = error.result if isinstance(error.result, dict) else _object(self._text)
            if "error" in result or not result:
                raise self._failure(result) from None
        except (requests.ConnectTimeout, requests.exceptions.InvalidURL) as error:
            raise GraphFailure(type(error).__name__, sent=False) from None
        except requests.ConnectionError as error:
            refused = "NewConnectionError" in repr(error) or "NameResolution" in repr(error)
            raise GraphFailure(type(error).__name__, sent=writes and not refused) from None
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise GraphFailure(type(error).__name__, sent=writes, status=self._status) from None
        finally:
            self._session.close()
        plain = self.headers.get("content-type", "").startswith("text/plain")  # the library reads a=b&c=d out of it
        if not isinstance(result, dict) or plain or not 200 <= self._status < 300 or "error_code" in result:
            raise GraphFailure("an answer that is no success", sent=writes, status=self._status)
        return dict(kept(result))

    def _failure(self, result: Mapping[str, Any]) -> GraphFailure:
        body = result.get("error")
        if isinstance(body, dict):
            return GraphFailure(str(body.get("message", "")), sent=True, status=self._status, error=body)
        return GraphFailure("an answer that is not JSON", sent=True, status=self._status)


def _object(text: str) -> dict[str, Any]:
    """The object in a body that the library gave up because of its content type."""
    try:
        found = unpacked(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

"""Secrets at rest: sealed with Fernet, the key outside the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

AUTHORS, ADDRESSES = "authors", "addresses"
LASTING: Final = (AUTHORS, ADDRESSES)
"""Keys that stay the same when the secret key is changed, or an author would become another person."""


class WrongKey(Exception):
    """The secrets in the database were sealed with another key."""

    def __init__(self) -> None:
        super().__init__(
            "LOA_SECRET_KEY does not open the tokens in this database: put back the key they were sealed with (or name "
            "it in LOA_OLD_SECRET_KEYS), or connect the accounts anew with `loa account connect`."
        )


class Vault:
    """Seals and opens small mappings, and makes keyed hashes of author ids.

    Sealed is with `key`; what one of the `older` keys sealed is opened too. The lasting keys are derived from the
    oldest one until `keep` puts in their place what the database has kept.
    """

    def __init__(self, key: str, *older: str) -> None:
        self._newest = Fernet(key)
        self._fernet = MultiFernet([self._newest, *(Fernet(old) for old in older)])
        first = (key, *older)[-1]
        self.lasting = {name: hashlib.sha256(f"loa {name}{first}".encode()).digest() for name in LASTING}

    def keep(self, lasting: Mapping[str, bytes]) -> None:
        """Use these lasting keys from now on."""
        self.lasting = {**self.lasting, **lasting}

    @property
    def signing_key(self) -> bytes:
        """The key that signs addresses of media."""
        return self.lasting[ADDRESSES]

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Return the encrypted form."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Return the secrets. Raises `WrongKey`."""
        if not sealed:
            return {}
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise WrongKey from None
        return opened

    def seal_bytes(self, content: bytes) -> bytes:
        """Return the encrypted form of anything."""
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return what `seal_bytes` was given. Raises `WrongKey`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise WrongKey from None

    def renewed(self, sealed: bytes) -> bytes | None:
        """Return it sealed with the newest key; None when it is so already. Raises `WrongKey`."""
        if not sealed:
            return None
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise WrongKey from None

    def author_hash(self, channel: str, author_key: str, period: int) -> str:
        """Return a keyed hash of a platform's author id, different for each 30-day `period`; empty when unknown."""
        if not author_key:
            return ""
        words = f"{period}:{channel}:{author_key}".encode()
        return hmac.new(self.lasting[AUTHORS], words, hashlib.sha256).hexdigest()[:24]

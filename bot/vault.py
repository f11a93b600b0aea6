"""Secrets at rest: sealed with Fernet, the key outside the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """The secrets in the database were sealed with another key."""

    def __init__(self) -> None:
        super().__init__(
            "LOA_SECRET_KEY does not open the tokens in this database: put back the key they were sealed with, "
            "or connect the accounts anew with `loa account add`."
        )


class Vault:
    """Seals and opens small mappings, and makes keyed hashes of author ids."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key)
        self._hash_key = hashlib.sha256(b"loa authors" + key.encode()).digest()
        self.signing_key = hashlib.sha256(b"loa addresses" + key.encode()).digest()

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

    def author_hash(self, channel: str, author_key: str, period: int) -> str:
        """Return a keyed hash of a platform's author id, different for each 30-day `period`; empty when unknown."""
        if not author_key:
            return ""
        words = f"{period}:{channel}:{author_key}".encode()
        return hmac.new(self._hash_key, words, hashlib.sha256).hexdigest()[:24]

"""Secrets at rest: sealed with a key of the installation, opened only where they are used.

The key is a setting. An installation that keeps its database in the data folder makes itself one
there. Several keys may be given: the first seals, each opens, so that a key can be changed.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.runtime.settings import PREFIX, Settings, SettingsError

KEY_FILE = "secrets.key"
_SETTING = f"{PREFIX}SECRETS_KEY"


class CannotOpen(Exception):
    """A secret was sealed with a key that is not given any more."""


class Sealer:
    """Seals and opens secrets, and signs what has to come back unchanged."""

    def __init__(self, *keys: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._keys = keys

    def seal(self, secret: str) -> str:
        """The secret as it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret.

        Raises:
            CannotOpen: It was sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise CannotOpen(
                f"A secret was sealed with another key: give that one, too, after the new one in"
                f" {_SETTING}."
            ) from None

    def reseal(self, sealed: str) -> str:
        """The same secret, sealed with the first of the keys.

        Raises:
            CannotOpen: It was sealed with another key.
        """
        return self.seal(self.open(sealed))

    def mark(self, text: str) -> str:
        """A short proof that a text comes from here."""
        return _mark(self._keys[0], text)

    def is_marked(self, text: str, mark: str) -> bool:
        """Whether a proof is that of the text, by any of the keys."""
        return any(hmac.compare_digest(_mark(key, text), mark.lower()) for key in self._keys)


def load_sealer(settings: Settings) -> Sealer:
    """The sealer of this installation.

    Raises:
        SettingsError: There is no key, or one that cannot be used.
    """
    given = settings.secrets_key
    if given is not None:
        keys = [part.strip() for part in given.get_secret_value().split(",") if part.strip()]
    elif settings.database_url is None:
        keys = [_key_of(settings.data)]
    else:
        raise _no_key("secrets of webhooks need one that all processes share.")
    try:
        return Sealer(*keys)
    except ValueError:
        raise _no_key("it has to be 32 bytes in URL-safe Base64.") from None


def new_key() -> str:
    """A key by chance."""
    return Fernet.generate_key().decode()


def _key_of(folder: Path) -> str:
    """The key in the data folder; the first process that asks makes it."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{KEY_FILE}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key())
        try:
            os.link(draft, path)  # Whole or not at all, and never over another process's.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _no_key(why: str) -> SettingsError:
    return SettingsError((f"{_SETTING}: {why} `phaseline secret key` makes one.",))


def _mark(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]

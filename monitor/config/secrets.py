"""From a reference to the secret itself, at the moment of use. No message holds a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.errors import SecretError
from monitor.model.settings import SecretRef

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what LoadCredential= names (systemd.exec(5), Credentials)."""


def resolver(environ: Mapping[str, str], read_text: Callable[[Path], str]) -> Callable[[SecretRef], str]:
    """A function that resolves references; it raises SecretError, which names the reference and the remedy.

    One line break at the end of a file is not part of the secret.
    """

    def resolve(ref: SecretRef) -> str:
        if ref.source == "env":
            return _usable(ref, _variable(ref, environ))
        return _usable(ref, _content(ref, _file(ref, environ), read_text))

    return resolve


def _variable(ref: SecretRef, environ: Mapping[str, str]) -> str:
    if ref.name not in environ:
        raise SecretError(f"{ref}: the environment variable {ref.name} is not set, set it or change the reference")
    return environ[ref.name]


def _file(ref: SecretRef, environ: Mapping[str, str]) -> Path:
    if ref.source == "file":
        return Path(ref.name)
    folder = environ.get(CREDENTIALS)
    if not folder:
        raise SecretError(
            f"{ref}: ${CREDENTIALS} is not set, so there are no systemd credentials here, "
            f'add "LoadCredential={ref.name}:/path" to the unit or use env: or file: instead'
        )
    return Path(folder) / ref.name


def _content(ref: SecretRef, path: Path, read_text: Callable[[Path], str]) -> str:
    try:
        return read_text(path).removesuffix("\n").removesuffix("\r")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SecretError(f"{ref}: {path} cannot be read ({reason}), check that it exists and may be read") from None
    except UnicodeDecodeError:
        raise SecretError(f"{ref}: {path} is not UTF-8 text, write the secret as one line of text") from None


def _usable(ref: SecretRef, secret: str) -> str:
    if not secret:
        raise SecretError(f"{ref}: the secret is empty, put it there")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in secret):  # it goes into headers and SMTP commands
        raise SecretError(f"{ref}: the secret holds a line break or control character, write it as one line")
    return secret

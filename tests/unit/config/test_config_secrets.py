"""Secrets: resolved from where the reference points, and never seen in a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import parse, resolver
from monitor.errors import ConfigError, SecretError
from monitor.model.settings import SecretRef

ENVIRON = {"TOKEN": "s3cret", "EMPTY": "", "LINES": "s3cret\nmore", "CREDENTIALS_DIRECTORY": "/run/credentials/monitor"}


def read_utf8(path: Path) -> str:
    return path.read_text("utf-8")


def test_each_kind_of_reference_is_resolved(tmp_path: Path) -> None:
    """From the environment, from a file, from systemd's credentials; the line break at a file's end is not part."""
    (tmp_path / "mail").write_text("pass word\r\n", "utf-8")
    resolve = resolver(ENVIRON | {"CREDENTIALS_DIRECTORY": str(tmp_path)}, read_utf8)
    assert resolve(SecretRef("env", "TOKEN")) == "s3cret"
    assert resolve(SecretRef("file", str(tmp_path / "mail"))) == "pass word"
    assert resolve(SecretRef("credential", "mail")) == "pass word"


MISSING = [
    (
        SecretRef("env", "ABSENT"),
        "env:ABSENT: the environment variable ABSENT is not set, set it or change the reference",
    ),
    (SecretRef("env", "EMPTY"), "env:EMPTY: the secret is empty, put it there"),
    (
        SecretRef("env", "LINES"),
        "env:LINES: the secret holds a line break or control character, write it as one line",
    ),
    (
        SecretRef("file", "/nowhere/at/all"),
        "file:/nowhere/at/all: /nowhere/at/all cannot be read (No such file or directory), "
        "check that it exists and may be read",
    ),
    (
        SecretRef("credential", "mail"),
        "credential:mail: /run/credentials/monitor/mail cannot be read (No such file or directory), "
        "check that it exists and may be read",
    ),
]


@pytest.mark.parametrize(("ref", "message"), MISSING, ids=lambda value: str(value)[:20])
def test_a_secret_that_cannot_be_had_names_its_reference(ref: SecretRef, message: str) -> None:
    """The error says which reference, why, and what to do; never a value."""
    with pytest.raises(SecretError) as caught:
        resolver(ENVIRON, read_utf8)(ref)
    assert str(caught.value) == message


def test_without_systemd_there_are_no_credentials() -> None:
    """A credential outside a unit is refused with the way to have one."""
    with pytest.raises(SecretError, match="LoadCredential=mail:/path"):
        resolver({}, read_utf8)(SecretRef("credential", "mail"))


def test_a_file_that_is_no_text_is_refused_without_its_bytes(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 give an error that does not show them."""
    (tmp_path / "key").write_bytes(b"s3cret\xff")
    with pytest.raises(SecretError, match="is not UTF-8 text") as caught:
        resolver({}, read_utf8)(SecretRef("file", str(tmp_path / "key")))
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


WHERE = [
    '[channels.a]\nkind = "email"\nsmtp = "smtps://desk@mail.example.org"\npassword = "{}"\n',
    '[channels.a]\nkind = "email"\nsmtp = "smtps://desk:{}@mail.example.org"\n',
    '[channels.a]\nkind = "email"\nsmtp = "smtps://mail.example.org"\npasword = "{}"\n',
    '[channels.a]\nkind = "webhook"\nsecrets = "{}"\n',
    '[channels.a]\nkind = "webhook"\nsecrets = ["env:{}!"]\n',
    '[channels.a]\nkind = "webhook"\nsecrets = {{ new = "{}" }}\n',
    '[channels.a]\npassword = "{}"\n',
    '[[feeds]]\nurl = "https://me:{}@example.org/a.rss"\n',
    '[[feeds]]\nurl = "me:{}@example.org/a.rss"\n',
    '[[feeds]]\nurl = "htps://example.org/a.rss?key={}"\n',
    '[[feeds]]\nurl = "example.org/a.rss?key={}"\n',
    '[[feeds]]\nurl = "https://example.org/a.rss?key={0}"\n[[feeds]]\nurl = "https://example.org/a.rss?key={0}"\n',
    '[[feeds]]\nurl = "https://example.org/a.rss"\nauth = "{}"\n',
    '[[feeds]]\nurl = "https://example.org/a.rss"\nauth = {{ bearer = "{}" }}\n',
    '[[feeds]]\nurl = "https://example.org/a.rss"\nauth = {{ header = "{} x", value = "env:A" }}\n',
    '[[feeds]]\nurl = "https://example.org/a.rss"\nauth = {{ token = "{}" }}\n',
    '[service]\nproxy = "http://me:{}@proxy.example.org"\n',
    '[service]\ncontact = "ftp://me:{}@example.org"\n',
    '[channels.h]\nkind = "webhook"\n[[recipients]]\nid = "a"\nendpoints = ["h:https://me:{}@example.org/"]\n',
    '[[recipients]]\nid = "a"\nendpoints = ["h:https://example.org/?key={}"]\n',
    '[[recipients]]\nid = "a"\nendpoints = ["https://example.org/?key={}"]\n',
]


@given(
    st.sampled_from(WHERE),
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=8, max_size=20).map(lambda tail: f"Zq{tail}"),
)
def test_a_secret_written_into_the_file_is_never_shown(where: str, secret: str) -> None:
    """Wherever somebody pastes a password, the file is refused and the message does not repeat it."""
    with pytest.raises(ConfigError) as caught:
        parse(where.format(secret), "config.toml")
    assert secret.casefold() not in str(caught.value).casefold()
    assert secret not in repr(caught.value.problems)

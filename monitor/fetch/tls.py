"""Whom we trust: the system's certificate authorities, certifi's where the system has none, and the user's own."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi

from monitor.errors import ConfigError, Problem


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """A verifying context for HTTP/1.1. Raises ConfigError when `ca_file` cannot be read."""
    context = ssl.create_default_context()
    if not _system_has_roots():
        context.load_verify_locations(certifi.where())
    if ca_file is not None:
        _add(context, ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _system_has_roots() -> bool:
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    return bool(paths.cafile) or (folder is not None and folder.is_dir() and any(folder.iterdir()))


def _add(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        what = "cannot be read" if isinstance(error, (FileNotFoundError, PermissionError)) else "holds no certificate"
        remedy = "give a PEM file of certificate authorities"
        raise ConfigError((Problem(str(ca_file), None, "service.ca_file", what, remedy),)) from error

"""What is secret to one feed, and to whom it may be shown: that feed's own host, never another."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field

import httpx

from monitor.errors import SecretError
from monitor.fetch.headers import is_sendable
from monitor.fetch.redirects import Origin, parsed
from monitor.model.news import FetchRequest
from monitor.model.settings import FeedAuth
from monitor.ports import Secrets


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers for one origin."""

    origin: Origin
    headers: tuple[tuple[str, str], ...] = field(repr=False)

    def for_url(self, url: httpx.URL) -> tuple[tuple[str, str], ...]:
        """The headers that go along with a request of `url`."""
        return self.headers if self.origin.shares_credentials_with(Origin.of(url)) else ()


def credentials_of(request: FetchRequest, secrets: Secrets) -> Credentials | None:
    """The feed's `auth`, else the `user:pass@` of the feed's URL or of the request's own. Raises SecretError, naming
    the reference, where a secret cannot be had or cannot be sent."""
    feed = request.feed
    feed_url = parsed(feed.url) if feed is not None else None
    if feed is not None and feed.auth is not None and feed_url is not None:
        return Credentials(Origin.of(feed_url), (_auth_header(feed.auth, secrets),))
    for url in (feed_url, parsed(request.url)):
        if url is not None and url.userinfo:
            return Credentials(Origin.of(url), (("Authorization", _basic(url.username, url.password)),))
    return None


def _auth_header(auth: FeedAuth, secrets: Secrets) -> tuple[str, str]:
    secret = secrets(auth.secret)
    if auth.kind == "basic":
        return "Authorization", _basic(auth.name, secret)
    if not is_sendable(secret):
        raise SecretError(f"{auth.secret}: holds a line break or another character that no header may carry")
    return ("Authorization", f"Bearer {secret}") if auth.kind == "bearer" else (auth.name, secret)


def _basic(user: str, password: str) -> str:
    """RFC 7617, in UTF-8."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")

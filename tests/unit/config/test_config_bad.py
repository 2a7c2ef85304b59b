"""Bad configs: each case is the condition, the file, and every message that it gives, word for word."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

import pytest

from monitor.config import parse
from monitor.errors import ConfigError


@dataclass(frozen=True)
class Case:
    """One bad file."""

    condition: str
    text: str
    messages: str

    def __str__(self) -> str:
        return self.condition.replace(" ", "-")


CASES = [
    Case(
        "an unknown key near a known one",
        """
        [[feeds]]
        url = "https://example.org/a.rss"

        [[feeds]]
        url = "https://example.org/b.rss"

        # the regional one

        intervall = "30m"
        """,
        'config.toml:9: feeds[1].intervall: unknown key, did you mean "interval"?',
    ),
    Case(
        "an unknown key that is near none",
        """
        [topics.truce]
        words = ["truce"]
        terms = ["truce"]
        """,
        "config.toml:2: topics.truce.words: unknown key, known here are name and terms",
    ),
    Case(
        "unknown tables",
        """
        [[feed]]
        [recipient.desk]
        """,
        """
        config.toml:1: feed: unknown key, did you mean "feeds"?
        config.toml:2: recipient: unknown key, did you mean "recipients"?
        """,
    ),
    Case(
        "a table where a list of tables is meant and the other way round",
        """
        [feeds]
        url = "https://example.org/a.rss"
        [[channels]]
        kind = "file"
        """,
        """
        config.toml:1: feeds: a table is not a list of tables, write [[feeds]]
        config.toml:3: channels: a list is not a table of tables, write [channels.NAME]
        """,
    ),
    Case(
        "wrong types",
        """
        [service]
        state = 3
        [service.pacing]
        polls = "20"
        pages = 0
        [[feeds]]
        url = 2026-11-23
        own = "yes"
        [[rules]]
        id = "x"
        all = "Gaza"
        any = ["a", 2]
        [[rules]]
        id = "y"
        all = [
          "Gaza",
          3,  # not a text
        ]
        """,
        """
        config.toml:2: service.state: 3 is not a text, write one text in quotes
        config.toml:4: service.pacing.polls: "20" is not a whole number, write a number without quotes, like 20
        config.toml:5: service.pacing.pages: 0 is too small, write a number from 1
        config.toml:7: feeds[0].url: 2026-11-23 is not a text, write one text in quotes
        config.toml:8: feeds[0].own: "yes" is not true or false, write true or false without quotes
        config.toml:11: rules[0].all: "Gaza" is not a list, write ["…", "…"]
        config.toml:12: rules[0].any[1]: 2 is not a text, write one text in quotes
        config.toml:17: rules[1].all[1]: 3 is neither a text nor a list of texts, write texts in quotes
        """,
    ),
    Case(
        "required keys left out",
        """
        [channels.mail]
        kind = "email"

        [channels.hook]
        timeout = "20s"

        [[recipients]]
        name = "Desk"

        [[feeds]]
        name = "No address"
        """,
        """
        config.toml:1: channels.mail.smtp: missing, add smtp = "smtps://desk@mail.example.org"
        config.toml:4: channels.hook.kind: missing, add kind = "email", "webhook", "file" or "console"
        config.toml:7: recipients[0].endpoints: missing, add endpoints = ["mail:desk@example.org"]
        config.toml:7: recipients[0].id: missing, add id = "desk"
        config.toml:10: feeds[0].url: missing, add url = "https://example.org/world.rss"
        """,
    ),
    Case(
        "names that lead nowhere",
        """
        digests.morning.at = "06:30"
        channels.mail = { kind = "email", smtp = "smtp+insecure://localhost" }

        [[recipients]]
        id = "desk"
        endpoints = [
          "mail:desk@example.org",
          "mial:chief@example.org",
        ]
        alerts = ["truce", "rafa"]
        digests = ["mornign"]
        digest = { rules = ["*", "nothing-like-it"] }

        [actors.haniyeh]
        name = "Ismail Haniyeh"

        [topics.truce]
        terms = ["truce"]

        [[rules]]
        id = "truce"
        all = [
          "@haniyah",
          ["#truces", "text:@truce"],
        ]
        none = ["@nobody"]
        at_least = { count = 1, of = ["x", "#haniyeh"] }

        [[rules]]
        id = "rafah"
        any = ["Rafah"]
        """,
        """
        config.toml:8: recipients[0].endpoints[1]: there is no channel "mial", did you mean "mail"?
        config.toml:10: recipients[0].alerts[1]: there is no rule "rafa", did you mean "rafah"?
        config.toml:11: recipients[0].digests[0]: there is no digest "mornign", did you mean "morning"?
        config.toml:12: recipients[0].digest.rules[1]: there is no rule "nothing-like-it", name a rule by its id, or write "*" for every rule
        config.toml:23: rules[0].all[0]: there is no actor "haniyah", did you mean "@haniyeh"?
        config.toml:24: rules[0].all[1][0]: there is no topic "truces", did you mean "#truce"?
        config.toml:24: rules[0].all[1][1]: there is no actor "truce", did you mean "#truce"?
        config.toml:26: rules[0].none[0]: there is no actor "nobody", add [actors.nobody]
        config.toml:27: rules[0].at_least.of[1]: there is no topic "haniyeh", did you mean "@haniyeh"?
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "ids that are taken",
        """
        [[rules]]
        id = "truce"
        any = ["truce"]
        [[rules]]
        any = ["ceasefire"]
        id = "truce"
        [[recipients]]
        id = "desk"
        endpoints = ["console"]
        digest = {}
        [[recipients]]
        endpoints = ["console"]
        id = "desk"
        digest = { id = "evening" }
        [digests.desk]
        [digests.evening]
        """,
        """
        config.toml:6: rules[1].id: "truce" is the id of rules[0] too, choose another
        config.toml:10: recipients[0].digest: it takes the recipient's id "desk", which digests.desk has, add an id to it, like id = "desk-own"
        config.toml:13: recipients[1].id: "desk" is the id of recipients[0] too, choose another
        config.toml:14: recipients[1].digest.id: "evening" is the id of digests.evening too, choose another
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "feeds that are the same",
        """
        [[feeds]]
        url = "https://example.org/a.rss"
        [[feeds]]
        url = "https://example.org/a.rss"
        [[feeds]]
        url = "https://example.org/A.xml"
        """,
        """
        config.toml:4: feeds[1].url: "https://example.org/a.rss" is the URL of feeds[0] too, take one of them out
        config.toml:6: feeds[2].url: the URL gives the id "example-org-a", which feeds[0] has too, add an id, like id = "example-world"
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "bad addresses of feeds",
        """
        feeds = [
          { url = "ftp://example.org/rss" },
          { url = "example.org/rss" },
          { url = "htps://example.org/rss" },
          { name = "x", url = "feed://example.org/rss" },
          { url = "https://" },
          { url = "https://[::1/rss" },
          { url = "https://example.org:99999/rss" },
          { url = "https://example.org/a b" },
          { url = "https://bob:hunter2@example.org/rss?key=hunter2" },
        ]
        """,
        """
        config.toml:2: feeds[0].url: "ftp://example.org/rss" is not a feed address, only http and https are fetched
        config.toml:3: feeds[1].url: "example.org/rss" is not a feed address, did you mean "https://example.org/rss"?
        config.toml:4: feeds[2].url: "htps://example.org/rss" is not a feed address, did you mean "https://example.org/rss"?
        config.toml:5: feeds[3].url: "feed://example.org/rss" is not a feed address, did you mean "https://example.org/rss"?
        config.toml:6: feeds[4].url: "https://" names no host, write "https://host/path"
        config.toml:7: feeds[5].url: "https://[::1/rss" is not a feed address, check the host and the port
        config.toml:8: feeds[6].url: "https://example.org:99999/rss" is not a feed address, check the host and the port
        config.toml:9: feeds[7].url: "https://example.org/a b" is not a feed address, take out the spaces and line breaks
        config.toml:10: feeds[8].url: "https://…@example.org/rss?…" holds credentials, write auth = { user = "NAME", password = "env:NAME" } instead
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "bad endpoints",
        """
        [channels]
        hook.kind = "webhook"
        mail = { kind = "email", smtp = "smtp+insecure://localhost" }

        [[recipients]]
        id = "desk"
        endpoints = ["mail:desk",
          "hook:ftp://example.org/x", "desk@example.org",
          "https://example.org/hook?key=hunter2",
          "file:", "console:out"]
        digest = {}
        """,
        """
        config.toml:7: recipients[0].endpoints[0]: "desk" is not a mail address, write "desk@example.org"
        config.toml:8: recipients[0].endpoints[1]: "ftp://example.org/x" is not a webhook address, only http and https are fetched
        config.toml:8: recipients[0].endpoints[2]: a mail address without its channel, declare a channel of kind "email" and write "NAME:…@…"
        config.toml:9: recipients[0].endpoints[3]: a URL without its channel, declare a channel of kind "webhook" and write "NAME:https://…"
        config.toml:10: recipients[0].endpoints[4]: "file:" names no folder, write "file:out"
        config.toml:10: recipients[0].endpoints[5]: "console:out" has an address, the console has none, write "console"
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "zones and times that do not exist",
        """
        service.timezone = "Africa/Kairo"
        [[recipients]]
        id = "desk"
        endpoints = ["console"]
        timezone = "cairo"
        digest = { at = "25:00", days = ["mon", "funday", 3], empty = "sometimes" }
        [digests.noon]
        at = 12:00:30
        timezone = "12345"
        """,
        """
        config.toml:1: service.timezone: "Africa/Kairo" is not a time zone, did you mean "Africa/Cairo"?
        config.toml:5: recipients[0].timezone: "cairo" is not a time zone, did you mean "Africa/Cairo"?
        config.toml:6: recipients[0].digest.at: "25:00" is not a time of day, write "07:00" to "23:59"
        config.toml:6: recipients[0].digest.days[1]: "funday" is not a day, did you mean "sunday"?
        config.toml:6: recipients[0].digest.days[2]: 3 is not a text, write one text in quotes
        config.toml:6: recipients[0].digest.empty: "sometimes" is not a choice, write "always", "weekly" or "never"
        config.toml:8: digests.noon.at: 12:00:30 is not a time of day, write "07:00" to "23:59"
        config.toml:9: digests.noon.timezone: "12345" is not a time zone, write a name like "Africa/Cairo" or "UTC"
        """,
    ),
    Case(
        "durations and sizes that cannot be read",
        """
        [service.pacing]
        deadline = "soon"
        page_pause = 2
        page_wait = "1m30"
        worker_deadline = "0s"
        feed_bytes = "10MO"
        page_bytes = 0
        """,
        """
        config.toml:2: service.pacing.deadline: "soon" is not a duration, write "90s", "60m", "1h30m" or "1d"
        config.toml:3: service.pacing.page_pause: 2 has no unit, write "2m" or "2s"
        config.toml:4: service.pacing.page_wait: "1m30" is not a duration, write "90s", "60m", "1h30m" or "1d"
        config.toml:5: service.pacing.worker_deadline: "0s" is no time at all, write "90s", "60m", "1h30m" or "1d"
        config.toml:6: service.pacing.feed_bytes: "10MO" is not a size, write "500kB", "10MB" or "1.5GB"
        config.toml:7: service.pacing.page_bytes: 0 is not a size, write "500kB", "10MB" or "1.5GB"
        """,
    ),
    Case(
        "intervals under the floor",
        """
        [service.pacing]
        interval = "5m"
        floor = "20m"
        [[feeds]]
        url = "https://example.org/a.rss"
        interval = "15m"
        [[feeds]]
        url = "https://example.org/b.rss"
        interval = "1m"
        own = true
        """,
        """
        config.toml:2: service.pacing.interval: "5m" is under 15 minutes, raise it; a feed on a server of your own may be polled faster: own = true and interval there
        config.toml:6: feeds[0].interval: "15m" is under the floor of 20m, raise it, or add own = true if the server is yours
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "an interval under fifteen minutes on a server of others",
        """
        [[feeds]]
        url = "https://example.org/a.rss"
        interval = "14m59s"
        """,
        'config.toml:3: feeds[0].interval: "14m59s" is under 15 minutes, raise it, or add own = true if the server is yours',  # noqa: E501 - a message is one line
    ),
    Case(
        "secrets written out are not shown",
        """
        [channels.mail]
        kind = "email"
        smtp = "smtps://desk:hunter2@mail.example.org"
        password = "hunter2"
        [channels.hook]
        kind = "webhook"
        secrets = [
          "env:HOOK",
          "whsec_hunter2",
        ]
        [[feeds]]
        url = "https://example.org/a.rss"
        auth = "hunter2"
        [[feeds]]
        url = "https://example.org/b.rss"
        auth = { user = "me", password = 2 }
        [[feeds]]
        url = "https://example.org/c.rss"
        [feeds.auth]
        header = "X-Key"
        value = "env:not a name"
        """,
        """
        config.toml:3: channels.mail.smtp: a password stands in the URL (it is not shown), take it out and write password = "env:NAME"
        config.toml:4: channels.mail.password: not a reference to a secret (what stands there is not shown), write "env:NAME", "file:PATH" or "credential:NAME", and keep the secret itself out of this file
        config.toml:9: channels.hook.secrets[1]: not a reference to a secret (what stands there is not shown), write "env:NAME", "file:PATH" or "credential:NAME", and keep the secret itself out of this file
        config.toml:13: feeds[0].auth: what stands here (it is not shown) is not a table, write { key = … } or give it a table of its own
        config.toml:16: feeds[1].auth.password: not a reference to a secret (what stands there is not shown), write "env:NAME", "file:PATH" or "credential:NAME", and keep the secret itself out of this file
        config.toml:21: feeds[2].auth.value: not a reference to a secret (what stands there is not shown), write "env:NAME", "file:PATH" or "credential:NAME", and keep the secret itself out of this file
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "an account with half a login",
        """
        [channels.a]
        kind = "email"
        smtp = "smtps://desk@mail.example.org"
        [channels.b]
        kind = "email"
        smtp = "smtps://mail.example.org"
        password = "env:MAIL_PASSWORD"
        [channels.c]
        kind = "email"
        smtp = "mail.example.org"
        [channels.d]
        kind = "emial"
        [[feeds]]
        url = "https://example.org/a.rss"
        auth = { user = "me", bearer = "env:TOKEN" }
        """,
        """
        config.toml:1: channels.a.password: missing, for there is a user name, add password = "env:MAIL_PASSWORD"
        config.toml:7: channels.b.password: there is no user name to go with it, write smtp = "smtps://USER@host"
        config.toml:10: channels.c.smtp: not the address of a mail server, write "smtps://user@mail.example.org", "smtp://…" (STARTTLS) or "smtp+insecure://…" (none)
        config.toml:12: channels.d.kind: "emial" is not a kind of channel, did you mean "email"?
        config.toml:15: feeds[0].auth: not one of the three ways to log in, write { user = "NAME", password = "env:NAME" }, { bearer = "env:NAME" } or { header = "X-Api-Key", value = "env:NAME" }
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "rules that would match everything",
        """
        [[rules]]
        id = "all"

        [[rules]]
        id = "not-football"
        all = []
        none = ["football"]

        [[rules]]
        id = "empty"
        all = [
          "Gaza",
          [],
          "",
          ["truce", " "],
        ]
        query = ""
        """,
        """
        config.toml:1: rules[0]: "all" would match every article, say what to find with all, any, at_least or query
        config.toml:4: rules[1]: "not-football" would match every article, say what to find with all, any, at_least or query
        config.toml:13: rules[2].all[1]: an empty list, write at least one item or leave it out
        config.toml:14: rules[2].all[2][0]: an empty text, write a word or leave it out
        config.toml:15: rules[2].all[3][1]: an empty text, write a word or leave it out
        config.toml:17: rules[2].query: an empty text, write a word or leave it out
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "policies that do not exist",
        """
        [[rules]]
        id = "truce talks"
        any = ["truce"]
        priority = "hihg"
        subject = "email"
        mention = "Digest"
        near = "sentance"
        at_least = { count = 3, of = ["a", "b", "b"] }
        [actors."al sisi"]
        name = "Sisi"
        kind = "human"
        """,
        """
        config.toml:2: rules[0].id: "truce talks" cannot be an id, use letters a to z, digits, "-" and "_", 64 at most
        config.toml:4: rules[0].priority: "hihg" is not a priority, did you mean "high"?
        config.toml:5: rules[0].subject: "email" is not a reaction, write "alert", "digest" or "ignore"
        config.toml:6: rules[0].mention: "Digest" is not a reaction, did you mean "digest"?
        config.toml:7: rules[0].near: "sentance" is not a distance, did you mean "sentence"?
        config.toml:8: rules[0].at_least.count: 3 different items can never be found among 2, lower it or add items to `of`
        config.toml:9: actors."al sisi": "al sisi" cannot be an id, use letters a to z, digits, "-" and "_", 64 at most
        config.toml:11: actors."al sisi".kind: "human" is not a kind of actor, write "person", "organisation", "place" or "other"
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "a service that cannot be",
        """
        [service]
        contact = "call me"
        proxy = "http://me:hunter2@proxy.example.org:3128"
        allow_private = [
          "10.0.0.0/40",
          "intranet.example.org",
          "300.1.2.3",
        ]
        """,
        """
        config.toml:2: service.contact: "call me" cannot stand in a header, write "https://example.org/about" or "desk@example.org"
        config.toml:3: service.proxy: "http://…@proxy.example.org:3128" holds credentials, take them out of the URL
        config.toml:5: service.allow_private[0]: "10.0.0.0/40" is neither a network nor a host name, write "192.168.0.0/16", "10.0.0.5" or a host name
        config.toml:7: service.allow_private[2]: "300.1.2.3" is neither a network nor a host name, write "192.168.0.0/16", "10.0.0.5" or a host name
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "values that are nearly right",
        """
        [service]
        contact = "example.org"
        proxy = "https://proxy.example.org"
        timezone = ["UTC"]
        channels.box = 3
        [channels]
        plain = 3
        [channels.mail]
        kind = "email"
        smtp = "smtps://mail.example.org/inbox"
        from = "Desk <desk@example.org>"
        from_name = "two\\nlines"
        [[feeds]]
        url = "https://example.org/a.rss"
        auth = { header = "X Key", value = "env:KEY" }
        backfill = -1
        language = "English"
        """,
        """
        config.toml:2: service.contact: "example.org" is neither a web nor a mail address, write "https://example.org/about" or "desk@example.org"
        config.toml:3: service.proxy: "https://proxy.example.org" is not an HTTP proxy, write "http://host:port"
        config.toml:4: service.timezone: a list is not a text, write one text in quotes
        config.toml:5: service.channels: unknown key, known here are state, timezone, contact, proxy, ca_file, allow_private and pacing
        config.toml:7: channels.plain: 3 is not a table, write { key = … } or give it a table of its own
        config.toml:10: channels.mail.smtp: the address of a mail server ends after host and port, write "smtps://user@mail.example.org", "smtp://…" (STARTTLS) or "smtp+insecure://…" (none)
        config.toml:11: channels.mail.from: "Desk <desk@example.org>" is not a mail address, write "desk@example.org"
        config.toml:12: channels.mail.from_name: "two\\nlines" is not one line of text, write a name of one line
        config.toml:15: feeds[0].auth.header: not the name of a header, write a name like "X-Api-Key"
        config.toml:16: feeds[0].backfill: -1 is not a number of entries, write a number from 0, or "all"
        config.toml:17: feeds[0].language: "English" is not a language code, write "en", "ar", "he", …
        """,  # noqa: E501 - a message is one line
    ),
    Case(
        "a key given twice",
        """
        [service]
        timezone = "UTC"
        timezone = "UTC"
        """,
        "config.toml:3: not valid TOML: Cannot overwrite a value, column 17, this key is there already, take one out",
    ),
    Case(
        "a quote left open",
        """
        [[feeds]]
        url = "https://example.org/a.rss
        name = "A"
        """,
        """config.toml:2: not valid TOML: Illegal character '\\n', column 33, close the quote on the same line, or use \"\"\" for a text of several lines""",  # noqa: E501 - a message is one line
    ),
    Case(
        "a text without quotes",
        """
        [[feeds]]
        url = https://example.org/a.rss
        """,
        "config.toml:2: not valid TOML: Invalid value, column 7, put texts in quotes; numbers, true and false stand without",  # noqa: E501 - a message is one line
    ),
    Case(
        "a list left open",
        """
        [[rules]]
        id = "x"
        any = ["truce"
        """,
        'config.toml:3: not valid TOML: Unclosed array, close the list with "]"',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_problem_is_told_at_once_with_its_line_and_a_remedy(case: Case) -> None:
    """A bad config gives exactly these messages, in the order of their lines."""
    with pytest.raises(ConfigError) as caught:
        parse(dedent(case.text).lstrip("\n"), "config.toml")
    assert str(caught.value).splitlines() == dedent(case.messages).strip().splitlines()


def test_what_no_toml_reader_survives_is_a_config_error_too() -> None:
    """A number of 5,000 digits and lists nested 5,000 deep are refused with a message, not a traceback."""
    for text in ("a = " + "9" * 5000, "a = " + "[" * 5000):
        with pytest.raises(ConfigError, match=r"^config\.toml: not valid TOML"):
            parse(text, "config.toml")


def test_a_key_of_five_thousand_parts_is_an_unknown_key() -> None:
    """Depth alone breaks nothing: the key is reported like any other."""
    with pytest.raises(ConfigError, match=r"^config\.toml:2: a: unknown key"):
        parse("\n" + ".".join("a" * 5000) + " = 1\n", "config.toml")

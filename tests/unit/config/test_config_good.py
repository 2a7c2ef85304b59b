"""Good configs: what they become, defaults included."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from monitor.config import Parsed, json_schema, parse
from monitor.config.addresses import feed_id
from monitor.model.settings import (
    Actor,
    ConsoleChannel,
    Digest,
    EmailChannel,
    EmptyDigest,
    Endpoint,
    Feed,
    FeedAuth,
    FileChannel,
    Pacing,
    Priority,
    Reaction,
    Recipient,
    Rule,
    SecretRef,
    Service,
    Topic,
    WebhookChannel,
)

SHORTEST = """
[channels.mail]
kind = "email"
smtp = "smtps://desk@mail.example.org"
password = "env:MAIL_PASSWORD"

[[recipients]]
id = "desk"
endpoints = ["mail:desk@example.org"]
digest = { at = "07:00" }

[[feeds]]
url = "https://example.com/world.rss"

[[rules]]
id = "truce"
all = ["Gaza", ["truce", "ceasefire", "هدنة"]]
"""

WHOLE = """
[service]
state = "/var/lib/monitor"
timezone = "Africa/Cairo"
contact = "https://example.org/about"
proxy = "http://proxy.example.org:3128"
ca_file = "certs/ca.pem"
allow_private = ["192.168.1.7/16", "127.0.0.1", "Intranet.example.org"]

[service.pacing]
interval = "1h30m"
floor = "20m"
page_pause = "0s"
feed_bytes = "20MB"
page_bytes = 4_000_000
worker_memory = "1.5GiB"
workers = 4

[channels.mail]
kind = "email"
smtp = "smtp://me%40example.org@mail.example.org:2587"
username = "desk"
password = "credential:mail"
from = "monitor@example.org"
from_name = "News watch"
timeout = "45s"
neutral_subjects = true

[channels.relay]
kind = "email"
smtp = "smtp+insecure://[::1]"

[channels.hook]
kind = "webhook"
secrets = ["env:NEW", "file:keys/old"]

[channels.plain]
kind = "webhook"
secrets = "env:ONLY"
timeout = "5s"

[[recipients]]
id = "gaza-desk"
endpoints = ["mail:a@example.org", "hook:https://example.org/h?k=1", "file:out", "console"]
languages = ["en", "ar"]
alerts = ["truce"]
alarms = false
digests = ["morning"]
digest = { id = "late", at = 18:30:00, days = ["Friday", "mon"], rules = ["truce"], empty = "weekly" }

[digests.morning]
at = "6:30"
timezone = "UTC"

[[feeds]]
id = "one"
url = "https://example.org/one.rss"
name = "One"
language = "ar"
group = "agencies"
interval = "5m"
own = true
auth = { header = "X-Key", value = "file:key" }
backfill = "all"
robots = false
excerpt = false

[[feeds]]
url = "http://www.example.org/World/News.xml?edition=me"
auth = { user = "me", password = "env:P" }

[[feeds]]
url = "https://feeds.example.net/rss"
auth = { bearer = "env:T" }
backfill = 0

[actors.haniyeh]
name = "Ismail Haniyeh"
kind = "person"
aliases = ["Haniya", "هنية"]

[topics.truce]
terms = ["truce", "ceasefire"]

[[rules]]
id = "truce"
name = "Truce talks"
all = ["@haniyeh", ["#truce", "title:Gaza"]]
any = ["=AI"]
at_least = { count = 2, of = ["a", "b", "c"] }
none = ["football"]
near = "2 sentences"
query = "x AND y"
priority = "critical"
subject = "digest"
mention = "ignore"
description = "Talks."

[[rules]]
id = "gaza-border_crossing"
any = ["Rafah"]
"""


def whole() -> Parsed:
    return parse(WHOLE, "config.toml", Path("/etc/monitor"))


def test_the_shortest_useful_file_is_a_dozen_lines_and_has_no_warning() -> None:
    """Feeds, one rule of words and one address are enough."""
    parsed = parse(SHORTEST, "config.toml")
    settings = parsed.settings
    assert len([line for line in SHORTEST.splitlines() if line and not line.startswith("[")]) <= 12
    assert parsed.warnings == ()
    assert settings.service == Service(state=Path("state"))
    assert settings.feeds == (Feed("example-com-world", "https://example.com/world.rss", "example.com"),)
    assert settings.rules == (Rule("truce", "Truce", (("Gaza",), ("truce", "ceasefire", "هدنة"))),)
    assert settings.digests_of(settings.recipients[0]) == (Digest("desk", "Desk", time(7)),)
    assert settings.channels[0] == EmailChannel(
        "mail", "mail.example.org", 465, "tls", "desk", SecretRef("env", "MAIL_PASSWORD"), "desk@example.org"
    )


def test_nobody_named_means_a_folder_is_told() -> None:
    """Without channels and recipients, alerts and a digest at seven go into the folder `out` of the state folder."""
    settings = parse('service.timezone = "Asia/Gaza"\n', "config.toml").settings
    (recipient,) = settings.recipients
    assert (recipient.endpoints, recipient.timezone) == ((Endpoint("file", "out"),), "Asia/Gaza")
    assert (recipient.is_alerted_by("any"), settings.digests_of(recipient)[0].at) == (True, time(7))
    assert settings.channels == (FileChannel("file"), ConsoleChannel("console"))


def test_the_service_takes_what_is_written_and_defaults_for_the_rest() -> None:
    """Durations, sizes and networks are read, relative paths start at the config's folder."""
    assert whole().settings.service == Service(
        state=Path("/var/lib/monitor"),
        timezone="Africa/Cairo",
        contact="https://example.org/about",
        proxy="http://proxy.example.org:3128",
        ca_file=Path("/etc/monitor/certs/ca.pem"),
        allow_private=("192.168.0.0/16", "127.0.0.1", "intranet.example.org"),
        pacing=Pacing(
            interval=timedelta(minutes=90),
            floor=timedelta(minutes=20),
            page_pause=timedelta(0),
            feed_bytes=20_000_000,
            page_bytes=4_000_000,
            worker_memory=1_610_612_736,
            workers=4,
        ),
    )


def test_channels_become_accounts_and_forms() -> None:
    """Every channel declared, in order, then the two that exist anyway."""
    assert whole().settings.channels == (
        EmailChannel(
            id="mail",
            host="mail.example.org",
            port=2587,
            security="starttls",
            username="desk",
            password=SecretRef("credential", "mail"),
            sender="monitor@example.org",
            sender_name="News watch",
            timeout=timedelta(seconds=45),
            neutral_subjects=True,
        ),
        EmailChannel("relay", "::1", 25, "none", None, None, "monitor@::1"),
        WebhookChannel("hook", (SecretRef("env", "NEW"), SecretRef("file", "/etc/monitor/keys/old"))),
        WebhookChannel("plain", (SecretRef("env", "ONLY"),), timedelta(seconds=5)),
        FileChannel("file"),
        ConsoleChannel("console"),
    )


def test_recipients_and_digests_are_resolved() -> None:
    """A digest written in place stands among the digests under its own id; the zone falls back to the service's."""
    settings = whole().settings
    assert settings.recipients == (
        Recipient(
            id="gaza-desk",
            name="Gaza desk",
            endpoints=(
                Endpoint("mail", "a@example.org"),
                Endpoint("hook", "https://example.org/h?k=1"),
                Endpoint("file", "out"),
                Endpoint("console", ""),
            ),
            timezone="Africa/Cairo",
            languages=("en", "ar"),
            alerts=("truce",),
            digests=("late", "morning"),
            alarms=False,
        ),
    )
    assert settings.digests == (
        Digest("morning", "Morning", time(6, 30), timezone="UTC"),
        Digest("late", "Gaza desk", time(18, 30), (0, 4), ("truce",), empty=EmptyDigest.WEEKLY),
    )


def test_feeds_have_ids_and_names_from_their_urls() -> None:
    """What is not given is made from the URL; credentials stay references."""
    assert whole().settings.feeds == (
        Feed(
            id="one",
            url="https://example.org/one.rss",
            name="One",
            language="ar",
            group="agencies",
            interval=timedelta(minutes=5),
            own=True,
            auth=FeedAuth("header", SecretRef("file", "/etc/monitor/key"), "X-Key"),
            backfill=None,
            robots=False,
            excerpt=False,
        ),
        Feed(
            id="example-org-world-news-edition-me",
            url="http://www.example.org/World/News.xml?edition=me",
            name="example.org",
            auth=FeedAuth("basic", SecretRef("env", "P"), "me"),
        ),
        Feed(
            id="feeds-example-net-rss",
            url="https://feeds.example.net/rss",
            name="example.net",
            auth=FeedAuth("bearer", SecretRef("env", "T")),
            backfill=0,
        ),
    )


def test_rules_actors_and_topics_are_taken_whole() -> None:
    """A nested list is any-of, a text alone is a group of one."""
    settings = whole().settings
    assert settings.actors == (Actor("haniyeh", "Ismail Haniyeh", "person", ("Haniya", "هنية")),)
    assert settings.topics == (Topic("truce", "Truce", ("truce", "ceasefire")),)
    assert settings.rules == (
        Rule(
            id="truce",
            name="Truce talks",
            all=(("@haniyeh",), ("#truce", "title:Gaza")),
            any=("=AI",),
            at_least=2,
            of=("a", "b", "c"),
            none=("football",),
            near="2 sentences",
            query="x AND y",
            priority=Priority.CRITICAL,
            subject=Reaction.DIGEST,
            mention=Reaction.IGNORE,
            description="Talks.",
        ),
        Rule("gaza-border_crossing", "Gaza border crossing", any=("Rafah",)),
    )


@pytest.mark.parametrize("near", [12, "sentence", "3 sentences", "paragraph", "2 paragraphs", "20 words"])
def test_near_is_a_number_of_words_sentences_or_paragraphs(near: int | str) -> None:
    """Each way to write a distance reaches the rule as it was written."""
    written = near if isinstance(near, int) else f'"{near}"'
    text = f'[[rules]]\nid = "x"\nall = ["a", "b"]\nnear = {written}\n'
    assert parse(text, "config.toml").settings.rules[0].near == near


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    """A file saved by an editor on Windows means the same."""
    assert parse("\ufeff" + WHOLE.replace("\n", "\r\n"), "config.toml", Path("/etc/monitor")) == whole()


def test_the_state_folder_of_systemd_is_taken_where_none_is_named() -> None:
    """STATE_DIRECTORY is the default; what the file says wins; the folder of the file is the last resort."""
    environ = {"STATE_DIRECTORY": "/var/lib/monitor:/var/lib/other"}
    named = parse('service.state = "here"', "a/config.toml", environ=environ)
    assert parse("", "a/config.toml", environ=environ).settings.service.state == Path("/var/lib/monitor")
    assert named.settings.service.state == Path("a/here")
    assert parse("", "a/config.toml").settings.service.state == Path("a/state")


def test_ids_from_urls_that_are_long_or_not_latin_stay_apart() -> None:
    """Where letters are lost or cut away, a hash of the URL keeps two feeds two."""
    long = "https://example.org/" + "a" * 80
    ids = [feed_id(url) for url in (long, long + "b", "https://example.org/خبر", "https://example.org/غزة")]
    assert len(set(ids)) == 4
    assert all(len(one) <= 64 for one in ids)


WARNED = [
    (
        '[[recipients]]\nid = "desk"\nendpoints = ["console"]\nalerts = ["x"]\n',
        'config.toml:1: recipients[0]: "desk" gets alerts and no digest, so it is never told of one that is withdrawn, '
        'add digest = { at = "07:00" }',
    ),
    (
        '[[recipients]]\nid = "desk"\nendpoints = ["console"]\nalerts = []\n[[recipients]]\n'
        'id = "b"\nendpoints = ["console"]\ndigest = {}\n',
        'config.toml:1: recipients[0]: "desk" gets neither alerts nor a digest, '
        'add alerts = ["*"] or digest = { at = "07:00" }',
    ),
    (
        '\n[digests.noon]\nat = "12:00"\n',
        'config.toml:2: digests.noon: no recipient gets this digest, add digests = ["noon"] to one',
    ),
    (
        '[channels.hook]\nkind = "webhook"\n',
        "config.toml:1: channels: there are channels and no recipients: messages go into the folder out of the state "
        "folder only, add [[recipients]]",
    ),
    (
        '[[recipients]]\nid = "a"\nendpoints = ["mail:a@example.org"]\ndigest = {}\n[channels.mail]\nkind = "email"\n'
        'smtp = "smtp+insecure://me@mail.example.org"\npassword = "env:X"\n',
        "config.toml:7: channels.mail.smtp: the password crosses the network unencrypted, "
        "use smtps:// or smtp:// (STARTTLS)",
    ),
    (
        '[[rules]]\nid = "y"\nany = ["y"]\n[[recipients]]\nid = "a"\nendpoints = ["console"]\nalerts = ["x"]\n'
        'digest = { rules = ["x"] }\n',
        'config.toml:1: rules[0]: "y" alerts nobody and stands in no digest, '
        "name it in alerts or in the rules of a digest",
    ),
]
REST = '\n[[feeds]]\nurl = "https://example.org/a.rss"\n\n[[rules]]\nid = "x"\nany = ["x"]\n'


@pytest.mark.parametrize(("text", "warning"), WARNED)
def test_what_is_probably_not_meant_is_a_warning_with_its_line(text: str, warning: str) -> None:
    """The config is taken, and exactly this is said beside it."""
    assert [str(problem) for problem in parse(text + REST, "config.toml").warnings] == [warning]


def test_a_webhook_can_do_without_a_digest() -> None:
    """A webhook is told of a withdrawn alert at once: no warning."""
    text = '[channels.h]\nkind = "webhook"\n[[recipients]]\nid = "a"\nendpoints = ["h:https://example.org/x"]\n'
    assert parse(text + REST, "config.toml").warnings == ()


def test_an_empty_file_is_told_that_it_does_nothing() -> None:
    """Neither feeds nor rules: two warnings without a line."""
    assert [str(problem) for problem in parse("", "config.toml").warnings] == [
        "config.toml: there are no feeds, so nothing is read, add [[feeds]]",
        "config.toml: there are no rules, so nothing is found, add [[rules]]",
    ]


def test_the_json_schema_names_every_table_and_knows_no_null() -> None:
    """Editors get the tables, the keys as written, the choices, and nothing TOML cannot write."""
    schema = json_schema()
    assert sorted(schema["properties"]) == [
        "actors", "channels", "digests", "feeds", "recipients", "rules", "service", "topics",
    ]  # fmt: skip
    assert schema["additionalProperties"] is False
    assert "from" in schema["$defs"]["EmailShape"]["properties"]
    assert schema["$defs"]["RuleShape"]["properties"]["priority"]["enum"] == ["low", "normal", "high", "critical"]
    assert schema["$defs"]["FeedShape"]["properties"]["interval"]["type"] == "string"
    assert '"null"' not in str(schema).replace("'", '"')

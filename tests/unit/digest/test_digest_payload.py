"""Webhook payloads against the published schema."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from monitor.digest.payload import LIMIT, render_json, webhook_schema
from monitor.model.news import Span
from monitor.model.telling import Message
from tests.samples.telling import ALERT, ARABIC, BODY, EVERY, HUDNA, NOW, RICH, flood, source

SCHEMA = webhook_schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {"$ref", "$schema", "$defs", "title", "description", "type", "properties", "required", "items", "enum", "const"}
KNOWN |= {"oneOf", "pattern"}


def faults(value: Any, schema: dict[str, Any], path: str = "$") -> list[str]:
    """What of `value` does not fit `schema` (the keywords that the published file uses); an undescribed key is a fault
    too, so that the file cannot fall behind."""
    assert set(schema) <= KNOWN, f"the check does not know {set(schema) - KNOWN}"
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], path)
    if "oneOf" in schema:
        tried = [faults(value, one, path) for one in schema["oneOf"]]
        return [] if sum(not t for t in tried) == 1 else min(tried, key=len) or [f"{path}: several fit"]
    found = []
    wanted = schema.get("type", [])
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if kinds and not any(isinstance(value, TYPES[k]) and (k == "boolean" or value is not True) for k in kinds):
        found.append(f"{path}: {value!r} is no {kinds}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        found.append(f"{path}: {value!r} does not look like {schema['pattern']}")
    if isinstance(value, dict):
        described = schema.get("properties", {})
        found += [f"{path}.{key} is missing" for key in schema.get("required", []) if key not in value]
        found += [f"{path}.{key} is not described" for key in value if key not in described]
        found += [f for key in value if key in described for f in faults(value[key], described[key], f"{path}.{key}")]
    if isinstance(value, list):
        found += [f for n, one in enumerate(value) for f in faults(one, schema["items"], f"{path}[{n}]")]
    return found


def parts(message: Message) -> list[Any]:
    """The parsed payloads."""
    return [json.loads(body) for body in render_json(message)]


def huge() -> Message:
    """An alert with far more sources, spans and watches than 20 kB hold."""
    spans = tuple(Span("text", n, n + 5, "عربية"[:5], f"term {n}") for n in range(400))
    evidence = tuple(
        replace(ARABIC.evidence[0], match=replace(ARABIC.evidence[0].match, rule=f"rule-{n}", spans=spans))
        for n in range(30)
    )
    sources = tuple(source(n, f"صحيفة {n}", NOW, "عنوان طويل " * 20) for n in range(500))
    return replace(ALERT, item=replace(ARABIC, title="عنوان " * 100, evidence=evidence, sources=sources))


@pytest.mark.parametrize("kind", EVERY)
def test_every_payload_fits_the_published_schema(kind: str) -> None:
    """Each kind of message gives JSON that the published schema describes, key by key."""
    assert [f for payload in parts(EVERY[kind]) for f in faults(payload, SCHEMA)] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "alert.created"},
        {"type": "no.such", "timestamp": "2026-11-23T05:00:00Z", "data": {}},
        {"type": "ping", "timestamp": "yesterday", "data": {"schema": "1", "recipient": {"id": "a", "name": "b"}}},
        {
            "type": "ping",
            "timestamp": "2026-11-23T05:00:00Z",
            "data": {"schema": 1, "recipient": {"id": "a", "name": "b"}},
        },
    ],
)
def test_the_check_itself_refuses(broken: dict[str, Any]) -> None:
    """The schema and its check refuse payloads that lack a key, have another type or another schema."""
    assert faults(broken, SCHEMA)


def test_types_follow_the_kind() -> None:
    """The type names what happened."""
    names = [parts(message)[0]["type"] for message in EVERY.values()]
    assert names == [
        "alert.created",
        "alert.updated",
        "alert.withdrawn",
        "digest.created",
        "digest.created",
        "alarm.raised",
        "alarm.cleared",
        "ping",
    ]


def test_a_digest_is_whole_typed_json() -> None:
    """A digest by webhook holds all that the page says, not the page."""
    data = parts(RICH)[0]["data"]
    assert data["totals"] == {
        "stories": 4,
        "mentions": 3,
        "day_zero": 2,
        "withdrawn": 1,
        "held": 2,
        "quiet": 2,
        "troubles": 2,
    }
    stories = [s for payload in parts(RICH) for s in payload["data"]["stories"]]
    assert [s["status"] for s in stories] == ["developing", "new", "new", "new"]
    assert stories[1]["excerpt"]["text"].startswith("وصل وفد")
    assert stories[1]["gloss"].endswith("= Hamas, Cairo")
    assert data["coverage"]["feeds_checked"] == 41
    assert "html" not in json.dumps(data)


def test_marks_point_at_the_matched_terms() -> None:
    """Marks are offsets in code points of the extract."""
    excerpt = parts(ALERT)[0]["data"]["story"]["excerpt"]
    assert "Egypt's intelligence" in [excerpt["text"][a:b] for a, b in excerpt["marks"]]


def test_an_alert_stays_under_its_limit_and_tells_the_totals() -> None:
    """An alert with 500 sources and 12,000 spans stays under 20 kB and says how many there were."""
    bodies = render_json(huge())
    assert len(bodies) == 1
    assert len(bodies[0]) <= LIMIT
    story = json.loads(bodies[0])["data"]["story"]
    assert story["sources_total"] == 500
    assert 1 <= len(story["sources"]) < 500
    assert story["evidence"][0]["spans_total"] == 400
    assert faults(json.loads(bodies[0]), SCHEMA) == []


def test_a_large_digest_goes_in_numbered_parts() -> None:
    """Numbered parts, each under the limit and each naming digest, window and totals; nothing is lost or doubled."""
    message = flood(60)
    bodies = render_json(message)
    payloads = [json.loads(body) for body in bodies]
    assert len(bodies) > 1
    assert max(len(body) for body in bodies) <= LIMIT
    assert [p["data"]["part"] for p in payloads] == list(range(1, len(bodies) + 1))
    assert {p["data"]["parts"] for p in payloads} == {len(bodies)}
    assert {p["data"]["window"]["id"] for p in payloads} == {BODY.window_id}
    told = [s["id"] for p in payloads for s in p["data"]["stories"]]
    assert told == list(range(60))
    assert sum(len(p["data"]["troubles"]) for p in payloads) == 6
    assert [f for p in payloads for f in faults(p, SCHEMA)] == []


def test_a_huge_story_fits_a_part_of_a_digest() -> None:
    """A story too large for a part is cut like an alert."""
    item = huge().item
    assert item is not None
    bodies = render_json(replace(RICH, digest=replace(BODY, items=(item, HUDNA, item))))
    assert max(len(body) for body in bodies) <= LIMIT
    assert [s["sources_total"] for b in bodies for s in json.loads(b)["data"]["stories"]] == [500, 9, 500]


def test_without_a_limit_it_is_one_part() -> None:
    """For a file the digest is one document, its evidence whole."""
    whole = render_json(flood(60), limit=None)
    assert len(whole) == 1
    assert len(json.loads(whole[0])["data"]["stories"]) == 60


def test_only_web_links_and_plain_text() -> None:
    """A link of another scheme is null, and control characters do not pass."""
    bad = replace(HUDNA, title="a\x00b\nc", sources=(replace(HUDNA.sources[0], url="javascript:x"),))
    story = parts(replace(ALERT, item=bad))[0]["data"]["story"]
    assert story["url"] is None
    assert story["sources"][0]["url"] is None
    assert story["title"] == "ab c"


def test_equal_messages_give_equal_bytes() -> None:
    """Rendering twice gives the same bytes."""
    assert render_json(RICH) == render_json(replace(RICH))

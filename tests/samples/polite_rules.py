"""The rules of a polite feed fetcher, each in a line, with how it stands."""

from __future__ import annotations

from dataclasses import dataclass

KEPT, OPTION, LATER = "kept", "option, off", "not offered yet"


@dataclass(frozen=True)
class Rule:
    text: str
    standing: str = KEPT
    reason: str = ""


RULES: dict[int, Rule] = {
    1: Rule("an ETag is stored and sent back byte for byte; one that no header may carry is dropped"),
    2: Rule("Last-Modified is echoed as it came, never parsed or invented"),
    3: Rule("both validators are sent when both are held"),
    4: Rule("validators are updated although the body is the same"),
    5: Rule("validators are updated by a 304"),
    6: Rule("validators are kept from the first fetch on and over restarts"),
    7: Rule("validators are committed with the entries, never after a parse failure"),
    8: Rule("a 200 without validators clears the old ones"),
    9: Rule("validators belong to the final URL and go with it"),
    10: Rule("validators are dropped every so often", OPTION, "per feed: drop_validators, for servers stuck at 304"),
    11: Rule("a Last-Modified of 2038 is ignored"),
    12: Rule("the same body is not parsed again"),
    13: Rule("an hour by default, a quarter of an hour at least unless the server is one's own"),
    14: Rule("without validators: half the time an entry stays listed, within bounds; daily for large feeds"),
    15: Rule("the wait is the longest of interval, max-age less Age or Expires, ttl, updatePeriod; a day at most"),
    16: Rule("Cache-Control is honoured"),
    17: Rule("no-cache disables max-age and still revalidates"),
    18: Rule("freshness counts from a 304 too"),
    19: Rule("skipHours and skipDays are honoured, in GMT"),
    20: Rule("jitter only adds: never early"),
    21: Rule("a restart polls nothing again"),
    22: Rule("a manual refresh is conditional and respects a 429"),
    23: Rule("a backlog after a sleep or an outage is spread"),
    24: Rule("one request a host at a time, with a pause between feeds of one host"),
    25: Rule("Retry-After in seconds or as a date, by the server's own clock"),
    26: Rule("Retry-After holds for the host; per feed where the user says so"),
    27: Rule("without Retry-After an hour, doubling"),
    28: Rule("no interval or cap of the user shortens Retry-After"),
    29: Rule("other 4xx back off long; 404 to daily, then weekly"),
    30: Rule("410 stops a feed and is told; nothing else stops one"),
    31: Rule("5xx and network errors back off to a cap; when the network is down nothing counts against feeds"),
    32: Rule(
        "301 and 308 rewrite the URL once the whole chain is permanent, a feed is there, and it has held for days"
    ),
    33: Rule("302, 303 and 307 never rewrite"),
    34: Rule("a redirect to a login, consent page or captive portal is a failure"),
    35: Rule("five hops at most, loops are seen, each hop is validated"),
    36: Rule("feeds that move to one URL are merged, and that is told"),
    37: Rule("an honest User-Agent with version and contact"),
    38: Rule("no cookies, no Referer, nothing added to the query"),
    39: Rule("an Accept-Encoding that can be bounded, and a true Accept"),
    40: Rule("no favicon, no home page"),
    41: Rule("an article is not fetched again because its feed was polled"),
    42: Rule("A-IM: feed", LATER, "a later option; not sent, and what a 226 lacks is never taken as deleted"),
    43: Rule("archives (RFC 5005) are followed only to fill a gap, five documents at most"),
    44: Rule("a robot check is a failure of its own kind and is not bypassed"),
    45: Rule(
        "WebSub", LATER, "a later option, since it needs an address that publishers can reach; hubs are not asked"
    ),
}

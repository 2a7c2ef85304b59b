"""Contract of `OutboxTx`: decisions and deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.model.news import Prominence
from monitor.model.settings import Endpoint, Priority
from monitor.model.state import Cause, DeliveryRecord
from monitor.model.telling import (
    Action,
    Attempt,
    DeliveryKind,
    DeliveryState,
    Reason,
    Stage,
    Verdict,
)
from monitor.ports import Store, Tx
from tests.samples.held import (
    DAY,
    HOOK,
    HOUR,
    LEASE,
    MAIL,
    MINUTE,
    NOW,
    add_entry,
    alert,
    begin_story,
    decision,
    payload,
)

SENT = Attempt(Verdict.DELIVERED, "250 queued")
AGAIN = Attempt(Verdict.RETRY, "HTTP 503")
WITHDRAWAL = decision(Action.WITHDRAW, Reason.CLEARED)


async def _alerted(store: Store, delivery_id: str = "m1") -> tuple[int, int]:
    """One entry in a story, and one alert owed by mail: (entry id, story id)."""

    def work(tx: Tx) -> tuple[int, int]:
        entry_id, story_id = begin_story(tx)
        alert(tx, entry_id, story_id, delivery_id)
        return entry_id, story_id

    return await store.write(work)


async def _send(tx: Any, channel: str = "mail", attempt: Attempt = SENT, now: Any = NOW) -> list[str]:
    """Claim what is due on a channel and end each attempt so."""
    claimed = await tx.claim_deliveries(now, channel, 10, now + 5 * MINUTE)
    for delivery in claimed:
        assert await tx.finish_attempt(delivery.id, delivery.fence, attempt, now, None)
    return [delivery.id for delivery in claimed]


async def _state(seen: Any, delivery_id: str) -> DeliveryRecord:
    found: DeliveryRecord = next(row for row in await seen.outbox() if row.id == delivery_id)
    return found


async def test_a_decision_comes_back_whole(store: Store, tx: Any, seen: Any) -> None:
    """Every field, oldest first by entry."""
    entry_id, story_id = await store.write(begin_story)
    made = replace(decision(rules=("b", "a"), priority=Priority.HIGH), headline_only=True, stage=Stage.FEED)
    first = await tx.add_decision(entry_id, story_id, made, NOW)
    second = await tx.add_decision(entry_id, story_id, WITHDRAWAL, NOW + HOUR)
    record = await seen.decision(first)
    assert (record.entry_id, record.story_id, record.recipient, record.at) == (entry_id, story_id, "desk", NOW)
    assert (record.action, record.reason, record.rules) == (Action.ALERT, Reason.FIRST, ("b", "a"))
    assert (record.priority, record.prominence, record.stage) == (Priority.HIGH, Prominence.SUBJECT, Stage.FEED)
    assert (record.headline_only, record.ended) == (True, False)
    assert [d.id for d in await seen.decisions(entry_id)] == [first, second]
    assert await seen.decision(99) is None


async def test_a_digest_holds_an_entry_once_and_its_withdrawal_once(store: Store, tx: Any, seen: Any) -> None:
    """However often it is decided about, before and after the window that holds it was cut."""
    entry_id, story_id = await store.write(begin_story)
    for made in (decision(), decision(Action.UPGRADE)):
        await tx.add_decision(entry_id, story_id, made, NOW)
    assert len(await seen.pending_items("desk", "daily")) == 1
    await tx.cut_window("desk", "daily", NOW.date(), NOW - DAY, NOW + HOUR, 1)
    for made in (WITHDRAWAL, WITHDRAWAL, decision()):
        await tx.add_decision(entry_id, story_id, made, NOW + 2 * HOUR)
    [item] = await seen.pending_items("desk", "daily")
    assert (item.decision.action, item.window_id) == (Action.WITHDRAW, None)


async def test_items_stand_in_every_digest_of_the_decision_unless_told_not_to(store: Store, tx: Any, seen: Any) -> None:
    """Two digests, two items; with `digest_items` False none."""
    entry_id, story_id = await store.write(begin_story)
    both = decision(digests=("daily", "weekly"))
    await tx.add_decision(entry_id, story_id, both, NOW, digest_items=False)
    assert await seen.pending_items("desk", "daily") == []
    decision_id = await tx.add_decision(entry_id, story_id, both, NOW)
    for digest in both.digests:
        assert [i.decision.id for i in await seen.pending_items("desk", digest)] == [decision_id]
    assert await seen.pending_items("press", "daily") == []


async def test_items_are_taken_back_until_their_window_is_cut(store: Store, tx: Any, seen: Any) -> None:
    """Not those of others, not a withdrawal's, not those told already."""
    entry_id, story_id = await store.write(begin_story)
    await tx.add_decision(entry_id, story_id, decision(digests=("daily", "weekly")), NOW)
    await tx.add_decision(entry_id, story_id, decision(recipient="press"), NOW)
    await tx.cut_window("desk", "weekly", NOW.date(), NOW - DAY, NOW + HOUR, 1)
    await tx.add_decision(entry_id, story_id, WITHDRAWAL, NOW + 2 * HOUR)
    assert await tx.drop_digest_items(entry_id, "desk") == 1
    [item] = await seen.pending_items("desk", "daily")
    assert item.decision.action == Action.WITHDRAW
    assert len(await seen.pending_items("press", "daily")) == 1


async def test_the_unique_key_prevents_a_second_alert(store: Store, tx: Any, seen: Any) -> None:
    """The same (recipient, endpoint, kind, subject, seq) is owed once, under the first id; each part of it counts."""
    _, story_id = await _alerted(store)
    subject = str(story_id)
    key: dict[str, Any] = {
        "recipient": "desk",
        "endpoint": MAIL,
        "kind": DeliveryKind.ALERT,
        "subject": subject,
        "seq": 1,
    }
    assert not await tx.add_delivery("m2", at=NOW, cause=Cause(), rules=("ferries",), **key)
    assert [row.id for row in await seen.outbox()] == ["m1"]
    others: list[dict[str, Any]] = [
        {"recipient": "press"},
        {"endpoint": HOOK},
        {"endpoint": replace(MAIL, address="b@example.org")},
        {"kind": DeliveryKind.UPDATE},
        {"subject": "99"},
        {"seq": 2},
    ]
    for n, other in enumerate(others):
        assert await tx.add_delivery(f"o{n}", at=NOW, cause=Cause(), **(key | other))


async def test_messages_on_a_subject_are_counted_by_recipient_and_kind(store: Store, seen: Any) -> None:
    """1 for the first, then one more, whatever the endpoint."""
    _, story_id = await _alerted(store)
    subject = str(story_id)
    assert await seen.next_seq("desk", DeliveryKind.ALERT, subject) == 2
    assert await seen.next_seq("desk", DeliveryKind.UPDATE, subject) == 1
    assert await seen.next_seq("press", DeliveryKind.ALERT, subject) == 1
    assert await seen.next_seq("desk", DeliveryKind.ALERT, "99") == 1


async def test_a_claimed_delivery_is_leased(store: Store, tx: Any, seen: Any) -> None:
    """Nobody else gets it until the lease runs out; then it goes out again under the same id."""
    _, story_id = await _alerted(store)
    assert await tx.claim_deliveries(NOW - MINUTE, "mail", 10, LEASE) == []
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert (claimed.id, claimed.recipient, claimed.endpoint) == ("m1", "desk", MAIL)
    assert (claimed.kind, claimed.subject, claimed.seq) == (DeliveryKind.ALERT, str(story_id), 1)
    assert (claimed.attempts, claimed.fence, claimed.payload, claimed.created_at) == (0, 1, None, NOW)
    assert await tx.claim_deliveries(LEASE - MINUTE, "mail", 10, LEASE) == []
    assert await seen.due_channels(LEASE - MINUTE) == []
    assert await seen.due_channels(LEASE) == ["mail"]
    [again] = await tx.claim_deliveries(LEASE, "mail", 10, LEASE + HOUR)
    assert (again.id, again.fence, again.attempts) == ("m1", 2, 0)


async def test_deliveries_go_out_oldest_first_up_to_the_limit(store: Store, tx: Any) -> None:
    """Each channel for itself."""

    def fill(tx: Tx) -> None:
        for n, endpoint in enumerate((MAIL, HOOK, MAIL, MAIL)):
            entry_id, story_id = begin_story(tx, str(n))
            alert(tx, entry_id, story_id, f"m{n}", endpoint=endpoint)

    await store.write(fill)
    assert [d.id for d in await tx.claim_deliveries(NOW, "mail", 2, LEASE)] == ["m0", "m2"]
    assert [d.id for d in await tx.claim_deliveries(NOW, "mail", 2, LEASE)] == ["m3"]
    assert [d.id for d in await tx.claim_deliveries(NOW, "hook", 2, LEASE)] == ["m1"]


async def test_a_story_is_told_in_order(store: Store, tx: Any, seen: Any) -> None:
    """No update overtakes its alert, pending or leased; another endpoint and another story do not wait."""
    entry_id, story_id = await _alerted(store)

    def more(tx: Tx) -> None:
        upgrade = decision(Action.UPGRADE)
        alert(tx, entry_id, story_id, "update", upgrade, kind=DeliveryKind.UPDATE)
        alert(tx, entry_id, story_id, "elsewhere", upgrade, endpoint=HOOK, kind=DeliveryKind.UPDATE)
        other_entry, other_story = begin_story(tx, "2")
        alert(tx, other_entry, other_story, "other")

    await store.write(more)
    [first, other] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert (first.id, other.id) == ("m1", "other")
    assert [d.id for d in await tx.claim_deliveries(NOW, "hook", 10, LEASE)] == ["elsewhere"]
    assert await tx.claim_deliveries(NOW, "mail", 10, LEASE) == []
    await tx.finish_attempt("m1", first.fence, AGAIN, NOW, NOW + HOUR)
    assert await seen.due_channels(NOW) == [], "the update waits for the retry"
    assert await _send(tx, now=NOW + HOUR) == ["m1", "other"]
    assert await _send(tx, now=NOW + HOUR) == ["update"]


async def test_an_alert_given_up_does_not_block_what_follows(store: Store, tx: Any) -> None:
    """Dead and held ones are out of the way."""
    entry_id, story_id = await _alerted(store)
    upgrade = decision(Action.UPGRADE)
    await store.write(lambda tx: alert(tx, entry_id, story_id, "u1", upgrade, kind=DeliveryKind.UPDATE))
    assert await _send(tx, attempt=Attempt(Verdict.DEAD, "550 no such user")) == ["m1"]
    assert await _send(tx) == ["u1"]


async def test_subjects_of_other_kinds_do_not_wait_for_each_other(store: Store, tx: Any) -> None:
    """Window 1 is not story 1."""
    _, story_id = await _alerted(store)
    await tx.add_delivery("d1", "desk", MAIL, DeliveryKind.DIGEST, str(story_id), 1, NOW, Cause(window_id=1))
    assert [d.id for d in await tx.claim_deliveries(NOW, "mail", 10, LEASE)] == ["m1", "d1"]


async def test_the_cause_of_a_delivery_is_kept(store: Store, tx: Any, seen: Any) -> None:
    """What its message is rendered from."""
    _, story_id = await _alerted(store)
    assert await seen.cause("m1") == Cause(story_id=story_id, decision_id=1)
    await tx.add_delivery("d1", "desk", MAIL, DeliveryKind.ALARM, "7", 1, NOW, Cause(episode_id=7))
    assert await seen.cause("d1") == Cause(episode_id=7)
    assert await seen.cause("none") is None


async def test_bytes_are_frozen_once(store: Store, tx: Any) -> None:
    """Every further attempt sends the same, whatever is rendered later."""
    await _alerted(store)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    first = payload(b"\x00first\xff")
    assert await tx.freeze("m1", claimed.fence, [("m1", first)])
    assert await tx.freeze("m1", claimed.fence, [("m1", payload(b"second")), ("m9", payload(b"more"))])
    await tx.finish_attempt("m1", claimed.fence, AGAIN, NOW, NOW + HOUR)
    [again] = await tx.claim_deliveries(NOW + HOUR, "mail", 10, NOW + DAY)
    assert (again.id, again.payload) == ("m1", first)


async def test_an_old_fence_freezes_nothing(store: Store, tx: Any) -> None:
    """Neither one that lost its lease nor one that never had it."""
    await _alerted(store)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    [again] = await tx.claim_deliveries(LEASE, "mail", 10, LEASE + HOUR)
    assert not await tx.freeze("m1", claimed.fence, [("m1", payload())])
    assert not await tx.freeze("none", 1, [("none", payload())])
    assert await tx.freeze("m1", again.fence, [("m1", payload())])


async def test_the_first_payload_must_be_the_deliverys_own(store: Store, tx: Any) -> None:
    """Anything else is a mistake of the caller."""
    await _alerted(store)
    for named in ([], [("m2", payload())]):
        with pytest.raises(ValueError, match="own"):
            await tx.freeze("m1", 1, named)


async def test_parts_become_deliveries_of_their_own(store: Store, tx: Any, seen: Any) -> None:
    """Same recipient, endpoint, kind, subject, cause and rules; the number counted on; sent in order."""
    _, story_id = await _alerted(store)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    parts = [payload(b"%d" % n, n, 3) for n in (1, 2, 3)]
    assert await tx.freeze("m1", claimed.fence, list(zip(("m1", "m2", "m3"), parts, strict=True)))
    rows = {row.id: row for row in await seen.outbox()}
    assert [(rows[i].seq, rows[i].rules) for i in ("m1", "m2", "m3")] == [(n, ("ferries",)) for n in (1, 2, 3)]
    assert {(r.recipient, r.endpoint, r.kind, r.subject, r.created_at) for r in rows.values()} == {
        ("desk", str(MAIL), DeliveryKind.ALERT, str(story_id), NOW)
    }
    assert await seen.cause("m3") == await seen.cause("m1")
    await tx.finish_attempt("m1", claimed.fence, SENT, NOW, None)
    [second] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert (second.id, second.payload) == ("m2", parts[1])
    assert (await seen.told(story_id))["desk"].seq == 3


@pytest.mark.parametrize(
    ("attempt", "retry_at", "state", "attempts", "error"),
    [
        (SENT, None, DeliveryState.SENT, 1, ""),
        (SENT, NOW + HOUR, DeliveryState.SENT, 1, ""),
        (AGAIN, NOW + HOUR, DeliveryState.PENDING, 1, "HTTP 503"),
        (AGAIN, None, DeliveryState.DEAD, 1, "HTTP 503"),
        (Attempt(Verdict.DEAD, "550"), NOW + HOUR, DeliveryState.DEAD, 1, "550"),
        (Attempt(Verdict.PAUSE_CHANNEL, "535 refused"), NOW + HOUR, DeliveryState.PENDING, 0, "535 refused"),
    ],
)
async def test_an_attempt_ends_in_one_state(
    store: Store, tx: Any, seen: Any, attempt: Attempt, retry_at: Any, state: DeliveryState, attempts: int, error: str
) -> None:
    """The verdict and the next time decide; each attempt is logged."""
    await _alerted(store)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert await tx.finish_attempt("m1", claimed.fence, attempt, NOW + MINUTE, retry_at)
    row = await _state(seen, "m1")
    assert (row.state, row.attempts, row.last_error) == (state, attempts, error)
    assert row.sent_at == (NOW + MINUTE if state is DeliveryState.SENT else None)
    assert row.next_at == ((retry_at if attempts else NOW) if state is DeliveryState.PENDING else None)
    [log] = await seen.attempts("m1")
    assert (log.at, log.verdict, log.reason) == (NOW + MINUTE, attempt.verdict, attempt.reason)
    assert not await tx.finish_attempt("m1", claimed.fence, SENT, NOW, None), "an attempt ends once"


async def test_an_old_fence_is_logged_and_changes_nothing(store: Store, tx: Any, seen: Any) -> None:
    """What was sent under a lost lease is in the log all the same."""
    await _alerted(store)
    [first] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    [second] = await tx.claim_deliveries(LEASE, "mail", 10, LEASE + HOUR)
    assert not await tx.finish_attempt("m1", first.fence, SENT, LEASE, None)
    assert (await _state(seen, "m1")).state is DeliveryState.LEASED
    assert await tx.finish_attempt("m1", second.fence, AGAIN, LEASE, LEASE + HOUR)
    assert [log.verdict for log in await seen.attempts("m1")] == [Verdict.DELIVERED, Verdict.RETRY]
    assert not await tx.finish_attempt("none", 1, SENT, NOW, None)


async def test_leases_on_deliveries_end_with_an_earlier_life(store: Store, tx: Any) -> None:
    """After a restart a delivery under way goes out again; the earlier outcome is stale."""
    await _alerted(store)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert await tx.expire_leases() == 1
    assert not await tx.finish_attempt("m1", claimed.fence, SENT, NOW, None)
    assert await _send(tx) == ["m1"]


async def test_a_paused_channel_waits_and_others_do_not(store: Store, tx: Any, seen: Any) -> None:
    """The pause ends by itself; a later one replaces it."""
    entry_id, story_id = await _alerted(store)
    await store.write(lambda tx: alert(tx, entry_id, story_id, "h1", endpoint=HOOK))
    await tx.pause_channel("mail", NOW + DAY, "535 refused")
    await tx.pause_channel("mail", NOW + HOUR, "535 refused again")
    assert await seen.paused_channels(NOW) == {"mail": (NOW + HOUR, "535 refused again")}
    assert await seen.due_channels(NOW) == ["hook"]
    assert await tx.claim_deliveries(NOW, "mail", 10, LEASE) == []
    assert await seen.paused_channels(NOW + HOUR) == {}
    assert await seen.due_channels(NOW + HOUR) == ["hook", "mail"]


async def test_deliveries_of_a_removed_channel_are_held_until_it_is_back(store: Store, tx: Any, seen: Any) -> None:
    """With their reason; only pending ones, and only that channel's."""
    entry_id, story_id = await _alerted(store)
    await store.write(lambda tx: alert(tx, entry_id, story_id, "h1", endpoint=HOOK))
    assert await seen.owed_to() == [("desk", "hook"), ("desk", "mail")]
    assert await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="mail") == 1
    row = await _state(seen, "m1")
    assert (row.state, row.held_reason, row.next_at) == (DeliveryState.HELD, "the channel was removed", None)
    assert await seen.owed_to() == [("desk", "hook")]
    assert await seen.due_channels(NOW) == ["hook"]
    assert await tx.release_deliveries("hook", NOW) == 0
    assert await tx.release_deliveries("mail", NOW + HOUR) == 1
    row = await _state(seen, "m1")
    assert (row.state, row.held_reason, row.next_at) == (DeliveryState.PENDING, "", NOW + HOUR)


async def test_what_is_held_for_another_reason_is_not_released_with_the_channel(store: Store, tx: Any) -> None:
    """A removed recipient stays untold when a channel comes back."""
    await _alerted(store)
    assert await tx.hold_deliveries(Reason.RECIPIENT_REMOVED, recipient="desk") == 1
    assert await tx.release_deliveries("mail", NOW) == 0


async def test_a_leased_delivery_is_not_held(store: Store, tx: Any) -> None:
    """It is on its way."""
    await _alerted(store)
    await tx.claim_deliveries(NOW, "mail", 10, LEASE)
    assert await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="mail", recipient="desk") == 0
    assert await tx.hold_deliveries(Reason.CHANNEL_REMOVED) == 0


async def test_removed_rules_hold_what_they_alone_caused(store: Store, tx: Any, seen: Any) -> None:
    """Another rule keeps its delivery going, and so does having none (a digest)."""
    entry_id, story_id = await store.write(begin_story)
    for name, rules in (("both", ("a", "b")), ("one", ("a",)), ("kept", ("a", "c"))):
        await store.write(lambda tx, n=name, r=rules: alert(tx, entry_id, story_id, n, decision(rules=r)))  # type: ignore[misc]  # bound in the loop
    await tx.add_delivery("digest", "desk", MAIL, DeliveryKind.DIGEST, "1", 1, NOW, Cause(window_id=1))
    assert await tx.hold_deliveries(Reason.RULE_REMOVED, only_rules=["a", "b"]) == 2
    assert {row.id for row in await seen.outbox(["held"])} == {"both", "one"}
    assert await tx.hold_deliveries(Reason.RULE_REMOVED, only_rules=[]) == 0


async def test_a_decision_ends_when_all_that_it_owed_is_held(store: Store, tx: Any, seen: Any) -> None:
    """One endpoint that still gets it keeps the decision alive."""
    _, story_id = await _alerted(store)
    subject, cause = str(story_id), Cause(story_id, 1)
    await tx.add_delivery("h1", "desk", HOOK, DeliveryKind.ALERT, subject, 1, NOW, cause)
    await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="mail")
    assert not (await seen.decision(1)).ended
    await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="hook")
    assert (await seen.decision(1)).ended
    assert await seen.told(story_id) == {}, "nobody was told, and nobody will be"
    await tx.release_deliveries("hook", NOW)
    assert not (await seen.decision(1)).ended


async def test_told_is_who_is_owed_or_was_sent_an_alert(store: Store, tx: Any, seen: Any) -> None:
    """From the moment it is owed; a suppression tells nobody, a digest is no alert."""
    entry_id, story_id = await store.write(begin_story)
    await tx.add_decision(entry_id, story_id, decision(Action.SUPPRESS, Reason.MENTION), NOW)
    await tx.add_delivery("d1", "desk", MAIL, DeliveryKind.DIGEST, "1", 1, NOW, Cause(window_id=1))
    assert await seen.told(story_id) == {}
    await store.write(lambda tx: alert(tx, entry_id, story_id, "m1"))
    owed = await seen.told(story_id)
    assert await _send(tx) == ["d1", "m1"]
    assert await seen.told(story_id) == owed
    told = owed["desk"]
    assert (told.recipient, told.priority, told.at, told.seq, told.rules) == (
        "desk",
        Priority.NORMAL,
        NOW,
        1,
        ("ferries",),
    )
    assert await seen.told(99) == {}


async def test_told_adds_up_over_messages(store: Store, tx: Any, seen: Any) -> None:
    """The highest priority, the last number and time, all rules; by recipient."""
    entry_id, story_id = await _alerted(store)

    def more(tx: Tx) -> None:
        critical = decision(Action.UPGRADE, rules=("ports", "ferries"), priority=Priority.CRITICAL)
        alert(tx, entry_id, story_id, "u1", critical, kind=DeliveryKind.UPDATE, at=NOW + HOUR)
        low = decision(Action.UPGRADE, priority=Priority.LOW)
        alert(tx, entry_id, story_id, "u2", low, kind=DeliveryKind.UPDATE, at=NOW + 2 * HOUR)
        alert(tx, entry_id, story_id, "p1", decision(recipient="press"))

    await store.write(more)
    told = await seen.told(story_id)
    assert set(told) == {"desk", "press"}
    desk = told["desk"]
    assert (desk.priority, desk.seq, desk.at) == (Priority.CRITICAL, 2, NOW + 2 * HOUR)
    assert desk.rules == ("ferries", "ports")


async def test_a_dead_alert_told_nobody(store: Store, tx: Any, seen: Any) -> None:
    """The next report of the story alerts; after a retry by hand the first counts again."""
    _, story_id = await _alerted(store)
    await _send(tx, attempt=Attempt(Verdict.DEAD, "550"))
    assert await seen.told(story_id) == {}
    assert await seen.alerted_endpoints("desk", story_id) == []
    assert await seen.alerted_at("desk", story_id) is None
    await tx.retry_deliveries(NOW)
    assert set(await seen.told(story_id)) == {"desk"}


async def test_a_withdrawn_alert_is_told_no_more(store: Store, tx: Any, seen: Any) -> None:
    """Of that recipient only, and until it is told again; the withdrawal itself is no telling."""
    entry_id, story_id = await _alerted(store)
    await store.write(lambda tx: alert(tx, entry_id, story_id, "p1", decision(recipient="press")))
    await tx.add_decision(entry_id, story_id, WITHDRAWAL, NOW)
    await tx.add_delivery("w1", "desk", HOOK, DeliveryKind.WITHDRAWN, str(story_id), 1, NOW, Cause(story_id, 3))
    assert set(await seen.told(story_id)) == {"press"}
    assert await seen.alerted_endpoints("desk", story_id) == [MAIL], "these need the withdrawal"
    await store.write(lambda tx: alert(tx, entry_id, story_id, "m2"))
    assert (await seen.told(story_id))["desk"].seq == 2


async def test_alerted_at_is_when_the_first_alert_went_out(store: Store, tx: Any, seen: Any) -> None:
    """While it is only owed, when it was decided."""
    entry_id, story_id = await _alerted(store)
    assert await seen.alerted_at("desk", story_id) == NOW
    assert await _send(tx, now=NOW + HOUR) == ["m1"]
    upgrade = decision(Action.UPGRADE)
    await store.write(lambda tx: alert(tx, entry_id, story_id, "u1", upgrade, kind=DeliveryKind.UPDATE))
    assert await seen.alerted_at("desk", story_id) == NOW + HOUR
    assert await seen.alerted_at("press", story_id) is None


async def test_alerted_endpoints_are_each_named_once(store: Store, tx: Any, seen: Any) -> None:
    """In the order of the first message."""
    entry_id, story_id = await _alerted(store)

    def more(tx: Tx) -> None:
        alert(tx, entry_id, story_id, "h1", endpoint=HOOK)
        alert(tx, entry_id, story_id, "u1", decision(Action.UPGRADE), kind=DeliveryKind.UPDATE)

    await store.write(more)
    assert await seen.alerted_endpoints("desk", story_id) == [MAIL, HOOK]


async def test_the_outbox_is_listed_newest_first(store: Store, tx: Any, seen: Any) -> None:
    """By state where states are named, cut at the limit, rules in their order."""

    def fill(tx: Tx) -> None:
        for n in range(3):
            entry_id, story_id = begin_story(tx, str(n))
            alert(tx, entry_id, story_id, f"m{n}", decision(rules=("b", "a")))

    await store.write(fill)
    [claimed] = await tx.claim_deliveries(NOW, "mail", 1, LEASE)
    await tx.finish_attempt(claimed.id, claimed.fence, SENT, NOW, None)
    assert [row.id for row in await seen.outbox()] == ["m2", "m1", "m0"]
    assert [row.id for row in await seen.outbox(limit=1)] == ["m2"]
    assert [row.id for row in await seen.outbox(["sent", "dead"])] == ["m0"]
    row = (await seen.outbox(["pending"]))[0]
    assert (row.endpoint, row.rules, row.created_at) == (str(MAIL), ("b", "a"), NOW)


async def test_dead_and_held_deliveries_are_tried_anew(store: Store, tx: Any, seen: Any) -> None:
    """Under the same id and with the same bytes; sent and pending ones are left alone."""

    def fill(tx: Tx) -> None:
        for n, name in enumerate(("dead", "held", "sent", "fresh")):
            entry_id, story_id = begin_story(tx, name)
            alert(tx, entry_id, story_id, name, endpoint=Endpoint("mail" if n < 3 else "hook", name))

    await store.write(fill)
    claimed = {d.id: d for d in await tx.claim_deliveries(NOW, "mail", 10, LEASE)}
    await tx.freeze("dead", claimed["dead"].fence, [("dead", payload(b"frozen"))])
    await tx.finish_attempt("dead", claimed["dead"].fence, Attempt(Verdict.DEAD, "550"), NOW, None)
    await tx.finish_attempt("sent", claimed["sent"].fence, SENT, NOW, None)
    await tx.expire_leases()
    await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="mail")
    assert await tx.retry_deliveries(NOW + HOUR, ["sent", "fresh", "none"]) == 0
    assert await tx.retry_deliveries(NOW + HOUR, ["dead"]) == 1
    assert await tx.retry_deliveries(NOW + HOUR) == 1
    row = await _state(seen, "dead")
    assert (row.state, row.attempts, row.next_at) == (DeliveryState.PENDING, 0, NOW + HOUR)
    again = {d.id: d for d in await tx.claim_deliveries(NOW + HOUR, "mail", 10, NOW + DAY)}
    assert again["dead"].payload == payload(b"frozen")
    assert set(again) == {"dead", "held"}


async def test_decisions_of_a_recipient_are_found_by_time(store: Store, tx: Any, seen: Any) -> None:
    """Half-open: the start counts, the end does not."""
    entry_id, story_id = await store.write(begin_story)
    ids = [await tx.add_decision(entry_id, story_id, decision(), NOW + n * HOUR) for n in range(3)]
    await tx.add_decision(entry_id, story_id, decision(recipient="press"), NOW)
    found = await seen.decisions_between("desk", NOW, NOW + 2 * HOUR)
    assert [d.id for d in found] == ids[:2]


async def test_an_entry_is_needed_for_a_decision(store: Store, tx: Any) -> None:
    """What refers to nothing is refused, and nothing of its transaction stays."""
    entry_id = await store.write(add_entry)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await tx.add_decision(entry_id, 99, decision(), NOW)
    assert await tx.decisions(entry_id) == []

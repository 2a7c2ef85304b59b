"""One connection a host, and rest between two pages."""

from __future__ import annotations

from monitor.runner.hosts import Hosts


class Watch:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_host_being_asked_is_busy_until_given_back() -> None:
    """Taken: busy; given back without rest: free."""
    hosts = Hosts(Watch())
    hosts.take("a.example")
    assert hosts.busy() == {"a.example"}
    hosts.give_back("a.example", 0)
    assert hosts.busy() == frozenset()


def test_a_host_rests_as_long_as_told() -> None:
    """After a page the host is left alone for its pause."""
    watch = Watch()
    hosts = Hosts(watch)
    hosts.take("a.example")
    hosts.give_back("a.example", 2.0)
    assert hosts.next_free() == 2.0
    watch.seconds = 1.9
    assert hosts.busy() == {"a.example"}
    watch.seconds = 2.0
    assert hosts.busy() == frozenset()
    assert hosts.next_free() is None

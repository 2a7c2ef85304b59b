"""Public fakes and scripted servers on loopback, for tests, the demo and whoever builds on `monitor`.

Everything here is real on the wire: HTTP, SMTP and webhooks over sockets of this machine, told beforehand what to
answer and remembering what it was asked.
"""

from monitor.testing.clock import FakeClock, SteppedClock
from monitor.testing.hooks import Hook, WebhookReceiver
from monitor.testing.mail import Mail, MailReceiver, Reply
from monitor.testing.newsroom import Answer, Asked, Newsroom, Outlet
from monitor.testing.tls import PrivateCA

__all__ = [
    "Answer",
    "Asked",
    "FakeClock",
    "Hook",
    "Mail",
    "MailReceiver",
    "Newsroom",
    "Outlet",
    "PrivateCA",
    "Reply",
    "SteppedClock",
    "WebhookReceiver",
]

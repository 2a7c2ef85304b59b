"""What the demo shows and writes down at its end: alerts, digests, coverage, and how it compares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from monitor.demo.arrivals import Arrival
from monitor.demo.expected import Verdict
from monitor.testing import Hook, Mail, MailReceiver, WebhookReceiver

Say = Callable[[str], None]


def tell(
    mail: MailReceiver,
    hooks: WebhookReceiver,
    arrived: Sequence[Arrival],
    addresses: Mapping[str, str],
    out: Path,
    say: Say,
) -> None:
    """Print what was delivered, and write every message into `out`."""
    digests = {a.ids[0]: a for a in arrived if a.kind == "digest" and a.channel == "mail"}
    _tell_alerts(mail, digests, addresses, say)
    pages = [_tell_digest(mail.mails[key], a, out, say) for key, a in digests.items()]
    for a in arrived:
        if a.sections is not None:
            say(f"\n━━ Coverage, as {a.recipient}'s webhook has it ━━\n{a.sections.statement}")
    _write(list(mail.mails.values()), hooks.accepted, out)
    say("\n━━ Where it lies ━━")
    for page in pages:
        say(f"HTML      {page}")
    say(f"Mails     {out / 'mail'}\nWebhooks  {out / 'hooks'}\nConfig    {out / 'config.toml'}")


def tell_verdict(verdict: Verdict, summary: Mapping[str, object], say: Say) -> None:
    """Print every difference, then the figures."""
    say("")
    for name in ("missed", "unexpected", "duplicates", "faults"):
        for line in getattr(verdict, name):
            say(f"{name.upper()}: {line}")
    judged = "Exactly what was expected arrived, once each." if verdict.as_expected else "NOT what was expected."
    say(f"{judged}  " + ", ".join(f"{key} {value}" for key, value in summary.items()))


def _tell_alerts(mail: MailReceiver, digests: Mapping[str, Arrival], addresses: Mapping[str, str], say: Say) -> None:
    for recipient, address in addresses.items():
        told = [m for m in mail.to(address) if m.id not in digests]
        say(f"\n━━ Alerts and alarms by mail to {recipient}: {len(told)} ━━")
        for one in told:
            say("\n" + one.part("plain").rstrip())


def _tell_digest(mail: Mail, arrival: Arrival, out: Path, say: Say) -> Path:
    say(f"\n━━ The digest for {arrival.recipient}: {mail.message['Subject']} ━━\n")
    say(mail.part("plain").rstrip())
    path = out / f"digest-{arrival.recipient}.html"
    path.write_text(mail.part("html"), encoding="utf-8")
    return path


def _write(mails: Sequence[Mail], hooks: Sequence[Hook], out: Path) -> None:
    for number, mail in enumerate(mails, 1):
        (out / "mail" / f"{number:02}-{mail.recipients[0].partition('@')[0]}.eml").write_bytes(mail.copies[0])
    for number, hook in enumerate(hooks, 1):
        text = json.dumps(hook.payload, ensure_ascii=False, indent=2)
        (out / "hooks" / f"{number:02}-{hook.type}.json").write_text(text + "\n", encoding="utf-8")

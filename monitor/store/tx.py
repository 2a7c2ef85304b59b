"""All that one transaction can do, composed of its parts; each part is one file."""

from __future__ import annotations

from monitor.store.admin_tx import AdminTx
from monitor.store.decisions_tx import DecisionsTx
from monitor.store.deliveries_tx import DeliveriesTx
from monitor.store.digests_tx import DigestsTx
from monitor.store.documents_tx import DocumentsTx
from monitor.store.entries_tx import EntriesTx
from monitor.store.feeds_tx import FeedsTx
from monitor.store.reads_tx import ReadsTx
from monitor.store.stories_tx import StoriesTx


class SqlTx(FeedsTx, DocumentsTx, EntriesTx, ReadsTx, StoriesTx, DecisionsTx, DeliveriesTx, DigestsTx, AdminTx):
    """`ports.Tx` over one connection, for the length of one transaction."""

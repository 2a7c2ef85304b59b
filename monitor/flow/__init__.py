"""The way of the data, one phase a module:

    poll (fetch → parse → new entries → match on feed text) → read (fetch page → extract → match on full text)
    → decide (group into story → route → outbox) → deliver (render → freeze → send → record); digests beside them

Each phase records its intent and its outcome in one transaction. All of it is idempotent and takes `now` from a clock.
"""

"""Measurements over recorded news: run by hand or by `make bench`, each ending in one JSON line."""

"""The tests; a package so that `tests.samples` can be shared."""

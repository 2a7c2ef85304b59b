"""monitor: a news watch that misses nothing and tells you once."""

__version__ = "0.1.0"

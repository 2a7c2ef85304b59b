"""The config file: found, read whole or refused with every problem at once, its secrets resolved by reference."""

from monitor.config.finding import find
from monitor.config.reading import Parsed, json_schema, parse, place
from monitor.config.secrets import resolver

__all__ = ["Parsed", "find", "json_schema", "parse", "place", "resolver"]

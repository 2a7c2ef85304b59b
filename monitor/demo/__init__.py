"""The demo: a newsroom of invented outlets, a day of its news in compressed time, and what must arrive of it.

content → newsroom on loopback → the daemon's own code over a day → what arrived, held against what must
"""

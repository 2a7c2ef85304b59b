"""Processes that can be killed: whatever can hang, bomb or crash runs here, never in the daemon."""

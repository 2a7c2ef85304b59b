"""Who calls whom when. `embedded` is one asyncio process on one store."""

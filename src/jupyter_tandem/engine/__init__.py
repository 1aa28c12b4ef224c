"""The asyncio shell round the pure core: live rooms, group commit, file bridge, one door."""

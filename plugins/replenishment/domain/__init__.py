"""Rules of replenishment that could be checked with paper and pencil."""

"""Rules of purchasing that could be checked with paper and pencil."""

"""Rules of sales that can be checked with paper and pencil."""

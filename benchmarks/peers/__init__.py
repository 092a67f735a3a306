"""Peers that do the same work, driven through their own public faces: `make bench-peers`."""

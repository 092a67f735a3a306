"""Replacement products: a chain of replacements never comes back to where it began."""

from __future__ import annotations

from collections.abc import Mapping


def cycle(product: int, replacement: int | None, known: Mapping[int, int | None]) -> list[int]:
    """Return the circle that a new replacement would close, as ids; empty when there is none.

    `known` maps each product to its present replacement (F154).
    """
    path = [product]
    step: int | None = replacement
    while step is not None and step not in path:
        path.append(step)
        step = known.get(step)
    return [*path, product] if step == product else []

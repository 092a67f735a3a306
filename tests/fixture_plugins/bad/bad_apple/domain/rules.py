from datetime import UTC, datetime

import pydantic

RATE = 0.5


def rotten() -> bool:
    """Ask a clock and a library."""
    return datetime.now(UTC).year > int(pydantic.VERSION[0])

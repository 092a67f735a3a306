from typing import Protocol


class Picker(Protocol):
    """Who picks apples?"""

    def pick(self) -> int: ...

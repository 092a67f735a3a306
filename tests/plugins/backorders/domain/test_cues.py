"""The colour cue has one precedence and always words (A04, A29)."""

import pytest

from plugins.backorders.domain.cues import Cue, CueFacts, Elsewhere, Role, cue

PORTO = Elsewhere("Porto outlet", 1)
LYON = Elsewhere("Lyon", 3)


@pytest.mark.parametrize(
    ("facts", "role", "words"),
    [
        (CueFacts(5, here=2), Role.OK, "2 of 5 available here"),
        (CueFacts(5, here=9, elsewhere=(LYON,), on_order=5), Role.OK, "5 available here"),
        (
            CueFacts(2, elsewhere=(PORTO,), on_order=2),
            Role.OTHER,
            "1 free at Porto outlet: request a transfer",
        ),
        (
            CueFacts(2, elsewhere=(PORTO, Elsewhere("Turin", 0), LYON)),
            Role.OTHER,
            "1 free at Porto outlet, 3 free at Lyon: request a transfer",
        ),
        (
            CueFacts(14, on_order=14, expected="28 Nov"),
            Role.WAIT,
            "14 on order, expected 28 Nov",
        ),
        (CueFacts(14, on_order=4), Role.WAIT, "4 of 14 on order"),
        (CueFacts(7), Role.MISSING, "7 missing, none on order"),
        (CueFacts(3, forced=3, held_by="Ana"), Role.OK, "held back by Ana"),
        (CueFacts(2, forced=3, held_by="Ana"), Role.OK, "held back by Ana"),
        (
            CueFacts(5, here=1, forced=3, held_by="Ana"),
            Role.OK,
            "1 of 2 available here; 3 held back by Ana",
        ),
        (
            CueFacts(5, forced=3, held_by="Ana"),
            Role.MISSING,
            "2 missing, none on order; 3 held back by Ana",
        ),
    ],
)
def test_the_nearest_stock_decides_the_cue(facts: CueFacts, role: Role, words: str) -> None:
    assert cue(facts) == Cue(role, words)


def test_a_line_that_waits_for_nothing_has_no_cue() -> None:
    assert cue(CueFacts(0, here=4)) is None

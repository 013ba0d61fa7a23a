"""What may have a file open is closed at the end of its block."""

from __future__ import annotations

import pytest

from calobench._util.closing import Closing


class _Door(Closing):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_block_ends_with_closing_also_after_an_error() -> None:
    with _Door() as door:
        assert not door.closed
    assert door.closed == 1
    with pytest.raises(KeyError), door:
        raise KeyError
    assert door.closed == 2


def test_what_holds_nothing_open_has_nothing_to_close() -> None:
    with Closing() as nothing:
        nothing.close()

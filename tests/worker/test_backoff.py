"""The pause doubles from the first to the longest."""

from datetime import timedelta

import pytest

from worker.backoff import pause_after

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_the_pause_doubles_with_each_failure_up_to_the_longest() -> None:
    pauses = [pause_after(n, first=SECOND, longest=12 * SECOND) for n in range(1, 8)]
    assert [pause.total_seconds() for pause in pauses] == [1, 2, 4, 8, 12, 12, 12]


@pytest.mark.parametrize("failures", [-1, 0, 1])
def test_before_the_second_failure_it_is_the_first_pause(failures: int) -> None:
    assert pause_after(failures, first=SECOND, longest=HOUR) == SECOND


def test_any_number_of_failures_has_a_pause() -> None:
    assert pause_after(10**9, first=timedelta(minutes=1), longest=HOUR) == HOUR


def test_the_longest_pause_is_the_limit_even_if_the_first_is_longer() -> None:
    assert pause_after(1, first=HOUR, longest=SECOND) == SECOND

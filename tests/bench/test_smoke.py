"""The measurement itself works: every operation is answered, on a machine of any speed."""

import pytest

from bench import __main__ as bench
from bench.closed_loop import Measured


@pytest.mark.slow
def test_a_tiny_measurement_answers_every_operation_without_a_failure() -> None:
    table = bench.run((100,), (2,), 0.4, most=2)
    lines = [line.split("|") for line in table.splitlines() if line.startswith("| 100 |")]
    assert len(lines) == 9
    assert [line[9].strip() for line in lines] == ["0"] * 9, table
    assert "the same" in table and "worker" in table


def test_percentiles_are_of_the_sorted_times() -> None:
    made = Measured([0.001 * n for n in range(1, 101)], 2.0, 0)
    assert made.rate == 50
    assert made.percentile(0.5) == pytest.approx(51)
    assert made.percentile(0.99) == pytest.approx(100)

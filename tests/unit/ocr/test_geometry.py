"""Turning, scaling and the way back."""

import numpy as np
import pytest

from ocr.boxes import clip_box, turn_box
from ocr.geometry import inverse, map_box, quarter_turn, scaling, turning


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(0, (10, 20, 30, 25)), (90, (175, 10, 180, 30)), (180, (70, 175, 90, 180)), (270, (20, 70, 25, 90))],
)
def test_a_box_turns_clockwise_with_its_page(degrees: int, expected: tuple[float, ...]) -> None:
    assert turn_box((10, 20, 30, 25), degrees, width_pt=100, height_pt=200) == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_quarter_turn_and_its_inverse_are_the_identity(degrees: int) -> None:
    turn = quarter_turn(degrees, 100, 200)
    assert np.allclose(inverse(turn) @ turn, np.eye(3))


def test_a_box_comes_back_through_all_steps() -> None:
    steps = turning(1.5, 400, 800) @ quarter_turn(270, 800, 400) @ scaling(4, 2)
    box = (10.0, 20.0, 60.0, 30.0)
    assert map_box(inverse(steps), map_box(steps, box)) == pytest.approx(box, abs=0.05)


def test_a_small_turn_leaves_the_middle_in_place() -> None:
    middle = turning(3.0, 100, 50) @ np.array([50, 25, 1])
    assert middle[:2] == pytest.approx([50, 25])


def test_a_clipped_box_lies_on_the_page() -> None:
    assert clip_box((-5, 10, 120, 260), 100, 200) == (0, 10, 100, 200)

"""Where a point of the stored page lands after turning, scaling or deskewing, and the way back."""

from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from ocr.boxes import Box

Matrix = NDArray[np.float64]
"""3x3, maps column vectors (x, y, 1); y grows downwards."""


def scaling(x: float, y: float) -> Matrix:
    """Scale each axis apart (faxes have two resolutions)."""
    return np.diag([x, y, 1.0])


def shifting(x: float, y: float) -> Matrix:
    """Move by x and y."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def quarter_turn(degrees: int, width: float, height: float) -> Matrix:
    """Turn a `width` x `height` area clockwise by 0, 90, 180 or 270 degrees; the result again begins at (0, 0)."""
    rows: dict[int, list[list[float]]] = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, height], [1, 0, 0]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, 1, 0], [-1, 0, width]],
    }
    return np.array([*rows[degrees % 360], [0, 0, 1]], dtype=np.float64)


def inverse(matrix: Matrix) -> Matrix:
    """The way back."""
    return np.linalg.inv(matrix).astype(np.float64)


def turning(degrees: float, width: float, height: float) -> Matrix:
    """Turn clockwise by a small angle about the middle of a `width` x `height` area, which keeps its size."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    x, y = width / 2, height / 2
    return np.array([[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y], [0, 0, 1]])


def map_box(matrix: Matrix, box: Box) -> Box:
    """Carry a box along: its middle is mapped, its sides keep their (scaled) length.

    The bounding box of a tilted word would reach into the lines above and below; after a quarter turn the sides swap.
    """
    x0, y0, x1, y1 = box
    middle = matrix @ np.array([(x0 + x1) / 2, (y0 + y1) / 2, 1.0])
    across, down = np.hypot(matrix[0, 0], matrix[1, 0]), np.hypot(matrix[0, 1], matrix[1, 1])
    half_x, half_y = (x1 - x0) / 2 * across, (y1 - y0) / 2 * down
    if abs(matrix[1, 0]) > abs(matrix[0, 0]):
        half_x, half_y = half_y, half_x
    x, y = float(middle[0]), float(middle[1])
    return (x - float(half_x), y - float(half_y), x + float(half_x), y + float(half_y))

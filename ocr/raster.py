"""A decoded page: grey pixels, and how points of the stored page map to them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Matrix
from ocr.limits import POINTS_PER_INCH

Pixels = NDArray[np.uint8]
"""Rows x columns, 0 = black."""


@dataclass(frozen=True)
class Raster:
    """The pixels of one page; `to_pixels` maps points of the stored page to pixels.

    `rotation` = degrees clockwise from the stored page to this raster's upright, as far as the file itself says.
    """

    pixels: Pixels
    to_pixels: Matrix
    width_pt: float
    height_pt: float
    rotation: int

    @property
    def dpi(self) -> tuple[float, float]:
        """Pixels per inch along the raster's own x and y axis."""
        along_x = float(np.hypot(self.to_pixels[0, 0], self.to_pixels[0, 1]))
        along_y = float(np.hypot(self.to_pixels[1, 0], self.to_pixels[1, 1]))
        return along_x * POINTS_PER_INCH, along_y * POINTS_PER_INCH

    def changed(self, pixels: Pixels, step: Matrix, *, turned: int = 0) -> "Raster":
        """The raster after a step that maps its pixels by `step`."""
        return replace(self, pixels=pixels, to_pixels=step @ self.to_pixels, rotation=(self.rotation + turned) % 360)

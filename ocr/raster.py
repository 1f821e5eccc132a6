"""A decoded page: grey pixels, and how points of the stored page map to them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Matrix, scaling
from ocr.limits import POINTS_PER_INCH

LOOK_DPI: Final = 150
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

    @cached_property
    def look(self) -> "Raster":
        """The page at 150 dpi, or as it is if coarser: what every look at the whole page begins with, made once."""
        return self.at(LOOK_DPI) if min(self.dpi) > LOOK_DPI else self

    def at(self, dpi: int) -> "Raster":
        """The same page at `dpi` in both axes, each pixel the mean of those it stands for."""
        height, width = self.pixels.shape
        dpi_x, dpi_y = self.dpi
        size = (max(1, round(width * dpi / dpi_x)), max(1, round(height * dpi / dpi_y)))
        if size == (width, height):
            return self
        pixels = np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        return self.changed(pixels, scaling(size[0] / width, size[1] / height))

    def changed(self, pixels: Pixels, step: Matrix, *, turned: int = 0) -> "Raster":
        """The raster after a step that maps its pixels by `step`."""
        return replace(self, pixels=pixels, to_pixels=step @ self.to_pixels, rotation=(self.rotation + turned) % 360)

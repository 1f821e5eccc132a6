"""The page as the engines get it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ocr.raster import Pixels


class PageImage:
    """An upright, prepared page on its way to the engines: decoded once, written to disk only for who needs a file."""

    def __init__(self, pixels: Pixels, *, dpi: int, folder: Path) -> None:
        self.pixels = pixels
        self.dpi = dpi
        self._folder = folder

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """The path of an uncompressed picture of the page, which is gone afterwards."""
        path = self._folder / "page.pgm"
        height, width = self.pixels.shape
        try:
            with path.open("wb") as file:
                file.write(b"P5 %d %d 255\n" % (width, height))
                file.write(np.ascontiguousarray(self.pixels).data)
            yield path
        finally:
            path.unlink(missing_ok=True)

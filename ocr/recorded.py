"""A reading that was made before, behind the `OcrEngine` port: what follows it can be tried without an engine."""

from ocr.base import Reading
from ocr.page_image import PageImage


class Recorded:
    """Gives the same reading for every image."""

    name = "recorded"
    version = "recorded (deu)"

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, image: PageImage, *, timeout_seconds: float) -> Reading:
        """The recorded reading."""
        return self._reading

    def orientation(self, image: PageImage, *, timeout_seconds: float) -> int | None:
        """Not known: the image is not looked at."""
        return None

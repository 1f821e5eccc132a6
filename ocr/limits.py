"""The limits of reading: every number a hostile or broken file can run into, in one place.

Measured reasons stand in the domain specification of capture, section 4: a page of 144,000 pt ends in a MemoryError, a
281-kB PNG can declare 1.6 billion pixels.
"""

from typing import Final

MAX_PAGES: Final = 2_000
MAX_PAGE_SIDE_POINTS: Final = 14_400
MAX_DECLARED_PIXELS: Final = 150_000_000
"""A0 at 300 dpi is 140 million pixels."""
MAX_RENDER_DPI: Final = 300
MAX_RENDER_PIXELS: Final = 40_000_000
MAX_VIEW_DPI: Final = 150
THUMBNAIL_PIXELS: Final = 320
"""Longer side of the small picture in lists."""
MAX_PDF_OBJECTS: Final = 200_000
"""Objects looked at for active content; a file with more is flagged as not fully checked."""
MAX_OBJECT_DEPTH: Final = 24
MAX_ARCHIVE_BYTES: Final = 60 * 1024 * 1024
"""What a child of the jail may hand out; the archive copy holds the scan."""
MAX_WORDS_PER_PAGE: Final = 20_000
ENGINE_TIMEOUT_SECONDS: Final = 60.0
"""One run of an engine on one page. A typical page takes 2 s; on a machine with five times the load it can take, where
25 s were given before, every fourth page lost its second reading."""
POINTS_PER_INCH: Final = 72.0

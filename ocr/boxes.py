"""Boxes on a page: (x0, y0, x1, y1), origin top left."""

Box = tuple[float, float, float, float]


def clip_box(box: Box, width: float, height: float) -> Box:
    """The part of a box that lies on the page."""
    x0, y0, x1, y1 = box
    return (
        min(max(x0, 0.0), width),
        min(max(y0, 0.0), height),
        min(max(x1, 0.0), width),
        min(max(y1, 0.0), height),
    )


def turn_box(box: Box, degrees: int, *, width_pt: float, height_pt: float) -> Box:
    """A box of the stored page on the page turned clockwise by 0, 90, 180 or 270 degrees (as the viewer shows it)."""
    x0, y0, x1, y1 = box
    match degrees % 360:
        case 90:
            return (height_pt - y1, x0, height_pt - y0, x1)
        case 180:
            return (width_pt - x1, height_pt - y1, width_pt - x0, height_pt - y0)
        case 270:
            return (y0, width_pt - x1, y1, width_pt - x0)
    return box

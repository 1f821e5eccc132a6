"""Pages as office machines give them: the eight profiles of damage, each drawn by seed."""

from dataclasses import dataclass
from io import BytesIO
from random import Random

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Profile:
    """What happens to a page; skew in degrees, blur in pixels, noise in grey levels."""

    name: str
    dpi: int
    skew: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    quality: int = 0
    colour: bool = False
    shadow: bool = False
    fax: bool = False
    turned: bool = False


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("clean300", 300),
        Profile("office300", 300, skew=2.0, blur=0.9, noise=7, quality=75),
        Profile("office200", 200, skew=2.0, blur=0.7, noise=7, quality=75),
        Profile("color200", 200, skew=1.0, blur=0.7, noise=5, quality=70, colour=True),
        Profile("low150", 150, skew=1.0, blur=0.8, noise=8, quality=55),
        Profile("rot300", 300, skew=1.0, blur=0.9, noise=7, quality=75, turned=True),
        Profile("shadow300", 300, skew=1.8, blur=0.9, noise=7, quality=70, shadow=True),
        Profile("fax200", 200, skew=0.8, noise=14, fax=True),
    )
}


def scans(data: bytes, profile: Profile, seed: int) -> list[bytes]:
    """Every page of the PDF as an image file of its own."""
    document = pdfium.PdfDocument(data)
    try:
        return [
            scan(document[n].render(scale=profile.dpi / 72).to_pil(), profile, Random(f"{profile.name} {seed} {n}"))
            for n in range(len(document))
        ]
    finally:
        document.close()


def scan(page: Image.Image, profile: Profile, draw: Random) -> bytes:
    """The page after the machine, as JPEG, PNG (undamaged) or TIFF (fax)."""
    noise = np.random.default_rng(draw.randrange(2**32))
    picture = page.convert("RGB" if profile.colour else "L")
    paper = 252 if profile.name != "clean300" else 255
    if profile.skew:
        angle = draw.uniform(-profile.skew, profile.skew)
        shift = (draw.uniform(-12, 12), draw.uniform(-12, 12))
        fill = (paper,) * 3 if profile.colour else paper
        picture = picture.rotate(angle, Image.Resampling.BICUBIC, translate=shift, fillcolor=fill)
    if profile.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(profile.blur * draw.uniform(0.6, 1.2)))
    pixels = np.asarray(picture, dtype=np.float32)
    if profile.noise:
        pixels = 18 + pixels * (232 / 255) + noise.normal(0, profile.noise, pixels.shape).astype(np.float32)
    if profile.shadow:
        pixels = _shadowed(pixels, draw)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if profile.turned:
        picture = picture.rotate(draw.choice((90, 180, 270)), expand=True)
    return _saved(picture, profile)


def _shadowed(pixels: Grey, draw: Random) -> Grey:
    """Gutter shadow on one side, two punch holes, the back page shining through."""
    height, width = pixels.shape
    across = np.linspace(0, 1, width, dtype=np.float32)
    side = across if draw.random() < 0.5 else 1 - across
    light = 1 - draw.uniform(0.45, 0.65) * np.exp(-side / draw.uniform(0.08, 0.16))
    through = np.asarray(
        Image.fromarray(np.clip(pixels[:, ::-1], 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(4)),
        np.float32,
    )
    mixed = np.minimum(pixels, 255 - (255 - through) * 0.14) * light[None, :]
    ys, xs = np.ogrid[:height, :width]
    left = 0.035 * width
    for share in (0.36, 0.64):
        hole = (xs - left) ** 2 + (ys - share * height) ** 2 < (0.0095 * height) ** 2
        mixed[hole] = 30
    return mixed


def _saved(picture: Image.Image, profile: Profile) -> bytes:
    out = BytesIO()
    dpi = (profile.dpi, profile.dpi)
    if profile.fax:
        picture.point(lambda level: 255 if level > 150 else 0).convert("1").save(
            out, "TIFF", compression="group4", dpi=dpi
        )
    elif profile.quality:
        picture.save(out, "JPEG", quality=profile.quality, dpi=dpi)
    else:
        picture.save(out, "PNG", dpi=dpi)
    return out.getvalue()

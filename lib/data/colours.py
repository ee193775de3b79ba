"""How the classes of an image set differ in plain colour, before any model looks at them."""

from lib.data.images import ImageSet
from lib.results import Colour

SAMPLE = 500  # images a class: enough for a mean
BLACK = 16  # of 255: what JPEG compression leaves of a black corner


def colours(images: ImageSet) -> list[Colour]:
    """One entry a class, over at most `SAMPLE` of its images, picked at random with a fixed seed."""
    found = []
    for name, pixels in images.samples(per_class=SAMPLE).items():
        flat = pixels.reshape(-1, 3)
        found.append(
            Colour(
                name=name,
                images=len(pixels),
                mean=flat.mean(0).tolist(),
                spread=flat.std(0).tolist(),
                black=float((flat.max(1) <= BLACK).mean()),
            )
        )
    return found

"""Drawn images, one family a file: `draw(name, size=…, rng=…)` gives one picture of a class."""

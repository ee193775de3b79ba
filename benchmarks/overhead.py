"""What a run costs beyond its model's own compute: one quick run on drawn images, second by second.

    python benchmarks/overhead.py [--images-per-class N] [--epochs N] [--image-size N]

Runs the white-blood-cell notebook by `run_all.py` in a copy of the checkout whose data folder is
empty, then asks for the same run again. papermill notes when each cell began and ended; a cell
counts where its first call of `WORK` stands. The model's own compute is what the run itself notes:
the frozen backbone over all images once per pixel range, and the epochs of all fits. Everything else
is overhead, the training of open choices and the measuring of speed included.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import measure
import pandas as pd

from lib import ROOT

SLUG = "kuncoro_white_blood_cells"
COPIED = ("lib", "notebooks", "run_all.py", "pyproject.toml")
BEFORE, START, AFTER = "start, drawing, run key", "kernel start", "rendering, publishing"
FIGURES = "figures and tables"
WORK = {  # row → the calls whose cells it counts
    "imports": ("from lib import",),
    "images": ("phantoms.folder(", "training.describe_looks(", "datasets.divide("),
    "networks": ("models.load_backbones(", "models.describe_all(", "models.keras_listings("),
    "images from elsewhere": ("datasets.control_sets(",),
    "features and training": ("training.train_arm(",),
    "scores": ("evidence.score_predictions(", "evidence.confusion_matrices("),
    "open choices": ("training.try_open_choices(",),
    "probes": ("evidence.run_probes(",),
    "heat maps": ("training.heat_maps(",),
    "other training": ("training.train_on_",),
    "kept models": ("runs.keep_models(",),
    "evidence": ("runs.collect(",),
}


def main(images_per_class: int, epochs: int, image_size: int) -> None:
    given = {"phantoms_per_class": images_per_class, "epochs": epochs, "image_size": image_size}
    with TemporaryDirectory() as name:
        checkout = copy_of_the_checkout(Path(name))
        begun = time.time()
        run_batch(checkout, given)
        ended = time.time()
        again = measure.seconds(lambda: run_batch(checkout, given))
        rows = seconds_of_rows(checkout / "reports" / SLUG, begun, ended)
        compute = compute_seconds(checkout / "reports" / SLUG)
    total, own = sum(rows.values()), sum(compute.values())
    print(f"One quick run of {SLUG}, {images_per_class} drawn images per class, {epochs} epochs:")
    for row, seconds in rows.items():
        print(f"  {row:24} {seconds:7.1f} s  {seconds / total:4.0%}")
    print(f"  {'in all':24} {total:7.1f} s")
    print("The model's own compute in it:")
    for row, seconds in compute.items():
        print(f"  {row:24} {seconds:7.1f} s")
    print(f"overhead: {total - own:.1f} s, {(total - own) / total:.0%} of the run")
    print(f"the same again, unchanged: {again:.1f} s")


def copy_of_the_checkout(folder: Path) -> Path:
    """The files a run needs, in `folder`: its images, stores and reports stay there, too."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder)
    return folder


def run_batch(checkout: Path, parameters: dict[str, int]) -> None:
    """`run_all.py` on drawn images. Raises: SystemExit with all that it printed, where it fails."""
    given = [word for name, value in parameters.items() for word in ("-p", name, str(value))]
    command = [sys.executable, "run_all.py", SLUG, "--data", "phantom", *given]
    env = os.environ | {"PYTHONPATH": str(checkout)}
    finished = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True)
    if finished.returncode:
        raise SystemExit(f"{finished.stdout}{finished.stderr}")


def seconds_of_rows(run_folder: Path, begun: float, ended: float) -> dict[str, float]:
    """Row → seconds, in the order of the run.

    Args:
        begun, ended: When the batch did, in seconds since 1970.
    """
    notebook = json.loads((run_folder / "notebook.ipynb").read_text())
    whole = notebook["metadata"]["papermill"]
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    first = notebook["cells"][0]["metadata"]["papermill"]
    in_cells = Counter[str]()
    for cell in cells:
        in_cells[row_of("".join(cell["source"]))] += cell["metadata"]["papermill"]["duration"]
    return {
        BEFORE: instant(whole["start_time"]) - begun,
        START: instant(first["start_time"]) - instant(whole["start_time"]),
        **{row: in_cells[row] for row in (*WORK, FIGURES)},
        AFTER: ended - instant(whole["end_time"]),
    }


def row_of(source: str) -> str:
    """The row that counts a cell."""
    return next(
        (row for row, calls in WORK.items() if any(call in source for call in calls)), FIGURES
    )


def instant(written: str) -> float:
    """Seconds since 1970."""
    return datetime.fromisoformat(written).timestamp()


def compute_seconds(run_folder: Path) -> dict[str, float]:
    """Features once per pixel range, and the epochs of all fits."""
    costs = pd.DataFrame(json.loads((run_folder / "results.json").read_text())["costs"])
    history = pd.read_csv(run_folder / "history.csv")
    fits = history.drop_duplicates(["arm", "protocol", "seed", "fold"])["arm"].value_counts()
    per_fit = costs.set_index("arm")["training_seconds"]
    return {
        "features": float(costs["feature_seconds"].sum()),
        f"epochs of {fits.sum()} fits": float((per_fit * fits).sum()),
    }


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images_per_class=30, epochs=15, image_size=224))

"""Cut samples, train a cascade, or measure some, in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from videmo.files import write_json, write_text
from videmo.machine import machine
from videmo.plots.cascade import operating_figure
from videmo.plots.save import save_figure
from videmo.training.cascade.data import read_material
from videmo.training.cascade.description import Warn, read_description, read_negatives
from videmo.training.cascade.fit import CascadeSettings, Report, train_cascade
from videmo.training.cascade.measure import ALARMS_A_PICTURE, RECALL, evaluate_cascades
from videmo.training.cascade.model import Cascade
from videmo.training.cascade.page import cascade_page
from videmo.training.cascade.parallel import ParallelMap
from videmo.training.cascade.samples import SampleSettings, make_samples
from videmo.training.cascade.vec import write_vec


def samples(
    positives: Path,
    out: Path,
    settings: SampleSettings,
    warn: Warn,
    *,
    count: int | None = None,
    negatives: Path | None = None,
) -> int:
    """Cut samples from the pictures of a description, write them to a ``.vec`` file, and return their number.

    Args:
        positives: the description.
        out: the file to write.
        settings: how to cut.
        warn: receives a sentence about each line, picture and box that is left out.
        count: largest number of samples; None for all.
        negatives: list of pictures that fill what altered copies show beyond a border; None for none.

    Raises:
        DatasetError: nothing in one of the files can be used.
    """
    backgrounds = read_negatives(negatives) if negatives else ()
    found = make_samples(
        read_description(positives, warn), positives, settings, warn, backgrounds=backgrounds, listed_in=negatives
    )[:count]
    write_vec(out, found)
    return len(found)


def train(
    positives: Path,
    negatives: Path,
    size: tuple[int, int],
    out: Path,
    settings: CascadeSettings,
    memory: int,
    parallel: ParallelMap,
    report: Report,
    warn: Warn,
) -> Cascade:
    """Train a cascade and write ``cascade.xml`` and ``training.json``.

    Args:
        positives: samples (``.vec``), or a description to cut them from.
        negatives: list of pictures without objects.
        size: width and height of the window in pixels.
        out: folder to write to, or the file of the cascade; an interrupted training run there is resumed.
        settings: how to train.
        memory: bytes that the program may use.
        parallel: how work is spread over cores.
        report: receives lines of progress.
        warn: receives a sentence about each line, picture and box that is left out.

    Raises:
        DatasetError: nothing in one of the files can be used, or the cascade in the folder is damaged.
        UsageError: the samples have another size, or what is there comes from a run with other samples or settings.
    """
    material = read_material(positives, negatives, size, warn)
    return train_cascade(material, out, settings, memory, parallel, report, warn)


def evaluate(data: Path, files: Sequence[Path], out: Path, report: Report) -> str:
    """Measure cascades, write ``cascade.json``, ``cascade.md`` and ``cascade.png``, and return the page.

    Args:
        data: folder with the tables in ``data/``.
        files: the cascades; OpenCV's own are measured beside them.
        out: folder to write to.
        report: receives lines of progress.

    Raises:
        DatasetError: a table is missing or malformed, or a file is not a cascade.
    """
    results, measured_on = evaluate_cascades(data / "data", files, report)
    page = cascade_page(results, measured_on, machine(), f"videmo evaluate cascade {' '.join(map(str, files))}")
    curves = {r["title"]: [(p["alarms_a_picture"], p["recall"]) for p in r["points"]] for r in results}
    save_figure(operating_figure(curves, (ALARMS_A_PICTURE, RECALL)), out / "cascade.png", dpi=150)
    write_json(out / "cascade.json", {"machine": machine(), "measured_on": measured_on, "cascades": results})
    write_text(out / "cascade.md", page)
    return page

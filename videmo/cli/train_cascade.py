"""Run ``videmo train cascade``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.cascade import Height, Width, warn
from videmo.cli.console import Debug, Jobs, Quiet, cores, interruptible
from videmo.errors import UsageError

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def cascade(
    positives: Annotated[
        Path, typer.Option("--positives", "-p", help="Samples (.vec), or a description of positives to cut them from.")
    ],
    negatives: Annotated[
        Path, typer.Option("--negatives", "-n", help="List of pictures without objects, one path per line.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for cascade.xml, or the file itself: NAME.xml.")
    ] = Path("runs/cascade"),
    width: Width = 20,
    height: Height = 20,
    stages: Annotated[int, typer.Option(min=1, max=100, help="Largest number of stages.")] = 20,
    num_pos: Annotated[int, typer.Option("--num-pos", min=1, help="Largest number of positives per stage.")] = 2000,
    num_neg: Annotated[int, typer.Option("--num-neg", min=1, help="Negatives per stage.")] = 1000,
    min_hit_rate: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="Share of its positives that a stage must let pass.")
    ] = 0.995,
    max_false_alarm: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Largest share of its negatives that a stage may let pass.")
    ] = 0.5,
    max_weak: Annotated[int, typer.Option(min=1, help="Largest number of weak classifiers per stage.")] = 100,
    max_depth: Annotated[
        int, typer.Option(min=1, max=2, help="1 for stumps, 2 for trees of up to three features.")
    ] = 1,
    weight_trim: Annotated[
        float,
        typer.Option(
            min=0.5, max=1.0, help="Each weak classifier learns from the samples that hold this share of the weight."
        ),
    ] = 0.95,
    features: Annotated[str, typer.Option(help="Set of features: basic, core or all (with tilted ones).")] = "basic",
    memory: Annotated[str, typer.Option(help="Memory that training may use, such as 800MB or 2GB.")] = "1GB",
    seed: Annotated[int, typer.Option(min=0, help="Seed for the choice of negatives.")] = 0,
    jobs: Jobs = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train a boosted cascade of Haar features, as opencv_traincascade does.

    The cascade can be used after every stage, with cv2.CascadeClassifier or videmo analyze --detector. When run
    again with the same --out, training resumes after the last complete stage. The result does not depend on --jobs or
    --memory.

    Example: videmo train cascade --positives faces.vec --negatives negatives.txt --stages 12
    """
    limit = memory_bytes(memory)
    # Before numpy is loaded: its own threads would fight with ours over the cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from videmo.batch.threads import Threads
    from videmo.training.cascade.boost import StageSettings
    from videmo.training.cascade.command import train
    from videmo.training.cascade.features import MODES
    from videmo.training.cascade.fit import PROGRAM_BYTES, CascadeSettings
    from videmo.training.cascade.place import place_of

    if limit < PROGRAM_BYTES:
        raise UsageError(f"--memory {memory}", "not enough for training", f"at least {PROGRAM_BYTES >> 20}MB")
    if features not in MODES:
        raise UsageError(f"--features {features}", "no such set of features", f"one of {', '.join(MODES)}")
    boosting = StageSettings(min_hit_rate, max_false_alarm, max_weak, max_depth, weight_trim)
    settings = CascadeSettings(features, stages, num_pos, num_neg, seed, boosting)

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    with interruptible():
        threads = Threads(jobs or cores())
        trained = train(positives, negatives, (width, height), out, settings, limit, threads, say, warn)
    say(f"{place_of(out).cascade}: {len(trained.stages)} stages, {trained.trees} weak classifiers.")


def memory_bytes(text: str) -> int:
    """Read an amount of memory, such as 800MB, in bytes.

    Raises:
        UsageError: it is not an amount of memory.
    """
    words = text.strip().upper().removesuffix("B").removesuffix("I")
    unit = _UNITS.get(words[-1:], 1)
    try:
        amount = float(words.rstrip("KMG")) * unit
    except ValueError:
        amount = 0.0
    if not 2**20 <= amount < 2**50:
        raise UsageError(f"--memory {text}", "not an amount of memory", "an amount such as 800MB or 2GB")
    return int(amount)

"""``videmo evaluate cascade``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder


def cascade(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.xml...", help="Cascades to measure.")],
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for cascade.md, .json and .png.")] = Path(
        "reports/evaluation"
    ),
    debug: Debug = False,
) -> None:
    """Recall and false alarms of cascades on held-out photographs, OpenCV's own beside them.

    Also whether videmo and OpenCV take the same windows for faces, stage by stage.

    Example: videmo evaluate cascade runs/cascade/cascade.xml --data data-folder
    """
    from videmo.files import write_json, write_text
    from videmo.machine import machine
    from videmo.plots.cascade import operating_figure
    from videmo.plots.save import save_figure
    from videmo.training.cascade.measure import ALARMS_A_PICTURE, RECALL, evaluate_cascades
    from videmo.training.cascade.page import cascade_page

    results, measured_on = evaluate_cascades(data_folder(data) / "data", files, typer.echo)
    page = cascade_page(results, measured_on, machine(), f"videmo evaluate cascade {' '.join(map(str, files))}")
    curves = {r["title"]: [(p["alarms_a_picture"], p["recall"]) for p in r["points"]] for r in results}
    save_figure(operating_figure(curves, (ALARMS_A_PICTURE, RECALL)), out / "cascade.png", dpi=150)
    write_json(out / "cascade.json", {"machine": machine(), "measured_on": measured_on, "cascades": results})
    write_text(out / "cascade.md", page)
    typer.echo(page)

"""Draw what two coders, or a coder and videmo, called the same seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from videmo.plots.levels import one_label
from videmo.plots.style import INK, Width, figure, plain, styled
from videmo.spreadsheet import csv_plain


def plot_confusion(confusion: pd.DataFrame, *, coder_a: str, coder_b: str, width: Width = "column") -> Any:
    """Draw a confusion matrix in seconds: rows are one coder's codes, columns the other's.

    Args:
        confusion: rows of ``confusion.csv`` of the two.
        coder_a: whose codes are the rows, as the table spells it.
        coder_b: whose codes are the columns, likewise.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    names = {column: confusion[column].map(str).map(csv_plain) for column in ("code_a", "code_b")}
    table = confusion.assign(**names).pivot_table(
        index="code_a", columns="code_b", values="seconds", aggfunc="sum", fill_value=0.0
    )
    created = figure(width, 0.9 + 0.32 * len(table))
    with styled():
        axis = created.subplots()
        values = table.to_numpy(np.float64)
        shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for row, column in np.ndindex(values.shape):
            colour = "white" if shares[row, column] > 0.6 else INK
            axis.text(column, row, f"{values[row, column]:.1f}", ha="center", va="center", fontsize=6.5, color=colour)
        axis.set_xticks(range(len(table.columns)), [plain(name, 14) for name in table.columns])
        axis.set_yticks(range(len(table.index)), [plain(name, 14) for name in table.index])
        axis.set_xlabel(plain(csv_plain(coder_b), 24))
        axis.set_ylabel(plain(csv_plain(coder_a), 24))
        axis.tick_params(length=0)
        one_label(axis, "seconds")
    return created

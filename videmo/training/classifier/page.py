"""Write the evaluation of classifiers as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videmo.training.classifier.metrics import BINS, recall_cells
from videmo.training.classifier.rows import ALL, SETS
from videmo.training.common.labels import CLASSES


def evaluation_page(result: Mapping[str, Any]) -> str:
    """Write the results of ``videmo evaluate classifier`` in Markdown.

    Args:
        result: ``classifiers`` (scores by set, by name), ``milliseconds`` (by name) and ``robustness``, as plain
            values.
    """
    lines = [
        "# How good are the classifiers?",
        "",
        "Made by `videmo evaluate classifier`; all numbers are also in [classifier.json](classifier.json). The faces "
        "are FER+'s test images, on which nothing was chosen. In brackets: 95 % bootstrap intervals over the images.",
        "",
    ]
    lines += [f"- **{name}**: {meaning}" for name, meaning in SETS.items()] + [""]
    if any(name.endswith(" float") for name in result["classifiers"]):
        lines += ["Float networks are those before quantisation, which training writes beside the int8 ones.", ""]
    for name in SETS:
        lines += _accuracy_table(name, result["classifiers"])
    lines += _recall_table(result["classifiers"])
    lines += _confusions(result["classifiers"])
    lines += [
        "## Are the probabilities calibrated?",
        "",
        "![Accuracy over confidence](reliability.png)",
        "",
        f"ECE is the mean difference between confidence and accuracy over {BINS} equal bins of confidence.",
        "",
    ]
    lines += _speed_table(result["milliseconds"])
    if result["robustness"]:
        lines += _robustness_table(result["robustness"])
    return "\n".join(lines)


def _accuracy_table(name: str, classifiers: Mapping[str, Any]) -> list[str]:
    rows = next(iter(classifiers.values()))[name]["rows"]
    lines = [
        f"## {name.capitalize()} (n = {rows:,})",
        "",
        "| classifier | accuracy | balanced accuracy | macro-F1 | ECE |",
        "|---|---|---|---|---|",
    ]
    for title, sets in classifiers.items():
        known = sets[name]
        cells = [
            f"{known[key]:.1%} ({known['intervals'][key][0]:.1%}–{known['intervals'][key][1]:.1%})"
            for key in ("accuracy", "balanced_accuracy", "macro_f1")
        ]
        lines.append(f"| {title} | {' | '.join(cells)} | {known['ece']:.3f} |")
    return [*lines, ""]


def _recall_table(classifiers: Mapping[str, Any]) -> list[str]:
    lines = [
        f"## Recall of each emotion ({ALL})",
        "",
        "| classifier | " + " | ".join(CLASSES) + " |",
        "|---|" + "---|" * len(CLASSES),
    ]
    for title, sets in classifiers.items():
        lines.append(f"| {title} | {recall_cells(sets[ALL]['recall'], CLASSES)} |")
    return [*lines, ""]


def _confusions(classifiers: Mapping[str, Any]) -> list[str]:
    lines = ["## Which emotions are confused", "", "![Confusion matrices](confusion.png)", ""]
    title, sets = next(iter(classifiers.items()))
    lines += [
        f"Numbers of faces for **{title}** ({ALL}). Rows: the annotators' top vote; columns: the prediction.",
        "",
        "| | " + " | ".join(CLASSES) + " |",
        "|---|" + "---|" * len(CLASSES),
    ]
    for name, row in zip(CLASSES, sets[ALL]["confusion"], strict=True):
        lines.append(f"| {name} | " + " | ".join(str(count) for count in row) + " |")
    return [*lines, ""]


def _speed_table(times: Mapping[str, float]) -> list[str]:
    reference = next((name for name in times if name.startswith("founding")), next(iter(times)))
    lines = [
        "## Speed",
        "",
        "CPU time per face on one core, measured in turns in one run; only the ratios carry over to other machines.",
        "",
        f"| classifier | ms | times {reference} |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {time:.2f} | {time / times[reference]:.2f} |" for name, time in times.items()]
    return [*lines, ""]


def _robustness_table(records: list[Mapping[str, Any]]) -> list[str]:
    names = list(records[0]["scores"])
    lines = [
        "## Degraded boxes and pictures",
        "",
        f"Accuracy / balanced accuracy on changed copies of all faces ({ALL}). The surroundings of FER+'s crops are "
        "unknown; where a moved or rotated box reaches beyond a crop, its edge is repeated.",
        "",
        "![Robustness](robustness.png)",
        "",
        "| change | | " + " | ".join(names) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    for record in records:
        cells = [f"{plain:.1%} / {balanced:.1%}" for plain, balanced in (record["scores"][name] for name in names)]
        lines.append(f"| {record['group']} | {record['name']} | {' | '.join(cells)} |")
    return [*lines, ""]

"""Write the script with which R fits a mixed model to the segments."""

from __future__ import annotations

import re
from typing import Final

from videmo.spreadsheet import csv_text
from videmo.study.baseline import LEVELS
from videmo.study.events import labels_of
from videmo.study.inputs import Study


def analysis_script(study: Study) -> str:
    """Return ``analysis.R``: a model with random effects of participants, of stimuli, and of dyads if all are in one.

    It reads the table of segments, where each stimulus has a row: means of participants know no stimuli. Names are
    factors there, also those that look like numbers. With one segment of each participant it is a plain linear model.
    """
    plan = study.plan
    emotion = plan.primary.emotion or "happy"
    groups = [
        each.name for each in study.inputs.participants.variables if each.kind == "factor" and len(each.levels) > 1
    ]
    crossed = [*(["label"] if len(labels_of(study.inputs.events)) > 1 else []), *map(_name, groups[:1])]
    random = "(1 | participant_id)"
    if len({event.stimulus for event in study.inputs.events if event.stimulus}) > 1:
        random += " + (1 | stimulus)"
    dyads = {role.dyad for role in study.inputs.cast}
    if len(dyads) > 1 and all(dyads):
        random += " + (1 | dyad)"
    names = ", ".join(map(_text, ["participant_id", "dyad", "label", "stimulus", *map(csv_text, groups[:1])]))
    return f"""# A mixed model of what videmo measured. install.packages("lme4") if it is missing.
library(lme4)
segments <- read.csv("segments.csv", encoding = "UTF-8", check.names = FALSE, na.strings = "")
for (name in c({names})) segments[[name]] <- factor(segments[[name]])
chosen <- subset(segments, used == "yes" & emotion == "{emotion}")
chosen$value <- {_column(study)}
if (anyDuplicated(chosen$participant_id)) {{
  model <- lmer(value ~ {" * ".join(crossed) or "1"} + {random}, data = chosen)
}} else {{ # one segment of each participant: nothing is repeated
  model <- lm(value ~ {" * ".join(crossed) or "1"}, data = chosen)
}}
print(summary(model))
# participants_long.csv holds the values that videmo compared: one per participant, label, emotion and measure.
"""


def _column(study: Study) -> str:
    measure, correction = study.plan.primary.measure, study.plan.baseline.correction
    value = f"chosen${measure}"
    if measure not in LEVELS or correction == "none":
        return value
    if correction == "subtract":
        return f"{value} - chosen$baseline_mean" + (" * chosen$duration_s" if measure == "auc_s" else "")
    return "chosen$z" if measure == "mean" else f"{value} # as measured: only the mean is standardised in segments.csv"


def _name(variable: str) -> str:
    """Spell a column's name for R, as tables have it."""
    variable = csv_text(variable)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", variable) and variable not in _RESERVED:
        return variable
    return "`" + _escaped(variable, "`") + "`"


def _text(words: str) -> str:
    """Spell a string for R."""
    return '"' + _escaped(words, '"') + '"'


def _escaped(words: str, quote: str) -> str:
    return words.replace("\\", "\\\\").replace(quote, "\\" + quote)


_RESERVED: Final = frozenset(
    {
        "if",
        "else",
        "repeat",
        "while",
        "function",
        "for",
        "next",
        "break",
        "in",
        "TRUE",
        "FALSE",
        "NULL",
        "Inf",
        "NaN",
        "NA",
    }
)
"""Words of R that name nothing without quotes."""

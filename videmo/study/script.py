"""Write the script with which R fits a mixed model to the segments."""

from __future__ import annotations

import re

from videmo.study.inputs import Study


def analysis_script(study: Study) -> str:
    """Return ``analysis.R``: a model with crossed random effects of participants and stimuli.

    It reads the table of segments, where each stimulus has a row: means of participants know no stimuli.
    """
    plan = study.plan
    emotion = plan.primary.emotion or "happy"
    column = _column(study)
    groups = [
        each.name for each in study.inputs.participants.variables if each.kind == "factor" and len(each.levels) > 1
    ]
    fixed = " * ".join(["label", *(_name(group) for group in groups[:1])])
    random = "(1 | participant_id)"
    if len({event.stimulus for event in study.inputs.events if event.stimulus}) > 1:
        random += " + (1 | stimulus)"
    return f"""# A mixed model of what videmo measured. install.packages("lme4") if it is missing.
library(lme4)
segments <- read.csv("segments.csv", encoding = "UTF-8", check.names = FALSE)
chosen <- subset(segments, used == "yes" & emotion == "{emotion}")
chosen$value <- {column}
model <- lmer(value ~ {fixed} + {random}, data = chosen)
print(summary(model))
# participants_long.csv holds the values that videmo compared: one per participant, label, emotion and measure.
"""


def _column(study: Study) -> str:
    measure, correction = study.plan.primary.measure, study.plan.baseline.correction
    levels = ("mean", "median", "peak", "top10_mean")
    if correction == "subtract" and measure in levels:
        return f"chosen${measure} - chosen$baseline_mean"
    if correction == "zscore" and measure == "mean":
        return "chosen$z"
    return f"chosen${measure}"


def _name(variable: str) -> str:
    """Spell a column's name for R."""
    return variable if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", variable) else "`" + variable.replace("`", "") + "`"

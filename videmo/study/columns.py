"""Name the columns of a study's own tables that stand beside the variables of the participants."""

from __future__ import annotations

from typing import Final

ID: Final = "participant_id"
INSIDE: Final = ("label", "session", "role")
"""Factors whose levels one participant (or dyad) may have several of."""
OF_MEMBERS: Final = ("label", "session")
"""Those of which each member of a dyad has levels of their own; a role is one member's."""
PLACES: Final = ("session", "dyad", "role", "person")
"""What ``cast.csv`` says about a participant in a recording."""
HAPPENED: Final = ("event", "label", "stimulus", "onset_s", "duration_s")
"""What ``events.csv`` says."""
KEYS: Final = (
    ID, "session", "dyad", "recording", "person", "event", "label", "stimulus", "onset_s", "duration_s",
    "recording_onset_s",
)  # fmt: skip
SEGMENTS: Final = (
    *KEYS, "emotion", "valid_s", "valid_share", "mean", "sd", "median", "peak", "peak_s", "top10_mean", "time_above",
    "shown", "latency_s", "auc_s", "dominant_share", "episodes", "baseline", "baseline_valid_s", "baseline_mean",
    "change", "peak_change", "z", "used", "reason",
)  # fmt: skip
"""Columns of ``segments.csv``, which the variables of the participants follow."""
SPREAD: Final = ("own_mean", "own_sd", "role")
"""What the table of segments carries besides while it is worked with, and is not written."""
VALUES: Final = ("label", "emotion", "measure", "value", "segments", "valid_s")
"""Columns of ``participants_long.csv`` behind the variables of the participants."""
TAKEN: Final = frozenset({*SEGMENTS, *SPREAD, *VALUES, *INSIDE, *PLACES})
"""Names that no variable of the participants may have: a table would have two columns of it, or a contrast two
meanings."""

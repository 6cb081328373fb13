"""Name the files in a folder of results. Others read and write them through `RecordingResults` and `ResultsFolder`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

MANIFEST: Final = "run.json"
"""Of a recording, and of the whole folder."""
WORK: Final = ".work"
"""Temporary files, until a recording is finished."""
BEGUN: Final = f"{WORK}/{MANIFEST}"
"""Manifest of a recording that is not finished."""
LOCK: Final = ".videmo.lock"
LEASES: Final = ".videmo-leases"
"""Holds the leases of a run and of shards: there only while they are at work, or after a kill."""
RUN_LEASE: Final = f"{LEASES}/run"
SHARDS: Final = ".videmo-shards.json"
"""Into how many shards a run is divided, until it is gathered."""
GUARD: Final = ".videmo-workers.lock"
"""Held by each worker of a run; there only while workers are, or after a kill."""
OVERWRITING: Final = ".videmo-overwriting.jsonl"
"""There only while a run overwrites results, or after it was interrupted."""
OBSERVATIONS: Final = "observations.csv"
TIMELINE: Final = "timeline.csv"
EPISODES: Final = "episodes.csv"
SUMMARY: Final = "summary.csv"
QUALITY: Final = "quality.csv"
PERSONS: Final = "persons.csv"
"""Whose tracks are whose."""
TRACKS: Final = "tracks.npz"
"""What recognises faces: biometric data."""
PEOPLE: Final = "people.csv"
PLOTS: Final = ("timeline.png", "timeline.svg", "shares.png", "transitions.png")
REPORT: Final = "report.html"
THUMBNAIL: Final = "thumbnail.jpg"
PORTRAITS: Final = "portraits.npz"
"""Pictures of the persons, for the page of who is who."""
PAGE_PICTURES: Final = "pictures.npz"
"""Those of the page of the recording, for when it is made anew without it."""
VIDEO: Final = "annotated.mp4"
FILM: Final = "recording.mp4"
"""The video of a live session."""
PICTURED: Final = (REPORT, PAGE_PICTURES, PORTRAITS, THUMBNAIL, VIDEO)
"""Files that show the faces of a recording, unless these are hidden; all of them can be made anew."""
RECORDINGS: Final = "recordings.csv"
DICTIONARY: Final = "tables.json"
"""What the columns of all tables mean."""
OVERVIEW: Final = "overview.png"
INDEX: Final = "index.html"
WHO: Final = "cast.html"
"""The page of who is who in all recordings."""
OF_A_RECORDING: Final = frozenset(
    {
        MANIFEST, WORK, OBSERVATIONS, TIMELINE, EPISODES, SUMMARY, QUALITY, PERSONS, TRACKS, PEOPLE, *PLOTS, REPORT,
        THUMBNAIL, PORTRAITS, PAGE_PICTURES, VIDEO, FILM,
    }
)  # fmt: skip
"""All that is written into its folder, but for exports."""

# In the folder of a study.
STUDY: Final = "study.toml"
PARTICIPANTS: Final = ("participants.csv", "participants.tsv")
CAST: Final = ("cast.csv", "cast.tsv")
EVENTS: Final = ("events.csv", "events.tsv")
CODES: Final = ("codes.csv", "codes.tsv")
STUDY_MANIFEST: Final = "study.json"
SEGMENTS: Final = "segments.csv"
PARTICIPANTS_LONG: Final = "participants_long.csv"
PARTICIPANTS_WIDE: Final = "participants_wide.csv"
ANALYSIS: Final = "analysis.R"
COMPARISONS: Final = "comparisons.csv"
SENSITIVITY: Final = "sensitivity.csv"
EXCLUSIONS: Final = "exclusions.csv"
TIMECOURSE: Final = "timecourse.csv"
CLUSTERS: Final = "clusters.csv"
ISC: Final = "isc.csv"
SYNCHRONY: Final = "synchrony.csv"
SYNCHRONY_WINDOWS: Final = "synchrony_windows.csv"
PSEUDO: Final = "pseudo_pairs.csv"
RELIABILITY: Final = "reliability.csv"
CONFUSION: Final = "confusion.csv"
METHODS: Final = "methods.md"
STUDY_TABLES: Final = (
    SEGMENTS, PARTICIPANTS_LONG, PARTICIPANTS_WIDE, COMPARISONS, SENSITIVITY, EXCLUSIONS, TIMECOURSE, CLUSTERS, ISC,
    SYNCHRONY, SYNCHRONY_WINDOWS, PSEUDO, RELIABILITY, CONFUSION,
)  # fmt: skip
"""Those that a study writes; which of them depends on what it has."""


def status(shard: str = "") -> str:
    """Return the file that tells how far a run has come, or a shard such as ``3/16``."""
    return f"run-status-{shard.replace('/', '-of-')}.json" if shard else "run-status.json"


def shard_lock(which: str) -> str:
    """Return the file that a shard holds while it is at work, by its number or a pattern."""
    return f".videmo-shard-{which}.lock"


def shard_lease(index: int) -> str:
    """Return the lease that a shard holds while it is at work."""
    return f"{LEASES}/shard-{index:04}"


def shard_note(index: int) -> str:
    """Return the file in which a shard notes what it has to do and did."""
    return f".videmo-shard-{index:04}.json"


def shard_list(identity: str) -> str:
    """Return the file in which the recordings of a whole run are listed, as one or more shards have found them."""
    return f".videmo-shards-{identity}.json"


def is_of_shards(name: str) -> bool:
    """Tell whether a file is one in which shards note something, or tell how far they are."""
    return fnmatchcase(name, ".videmo-shard*.json") or fnmatchcase(name, "run-status-*-of-*.json")


def shard_guard(which: str) -> str:
    """Return the file that each worker of a shard holds, by its number or a pattern."""
    return f".videmo-workers-{which}.lock"


def shard_overwriting(which: str) -> str:
    """Return the file in which a shard notes what it has overwritten, by its number or a pattern."""
    return f".videmo-overwriting-{which}.jsonl"


def figure(name: str, kind: str) -> str:
    """Return the path of a figure of a study, below its results: by its name, and its kind without a dot."""
    return f"plots/{name}.{kind}"

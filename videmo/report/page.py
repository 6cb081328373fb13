"""Build ``report.html``: one recording on one page."""

from __future__ import annotations

import dataclasses
import os
import shlex
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd

from videmo.measures.emotions import LEFT_OUT, OTHER, UNPLEASANT, VALENCE
from videmo.measures.registry import words_in
from videmo.persons.linked import UNSURE, Links, how_sure
from videmo.persons.people import People, display_name
from videmo.plots.style import COLOURS
from videmo.report.editing import Editing
from videmo.report.found import FoundPersons, found_persons, suggested
from videmo.report.frame_times import frame_times
from videmo.report.html import json_block, render
from videmo.report.moments import ObservedFace, StrongMoment, longest_seen, portraits, strongest_moments
from videmo.report.pictures import Pictures
from videmo.report.series import NOTHING, SCALE, Series, build_series
from videmo.report.short import WORTH_TELLING, in_short, shares_lost
from videmo.results.manifest import Manifest
from videmo.results.tables import Tables
from videmo.settings import LEFT_OUT_REASONS, Settings, declared
from videmo.timeline.quality import OUTCOME_WORDS, OUTCOMES, poor_persons, stretches_to_review
from videmo.timeline.summary import MORE_LIKELY

MOST_EPISODES: Final = 20_000
"""At most this many are put into a page; the table episodes.csv has them all."""
MOST_STRETCHES: Final = 60
_USUAL_FPS: Final = 25.0
"""Of recordings that don't say how many frames they have per second."""
_SHOWN_AT_FIRST: Final = 8
STYLES: Final = ("base.css", "report.css", "short.css", "marks.css", "editing.css")
SCRIPTS: Final = (
    "element.js", "series.js", "clock.js", "timeline.js", "heads.js", "dock.js", "episodes.js", "report.js",
    "stretch.js", "download.js", "kept.js", "marks.js", "said.js", "cards.js", "splitting.js", "editing.js",
)  # fmt: skip
OBSERVED: Final = ("frame", "time_s", "status", "person", "track", "x", "y", "w", "h", "sharpness", "left_out")
"""The columns of the observation table that a page is made from."""
SECTIONS: Final = (
    "reading", "detector", "landmarks", "classifier", "identity", "tracking", "timeline", "episodes", "quality",
)  # fmt: skip
"""The sections of the settings that a page lists: all that its numbers depend on."""


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """Hold what a page shows, before the pictures are read."""

    tables: Tables
    """The observations with at least the columns `OBSERVED`."""
    manifest: Manifest
    settings: Settings
    people: People = field(default_factory=People)
    """The user's word about the persons."""
    links: Links = field(default_factory=lambda: Links({}))
    """Whose tracks are whose, before that."""

    @property
    def names(self) -> Mapping[int, str]:
        """Return the names of persons, by number; none where faces are hidden."""
        return {} if self.settings.anonymize.hides_faces else self.people.names

    @property
    def words(self) -> tuple[str, ...]:
        """Return the emotions that the tables tell."""
        return words_in(self.tables.timeline.columns)

    @property
    def end_s(self) -> float:
        """Return the end of the recording in seconds."""
        return self.manifest.result.duration_s

    def moments(self) -> list[StrongMoment]:
        """Choose the strongest moments of the persons."""
        return strongest_moments(
            self.tables.timeline, self.tables.episodes, self.tables.summary, self.tables.observations
        )

    def portraits(self) -> dict[int, ObservedFace]:
        """Choose a portrait of each person."""
        return portraits(self.tables.summary, self.tables.observations)

    def editing(self) -> Editing:
        """Choose what the user edits persons with; nothing where faces are hidden, as names would show who they are."""
        if self.settings.anonymize.hides_faces:
            return Editing(FoundPersons(), Links({}), People())
        return Editing(found_persons(self.tables.observations, self.links, self.people), self.links, self.people)

    def still_s(self) -> float:
        """Choose a moment that stands for the whole: the strongest that isn't neutral, else the middle."""
        moments = sorted(self.moments(), key=lambda moment: (moment.emotion == "neutral", -moment.probability))
        if moments:
            return moments[0].face.time_s
        times = self.tables.observations["time_s"]
        return float(times.iloc[len(times) // 2]) if len(times) else 0.0


def render_report(plan: ReportPlan, editing: Editing, pictures: Pictures | None, *, video: str, home: str) -> str:
    """Build the page.

    Args:
        plan: tables, manifest and settings.
        editing: from the plan; see `ReportPlan.editing`.
        pictures: of the faces that the plan names; those that are missing are left out. None if the recording was
            missing: the page says so.
        video: address of the video to show, relative to the page, quoted (`relative_address`); empty for none.
        home: address of the folder's page; empty for none.
    """
    tables, manifest = plan.tables, plan.manifest
    series = build_series(tables.timeline, tables.observations, step_s=plan.settings.timeline.step_s, end_s=plan.end_s)
    stretches = stretches_to_review(tables.observations, plan.settings.quality, plan.end_s)
    key, clip = PurePosixPath(manifest.key), _plain_path(video)
    faces = pictures.faces if pictures else {}
    sure = how_sure(plan.links, plan.people)
    persons = _persons(plan, faces, sure)
    hides = plan.settings.anonymize.hides_faces
    told = manifest.with_note("plots", ()) if hides else manifest  # it spells letters of names
    return render(
        "report.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        name=_shown(key.name),
        folder=_shown(str(key.parent)) if key.parent != PurePosixPath() else "",
        home=home,
        video=video,
        clip=clip,
        key_for_shell=shlex.quote(_shown(manifest.key)),
        poster=pictures.still if pictures and not hides else None,
        pictured=pictures is not None,
        hides=hides,
        recording=manifest.recording,
        result=manifest.result,
        warnings=told.warnings,
        duration_s=plan.end_s,
        persons=persons,
        unsure=sum(person["identity"] == UNSURE for person in persons),
        poor=[display_name(person, plan.names) for person in poor_persons(tables.quality)],
        short=in_short(tables.summary, tables.quality, plan.moments(), plan.names),
        alike=_alike(plan),
        recognises=plan.settings.identity.enabled and any(plan.links.sights.values()),
        editing=editing,
        quality=_quality_rows(plan, sure),
        reasons=LEFT_OUT_REASONS,
        outcomes=OUTCOMES,
        words=OUTCOME_WORDS,
        light=manifest.result.quality,
        thresholds=plan.settings.quality,
        timeline=plan.settings.timeline,
        frame_times=frame_times(tables.observations, tables.quality.iloc[0]),
        stretches=stretches.head(MOST_STRETCHES).to_dict("records"),
        more_stretches=max(0, len(stretches) - MOST_STRETCHES),
        who=lambda person: "Recording" if pd.isna(person) else display_name(int(person), plan.names),
        settings=_settings_rows(plan.settings),
        version=manifest.videmo,
        input_sha256=manifest.input.sha256,
        emotions=plan.words,
        unpleasant=[word for word in plan.words if word in UNPLEASANT],
        flagged=any(person.flagged for person in series.persons),
        left_out_words=LEFT_OUT,
        worth_telling=WORTH_TELLING,
        likely=MORE_LIKELY,
        merged=series.merged,
        data=json_block(
            {**_data(plan, series), "video": clip, "editing": editing.as_json(pictures.small if pictures else {})}
        ),
    )


def relative_address(target: Path, page: Path) -> str:
    """Return the address of a file as a link from a page, safe for any name; empty if there is no relative path."""
    try:
        path = os.path.relpath(target, page.parent)
    except ValueError:  # another drive
        return ""
    quoted = urllib.parse.quote(os.fsencode(path.replace(os.sep, "/")))
    # A name with a colon in its first part would be read as a scheme.
    return quoted if quoted.startswith(".") else f"./{quoted}"


def _plain_path(address: str) -> str:
    """Return the path that an address stands for, to be pasted into a terminal; empty where that isn't safe."""
    path = urllib.parse.unquote(address, errors="surrogateescape")
    return path if path.isprintable() else ""


def _data(plan: ReportPlan, series: Series) -> dict[str, Any]:
    """Collect what the page's script draws."""
    shown = set(_order(plan.tables.summary)[:_SHOWN_AT_FIRST])
    episodes = plan.tables.episodes.sort_values(["start_s", "person"], kind="stable").head(MOST_EPISODES)
    cuts, words = plan.tables.observations, plan.words
    return {
        "key": plan.manifest.key,
        "content": plan.manifest.input.content,
        "duration": plan.end_s,
        "still": round(plan.still_s(), 3),
        "step": series.step_s,
        "scale": SCALE,
        "likely": MORE_LIKELY,
        "nothing": NOTHING,
        "emotions": list(words),
        "colours": [COLOURS[emotion] for emotion in words],
        "outcomes": [OUTCOME_WORDS[word] for word in OUTCOMES],
        "persons": [
            {
                **person.as_json(),
                "name": display_name(person.number, plan.names),
                "shown": person.number in shown,
            }
            for person in series.persons
        ],
        "episodes": [
            [
                int(row.person), words.index(row.emotion), round(float(row.start_s), 3),
                round(float(row.peak_s), 3), round(float(row.end_s), 3), round(float(row.mean), 4),
                round(float(row.peak), 4),
            ]
            for row in episodes.itertuples()
        ],
        "episodesInAll": len(plan.tables.episodes),
        "frames": int(cuts["frame"].nunique()),
        "frame": 1 / (plan.manifest.recording.average_fps or _USUAL_FPS),
    }  # fmt: skip


def _alike(plan: ReportPlan) -> list[tuple[str, str]]:
    """Return the names of persons who may be the same, as far as they are still two."""
    there = {int(person) for person in plan.tables.summary["person"]}
    stays = plan.people.merges
    pairs = [(stays.get(one, one), stays.get(other, other)) for one, other in suggested(plan.links, plan.people)]
    kept = [pair for pair in dict.fromkeys(pairs) if there.issuperset(pair)]
    return [(display_name(one, plan.names), display_name(other, plan.names)) for one, other in kept]


def _order(summary: pd.DataFrame) -> list[int]:
    """Order persons by the time for which they are seen, longest first."""
    order = summary.sort_values("seen_s", ascending=False, kind="stable")
    return [int(person) for person in order["person"]]


def _persons(plan: ReportPlan, faces: Mapping[ObservedFace, bytes], sure: Mapping[int, str]) -> list[dict[str, Any]]:
    """Collect what the page says about each person, in order of the time seen."""
    rows = plan.tables.summary.set_index("person")
    quality = plan.tables.quality.dropna(subset=["person"]).set_index("person")
    pictured = set(longest_seen(plan.tables.summary))
    moments, portraits, shown = plan.moments(), plan.portraits(), []
    for person in _order(plan.tables.summary):
        row = rows.loc[person]
        portrait = portraits.get(person)
        shown.append(
            {
                "number": person,
                "name": display_name(person, plan.names),
                "portrait": faces.get(portrait) if portrait else None,
                "pictured": person in pictured,
                "row": row,
                "valence": _number(row, f"mean_{VALENCE}"),
                "other_share": _number(row, f"share_{OTHER}") or 0.0,
                "dominant": "" if pd.isna(row["dominant"]) else row["dominant"],
                "quality": quality.loc[person],
                "lost": shares_lost(quality.loc[person]),
                "identity": sure.get(person, ""),
                "moments": [(moment, faces.get(moment.face)) for moment in moments if moment.person == person],
            }
        )
    return shown


def _number(row: pd.Series, name: str) -> float | None:
    """Return a number of a row; None where it has none, as in tables of earlier versions."""
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def _quality_rows(plan: ReportPlan, sure: Mapping[int, str]) -> list[dict[str, Any]]:
    """Make the rows of the quality table; counts in the order of `OUTCOMES`."""
    columns = ["usable", *(f"left_out_{reason}" for reason in LEFT_OUT_REASONS), "stray", "no_face", "away"]
    rows = []
    for row in plan.tables.quality.to_dict("records"):
        known = not pd.isna(row["person"])
        name = display_name(int(row["person"]), plan.names) if known else "Recording"
        own = {"name": name, "identity": sure.get(int(row["person"]), "") if known else "", "whole": not known}
        rows.append({**row, **own, "counts": [int(row[column]) for column in columns]})
    return rows


def _settings_rows(settings: Settings) -> list[tuple[str, str]]:
    """List every setting that the numbers depend on, with its dotted name."""
    rows = []
    for section in SECTIONS:
        part = getattr(settings, section)
        for name in (each.name for each in dataclasses.fields(part) if each.name != "chunk_s"):
            value = getattr(part, name)
            words = ", ".join(value) if isinstance(value, tuple) else str(value)
            unset = declared(f"{section}.{name}").setting.unset_means
            rows.append((f"{section}.{name}", unset if value is None else words))
    return rows


def _shown(name: str) -> str:
    """Make any file name fit to be written: bytes that are not UTF-8 are spelled out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")

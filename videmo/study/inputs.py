"""Read all that the user says about a study, and check that it fits together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from videmo.errors import StudyError
from videmo.measures.emotions import VALENCE
from videmo.study.borrowed import borrowed_baselines
from videmo.study.cast import Role, cast_of, read_cast, unused_columns
from videmo.study.coders import resolve
from videmo.study.codes import Code, read_codes, refuse_overlaps
from videmo.study.contrasts import Contrast, Factors, all_contrasts, factors_of, few_of, parse_contrast, with_primary
from videmo.study.design import Design, Facts, Remark, lay_out, odd_events
from videmo.study.doubted import doubted_persons
from videmo.study.events import Event, labels_of, read_events
from videmo.study.meetings import never_together
from videmo.study.misspelt import misspelt_levels
from videmo.study.nobodys import nobodys_events
from videmo.study.participants import LEVELS, Participants, read_participants
from videmo.study.plan import MEASURES, Plan, line_of_contrast, read_plan
from videmo.study.recording_names import whole_key, with_whole_key
from videmo.study.sheet import Sheet, decoded, did_you_mean, read_sheet
from videmo.study.unknown_codes import unknown_codes
from videmo.study.valence import forgotten


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold what the user says."""

    plan: Plan
    participants: Participants
    cast: tuple[Role, ...]
    events: tuple[Event, ...]
    codes: tuple[Code, ...]
    plan_name: str
    """The file of the plan, for errors."""
    plan_text: str = ""
    """Its content."""
    remarks: tuple[Remark, ...] = ()
    """Columns that change nothing."""


@dataclass(frozen=True, slots=True)
class Study:
    """Hold what the user says together with the recordings: all that is needed to begin."""

    inputs: Inputs
    design: Design
    contrasts: tuple[Contrast, ...]
    primary: Contrast | None
    recordings: Mapping[str, Facts]
    remarks: tuple[Remark, ...]

    @property
    def wanted(self) -> list[Contrast]:
        """List all contrasts, each once, the primary one first."""
        first = [self.primary] if self.primary else []
        return list(dict.fromkeys([*first, *with_primary(self.contrasts, self.primary)]))

    @property
    def plan(self) -> Plan:
        """Return the settings."""
        return self.inputs.plan


def read_inputs(files: Mapping[str, tuple[str, bytes]], folder: str) -> Inputs:
    """Read the files of a study.

    Args:
        files: for each kind that is there (``plan, participants, cast, events, codes``) its name and content.
        folder: of the study, for errors.

    Raises:
        StudyError: one is missing, can't be read, or contradicts another one; the error names file, line and column.
    """
    for kind, words in (("participants", "who takes part"), ("events", "what was shown when")):
        if kind not in files:
            advice = f"Let 'videmo study init' write {kind}.csv, or write it by hand."
            raise StudyError(folder, f"no table of {kind} (CSV or TSV), which says {words}", advice=advice)
    plan_name, content = files.get("plan", (folder, b""))
    plan = read_plan(content, plan_name)
    participants = read_participants(_sheet(files, "participants"), plan.study.factors)
    cast = _cast(files, participants, folder)
    known = {
        "participant_id": {person.id for person in participants.people},
        "dyad": {role.dyad for role in cast} - {""},
        "session": {role.session for role in cast} - {""},
        "recording": {role.recording for role in cast},
    }
    events = read_events(_sheet(files, "events"), known)
    _refuse_wide_columns(participants, events, plan, files["participants"][0])
    codes = read_codes(_sheet(files, "codes")) if "codes" in files else ()
    unused = _unused(_sheet(files, "cast")) if "cast" in files else ()
    return Inputs(plan, participants, cast, events, codes, plan_name, decoded(content, plan_name), unused)


def _refuse_wide_columns(participants: Participants, events: Sequence[Event], plan: Plan, name: str) -> None:
    """Refuse a variable that is called like a value of ``participants_wide.csv``."""
    columns = {
        f"{label}.{emotion}.{measure}"
        for label in labels_of(events)
        for emotion in plan.emotions
        for measure in MEASURES
    }
    for variable in participants.variables:
        if variable.name in columns:
            found = "a name of a column of participants_wide.csv"
            raise StudyError(f"{name}, line 1, column {variable.name}", found, advice="Rename it.")


def _unused(sheet: Sheet) -> tuple[Remark, ...]:
    words = "this column is not used; variables that are compared belong into the list of participants"
    return tuple(Remark(f"{sheet.name}, line 1, column {name}", words) for name in unused_columns(sheet))


def _sheet(files: Mapping[str, tuple[str, bytes]], kind: str) -> Sheet:
    name, content = files[kind]
    return read_sheet(content, name)


def _cast(files: Mapping[str, tuple[str, bytes]], participants: Participants, folder: str) -> tuple[Role, ...]:
    if "cast" in files:
        return read_cast(_sheet(files, "cast"), participants)
    cast = cast_of(participants)
    if not cast:
        found = "no cast.csv, and no column recording in the list of participants"
        raise StudyError(folder, found, advice="One of them has to say who is seen in which recording.")
    return cast


def bring_together(inputs: Inputs, recordings: Mapping[str, Facts]) -> Study:
    """Lay out the design, and understand the contrasts.

    Raises:
        StudyError: inputs and recordings contradict each other, or nothing can be compared.
    """
    inputs = _with_whole_keys(inputs, recordings)
    design = lay_out(inputs.participants, inputs.cast, inputs.events, recordings)
    factors = factors_of(design)
    plan = inputs.plan
    contrasts = [_contrast(text, "contrasts", inputs, factors) for text in plan.compare.contrasts]
    primary = _contrast(plan.primary.contrast, "primary", inputs, factors) if plan.primary.contrast else None
    _refuse_twice(contrasts, inputs)
    _check_units(inputs, factors)
    _check_codes(inputs, recordings)
    odd, met = odd_events(design, recordings)
    compared = tuple(contrasts or _others(all_contrasts(factors, inputs.participants), primary))
    return Study(
        inputs=inputs,
        design=design,
        contrasts=compared,
        primary=primary,
        recordings=recordings,
        remarks=(
            *design.remarks,
            *odd,
            *nobodys_events(design, met),
            *doubted_persons(design, recordings),
            *never_together(design, recordings),
            *misspelt_levels(design, factors, with_primary(compared, primary)),
            *unknown_codes(inputs.codes, plan.codes, plan.words),
            *_suspicions(inputs),
            *borrowed_baselines(design, plan),
        ),
    )


def _contrast(text: str, key: str, inputs: Inputs, factors: Factors) -> Contrast:
    return parse_contrast(text, factors, line_of_contrast(inputs.plan_text, text, key, inputs.plan_name))


def _refuse_twice(contrasts: Sequence[Contrast], inputs: Inputs) -> None:
    """Refuse what another contrast compares the other way round: it would be tested, and corrected for, twice."""
    texts = inputs.plan.compare.contrasts
    first: dict[object, tuple[Contrast, str]] = {}
    for contrast, text in zip(contrasts, texts):
        known, said = first.setdefault(contrast.compared, (contrast, text))
        if known != contrast:
            where = line_of_contrast(inputs.plan_text, text, "contrasts", inputs.plan_name)
            advice = "Keep one: which level or label comes first only turns the sign."
            raise StudyError(where, f"{text!r} compares the same as {said!r}", advice=advice)


def _with_whole_keys(inputs: Inputs, recordings: Mapping[str, Facts]) -> Inputs:
    """Put whole keys in place of their ends."""

    def whole(key: str) -> str:
        return whole_key(key, recordings)

    return dataclasses.replace(
        inputs,
        cast=tuple(dataclasses.replace(role, recording=whole(role.recording)) for role in inputs.cast),
        events=tuple(with_whole_key(event, recordings) for event in inputs.events),
        codes=tuple(dataclasses.replace(code, recording=whole(code.recording)) for code in inputs.codes),
    )


def _others(contrasts: Sequence[Contrast], primary: Contrast | None) -> list[Contrast]:
    """Leave out what is the primary contrast the other way round: it is no second comparison."""
    same = primary.compared if primary else None
    return [each for each in contrasts if each == primary or each.compared != same]


def _check_units(inputs: Inputs, factors: Factors) -> None:
    if inputs.plan.compare.unit == "dyad" and not any(role.dyad for role in inputs.cast):
        found = "the unit is the dyad, but the cast has none"
        raise StudyError(
            inputs.plan_name, found, advice="Fill in the column dyad of cast.csv, or compare participants."
        )


def _check_codes(inputs: Inputs, recordings: Mapping[str, Facts]) -> None:
    """Check that codes are about recordings and persons that there are, one at a time."""
    for code in inputs.codes:
        if code.recording not in recordings:
            advice = did_you_mean(code.recording, recordings, "recordings")
            raise StudyError(code.where, f"no recording {code.recording!r} in the results", advice=advice)
        length = recordings[code.recording].duration_s
        if code.onset_s < -1e-6 or code.onset_s + code.duration_s > length + 0.5:
            found = f"a code from {code.onset_s:g} to {code.onset_s + code.duration_s:g} s"
            raise StudyError(code.where, found, f"times within {code.recording}, which is {length:.1f} s long")
        persons = recordings[code.recording].persons
        known = {str(person.number) for person in persons} | {person.name for person in persons if person.name}
        if code.person and code.person not in known:
            advice = did_you_mean(code.person, known, f"persons in {code.recording}")
            raise StudyError(code.where, f"no person {code.person!r} in {code.recording}", advice=advice)
    refuse_overlaps(inputs.codes, lambda code: resolve(code, recordings))


def _suspicions(inputs: Inputs) -> list[Remark]:
    """Find what is allowed and yet looks like a mistake."""
    found = [*inputs.remarks]
    for variable in inputs.participants.variables:
        values = {person.values.get(variable.name) for person in inputs.participants.people} - {None}
        if variable.kind == "number" and 2 <= len(values) <= 3 and len(inputs.participants.people) >= 6:
            listed = ", ".join(f"{value:g}" for value in sorted(values))  # type: ignore[type-var]
            words = f"{variable.name} has the numbers {listed} alone: if they name groups, add it to factors in [study]"
            found.append(Remark(inputs.plan_name, words))
        few = few_of(variable.name, variable.levels, inputs.participants)
        if not inputs.plan.compare.contrasts and len(variable.levels) - len(few) < 2 <= len(variable.levels):
            words = f"{variable.name} is not compared: fewer than two of its groups have two participants or more"
            found.append(Remark(inputs.plan_name, words))
        if variable.kind == "text":
            words = f"{variable.name} has more than {LEVELS} different words: these are no groups, and are not compared"
            found.append(Remark(inputs.plan_name, words))
    if any(role.dyad for role in inputs.cast) and inputs.plan.compare.unit == "participant":
        words = 'the two of a dyad are not independent: unit = "dyad" in [compare] averages them'
        found.append(Remark(inputs.plan_name, words))
    if left_out := forgotten(inputs.plan):
        words = (
            f"{VALENCE} is '{inputs.plan.measures[VALENCE].text}' here, which leaves out {' and '.join(left_out)}; "
            f'{VALENCE} = "{VALENCE}" below [measures] is the column of the tables, which counts them'
        )
        found.append(Remark(inputs.plan_name, words))
    baseline, correction = inputs.plan.baseline, inputs.plan.baseline.correction
    if baseline.source in ("auto", "before") and baseline.before_s < baseline.min_valid_s:
        words = (
            f"the {baseline.before_s:g} s before an onset are never a baseline: that needs {baseline.min_valid_s:g} s "
            "of valid time (min_valid_s in [baseline])"
        )
        found.append(Remark(inputs.plan_name, words))
    if correction != "subtract" and any(event.kind == "baseline" for event in inputs.events):
        words = f'there are events of the kind baseline, but correction = "{correction}" in [baseline] subtracts none'
        found.append(Remark(inputs.plan_name, words))
    for role in inputs.cast:
        if abs(role.rate - 1) > 0.001:
            found.append(Remark(role.where, f"a rate of {role.rate:g}: the two clocks differ by more than 0.1 %"))
    return found

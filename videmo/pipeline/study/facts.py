"""Find out what a study asks of a folder of results: which recordings there are, and who is seen in them."""

from __future__ import annotations

from collections.abc import Collection

from videmo.config import fingerprint
from videmo.errors import ResultsError
from videmo.measures.emotions import OTHER
from videmo.measures.registry import vocabulary_in
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.study import StudyFolder
from videmo.spreadsheet import csv_plain
from videmo.study.design import Facts, Seen
from videmo.study.plan import Plan, line_of


def facts_for(study: StudyFolder, plan: Plan, name: str, text: str) -> tuple[ResultsFolder, dict[str, Facts]]:
    """Return the folder of results that a study is about, and its recordings as `gather_facts` does.

    Args:
        study: its folder.
        plan: the settings of the study.
        name: of the file of the plan, for errors.
        text: its content.

    Raises:
        StudyError: what is made would lie among the results.
        ResultsError: there are none, or a table is damaged.
    """
    results = study.results_folder(plan.study.results)
    try:
        return results, gather_facts(results)
    except ResultsError as exc:
        if results.known():
            raise
        found = f"no results in {results.path}" + ("" if plan.study.results else ", the folder above the study")
        advice = "Say in [study] where they are: results = '../OUT', relative to the study."
        raise ResultsError(line_of(text, "results", name), found, "a folder of results", advice) from exc


def gather_facts(folder: ResultsFolder) -> dict[str, Facts]:
    """Look at every recording in a folder of results, failed ones too.

    Raises:
        ResultsError: there are none, or a table is damaged.
    """
    found = {results.manifest.key: facts_of(results) for results in folder.require_finished()}
    for failure in folder.manifest.failed:
        found.setdefault(failure.key, Facts(failure.key, failed=failure.reason))
    for results in folder.begun():
        found.setdefault(results.manifest.key, Facts(results.manifest.key, failed="its analysis is not finished"))
    return dict(sorted(found.items()))


def facts_of(results: RecordingResults) -> Facts:
    """Look at one recording; its tables are not kept.

    Raises:
        ResultsError: its summary is damaged.
    """
    manifest, summary = results.manifest, results.summary
    missing = {"person", "name", "seen_s"} - set(summary.columns)
    if missing:
        raise ResultsError(results.folder, f"its summary has no column {sorted(missing)[0]}",
                           advice="Update the results with 'videmo report'.")  # fmt: skip
    told = f"share_{OTHER}"
    others = summary[told].tolist() if told in summary.columns else [0.0] * len(summary)
    strips = {each.person: each.strip for each in manifest.result.courses}
    persons = [
        Seen(
            int(row.person),
            csv_plain(row.name) if isinstance(row.name, str) else "",
            float(row.seen_s),
            float(other),
            strips.get(int(row.person), ""),
        )
        for row, other in zip(summary[["person", "name", "seen_s"]].itertuples(index=False), others)
    ]
    results.let_go()
    words = vocabulary_in(summary.columns)
    made = [manifest.stages.get(stage, "") for stage in ("observe", "persons", "tables")]
    seen = [(each.number, each.name, each.seen_s) for each in persons]
    file = (manifest.input.size_bytes, manifest.input.sha256, manifest.input.sample_sha256)
    content = fingerprint(made, file, manifest.people.said, manifest.result.duration_s, seen)
    doubts = manifest.notes.get("identity", ())
    return Facts(
        manifest.key, manifest.result.duration_s, tuple(persons), identity=content, emotions=words, doubts=doubts
    )


def identity_of(facts: Collection[Facts]) -> str:
    """Hash all that the tables of some recordings depend on."""
    return fingerprint([(each.key, each.identity, each.failed) for each in facts])

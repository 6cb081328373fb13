"""Write ELAN annotation files (EAF 3.0)."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from pympi import Elan

from videmo.export.contents import Contents, relative_url, tiers_of
from videmo.files import write_text
from videmo.version import __version__

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_EMOTION_TYPE, _SEEN_TYPE = "displayed emotion", "in sight"
_VOCABULARY = "emotions"
_LANGUAGE = ("und", "http://cdb.iso.org/lg/CDB-00130975-001", "undetermined (und)")
"""ELAN's entry for words of no particular language; vocabularies need one."""


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write an EAF with a tier per person, whose annotations are the episodes.

    The emotions are a controlled vocabulary, and the video is linked by its relative path. The document's date is that
    of the recording.
    """
    path = stem.with_name(f"{stem.name}.eaf")
    eaf = Elan.Eaf(author=f"videmo {__version__}")
    eaf.adocument.update(
        {
            "DATE": contents.modified.isoformat(),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        }
    )
    eaf.header.update({"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    url = relative_url(contents.linked, path.parent)
    kind = mimetypes.guess_type(contents.linked.name)[0] or "unknown"
    eaf.add_linked_file(url, relpath=url, mimetype=kind)
    _declare_types(eaf, contents.words)
    for tier in tiers_of(contents):
        name = contents.called(tier.person)
        eaf.add_tier(tier.name, ling=_EMOTION_TYPE if tier.holds_emotions else _SEEN_TYPE, part=name)
        for stretch in tier.stretches:
            eaf.add_annotation(tier.name, stretch.start_ms, stretch.end_ms, stretch.label)
    # ELAN continues numbering from it.
    eaf.properties[:] = [("lastUsedAnnotationId", max((int(name[1:]) for name in eaf.annotations), default=0))]
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{Elan.to_string(eaf)}\n')
    return [path]


def _declare_types(eaf: Elan.Eaf, words: Sequence[str]) -> None:
    """Replace the library's defaults with videmo's two kinds of tiers."""
    eaf.remove_tier("default")
    eaf.remove_linguistic_type("default-lt")
    eaf.add_language(*_LANGUAGE)
    eaf.add_controlled_vocabulary(_VOCABULARY)
    eaf.add_cv_description(_VOCABULARY, _LANGUAGE[0], "Emotions that a face may display")
    for emotion in words:
        eaf.add_cv_entry(_VOCABULARY, f"cve_{emotion}", [(emotion, _LANGUAGE[0], None)])
    plain = {"TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false"}
    for name, more in ((_EMOTION_TYPE, {"CONTROLLED_VOCABULARY_REF": _VOCABULARY}), (_SEEN_TYPE, {})):
        eaf.add_linguistic_type(name, param_dict={"LINGUISTIC_TYPE_ID": name, **plain, **more})

"""Small data sets in every layout that training reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.datasets.ferplus import FOLDERS, LABELS, OFFICIAL_ORDER, PIXELS, USAGES
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

SPLIT_OF_ROW = ("train", "train", "train", "validation", "test")


def smooth_faces(count: int, seed: int, size: int = 48) -> np.ndarray:
    """Pictures with structure, no two alike."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (count, 7, 7)).astype(np.uint8)
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in small])


def png(image: np.ndarray) -> bytes:
    """A picture as it lies on disk."""
    return cv2.imencode(".png", image)[1].tobytes()


def frame_with_a_face(samples: Path) -> np.ndarray:
    """The first frame of a sample clip, in which the detector finds one face."""
    recording = probe(samples / "expressions.mp4")
    chunk = plan_chunks(recording, chunk_s=1000)[0]
    return next(iter(read_frames(recording, chunk, fps=1, counts=ReadCounts()))).luma.full()


def votes_of(row: int) -> dict[str, int]:
    """Nine votes for one class, one for another."""
    votes = dict.fromkeys(VOTES, 0)
    votes[VOTES[row % 5]] = 9
    votes[VOTES[(row + 5) % 10]] += 1
    return votes


def write_table(path: Path, images: np.ndarray, splits: list[str], **changes: list[Any]) -> Path:
    """FER+ as one parquet table; ``changes`` replace columns."""
    table = pd.DataFrame({"split": splits, "image": [png(image) for image in images]})
    for name in VOTES:
        table[name] = [votes_of(row)[name] for row in range(len(table))]
    for name, values in changes.items():
        table[name] = values
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path)
    return path


def official_votes(row: int) -> list[str]:
    """The votes of a row in FER+'s own order."""
    votes = votes_of(row)
    return [str(votes[name.replace("NF", "not_a_face")]) for name in OFFICIAL_ORDER]


def write_csv_pair(folder: Path, images: np.ndarray, splits: list[str]) -> Path:
    """FER2013's CSV file with pixels and FER+'s with votes."""
    usage = {split: name for name, split in USAGES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PIXELS).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for image, split in zip(images, splits, strict=True):
            writer.writerow([0, " ".join(map(str, image.ravel())), usage[split]])
    with (folder / LABELS).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Usage", "Image name", *OFFICIAL_ORDER])
        for row, split in enumerate(splits):
            writer.writerow([usage[split], f"fer{row:07}.png", *official_votes(row)])
    return folder


def write_official_folders(folder: Path, images: np.ndarray, splits: list[str]) -> Path:
    """FER+'s folders of pictures, each with its list of labels."""
    names = {split: name for name, split in FOLDERS.items()}
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
        (folder / name / "label.csv").touch()
    for row, (image, split) in enumerate(zip(images, splits, strict=True)):
        place = folder / names[split]
        (place / f"fer{row:07}.png").write_bytes(png(image))
        with (place / "label.csv").open("a", newline="") as file:
            csv.writer(file).writerow([f"fer{row:07}.png", "(0, 0, 48, 48)", *official_votes(row)])
    return folder


AFFECTNET_HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
)


def affectnet_line(name: str, code: str, box: tuple[Any, ...] = (6, 4, 60, 60)) -> str:
    """One line of AffectNet's lists."""
    return ",".join([name, *map(str, box), "1;2;3;4", code, "0.1", "-0.2"])


def write_affectnet(folder: Path, images: np.ndarray, codes: list[int]) -> Path:
    """AffectNet's folder with a training list with a header and a validation list without one."""
    pictures, lists = folder / "Manually_Annotated_Images" / "7", folder / "Manually_Annotated_file_lists"
    pictures.mkdir(parents=True)
    lists.mkdir()
    lines = []
    for row, (image, code) in enumerate(zip(images, codes, strict=True)):
        framed = cv2.copyMakeBorder(cv2.resize(image, (60, 60)), 4, 6, 6, 4, cv2.BORDER_CONSTANT, value=0)
        (pictures / f"{row}.png").write_bytes(png(cv2.cvtColor(framed, cv2.COLOR_GRAY2BGR)))
        lines.append(affectnet_line(f"7/{row}.png", str(code)))
    half = len(lines) // 2
    (lists / "training.csv").write_text("\n".join([AFFECTNET_HEADER, *lines[:half]]) + "\n")
    (lists / "validation.csv").write_text("\n".join(lines[half:]) + "\n")
    return folder

"""Make a small study of twelve participants out of one sample clip: ``python samples/study.py --out FOLDER``.

Each "participant" is the portrait of `expressions.mp4` at another size and brightness: a rest, a funny film during
which the face smiles for about three seconds, and a neutral one. The portrait smiles; pulled down, its mouth is what
comes nearest to rest. Nothing about people can be learned from it. The last face is covered most of the time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from videmo.video.write import same_everywhere

SOURCE = Path(__file__).parent / "expressions.mp4"
RATE, CLOCK = 10, 90_000
CALM, HAPPY = (4.6, 5.8), (0.1, 1.7)
"""Stretches of the sample, in seconds."""
REST_S, FILM_S, GAP_S = 3.0, 6.0, 2.0
FUNNY_S, PLAIN_S = REST_S + 1.0, REST_S + 1.0 + FILM_S + GAP_S
LENGTH_S = PLAIN_S + FILM_S + 1.0
PEOPLE = 12
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Participant:
    """How one of them looks and smiles."""

    number: int
    smile_s: float
    """Since the beginning of the funny film."""
    lasts_s: float
    covered: bool = False

    @property
    def key(self) -> str:
        """The name of the recording."""
        return f"sub-{self.number:02}_task-films_video.mp4"


def participants(count: int = PEOPLE) -> list[Participant]:
    """All of them; the last one's face is covered most of the time."""
    chance = np.random.default_rng(4)
    return [
        Participant(number, float(chance.uniform(0.8, 2.0)), float(chance.uniform(2.6, 3.4)), number == count)
        for number in range(1, count + 1)
    ]


def main() -> None:
    """Write the clips, and the inputs of the study beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("reports/study"))
    out = parser.parse_args().out
    for person in participants():
        write(person, out / "recordings" / person.key)
    write_inputs(out / "study")
    print(f"{PEOPLE} clips in {out / 'recordings'}, the study in {out / 'study'}.")


def write_inputs(folder: Path, count: int = PEOPLE) -> None:
    """Write who takes part, and what was shown when."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"sub-{n:02},{('morning', 'evening')[n % 2]},{20 + 3 * n % 17}\n" for n in range(1, count + 1)]
    (folder / "participants.csv").write_text("participant_id,group,age\n" + "".join(rows), "utf-8")
    (folder / "events.csv").write_text(
        "onset,duration,label,kind\n"
        f"0,{REST_S:g},rest,baseline\n{FUNNY_S:g},{FILM_S:g},funny,stimulus\n{PLAIN_S:g},{FILM_S:g},neutral,stimulus\n",
        "utf-8",
    )
    (folder / "study.toml").write_text(
        '[study]\ntitle = "Funny films (made)"\nresults = "../results"\n'
        'primary = { measure = "top10_mean", emotion = "happy", contrast = "label: funny - neutral" }\n\n'
        '[measures]\nvalence = "valence"\n',
        "utf-8",
    )


def frames_of(stretch: tuple[float, float]) -> list[Image]:
    """The frames of a stretch of the sample."""
    with av.open(str(SOURCE)) as container:
        return [
            frame.to_ndarray(format="bgr24")
            for frame in container.decode(video=0)
            if frame.time is not None and stretch[0] <= frame.time < stretch[1]
        ]


def pictures(person: Participant, times: list[float]) -> Iterator[Image]:
    """What the camera sees at some times."""
    chance = np.random.default_rng(person.number)
    shown = {"calm": frames_of(CALM), "happy": frames_of(HAPPY)}
    light, zoom = chance.uniform(0.8, 1.1), chance.uniform(0.85, 1.1)
    height, width = shown["calm"][0].shape[:2]
    move = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height / 2]])
    for time in times:
        since = time - FUNNY_S - person.smile_s
        frames = shown["happy" if 0 <= since < person.lasts_s else "calm"]
        place = round(time * RATE) % (2 * len(frames))  # there and back again
        picture = frames[place if place < len(frames) else 2 * len(frames) - 1 - place]
        picture = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        picture = np.clip(picture * light + chance.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        if person.covered and time % 2.5 >= 0.8:
            picture[:] = (90, 100, 110)
        yield picture


def write(person: Participant, path: Path, *, rotation: int = 0, late_s: float = 0.0, uneven: bool = False) -> None:
    """Encode a clip.

    Args:
        person: who is in it.
        path: of the file.
        rotation: stored on its side, with a display matrix that says so.
        late_s: time of the first frame.
        uneven: frames are left out here and there, as phones do in the dark.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    times = [number / RATE for number in range(round(LENGTH_S * RATE))]
    if uneven:
        left = np.random.default_rng(1).random(len(times)) > 0.2
        times = [time for time, stays in zip(times, left) if stays]
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        options = {"crf": "20", "preset": "veryfast", "threads": "1", **same_everywhere()}
        video = container.add_stream("libx264", rate=RATE, options=options)
        video.pix_fmt = "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, CLOCK)
        if rotation:
            video.set_display_rotation(rotation)
        for place, (time, picture) in enumerate(zip(times, pictures(person, times))):
            turned = np.ascontiguousarray(np.rot90(picture, -rotation // 90 % 4))
            if not place:
                video.height, video.width = turned.shape[:2]
            frame = av.VideoFrame.from_ndarray(turned, format="bgr24").reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = round((time + late_s) * CLOCK), Fraction(1, CLOCK)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


if __name__ == "__main__":
    main()

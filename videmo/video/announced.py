"""Notice that a file holds less than its header announces."""

from __future__ import annotations

import re
from typing import Final

from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.errors import RecordingError
from videmo.records import Recording
from videmo.video.packets import packets_of
from videmo.video.probe import length_in_header, open_video

_CLOCK: Final = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def falls_short(recording: Recording, read_s: float) -> bool:
    """Check whether a file's header announces clearly more than what could be read, in seconds from the start."""
    return _shorter(read_s, _announced_s(recording))


def ends_early(recording: Recording, read_s: float) -> str:
    """Check whether a file was cut off: its header announces more than it contains.

    Args:
        recording: the probed file.
        read_s: how far its video could be read, in seconds from the start.

    Returns:
        Sentences that say so, or an empty text. Video that ends before the sound or the subtitles is not cut off.
    """
    if not falls_short(recording, read_s):
        return ""
    announced, latest = _announced_s(recording), read_s
    try:
        with open_video(recording.path, recording.stream) as (container, stream):
            own_s = _tagged_length(container, stream, recording)
            if own_s is not None and not _shorter(read_s, own_s):
                return ""
            announced = announced if own_s is None else own_s
            for packet in packets_of(container, *container.streams):
                if packet.pts is not None and packet.size:
                    words = own_s is None and packet.stream.type == "subtitle"  # it may be the one that ends last
                    shown = packet.duration or 0 if words else 0
                    latest = max(latest, float((packet.pts + shown) * packet.time_base) - recording.start_s)
    except RecordingError:
        pass
    if not _shorter(latest, announced):
        return ""
    return cut_off(f"its header announces {announced:.1f} s, but it ends at {read_s:.1f} s")


def cut_off(how: str) -> str:
    """Word that a file is cut off, as the reason for which a recording is incomplete."""
    return f"the file is cut off: {how}. The results cover what is there; for the rest, copy it again from its source."


def _shorter(read_s: float, announced_s: float) -> bool:
    return announced_s - read_s > max(min(1.0, 0.2 + 0.1 * announced_s), 0.02 * announced_s)


def _announced_s(recording: Recording) -> float:
    announced = recording.duration_s or 0.0
    if recording.container == "avi" and recording.average_fps:  # FFmpeg shortens the duration, not the count
        announced = max(announced, recording.frame_count_from_header / recording.average_fps)
    return announced


def _tagged_length(container: InputContainer, stream: VideoStream, recording: Recording) -> float | None:
    """Return the length of a stream in seconds as Matroska notes it beside that of the whole file, from its start."""
    found = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if not found:
        return None
    before_s = (length_in_header(container, stream) or 0.0) - (recording.duration_s or 0.0)  # both count alike
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) - before_s

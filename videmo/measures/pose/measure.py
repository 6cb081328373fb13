"""Declare the pose of a head as a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videmo.measures.measure import Column, Geometry, Measure

if TYPE_CHECKING:
    from videmo.settings import Settings


def _load(settings: Settings) -> Geometry:
    from videmo.measures.pose.fit import head_pose

    return head_pose


def _angle(name: str, most: float, about: str) -> Column:
    return Column(name, 1, -most, most, "degrees", about, since="0.2.0")


POSE_MEASURE = Measure(
    name="pose",
    columns=(
        _angle("yaw", 180.0, "Turn of the head, positive towards the subject's left."),
        _angle("pitch", 90.0, "Nod of the head, positive upwards."),
        _angle("roll", 180.0, "Tilt of the head, positive towards the subject's left shoulder."),
    ),
    crop=None,
    load=_load,
)

"""Declare the pose of a head as a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videmo.measures.measure import Column, Geometry, Measure

if TYPE_CHECKING:
    from videmo.settings import Settings


def _load(settings: Settings) -> Geometry:
    from videmo.measures.pose.fit import head_pose

    return head_pose


POSE_MEASURE = Measure(
    name="pose",
    columns=(
        Column("yaw", 1, -180.0, 180.0, "degrees", "Turn of the head, positive towards the subject's left."),
        Column("pitch", 1, -90.0, 90.0, "degrees", "Nod of the head, positive upwards."),
        Column("roll", 1, -180.0, 180.0, "degrees", "Tilt of the head, positive towards the subject's left shoulder."),
    ),
    crop=None,
    load=_load,
)

"""Decide which cell is responsible for which face, and what a wrong answer costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from videmo.faces.grid import STRIDES, centres

CELLS_A_FACE = 9
"""Largest number of cells that are responsible for one face."""
NEAR = 1.75
"""They lie within this many strides of the face's centre."""
SIZES = ((0.0, 48.0), (24.0, 112.0), (64.0, 1e9))
"""Geometric mean of width and height, in pixels, of the faces for which each stride is responsible."""


def detection_loss(outputs: list[Any], boxes: Any, kinds: Any, landmarks: Any, size: int) -> Any:
    """Calculate the loss of a batch of square scenes.

    Cells are assigned to faces by how well they already perform, in score and overlap (Feng et al., TOOD, 2021). The
    score learns the overlap (varifocal loss, Zhang et al., 2021), boxes the complete IoU (Zheng et al., 2020),
    landmarks their distance relative to the face's size.

    Args:
        outputs: the nine maps of the network.
        boxes: ``(batch, n, 4)`` left, top, width, height in pixels, padded with zeros.
        kinds: ``(batch, n)``: 1 for a face, -1 for one to ignore, 0 for padding.
        landmarks: ``(batch, n, 10)`` in pixels, NaN where unknown.
        size: height and width of the scenes.

    Returns:
        Sum of the losses, and the three losses as a vector.
    """
    import tensorflow as tf

    points = np.concatenate([centres(size, size, stride) for stride in STRIDES])
    strides = np.concatenate([np.full((size // stride) ** 2, stride, np.float32) for stride in STRIDES])
    logits, distances, offsets = (
        tf.concat([tf.reshape(level, (tf.shape(level)[0], -1, level.shape[-1])) for level in outputs[start::3]], axis=1)
        for start in range(3)
    )
    logits = logits[..., 0]
    # A slope below zero, so that a collapsed box can grow again.
    reach = tf.nn.leaky_relu(distances, 0.05) * strides[:, None]
    found = tf.concat([points - reach[..., :2], points + reach[..., 2:]], axis=-1)
    wanted = tf.concat([boxes[..., :2], boxes[..., :2] + boxes[..., 2:]], axis=-1)
    chosen, quality = _assign(tf.stop_gradient(logits), tf.stop_gradient(found), wanted, kinds, points, strides)
    positive = quality > 0
    total = tf.maximum(tf.reduce_sum(quality), 1.0)

    probability = tf.sigmoid(logits)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(quality, logits)
    ignored = tf.reduce_any(_inside(points, wanted) & (kinds < 0)[..., None], axis=1)
    weight = tf.where(positive, quality, 0.75 * tf.square(tf.stop_gradient(probability)))
    weight = tf.where(ignored & ~positive, 0.0, weight)
    score_loss = tf.reduce_sum(weight * entropy) / total

    target = tf.gather(wanted, chosen, batch_dims=1)
    box_loss = tf.reduce_sum(quality * (1 - _complete_overlap(found, target))) / total

    marks = tf.gather(landmarks, chosen, batch_dims=1)
    guess = tf.reshape(
        points[None, :, None]
        + tf.reshape(offsets, (*tf.unstack(tf.shape(offsets)[:2]), 5, 2)) * strides[None, :, None, None],
        tf.shape(offsets),
    )
    known = tf.math.is_finite(marks) & positive[..., None]
    extent = tf.sqrt(tf.reduce_prod(tf.maximum(target[..., 2:] - target[..., :2], 1.0), axis=-1))
    gap = tf.where(known, guess - tf.where(known, marks, 0.0), 0.0) / extent[..., None]
    has = tf.cast(tf.reduce_any(known, axis=-1), tf.float32)
    landmark_loss = tf.reduce_sum(quality * has * tf.reduce_mean(_smooth(gap), axis=-1)) / tf.maximum(
        tf.reduce_sum(quality * has), 1.0
    )
    parts = tf.stack([score_loss, box_loss, landmark_loss])
    return tf.reduce_sum(parts * tf.constant([1.0, 2.0, 20.0])), parts


def _assign(logits: Any, found: Any, wanted: Any, kinds: Any, points: Any, strides: Any) -> tuple[Any, Any]:
    """Return the index of each cell's face, and the score that the cell should give; 0 for cells without a face."""
    import tensorflow as tf

    extent = tf.maximum(wanted[..., 2:] - wanted[..., :2], 0.0)
    span = tf.sqrt(extent[..., 0] * extent[..., 1])
    limits = np.array([SIZES[STRIDES.index(int(stride))] for stride in strides], np.float32)
    right_size = (span[..., None] >= limits[:, 0]) & (span[..., None] < limits[:, 1])
    middle = (wanted[..., :2] + wanted[..., 2:]) / 2
    apart = tf.abs(middle[:, :, None] - points[None, None]) / strides[None, None, :, None]
    near = tf.reduce_max(apart, axis=-1) < NEAR
    # Very small faces may contain no cell's centre: the nearest cells are responsible for them.
    within = _inside(points, wanted) | (tf.reduce_max(apart, axis=-1) < 0.75)
    allowed = right_size & near & within & (kinds > 0)[..., None]
    overlap = _overlap(wanted[:, :, None], found[:, None])
    fitness = tf.sqrt(tf.sigmoid(logits))[:, None] * tf.pow(overlap, 3.0) + 1e-6 / (1.0 + tf.reduce_sum(apart, axis=-1))
    fitness = tf.where(allowed, fitness, 0.0)
    best, _ = tf.math.top_k(fitness, CELLS_A_FACE)
    kept = fitness >= tf.maximum(best[..., -1:], 1e-12)
    fitness = tf.where(kept & allowed, fitness, 0.0)
    chosen = tf.argmax(fitness, axis=1, output_type=tf.int32)
    strongest = tf.reduce_max(fitness, axis=1)
    # The best cell of a face should reach its overlap; the others proportionally less (TOOD, equation 6).
    top_fitness = tf.maximum(best[..., 0], 1e-12)
    top_overlap = tf.reduce_max(tf.where(fitness > 0, overlap, 0.0), axis=-1)
    level = tf.gather(tf.maximum(top_overlap, 0.1) / top_fitness, chosen, batch_dims=1)
    return chosen, tf.clip_by_value(strongest * level, 0.0, 1.0)


def _inside(points: Any, boxes: Any) -> Any:
    import tensorflow as tf

    low = tf.reduce_all(points[None, None] >= boxes[:, :, None, :2], axis=-1)
    return low & tf.reduce_all(points[None, None] <= boxes[:, :, None, 2:], axis=-1)


def _overlap(one: Any, other: Any) -> Any:
    import tensorflow as tf

    corner, opposite = tf.maximum(one[..., :2], other[..., :2]), tf.minimum(one[..., 2:], other[..., 2:])
    shared = tf.reduce_prod(tf.maximum(opposite - corner, 0.0), axis=-1)
    areas = [tf.reduce_prod(tf.maximum(box[..., 2:] - box[..., :2], 0.0), axis=-1) for box in (one, other)]
    return shared / tf.maximum(areas[0] + areas[1] - shared, 1e-6)


def _complete_overlap(found: Any, target: Any) -> Any:
    import tensorflow as tf

    overlap = _overlap(found, target)
    corner, opposite = tf.minimum(found[..., :2], target[..., :2]), tf.maximum(found[..., 2:], target[..., 2:])
    diagonal = tf.reduce_sum(tf.square(opposite - corner), axis=-1) + 1e-6
    middles = tf.reduce_sum(
        tf.square((found[..., :2] + found[..., 2:] - target[..., :2] - target[..., 2:]) / 2), axis=-1
    )
    shapes = [
        tf.atan((box[..., 2] - box[..., 0]) / tf.maximum(box[..., 3] - box[..., 1], 1e-3)) for box in (target, found)
    ]
    tilt = (4 / np.pi**2) * tf.square(shapes[0] - shapes[1])
    share = tf.stop_gradient(tf.where(overlap > 0.5, tilt / (1 - overlap + tilt + 1e-6), 0.0))
    return overlap - middles / diagonal - share * tilt


def _smooth(gap: Any, bend: float = 0.02) -> Any:
    import tensorflow as tf

    size = tf.abs(gap)
    return tf.where(size < bend, 0.5 * tf.square(gap) / bend, size - 0.5 * bend)

"""Say what the numbers about fairness mean, and what they can't tell."""

from __future__ import annotations

from typing import Final

TITLES: Final = {
    "group": "By group, as UTKFace labels it",
    "age": "By age, as UTKFace labels it",
    "sex": "By sex, as UTKFace labels it",
}
LIMITS: Final = (
    "**Nobody knows what these faces show.** UTKFace and LFW have no labels of emotions. That one emotion is said more "
    "often of one group may be a mistake of the network, or people of that group may show it more often in these "
    "photographs: portraits, press photographs and album pictures are not spread evenly over groups and ages. Only "
    "RAF-DB has labels, and it doesn't say who is shown.",
    "**Agreement is not truth.** The committee stands in for labels, and its networks are related: they learned from "
    "the same sets, one began with what the other knew, and faces of UTKFace and LFW (without labels) were among what "
    "one of them learned from. A mistake that they share is invisible here.",
    "**Group, age and sex are UTKFace's.** They are labels of appearance, made by a model and checked by people; the "
    'groups are coarse, "other" is whatever is left, and sex has two values. They say nothing about how the people '
    "shown see themselves.",
    "**Skin tone can't be measured in grey.** What is measured instead is the luma of the cheeks, which follows light, "
    "exposure and make-up at least as much as the skin: the first table about lightness says how much.",
    "**These are photographs,** aligned, tight and at most 88 pixels wide. Detection is easier here than in a "
    "recording, and a face that is found in a photograph may be lost in a dim corner of a video.",
    "**No difference found is not no difference.** The intervals say which differences are compatible with these "
    "numbers.",
)
SUMMARY: Final = (
    "Of each comparison, all rates of which two categories are so far apart that the interval of the difference (for "
    'all pairs of categories together) excludes 0, and the two that are furthest apart. "Alike" is the same difference '
    "as if both had the same mix of ages (of sexes, where ages are compared). Points of percent."
)
SAID: Final = "What is said of the faces found, by the likeliest word; below, of those on which the committee agrees."
TRUSTED: Final = (
    "Confidence beside how often the committee confirms the word: the gap is confidence minus confirmation, ECE the "
    "calibration error if the committee were right."
)
TRUST: Final = (
    "How far the measures can be trusted. First, of pairs of faces, one labelled white and one labelled black (Indian) "
    "by UTKFace, the share of which the first is lighter; 50 % is chance. Then the share of the variance that lies "
    "between people of LFW, not between pictures of one person: what is missing to 100 % is light, exposure, make-up "
    "and noise."
)
RIGHT: Final = (
    "Faces that were found. Resampling adds to a calibration error, so the intervals of ECE lie a little too high."
)
FOUND: Final = "This needs no face to be found, so it counts those that were missed too."

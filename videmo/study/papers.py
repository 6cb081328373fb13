"""List the papers that the methods of a study cite."""

from __future__ import annotations

from typing import Final

PAPERS: Final = {
    "barrett": "Barrett, L. F., Adolphs, R., Marsella, S., Martinez, A. M., & Pollak, S. D. (2019). Emotional "
    "expressions "
    "reconsidered. Psychological Science in the Public Interest, 20, 1–68.",
    "welch": "Welch, B. L. (1947). The generalization of 'Student's' problem when several different population "
    "variances "
    "are involved. Biometrika, 34, 28–35.",
    "hedges": "Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. "
    "Journal of Educational Statistics, 6, 107–128.",
    "lakens": "Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science. "
    "Frontiers in "
    "Psychology, 4, 863.",
    "efron": "Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical "
    "Association, "
    "82, 171–185.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6, 65–70.",
    "bh": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal "
    "Statistical "
    "Society B, 57, 289–300.",
    "maris": "Maris, E., & Oostenveld, R. (2007). Nonparametric statistical testing of EEG- and MEG-data. Journal of "
    "Neuroscience Methods, 164, 177–190.",
    "sassenhagen": "Sassenhagen, J., & Draschkow, D. (2019). Cluster-based permutation tests of MEG/EEG data do not "
    "establish significance of effect latency or location. Psychophysiology, 56, e13335.",
    "isc": "Nastase, S. A., Gazzola, V., Hasson, U., & Keysers, C. (2019). Measuring shared responses across subjects "
    "using intersubject correlation. Social Cognitive and Affective Neuroscience, 14, 667–685.",
    "boker": "Boker, S. M., Xu, M., Rotondo, J. L., & King, K. (2002). Windowed cross-correlation and peak picking. "
    "Psychological Methods, 7, 338–355.",
    "riehle": "Riehle, M., Kempkensteffen, J., & Lincoln, T. M. (2017). Quantifying facial expression synchrony in "
    "face-to-face dyadic interactions. Journal of Nonverbal Behavior, 41, 85–102.",
    "cohen": "Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological "
    "Measurement, 20, 37–46.",
    "shrout": "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin, 86, 420–428.",
}
"""Each reference by a short name."""

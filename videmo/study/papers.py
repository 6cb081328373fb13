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
    "wallace": "Wallace, D. L. (1959). Bounds on normal approximations to Student's and the chi-square distributions. "
    "Annals of Mathematical Statistics, 30, 1121–1130.",
    "janssen": "Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the generalized "
    "Behrens–Fisher problem. Statistics & Probability Letters, 36, 9–21.",
    "chung": "Chung, E., & Romano, J. P. (2013). Exact and asymptotically robust permutation tests. Annals of "
    "Statistics, 41, 484–507.",
    "brown": "Brown, M. B., & Forsythe, A. B. (1974). The small sample behavior of some statistics which test the "
    "equality of several means. Technometrics, 16, 129–132.",
    "greenhouse": "Greenhouse, S. W., & Geisser, S. (1959). On methods in the analysis of profile data. Psychometrika, "
    "24, 95–112.",
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
    "chen": "Chen, G., Shin, Y.-W., Taylor, P. A., Glen, D. R., Reynolds, R. C., Israel, R. B., & Cox, R. W. (2016). "
    "Untangling the relatedness among correlations, part I: Nonparametric approaches to inter-subject correlation "
    "analysis at the group level. NeuroImage, 142, 248–259.",
    "boker": "Boker, S. M., Xu, M., Rotondo, J. L., & King, K. (2002). Windowed cross-correlation and peak picking. "
    "Psychological Methods, 7, 338–355.",
    "riehle": "Riehle, M., Kempkensteffen, J., & Lincoln, T. M. (2017). Quantifying facial expression synchrony in "
    "face-to-face dyadic interactions. Journal of Nonverbal Behavior, 41, 85–102.",
    "cohen": "Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological "
    "Measurement, 20, 37–46.",
    "mcgraw": "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychological Methods, 1, 30–46.",
}
"""Each reference by a short name."""

TESTS: Final = {
    "paired t": "two levels within {unit} were compared by paired t and by flipping the signs of differences",
    "Welch t": "two groups were compared by Welch's t (1947) and by permuting who is in which, with Welch's t as the "
    "statistic (Janssen, 1997; Chung & Romano, 2013)",
    "repeated-measures F": "three and more levels within {unit} were compared by the F of repeated measures, with the "
    "degrees of freedom of Greenhouse and Geisser (1959), and by permuting levels within {unit}",
    "Brown-Forsythe F": "three and more groups were compared by the F of Brown and Forsythe (1974) and by permuting "
    "who is in which, with that F as the statistic",
    "Spearman": "numbers were related by Spearman's rank correlation and by permuting who has which",
}
"""How each test is done, in the order in which they are told."""
CITED: Final = {
    "Welch t": ("welch", "janssen", "chung"),
    "repeated-measures F": ("greenhouse",),
    "Brown-Forsythe F": ("brown",),
}
"""The papers that are named there."""
CLUSTERED: Final = {
    "t": "two levels within {unit} by t",
    "z": "two groups by Welch's t, as the z with the same p (Wallace, 1959)",
    "F": "three levels and more by F, of groups that of Brown and Forsythe beyond the limit of the usual F",
}
"""By what clusters are found, by the statistic of their table."""

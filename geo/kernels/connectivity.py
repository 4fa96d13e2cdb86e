"""How well patches hold together: the probability of connectivity, and what each patch and each new link is worth."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def connection_probability(distance_m: Floats, *, median_m: float) -> Floats:
    """Return the probability that one who lives in a patch goes as far as another: exp(-k d), one half at the median.

    Parameters
    ----------
    distance_m
        Metres, any shape; infinite where there is no way.
    median_m
        The distance that half of them would go. Metres, > 0.

    Returns
    -------
    Probability in [0, 1], same shape.

    Raises
    ------
    ValueError
        If `median_m` is not positive.
    """
    if not median_m > 0:
        raise ValueError(f"median_m must be positive, got {median_m}")
    probability: Floats = np.exp2(-np.asarray(distance_m, dtype=np.float64) / median_m)
    return probability


def strongest_paths(probability: Floats) -> Floats:
    """Return the greatest product of probabilities over any chain of patches between each two.

    Parameters
    ----------
    probability
        Of going straight from one patch to another. In [0, 1], shape (patches, patches), symmetric.

    Returns
    -------
    p* of the reference, same shape; 1 between a patch and itself.

    References
    ----------
    Saura and Pascual-Hortal (2007), https://doi.org/10.1016/j.landurbplan.2007.03.005; the search is Floyd's (1962),
    https://doi.org/10.1145/367766.368168.
    """
    best = np.array(probability, dtype=np.float64)
    np.fill_diagonal(best, 1.0)
    for middle in range(len(best)):
        np.maximum(best, np.outer(best[:, middle], best[middle]), out=best)
    return best


def probability_of_connectivity(area_m2: Floats, strongest: Floats, *, landscape_m2: float) -> float:
    """Return PC: the probability that two spots thrown at random on the landscape fall into patches that connect.

    Parameters
    ----------
    area_m2
        Of each patch. Square metres, shape (patches,).
    strongest
        Of `strongest_paths`, shape (patches, patches).
    landscape_m2
        Area of the whole landscape, patches and what lies between them. Square metres, > 0.

    Returns
    -------
    In [0, 1].

    Raises
    ------
    ValueError
        If the landscape is not larger than 0, or smaller than its patches.

    References
    ----------
    Saura and Pascual-Hortal (2007), eq. 4, https://doi.org/10.1016/j.landurbplan.2007.03.005
    """
    if not landscape_m2 > 0 or area_m2.sum() > landscape_m2 * (1 + 1e-9):
        raise ValueError(f"landscape_m2 must be positive and hold all patches ({area_m2.sum()} m²), got {landscape_m2}")
    return float(area_m2 @ strongest @ area_m2) / landscape_m2**2


def patch_importance(area_m2: Floats, probability: Floats) -> Floats:
    """Return dPC of each patch: the share of PC that is lost when the patch is, with all paths through it.

    Parameters
    ----------
    area_m2
        Of each patch. Square metres, shape (patches,).
    probability
        Of going straight from one patch to another, shape (patches, patches).

    Returns
    -------
    Per cent of PC, shape (patches,); NaN where no patch has an area. It does not depend on the landscape's area.

    References
    ----------
    Saura and Pascual-Hortal (2007), eq. 5.
    """
    whole = area_m2 @ strongest_paths(probability) @ area_m2
    lost = np.full(len(area_m2), np.nan)
    if whole > 0:
        for patch in range(len(area_m2)):
            others = np.delete(np.arange(len(area_m2)), patch)
            left = strongest_paths(probability[np.ix_(others, others)])
            lost[patch] = 100 * (1 - area_m2[others] @ left @ area_m2[others] / whole)
    return lost


class Links(NamedTuple):
    """Candidate links: the best probability from each patch to their two ends, shape (links, patches), and their own.

    `crossing` is the probability of going along each link, shape (links,).
    """

    to_start: Floats
    to_end: Floats
    crossing: Floats


def link_gain(area_m2: Floats, strongest: Floats, links: Links) -> Floats:
    """Return dPC of each candidate link: what PC gains when that link alone is built.

    A path that takes a new link goes to one of its ends, along it, and on from the other; no best path takes it twice.

    Parameters
    ----------
    area_m2
        Of each patch. Square metres, shape (patches,).
    strongest
        Of `strongest_paths`, shape (patches, patches), without any of the links.
    links
        What leads to each link, and over it.

    Returns
    -------
    Per cent of PC, shape (links,); NaN where no patch has an area.
    """
    before = area_m2 @ strongest @ area_m2
    gain = np.full(len(links.crossing), np.nan)
    if before > 0:
        for link, crossing in enumerate(links.crossing):
            to_start = (strongest * links.to_start[link]).max(axis=1)
            to_end = (strongest * links.to_end[link]).max(axis=1)
            over = crossing * np.outer(to_start, to_end)
            after = np.maximum(strongest, np.maximum(over, over.T))
            gain[link] = 100 * (area_m2 @ after @ area_m2 / before - 1)
    return gain

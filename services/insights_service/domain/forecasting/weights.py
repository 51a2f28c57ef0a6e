"""How much each candidate counts for a series: by how it, and its mixture with others, did on that series before."""

import numpy as np

from services.insights_service.domain.arrays import Floats

ROUNDS = 30
STEP = 0.5
PULL = 0.2  # of each round back towards weights by the candidates' own errors
SHARPNESS = 4.0


def weighted(trials: Floats, came: Floats, trust: Floats) -> Floats:
    """Weights (n, candidates), nonnegative, of sum 1, from trials (n, origins, candidates, horizon), what came of them
    (n, origins, horizon) and trust (candidates,) in each beforehand.

    They begin in proportion to that trust and a power of each candidate's mean error, and go downhill on the mean
    square of the mixture's error, each origin on its own scale, so that one wild week does not decide.
    """
    errors = trials - came[:, :, None]
    size = np.abs(errors).mean(axis=3)
    usual = np.median(size, axis=2)
    overall = np.median(usual, axis=1, keepdims=True)
    scale = np.sqrt(usual * overall)
    scale = np.maximum(scale, 1e-6 * np.maximum(overall, np.abs(came).mean(axis=(1, 2))[:, None]) + 1e-100)
    size = (size / scale[:, :, None]).mean(axis=1)
    size = np.maximum(size, 1e-3 * np.median(size, axis=1, keepdims=True) + 1e-12)
    own = trust * (size / size.min(axis=1, keepdims=True)) ** -SHARPNESS
    own /= own.sum(axis=1, keepdims=True)
    errors = errors / scale[:, :, None, None]
    flat = errors.transpose(0, 2, 1, 3).reshape(len(errors), errors.shape[2], -1)
    products = flat @ flat.transpose(0, 2, 1) / flat.shape[2]
    weights = own.copy()
    towards = PULL * np.log(own + 1e-12)
    for _ in range(ROUNDS):
        slope = (products @ weights[:, :, None])[:, :, 0]
        power = (slope * weights).sum(axis=1, keepdims=True)
        slope = (slope - power) / np.sqrt(np.maximum(power, 1e-12))
        exponent = (1 - PULL) * np.log(weights + 1e-12) + towards - STEP * slope
        weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
    return weights

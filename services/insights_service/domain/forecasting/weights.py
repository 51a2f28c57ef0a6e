"""Weight the candidates of each series by their errors, and those of their mixture, at its trials."""

import numpy as np

from services.insights_service.domain.arrays import Floats

ROUNDS = 30  # Iterations of exponentiated gradient descent.
STEP = 0.5  # Learning rate.
PULL = 0.2  # Share of each iteration by which weights return to the initial ones.
SHARPNESS = 4.0  # The initial weights are proportional to this power of the inverse error.


def mixture_weights(trials: Floats, observed: Floats, trust: Floats) -> Floats:
    """Return weights (n, candidates), nonnegative and of sum 1.

    `trials` are forecasts (n, origins, candidates, horizon), `observed` the observed values (n, origins, horizon), and
    `trust` the prior weights (candidates,). Weights begin in proportion to the prior and an inverse power of each
    candidate's mean error, and are improved by gradient descent on the mean squared error of the mixture. Each origin
    has its own scale, so that one extreme week does not decide.
    """
    errors = trials - observed[:, :, None]
    size = np.abs(errors).mean(axis=3)
    usual = np.median(size, axis=2)
    overall = np.median(usual, axis=1, keepdims=True)
    scale = np.sqrt(usual * overall)
    scale = np.maximum(scale, 1e-6 * np.maximum(overall, np.abs(observed).mean(axis=(1, 2))[:, None]) + 1e-100)
    size = (size / scale[:, :, None]).mean(axis=1)
    size = np.maximum(size, 1e-3 * np.median(size, axis=1, keepdims=True) + 1e-12)
    initial = trust * (size / size.min(axis=1, keepdims=True)) ** -SHARPNESS
    initial /= initial.sum(axis=1, keepdims=True)
    errors = errors / scale[:, :, None, None]
    flat = errors.transpose(0, 2, 1, 3).reshape(len(errors), errors.shape[2], -1)
    products = flat @ flat.transpose(0, 2, 1) / flat.shape[2]
    weights = initial.copy()
    prior_term = PULL * np.log(initial + 1e-12)
    for _ in range(ROUNDS):
        gradient = (products @ weights[:, :, None])[:, :, 0]
        mean_square = (gradient * weights).sum(axis=1, keepdims=True)
        gradient = (gradient - mean_square) / np.sqrt(np.maximum(mean_square, 1e-12))
        exponent = (1 - PULL) * np.log(weights + 1e-12) + prior_term - STEP * gradient
        weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
    return weights

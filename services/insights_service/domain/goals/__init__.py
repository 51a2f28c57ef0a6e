"""Projections of running goals, and the insights that follow from them."""

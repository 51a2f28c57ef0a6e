"""The parts of a forecast: histories, candidates, their weights, and intervals. All functions are pure.

Arrays have the shape (series, steps); `forecast.py`, beside this package, groups series of equal length.
"""

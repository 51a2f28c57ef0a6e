"""What a forecast is made of: the history, candidates, their weights, and intervals. Pure: arrays in, arrays out.

Arrays are of shape (series, steps) and of one length; `forecast.py` beside this package groups series so that they are.
"""

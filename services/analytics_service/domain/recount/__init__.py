"""Counts the aggregates from raw rows again, by code that shares nothing with the refresh.

The tables that the refresh writes are compared with it by tests, by the nightly check and by `branchwise aggregates
verify`.
"""

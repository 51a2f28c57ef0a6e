"""Marketing's facts computed from raw rows once more, by code that shares nothing with the refresh.

What the refresh keeps is held against it: by tests, by the nightly check and by `branchwise aggregates verify`.
"""

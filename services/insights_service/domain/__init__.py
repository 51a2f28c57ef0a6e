"""What stands out, why, and what comes next.

`detect` and `forecast` are plain functions on arrays, made of `detection` and `forecasting`. `anomalies` leads a
company's series through them, `reasons` says why, `words` and `charts` tell it.
"""

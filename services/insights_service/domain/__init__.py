"""The logic of the service: finding anomalies, explaining them, forecasting, and wording and drawing the results.

`detect` and `forecast` are plain functions on arrays, built from `detection` and `forecasting`. `anomalies` runs a
company's series through them, `reasons` explains the findings, `words` and `charts` present them.
"""

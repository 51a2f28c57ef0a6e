"""Detectors of unusual rows: by seasonal profiles or by several views, with one alarm for each episode. Pure."""

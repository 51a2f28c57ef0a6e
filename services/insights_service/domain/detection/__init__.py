"""How unusual rows are: seasonal profiles, views of series without one, and episodes. Pure: arrays in, scores out."""

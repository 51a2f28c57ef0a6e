"""Streams of the Measurement Protocol, and the counts and refusals of their hits."""

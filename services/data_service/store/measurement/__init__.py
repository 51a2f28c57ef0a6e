"""Streams of the Measurement Protocol and what came by them."""

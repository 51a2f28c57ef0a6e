"""Drill-down: finding the few segments that explain a change."""

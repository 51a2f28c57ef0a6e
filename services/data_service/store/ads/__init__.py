"""Campaigns and their daily figures."""

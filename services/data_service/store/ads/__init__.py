"""Campaigns and their days."""

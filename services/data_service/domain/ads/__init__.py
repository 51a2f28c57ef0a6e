"""Campaigns, and what platforms and files say of their days."""

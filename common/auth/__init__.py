"""Tokens, memberships and roles: who calls and what they may do."""

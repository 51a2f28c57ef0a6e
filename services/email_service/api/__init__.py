"""HTTP routes of the email service."""

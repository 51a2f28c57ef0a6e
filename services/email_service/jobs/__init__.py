"""When the email service works by itself."""

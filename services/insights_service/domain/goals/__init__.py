"""Goals: where they will probably end."""

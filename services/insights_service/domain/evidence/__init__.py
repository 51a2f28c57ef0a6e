"""What insights rest on: its shapes, and how they are stored."""

"""Events as programs and exports send them, and which of them are the same."""

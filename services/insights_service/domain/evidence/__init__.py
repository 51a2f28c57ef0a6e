"""Evidence of insights: its structs and its storage format."""

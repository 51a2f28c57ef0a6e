"""Evidence in sentences: titles and descriptions in the tenant's language, and what holds others' wording to them."""

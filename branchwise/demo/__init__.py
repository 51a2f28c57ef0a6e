"""A fictitious company with branches, customers and two months of visits, for trying out the system."""

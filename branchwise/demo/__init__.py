"""A made-up company with branches, customers and two months of visits, for looking around."""

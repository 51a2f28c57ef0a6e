"""A Meta ad account: its objects, its campaigns, and what each had on each day, as Meta says it now."""

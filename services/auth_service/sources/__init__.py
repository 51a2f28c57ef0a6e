"""Outside systems that tell who somebody is."""

"""Outside material: files as they were uploaded, turned into lines and rows."""

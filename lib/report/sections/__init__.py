"""What a notebook shows, one file a section, in the notebook's order."""

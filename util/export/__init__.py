"""From weights to the files that other programs run."""

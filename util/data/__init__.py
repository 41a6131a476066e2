"""From CSV files to batches: rows, checks, order, features."""

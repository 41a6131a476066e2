"""Importing: what is published or recorded becomes 16 kHz WAVs and CSV files."""

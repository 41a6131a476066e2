"""Text: how bytes become characters, how transcripts are cleaned and compared, the alphabet."""

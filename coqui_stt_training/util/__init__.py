"""STT's tools under their names there."""

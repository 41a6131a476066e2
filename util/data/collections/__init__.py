"""Files that hold recordings and their transcripts: sample databases, tar archives."""

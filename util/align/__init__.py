"""Long recordings and their texts become clips with transcripts: bin/align_corpus.py."""

"""Making language models and scorer packages."""

"""What several test modules use, one idea a file; the only package that a test imports from."""

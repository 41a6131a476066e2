"""Tests of the trainer, the native client and the tools; what they share is in `helpers`."""

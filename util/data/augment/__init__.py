"""Augmentation of training utterances: what is asked for, what is drawn, what is done."""

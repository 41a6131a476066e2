"""A page to look at after a training: curves, errors by what they depend on, the worst of them."""

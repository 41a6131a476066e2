"""The parts of the network that TensorFlow does not have, and its sizes."""

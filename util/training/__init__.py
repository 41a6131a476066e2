"""What surrounds the steps of training: checkpoints, schedules, decoding, reports."""

"""What programs do with the native client: open a model, transcribe recordings, write texts."""

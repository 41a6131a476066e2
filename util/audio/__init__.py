"""Audio files of any kind, and recordings inside of others, as samples."""

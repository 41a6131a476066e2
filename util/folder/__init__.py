"""From a folder of recordings to a model: what `bin/run-folder.sh` runs."""

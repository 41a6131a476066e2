#!/usr/bin/env python3
r"""Train as STT does: DeepSpeech.py with the defaults of 0.9.3, under STT's name.

    ./train.py --train_files train.csv --dev_files dev.csv --test_files test.csv \
        --n_hidden 256 --epochs 30 --checkpoint_dir runs/first
    python -m coqui_stt_training.train ...          # the same
"""
import runpy

if __name__ == '__main__':
    runpy.run_module('coqui_stt_training.train', run_name='__main__')

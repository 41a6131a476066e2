#!/usr/bin/env python3
"""Write small valid files for the fuzzers.

    python native_client/test/fuzz/make_corpus.py OUT_DIR

OUT_DIR/model holds the golden exports with n_hidden 8 (.pb, .pbmm in 8 and, by the installed
client, in 4 bits), OUT_DIR/graph copies of them, OUT_DIR/tflite the TensorFlow Lite form of the
forward ones, OUT_DIR/feed some samples, OUT_DIR/wav a recording of each coding, OUT_DIR/scorer a
language model of a few words in every form: ARPA, KenLM's binaries, packages of words and of bytes,
OUT_DIR/grammar grammars in every form, by the installed ds_ctcdecoder.
"""

import os
import pathlib
import shutil
import struct
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
# Beside this Python, whose environment need not be active, or on the path.
CONVERT = shutil.which('deepspeech-convert', path=os.pathsep.join(
    [os.path.dirname(sys.executable), os.environ['PATH']])) or 'deepspeech-convert'

ARPA = r"""\data\
ngram 1=5
ngram 2=2
ngram 3=1

\1-grams:
-1.0	<unk>
0	<s>	-0.3
-1.0	</s>
-0.8	ab	-0.2
-0.9	cde	-0.2

\2-grams:
-0.3	<s> ab	-0.1
-0.4	ab cde	-0.1

\3-grams:
-0.2	<s> ab cde

\end\
"""


def scorers(out: pathlib.Path) -> None:
    """Write a language model in every form that the client opens."""
    from util.lm.tools import find_tool

    arpa, vocabulary, build = out / 'words.arpa', out / 'vocabulary', find_tool('build_binary')
    arpa.write_text(ARPA)
    forms = {'probing': ['probing'], 'trie': ['trie'],
             'quant': ['-q', '8', 'trie'], 'array': ['-a', '64', 'trie'],
             'packed': ['-a', '64', '-q', '8', 'trie']}
    for form, options in forms.items():
        subprocess.run([build, '-s', *options, arpa, out / form], check=True, capture_output=True)
    vocabulary.write_text('ab\ncde\n')
    for form in ('trie', 'packed', 'probing'):
        subprocess.run([build, '-s', '-v', *forms[form], arpa, out / 'lm'], check=True,
                       capture_output=True)
        for mode in ('false', 'true'):
            subprocess.run([find_tool('generate_scorer_package'), '--lm', out / 'lm', '--vocab',
                            vocabulary, '--alphabet', ROOT / 'data/alphabet.txt', '--package',
                            out / f'{form}-{mode}.scorer', f'--force_bytes_output_mode={mode}'],
                           check=True, capture_output=True)
    for left_over in (vocabulary, out / 'lm'):
        left_over.unlink()


GRAMMARS = {
    'lines': 'turn on\nturn off\n# no\ncall [unk]\n',
    'keywords': 'turn on #0.5 @on\n# no\ngo\n@x ee #.01\nturn\n',
    'list': '["ab cd", "cd \\u0061", "[unk]"]',
    'jsgf': """#JSGF V1.0 UTF-8 en;
grammar g; /* all there is */ import <en.number>;
<a> = /3/ x {s=1} | /.5/ "y z" {s} {t} | [w]+ | <b>; // of everything
<b> = u <b> | (v | [unk]) {+5} q {*100};
public <c> = <a>* <number> {n} | <NULL> p | <VOID> | <d.e>\\; {intent=i};
""",
}
GRAMMARS['rules'] = GRAMMARS['jsgf'].replace(' | <d.e>\\;', '')


def grammars(out: pathlib.Path) -> None:
    """Write a grammar in every form."""
    from ds_ctcdecoder import Alphabet, Grammar

    letters = out / 'alphabet'
    letters.write_text('\n'.join("abcdefghijklmnopqrstuvwxyz '") + '\n')
    for name, text in GRAMMARS.items():
        (out / name).write_text(text)
        if name != 'jsgf':
            Grammar(text, Alphabet(letters)).save(out / f'{name}.packed')
    letters.unlink()


def wavs(out: pathlib.Path) -> None:
    """Write a few samples in every coding: integers, floats, A-law, mu-law; mono, stereo; RF64."""
    PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
    kinds = [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64), (A_LAW, 8),
             (MU_LAW, 8), (EXTENSIBLE, 16)]
    for tag, bits in kinds:
        for channels, rate in ((1, 16000), (2, 44100)):
            frame = channels * bits // 8
            fmt = struct.pack('<HHIIHH', tag, channels, rate, rate * frame, frame, bits)
            if tag == EXTENSIBLE:
                fmt += struct.pack('<HHIH', 22, bits, 0, PCM) + bytes(14)
            data = bytes(range(64)) * frame
            chunks = (b'fmt ' + struct.pack('<I', len(fmt)) + fmt + b'LIST\1\0\0\0a\0'
                      + b'data' + struct.pack('<I', len(data)) + data)
            name = out / f'{tag}-{bits}-{channels}'
            name.write_bytes(b'RIFF' + struct.pack('<I', 4 + len(chunks)) + b'WAVE' + chunks)
            sizes = struct.pack('<QQQI', 0, len(data), 64, 0)
            name.with_suffix('.rf64').write_bytes(
                b'RF64' + b'\xff' * 4 + b'WAVEds64' + struct.pack('<I', len(sizes)) + sizes
                + b'fmt ' + struct.pack('<I', len(fmt)) + fmt + b'data' + b'\xff' * 4 + data)


def main() -> None:
    """Write all files."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    from tests.helpers.golden import ENGLISH, KINDS, clip, random_weights
    from util.export.frozen_graph import export_weights, write_frozen_graph
    from util.export.pack import pack_graph
    from util.export.tflite import write_tflite
    from util.features import FeatureSettings
    from util.network.geometry import Geometry

    out = pathlib.Path(sys.argv[1])
    for name in ('model', 'graph', 'tflite', 'feed', 'scorer', 'grammar', 'wav'):
        (out / name).mkdir(parents=True, exist_ok=True)
    for kind, (bidirectional, norm, features) in KINDS.items():
        geometry = Geometry(8, len(ENGLISH), bidirectional, norm)
        path = out / 'model' / f'{kind}.pb'
        weights = export_weights(random_weights(geometry), geometry)
        constants = {'metadata_alphabet': ENGLISH.serialize()}
        write_frozen_graph(str(path), weights, geometry, FeatureSettings(features), constants)
        if not bidirectional:
            write_tflite(str(out / 'tflite' / f'{kind}.tflite'), weights, geometry,
                         FeatureSettings(features), constants, n_steps=2)
        pack_graph(str(path), f'{path}mm')
        four_bits = path.with_name(f'{kind}-4.pbmm')
        subprocess.run([CONVERT, '--recurrent_bits', '4', path, four_bits], check=True)
        for file in (path, f'{path}mm', four_bits):
            shutil.copy(file, out / 'graph')
    samples = clip(0.5).astype('<i2').tobytes()
    (out / 'feed' / 'clip').write_bytes(
        b''.join(bytes([64]) + samples[i:i + 640] for i in range(0, len(samples), 640)))
    (out / 'feed' / 'extremes').write_bytes(
        b'\xff' + np.tile(np.array([-32768, 32767], '<i2'), 640).tobytes())
    wavs(out / 'wav')
    scorers(out / 'scorer')
    grammars(out / 'grammar')


if __name__ == '__main__':
    main()

"""Whatever is named for a set: told apart by content, the same in each guise."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.databases import make_sdb, make_tar
from tests.helpers.tones import ALPHABET, make_corpus
from util.data.read import check_sets_named, read_utterances
from util.data.sets import DataSettings, SetSettings, load_sets
from util.errors import UserError
from util.features import FeatureSettings
from util.text.alphabet import Alphabet

SETTINGS = FeatureSettings('2017')


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    """Make six utterances, the same as a CSV, a database, a tar archive and a WebDataset."""
    folder = tmp_path_factory.mktemp('corpus')
    table = make_corpus(folder, 'tones', 6)
    with open(table, newline='') as file:
        rows = list(csv.DictReader(file))
    clips = [(folder / row['wav_filename']).read_bytes() for row in rows]
    texts = [row['transcript'].encode() for row in rows]
    listed = Path(table).read_bytes()
    (folder / 'tones.sdb').write_bytes(make_sdb(list(zip(clips, texts))))
    (folder / 'tones.tar').write_bytes(make_tar(
        {**{row['wav_filename']: clip for row, clip in zip(rows, clips)}, 'samples.csv': listed}))
    (folder / 'web.tar').write_bytes(make_tar(
        {name: content for i, (clip, text) in enumerate(zip(clips, texts))
         for name, content in ((f'{i}.wav', clip), (f'{i}.txt', text))}))
    return folder


def load(*files, **more):
    alphabet = Alphabet([*ALPHABET])
    settings = DataSettings({'train': SetSettings(tuple(map(str, files)), batch_size=2)}, SETTINGS,
                            show_progressbar=False, **more)
    return load_sets(settings, alphabet)['train']


def everything(data):
    return [(batch['features'].numpy(), batch['lengths'].numpy(), batch['labels'].values.numpy())
            for batch in data.batches(data.plan.plan(0))]


@pytest.mark.parametrize('name', ['tones.sdb', 'tones.tar', 'web.tar'])
def test_training_gets_the_same(corpus, name):
    own, other = load(corpus / 'tones.csv'), load(corpus / name)
    assert own.fingerprint == other.fingerprint
    for mine, theirs in zip(everything(own), everything(other), strict=True):
        assert all(map(np.array_equal, mine, theirs))


def test_mixed_with_a_limit(corpus):
    files = [str(corpus / name) for name in ('tones.csv', 'tones.sdb', 'web.tar')]
    assert len(read_utterances(files)) == 18 and len(read_utterances(files, 8)) == 8
    assert read_utterances(files, 8)[7].where == f'{files[1]}:1'


@pytest.mark.parametrize('name', ['tones.csv', 'tones.sdb', 'tones.tar', 'web.tar'])
@pytest.mark.parametrize('called', ['a', 'a.csv', 'a.sdb', 'a.tar'])
def test_content_decides_not_the_name(corpus, name, called):
    path = corpus / called
    os.link(corpus / name, path)
    try:
        check_sets_named([str(path)])
        assert len(read_utterances([str(path)])) == 6
    finally:
        path.unlink()


@pytest.mark.parametrize('called, content, message', [
    ('a.sdb', b'SAMPLES', 'No Sample Database'), ('a.sdb', b'', 'No Sample Database'),
    ('a.tar', b'xyz', 'this is no tar archive'),
    ('a.zip', b'PK', 'a ZIP archive, not a CSV')])
def test_what_is_none_of_them(tmp_path, called, content, message):
    (tmp_path / called).write_bytes(content)
    for read in (check_sets_named, read_utterances):
        with pytest.raises(UserError, match=message) as e:
            read([str(tmp_path / called)])
        assert str(e.value).startswith(str(tmp_path / called)) and '\n' not in str(e.value)


def test_a_csv_without_transcripts(tmp_path):
    (tmp_path / 'noise.csv').write_text('wav_filename\na.wav\nb.wav\n')
    rows = read_utterances([str(tmp_path / 'noise.csv')], transcripts=False)
    assert [(Path(row.wav).name, row.transcript) for row in rows] == [('a.wav', ''), ('b.wav', '')]
    with pytest.raises(UserError, match='noise.csv: no column transcript; expected the first line'):
        read_utterances([str(tmp_path / 'noise.csv')])


def test_one_bad_sample_is_left_out_and_named_once(corpus, tmp_path, capsys):
    content = bytearray((corpus / 'tones.sdb').read_bytes())
    content[-8:] = bytes(8)
    (tmp_path / 'a.sdb').write_bytes(content)
    assert len(load(tmp_path / 'a.sdb').utterances) == 5
    said = capsys.readouterr().out
    assert said.count(f'{tmp_path}/a.sdb:5: ') == 1
    with pytest.raises(UserError, match='1 utterance cannot be used and --strict was given'):
        load(tmp_path / 'a.sdb', strict=True)


def test_features_are_found_again_unless_the_file_has_changed(corpus, tmp_path):
    path, cache = tmp_path / 'a.sdb', tmp_path / 'cache'
    path.write_bytes((corpus / 'tones.sdb').read_bytes())
    everything(load(path, cache_dir=str(cache)))
    kept = {entry: entry.stat().st_mtime_ns for entry in cache.rglob('*.npy')}
    assert len(kept) == 6
    data = load(path, cache_dir=str(cache))
    assert all(data.cache.find(each.wav) is not None for each in data.utterances)
    os.utime(path, ns=(1, 1))
    data = load(path, cache_dir=str(cache))
    assert all(data.cache.find(each.wav) is None for each in data.utterances)

"""util/corpora/pairing.py: a recording gets the text that is its own, or none."""

import itertools
import os
import random
import unicodedata

import pytest

from tests.helpers.clips import noise, text

NFC, NFD = (unicodedata.normalize(form, 'Grüße Å') for form in ('NFC', 'NFD'))


def imported(folder):
    """Return (wav, words) of all rows."""
    return [row.split(',')[::2] for path in folder.glob('recordings-*.csv')
            for row in path.read_text().splitlines()[1:]]


def table(folder, *rows):
    return text(folder / 'table.csv', '\n'.join(['path,sentence', *rows]) + '\n')


@pytest.mark.parametrize('cell', ['a/x.wav', 'top/a/x.wav', '/elsewhere/a/x.wav', 'C:\\d\\a\\x.wav',
                                  './a/x.wav', 'file://a/x.wav', 'A/X.WAV', 'a/x.mp3', 'a/x'])
def test_folders_tell_files_of_one_name_apart(run, tmp_path, cell):
    for folder in 'abc':
        noise(tmp_path / folder / 'x.wav')
    table(tmp_path, f'{cell},hello')
    rows = (tmp_path / 'recordings-train.csv')
    result = run('folder', tmp_path)
    assert result.everything() == {'x': 'hello'} and '\na/x.wav,' in rows.read_text()
    assert result.all_dropped() == {'no transcript': 2}


@pytest.mark.parametrize('cell, reason', [
    ('x.wav', 'several files of this name'), ('x', 'several files of this name'),
    ('other/x.wav', 'several files of this name'), ('x.mp3', 'several files of this name'),
    ('y.wav', 'missing file'), ('', 'missing file'), ('..', 'missing file')])
def test_what_is_not_clear_is_left_out_and_named(run, tmp_path, cell, reason):
    """Beside a row that is clear, so that the table is one of recordings."""
    for folder in 'ab':
        noise(tmp_path / folder / 'x.wav')
    noise(tmp_path / 'clear.wav')
    table(tmp_path, 'clear.wav,yes', f'{cell},hello')
    result = run('folder', tmp_path)
    assert result.everything() == {'clear': 'yes'}
    assert result.all_dropped() == {reason: 1, 'no transcript': 2}
    assert 'table.csv:3' in (tmp_path / 'recordings-train.dropped.txt').read_text()


@pytest.mark.parametrize('listed, there, kept', [
    (['train/1', 'test/1'], ['test/1'], ['test/1']),
    (['/d/train/1', '/d/test/1'], ['test/1'], ['/d/test/1']),
    (['/d/s1/1', '/d/s2/1'], ['wavs/1'], []),
    (['/d/s1/1', '/d/s1/2'], ['wavs/1', 'wavs/2'], ['/d/s1/1', '/d/s1/2']),
    (['/d/a/w/1', '/d/b/w/1'], ['a/w/1'], ['/d/a/w/1']),
    (['/d/s1/1', '/d/s2/2'], ['wavs/1', 'wavs/2'], []),
    (['/d/s1/1', '/d/s2/1'], ['s1/1', 's2/1'], ['/d/s1/1', '/d/s2/1'])])
def test_folders_that_are_not_here(run, tmp_path, listed, there, kept):
    """One folder may stand for another; where two could be meant, neither is."""
    for name in there:
        noise(tmp_path / f'{name}.wav')
    noise(tmp_path / 'clear.wav')
    table(tmp_path, 'clear.wav,yes', *(f'{name}.wav,say {" ".join(name.split("/"))}'
                                       for name in listed))
    result = run('folder', tmp_path, '--keep_digits')
    assert sorted(words for _, words in imported(tmp_path) if words != 'yes') == [
        ' '.join(['say', *name.split('/')]).replace('  ', ' ') for name in kept]
    dropped = result.all_dropped()
    assert len(kept) + sum(dropped.values()) - dropped.get('no transcript', 0) == len(listed)


def test_no_pairing_is_ever_wrong(run, tmp_path):
    """Random trees and lists: each text says which file it is of, in letters."""
    draw = random.Random(14)
    letters, pairs = 'abcdefgh', 0
    for case in range(12):
        top = tmp_path / str(case)
        files = {f'{draw.choice("pqr")}/{draw.choice("st")}/{draw.choice("xyz")}' for _ in range(7)}
        spoken = {name: f'word {draw.choice(letters)} {name.replace("/", " ")}' for name in files}
        listed = sorted(files | {f'{draw.choice("pqr")}/{draw.choice("st")}/{draw.choice("xyz")}'
                                 for _ in range(3)})
        here = sorted(draw.sample(sorted(files), 5))
        for name in here:
            noise(top / f'{name}.wav', 0.6)
        cut = draw.choice([0, 1, 2])
        prefix = draw.choice(['', '/data/', 'C:\\corpus\\'])
        table(top, *(f'{prefix}{"/".join(name.split("/")[cut:])}.wav,'
                     f'{spoken.get(name, "word none " + name.replace("/", " "))}'
                     for name in listed))
        noise(top / 'clear.wav')
        text(top / 'clear.txt', 'clear')
        run('folder', top)
        for wav, words in imported(top):
            if words != 'clear':
                pairs += 1
                assert wav.removesuffix('.wav').replace('/', ' ') == ' '.join(words.split()[2:])
    assert pairs > 20


@pytest.mark.parametrize('said, reason', [
    (['one', 'one'], None), (['one', ' one  '], None), (['one', 'two'], 'several transcripts')])
@pytest.mark.parametrize('lists', [1, 2])
def test_lists_that_repeat_or_contradict(run, tmp_path, said, reason, lists):
    noise(tmp_path / 'x.wav')
    noise(tmp_path / 'clear.wav')
    rows = [f'x.wav,{words}' for words in said]
    if lists == 1:
        table(tmp_path, 'clear.wav,yes', *rows)
    else:
        table(tmp_path / 'a', *(f'../{row}' for row in rows[:1]))
        table(tmp_path / 'b', '../clear.wav,yes', *(f'../{row}' for row in rows[1:]))
    result = run('folder', tmp_path)
    assert result.everything() == {'clear': 'yes'} | ({} if reason else {'x': 'one'})
    assert result.all_dropped() == ({reason: 2} if reason else {})


@pytest.mark.parametrize('audio, written', [*itertools.product((NFC, NFD), (NFC, NFD)),
                                            ('Clip', 'CLIP'), ('straße', 'STRASSE'), ('x', 'X')])
@pytest.mark.parametrize('suffix', ['.txt', '.TXT', '.lab', '.Lab', '.srt', '.SRT', '.vtt',
                                    '.wav.txt'])
def test_spellings_of_one_name(run, tmp_path, audio, written, suffix):
    noise(tmp_path / f'{audio}.wav')
    text(tmp_path / f'{written}{suffix}', '00:00:00.000 --> 00:00:00.400\nhi\n'
         if suffix.lower() in ('.srt', '.vtt') else 'hi')
    result = run('folder', tmp_path)
    assert list(result.everything().values()) == ['hi'] and not result.all_dropped()


@pytest.mark.parametrize('audio, written', [*itertools.product((NFC, NFD), (NFC, NFD)),
                                            ('Clip', 'CLIP'), ('CLIP', 'clip')])
def test_spellings_in_tables(run, tmp_path, audio, written):
    noise(tmp_path / f'{audio}.wav')
    table(tmp_path, f'{written}.wav,hi')
    assert list(run('folder', tmp_path).everything().values()) == ['hi']


def test_two_that_differ_in_spelling_only(run, tmp_path):
    """Each has its own text as it is spelt; the one without any takes none from the other."""
    for name in ('a', 'A', 'b', 'B', 'c', 'C', NFC, NFD):
        noise(tmp_path / f'{name}.wav', 0.6)
    for name in ('a', 'A', 'b', NFC, NFD):
        text(tmp_path / f'{name}.txt', 'small' if name.islower() else 'large')
    text(tmp_path / 'C.TXT', 'large')
    text(tmp_path / f'{NFD}.txt', 'apart')
    result = run('folder', tmp_path)
    everything = result.everything()
    assert everything == {'a': 'small', 'A': 'large', 'b': 'small', 'C': 'large', NFC: 'large',
                          NFD: 'apart'}
    assert result.all_dropped() == {'no transcript': 2}


def test_one_text_that_two_could_mean(run, tmp_path):
    noise(tmp_path / 'x.wav')
    noise(tmp_path / 'X.wav')
    text(tmp_path / 'clear.txt', 'yes')
    noise(tmp_path / 'clear.wav')
    text(tmp_path / 'x.txt', 'mine')
    result = run('folder', tmp_path)
    assert result.everything() == {'x': 'mine', 'clear': 'yes'}
    (tmp_path / 'x.txt').rename(tmp_path / 'x.wav.TXT')
    assert run('folder', tmp_path).everything() == {'x': 'mine', 'clear': 'yes'}


CUE = '00:00:00.000 --> 00:00:00.400\n'


@pytest.mark.parametrize('names, said', [
    (['talk.de.srt'], 'talk.de.srt'), (['talk.pt-br.vtt'], 'talk.pt-br.vtt'),
    (['talk.DE.SRT'], 'talk.DE.SRT'), (['talk.deu.srt'], 'talk.deu.srt'),
    (['talk.de.srt', 'talk.srt'], 'talk.srt'), (['talk.en.srt', 'talk.txt'], 'talk.txt'),
    (['talk.en.srt', 'talk.lab'], 'talk.lab'), (['talk.srt', 'talk.vtt'], 'talk.srt'),
    (['talk.vtt', 'talk.txt'], 'talk.vtt'), (['talk.txt', 'talk.lab'], 'talk.txt'),
    (['talk.de.srt', 'talk.en.srt'], None), (['talk.txt', 'talk.wav.txt'], None),
    (['talk.de.srt', 'talk.de.vtt'], None), (['talk.two.txt'], ''), (['talk-2.txt'], ''),
    (['tal.txt'], ''), (['other/talk.txt'], '')])
def test_which_text_comes_first(run, tmp_path, names, said):
    """None: several could be meant; '': none is."""
    noise(tmp_path / 'talk.wav')
    for i, name in enumerate(names):
        words = f'number {"abc"[i]}'
        text(tmp_path / name, CUE + words if name.lower().endswith(('srt', 'vtt')) else words)
    result = run('folder', tmp_path, status=int(not said))
    if said:
        assert list(result.everything().values()) == [f'number {"abc"[names.index(said)]}']
        assert not result.all_dropped()
    else:
        assert result.all_dropped() == {'no transcript' if said == '' else 'several transcripts': 1}
        if said == '':
            assert f'1 text files have no recording of their name, such as {tmp_path}' in (
                result.stderr)


def test_every_kind_of_audio_is_seen(run, tmp_path):
    """What the client reads the importer sees: nothing lies there in silence."""
    from util.corpora.pairing import AUDIO
    for suffix in sorted(AUDIO):
        (tmp_path / f'x{suffix}').write_bytes(b'no audio')
    result = run('folder', tmp_path, status=1)
    assert result.all_dropped() == {'no transcript': len(AUDIO)}
    assert {'.w64', '.au', '.caf', '.aifc', '.wave', '.m4a'} <= AUDIO


def test_what_outsiders_had(run, faults):
    os.symlink('../B1-elsewhere', faults / 'B1-not-seen/linked')
    result = run('folder', faults / 'B1-not-seen')
    assert sorted(result.everything().values()) == ['drei vier', *['eins zwei'] * 4]
    assert result.all_dropped() == {'no transcript': 1}
    assert result.report['splits']['train']['dropped']['no transcript']['example'] == 'notext'

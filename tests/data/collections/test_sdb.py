"""Sample databases, against their layout: every payload, every truncation, every wrong number."""

import io
import json
import struct

import numpy as np
import pytest

from tests.helpers.clips import noise
from tests.helpers.databases import SPEECH, TRANSCRIPT, make_sdb, parts_of_sdb
from util.audio import reading
from util.data.collections.sdb import SdbWriter, check_sdb, read_sdb
from util.data.read import read_utterances
from util.errors import UserError

TEXTS = ('one', 'zwei drei', '')


@pytest.fixture
def samples(tmp_path):
    return [(noise(tmp_path / f'{i}.wav', 0.1 * (i + 1)).read_bytes(), text.encode())
            for i, text in enumerate(TEXTS)]


def database(tmp_path, content):
    (tmp_path / 'a.sdb').write_bytes(content)
    return str(tmp_path / 'a.sdb')


def usable(path):
    """Read the samples that can be: number -> (transcript, number of PCM values)."""
    found = {}
    for each in read_sdb(path):
        try:
            found[each.line] = each.transcript, len(reading.read_audio(each.wav))
        except reading.AudioError as e:
            assert str(e).startswith(f'{path}:{each.line}: ')
    return found


WHOLE = {i: (text, 1600 * (i + 1)) for i, text in enumerate(TEXTS)}


def test_a_database_made_from_the_layout(tmp_path, samples):
    path = database(tmp_path, make_sdb(samples))
    check_sdb(path)
    rows = read_sdb(path)
    assert [each.wav for each in rows] == [each.where for each in rows] == [
        f'{path}:{i}' for i in range(3)]
    assert [each.transcript for each in rows] == list(TEXTS)
    assert [each.size for each in rows] == [len(recording) for recording, _ in samples]
    for i, each in enumerate(rows):
        assert np.array_equal(reading.read_audio(each.wav),
                              reading.read_audio(str(tmp_path / f'{i}.wav')))


@pytest.mark.parametrize('labelled', [True, False])
def test_what_we_write_is_the_layout(samples, labelled):
    out = io.BytesIO()
    writer = SdbWriter(out, 'audio/wav', labelled)
    for recording, text in samples:
        writer.add(recording, text.decode())
    writer.finish()
    columns = 2 if labelled else 1
    assert out.getvalue() == make_sdb([each[:columns] for each in samples],
                                      (SPEECH, TRANSCRIPT)[:columns])


@pytest.mark.parametrize('ending, kind', [
    ('.wav', 'audio/wav'), ('.flac', 'audio/flac'), ('.ogg', 'audio/vorbis'), ('.wav', ''),
    ('.mp3', 'audio/mpeg')])
def test_every_payload(tmp_path, ending, kind):
    path = noise(tmp_path / f'a{ending}')
    rows = read_sdb(database(tmp_path, make_sdb(
        [(path.read_bytes(), b'a')], ({**SPEECH, 'mime-type': kind}, TRANSCRIPT))))
    assert np.array_equal(reading.read_audio(rows[0].wav), reading.read_audio(str(path)))


def test_columns_in_any_order_and_among_others(tmp_path, samples):
    path = database(tmp_path, make_sdb([(b'x', text, b'', wav) for wav, text in samples], (
        {'content': 'speaker', 'mime-type': 'text/plain'}, TRANSCRIPT,
        {'content': 'note', 'mime-type': 'text/plain'}, SPEECH)))
    assert usable(path) == WHOLE


def test_truncated_at_every_boundary(tmp_path, samples, capsys):
    """And between; each sample that is there whole is used, and one line says what is missing."""
    content = make_sdb(samples)
    ends = np.cumsum([len(part) for part in parts_of_sdb(samples)]).tolist()
    for length in sorted({near for end in ends for near in (end - 1, end, end + 1, end + 9)
                          if near < ends[-1]}):
        path = database(tmp_path, content[:length])
        capsys.readouterr()
        if length < ends[1]:
            with pytest.raises(UserError, match='No Sample Database|Missing schema') as e:
                read_sdb(path)
            assert '\n' not in str(e.value)
            continue
        there = sum(end <= length for end in ends[3:6])
        assert usable(path) == {i: WHOLE[i] for i in range(there)}
        said = capsys.readouterr().out
        assert said.count('\n') == 1 and f'{path}: the index is missing' in said
        assert f' {there} are found' in said


def test_a_writer_that_was_killed(tmp_path, samples, capsys):
    """It leaves the numbers in front of the samples at 0."""
    parts = parts_of_sdb(samples)
    path = database(tmp_path, b''.join([*parts[:2], bytes(16), *parts[3:5], parts[5][:-3]]))
    assert usable(path) == {0: WHOLE[0], 1: WHOLE[1]}
    assert '2 are found without it, the last ends at byte' in capsys.readouterr().out


@pytest.mark.parametrize('offset', [0, 7, 60, 1 << 40, (1 << 64) - 1])
def test_a_wrong_offset_costs_one_sample(tmp_path, samples, offset):
    content = make_sdb(samples)
    for i in range(3):
        at = len(content) - 8 * (3 - i)
        path = database(tmp_path, content[:at] + struct.pack('>Q', offset) + content[at + 8:])
        assert usable(path) == {n: each for n, each in WHOLE.items() if n != i}


@pytest.mark.parametrize('change', [1, -1, 1 << 30])
@pytest.mark.parametrize('which', [0, 4])
def test_a_wrong_length_in_an_entry_costs_one_sample(tmp_path, samples, which, change):
    parts = parts_of_sdb(samples)
    entry = bytearray(parts[4])
    entry[which:which + 4] = struct.pack('>I', struct.unpack_from('>I', entry, which)[0] + change)
    path = database(tmp_path, b''.join([*parts[:4], bytes(entry), *parts[5:]]))
    assert usable(path) == {0: WHOLE[0], 2: WHOLE[2]}


@pytest.mark.parametrize('part, at, message', [
    (2, 0, 'the index is missing or damaged'), (2, 8, 'the index lists 3 samples, the header says'),
    (6, 0, 'the index is missing or damaged'), (6, 8, 'the index is missing or damaged')])
@pytest.mark.parametrize('number', [0, 2, 7, 1 << 50, (1 << 64) - 1])
def test_wrong_counts(tmp_path, samples, capsys, part, at, message, number):
    parts = [bytearray(each) for each in parts_of_sdb(samples)]
    parts[part][at:at + 8] = struct.pack('>Q', number)
    path = database(tmp_path, b''.join(parts))
    assert usable(path) == WHOLE
    assert message in capsys.readouterr().out


def test_transcripts_that_are_no_text(tmp_path, samples):
    samples[1] = samples[1][0], b'\xff\xfe'
    path = database(tmp_path, make_sdb(samples))
    assert usable(path) == {0: WHOLE[0], 2: WHOLE[2]}
    with pytest.raises(reading.AudioError, match=r'a.sdb:1: the transcript is not UTF-8'):
        reading.probe(read_sdb(path)[1].wav)
    row = read_sdb(path, transcripts=False)[1]  # where none is needed, the recording is good
    assert row.transcript == '\ufffd\ufffd' and len(reading.read_audio(row.wav)) == 3200


@pytest.mark.parametrize('content, message', [
    (b'', 'No Sample Database'), (b'SAMPLEDX', 'No Sample Database'),
    (b'SAMPLEDB', 'Missing schema'),
    (b'SAMPLEDB' + struct.pack('>Q', 1 << 60) + b'{}', 'Missing schema')])
def test_no_database(tmp_path, content, message):
    for read in (check_sdb, read_sdb):
        with pytest.raises(UserError, match=f'a.sdb: {message}'):
            read(database(tmp_path, content))


@pytest.mark.parametrize('header, message', [
    ('{', 'Missing schema'), ('[]', 'Missing schema'), ('{"schema": 5}', 'Missing schema'),
    ('{"schema": [5]}', 'Missing schema'), ('\0', 'Missing schema'), ('{}', 'Missing schema'),
    ('{"schema": []}', r'No speech data \(missing in schema\)'),
    (json.dumps({'schema': [TRANSCRIPT]}), r'No speech data \(missing in schema\)'),
    (json.dumps({'schema': [SPEECH]}), r'No transcript data \(missing in schema\)'),
    (json.dumps({'schema': [{**SPEECH, 'mime-type': 'text/html'}]}),
     "speech of the type 'text/html'")])
def test_schemas(tmp_path, header, message):
    path = database(tmp_path, b'SAMPLEDB' + struct.pack('>Q', len(header)) + header.encode()
                    + struct.pack('>QQQQ', 8, 0, 8, 0))
    with pytest.raises(UserError, match=f'a.sdb: {message}') as e:
        read_sdb(path)
    assert '\n' not in str(e.value)


def test_unlabelled_and_empty(tmp_path, samples):
    path = database(tmp_path, make_sdb([each[:1] for each in samples], (SPEECH,)))
    rows = read_sdb(path, transcripts=False)
    assert [each.transcript for each in rows] == ['', '', '']
    assert len(reading.read_audio(rows[2].wav))
    with pytest.raises(UserError, match='a.sdb: no utterances; expected .* samples'):
        read_utterances([database(tmp_path, make_sdb([]))])

"""Alignment and emissions through the Python package and the command: all formats, bad input."""

import csv
import html
import json
import re

import numpy as np
import pytest

NAMES = ('espeak_000.wav', 'espeak_001.wav', 'espeak_002.wav')


@pytest.fixture(scope='module')
def model(ds, compat):
    return ds.Model(compat / 'model256.pbmm')


@pytest.fixture(scope='module')
def joined(ds, compat, expected):
    """Three recordings with a second between, what is said, and where each begins (seconds)."""
    samples, starts = np.zeros(0, np.int16), []
    for name in NAMES:
        starts.append(len(samples) / 16000)
        samples = np.concatenate([samples, np.asarray(ds.read_audio(compat / 'audio' / name)),
                                  np.zeros(16000, np.int16)])
    return samples, [expected[name] for name in NAMES], starts


@pytest.fixture(scope='module')
def wav(joined, tmp_path_factory):
    import wave

    path = tmp_path_factory.mktemp('joined') / 'three in one.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(joined[0].tobytes())
    return path


@pytest.fixture
def text(joined, tmp_path):
    """Return a file with the three lines as people write them, and one that is not spoken."""
    lines = [line.capitalize() + ' <&>.' for line in joined[1]]
    lines.insert(2, 'Whoever sizzles, jazzes "quickly" – in 1970!')
    path = tmp_path / 'text.txt'
    path.write_text('\n\n'.join(lines) + '\n')
    return path, lines


def test_emissions_are_the_probabilities_of_all_labels_and_the_blank(model, joined):
    samples = joined[0]
    probs = model.emissions(samples)
    info = model.info
    assert probs.dtype == np.float32 and probs.shape[1] == len(info.labels) + 1
    assert abs(len(probs) - len(samples) / 16000 / info.step_seconds) <= 2
    np.testing.assert_allclose(probs.sum(1), 1, atol=1e-5)
    best = probs.argmax(1)
    greedy = ''.join(info.labels[label] for label, before in zip(best, [-1, *best])
                     if label != before and label < len(info.labels))
    said = model.stt(samples)
    assert len(greedy) > 20 and greedy.split()[0] in said
    assert model.emissions(samples[:0]).shape[1] == probs.shape[1]
    # Piece by piece as the stream has it: nothing is lost at the end of a batch of steps.
    np.testing.assert_array_equal(model.emissions(samples[:16000 * 3])[:100], probs[:100])


def test_what_was_recognised_is_found_where_it_was(model, compat, ds, expected):
    for name in NAMES:
        samples = ds.read_audio(compat / 'audio' / name)
        said = model.sttWithMetadata(samples).transcripts[0].words
        found = model.align(samples, expected[name].upper())
        assert found.duration == pytest.approx(len(samples) / 16000, abs=0.05)
        assert len(found.lines) == 1 and found.lines[0].found
        assert [word.text.lower() for word in found.words] == [word.text for word in said]
        for word, other in zip(found.words, said):
            assert abs(word.start_time - other.start_time) < 0.1
            assert ''.join(letter.text for letter in word.letters) == word.text
            assert word.letters[0].start_time == word.start_time


def test_lines_are_found_or_not(model, joined):
    samples, said, starts = joined
    found = model.align(samples, '\n'.join([*said[:2], 'whoever sizzles jazzes quickly', said[2]]))
    assert [line.found for line in found.lines] == [True, True, False, True]
    for line, start in zip([found.lines[i] for i in (0, 1, 3)], starts):
        assert start - 0.06 <= line.start_time < start + 1.5
        assert line.confidence > 10 * found.lines[2].confidence


def trimmed(samples):
    """Cut off what is 32 dB below the loudest 10 ms before and after speech."""
    rows = samples[:len(samples) // 160 * 160].reshape(-1, 160).astype(float)
    loud = np.flatnonzero((rows ** 2).mean(1) > (rows ** 2).mean(1).max() / 10 ** 3.2)
    return samples[loud[0] * 160:(loud[-1] + 1) * 160]


@pytest.mark.parametrize('pause', [0.25, 0.4, 1, 3])
@pytest.mark.parametrize('noise', [0, 10])
def test_lines_begin_and_end_with_the_voice(model, compat, ds, expected, pause, noise):
    clips = [trimmed(np.asarray(ds.read_audio(compat / 'audio' / name))) for name in NAMES]
    silence = np.zeros(int(pause * 16000), np.int16)
    samples, times = silence, []
    for clip in clips:
        times.append((len(samples) / 16000, (len(samples) + len(clip)) / 16000))
        samples = np.concatenate([samples, clip, silence])
    samples = samples + np.random.default_rng(0).normal(0, noise, len(samples)).astype(np.int16)
    found = model.align(samples, '\n'.join(expected[name] for name in NAMES))
    for line, (start, end) in zip(found.lines, times):
        assert line.start_time == pytest.approx(start, abs=0.12)
        assert line.end_time == pytest.approx(end, abs=0.12)
        assert line.words[0].start_time == line.words[0].letters[0].start_time == line.start_time
        assert line.words[-1].end_time == line.words[-1].letters[-1].end_time == line.end_time


def test_words_follow_each_other(model, joined):
    samples, said, _ = joined
    random = np.random.default_rng(0)
    words = ' '.join(said).split()
    for _ in range(40):  # in any order, any of them: whatever is found, no times overlap
        text = ' '.join(random.choice(words, random.integers(1, 20)))
        found = model.align(samples, '\n'.join([*said[:1], text, *said[1:]]))
        for parts in (found.words, [letter for word in found.words for letter in word.letters]):
            times = [time for part in parts if part.found
                     for time in (part.start_time, part.end_time)]
            assert times == sorted(times) and times[-1] <= found.duration


@pytest.mark.parametrize('text, error', [
    ('', 'the text is empty'), (' \n', 'the text is empty'), ('12 – 34', 'no letter'),
    ('\u05d0\u05d1', 'no letter'), ('a\0b', 'NUL'), (5, 'DS_AlignText'), (None, 'NULL'),
    ('\ud800', 'surrogate|DS_AlignText')])
def test_texts_that_cannot_be_aligned(model, joined, text, error):
    with pytest.raises((RuntimeError, ValueError, TypeError), match=error):
        model.align(joined[0], text)


@pytest.mark.parametrize('size', [1, 7, 160, 4001, 100000, 10**9])
def test_a_stream_aligns_in_pieces_of_any_size(model, joined, size):
    samples, said, _ = joined
    samples, text = samples[:16000 if size < 160 else None], '\n'.join(said)
    with model.createAlignStream(text) as stream:
        for at in range(0, len(samples), size):
            stream.feedAudioContent(samples[at:at + size])
        assert stream.finishStream() == model.align(samples, text)
        for call in (stream.finishStream, stream.freeStream,
                     lambda: stream.feedAudioContent(samples)):
            with pytest.raises(RuntimeError, match=r'create another one with createAlignStream'):
                call()


def test_a_stream_without_samples_finds_nothing(model):
    stream = model.createAlignStream('one\ntwo')
    found = stream.finishStream()
    assert found.duration < 0.03 and [line.found for line in found.lines] == [False, False]
    model.createAlignStream('three').freeStream()


@pytest.mark.parametrize('text', ['', '12 – 34', 'a\0b', 5, None])
def test_texts_that_no_stream_takes(model, text):
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        model.createAlignStream(text)


# ---- the command ----


def test_json(command, compat, wav, text):
    path, lines = text
    done = command(compat / 'model256.pbmm', wav, '--align', path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [line['text'] for line in result['lines']] == lines
    assert [line['found'] for line in result['lines']] == [True, True, False, True]
    assert result['file'] == str(wav)
    for line in result['lines']:
        assert ' '.join(word['text'] for word in line['words']) == line['text']
    assert f'found 3 of 4 lines of the text\nnot found: {lines[2]}\n' in done.stderr


def seconds_of(clock):
    hours, minutes, seconds = clock.replace(',', '.').split(':')
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def cues_of(output, vtt):
    blocks = output.strip().split('\n\n')
    if vtt:
        assert blocks.pop(0) == 'WEBVTT'
    cues = []
    for number, block in enumerate(blocks, 1):
        rows = block.split('\n')
        if not vtt:
            assert rows.pop(0) == str(number)
        start, end = map(seconds_of, rows[0].split(' --> '))
        cues.append((start, end, html.unescape(rows[1]) if vtt else rows[1]))
    return cues


def ctm_of(output):
    fields = [row.split(' ') for row in output.splitlines() if not row.startswith(';;')]
    assert all(len(row) == 6 and row[0] == 'three<space>in<space>one' and row[1] == '1'
               and 0 <= float(row[5]) <= 1 for row in fields)
    return [(float(row[2]), float(row[2]) + float(row[3]), row[4].replace('<space>', ' '))
            for row in fields]


def tier_of(output, name):
    tier = next(part for part in re.split(r'    item \[\d+\]:\n', output)
                if f'name = "{name}"' in part)
    intervals = re.findall(r'xmin = (\S+)\n\s+xmax = (\S+)\n\s+text = "((?:[^"]|"")*)"', tier)
    assert f'intervals: size = {len(intervals)}\n' in tier
    assert all(a[1] == b[0] for a, b in zip(intervals, intervals[1:]))  # they fill the tier
    return [(float(a), float(b), said.replace('""', '"')) for a, b, said in intervals if said]


READERS = {
    'srt': lambda output, unit: cues_of(output, vtt=False),
    'vtt': lambda output, unit: cues_of(output, vtt=True),
    'ctm': lambda output, unit: ctm_of(output),
    'textgrid': lambda output, unit: tier_of(output, f'{unit}s'),
    'audacity': lambda output, unit: [(float(a), float(b), said) for a, b, said in csv.reader(
        output.splitlines(), delimiter='\t', quoting=csv.QUOTE_NONE)],
}


@pytest.mark.parametrize('unit', ['line', 'word'])
@pytest.mark.parametrize('form', READERS)
def test_every_format_says_the_same(command, compat, wav, text, form, unit):
    path, _ = text
    arguments = (compat / 'model256.pbmm', wav, '--align', path)
    done = command(*arguments, '--align_format', form, '--align_by', unit)
    assert done.returncode == 0, done.stderr
    lines = json.loads(command(*arguments).stdout)['lines']
    parts = lines if unit == 'line' else [word for line in lines for word in line['words']]
    wanted = [(part['start'], part['end'], part['text']) for part in parts if part['found']]
    found = READERS[form](done.stdout, unit)
    assert [part[2] for part in found] == [part[2] for part in wanted]
    for a, b in zip(found, wanted):
        assert abs(a[0] - b[0]) < 0.006 and abs(a[1] - b[1]) < 0.011


def test_a_long_line_is_named_shortly(command, compat, wav, tmp_path):
    text = tmp_path / 'text.txt'
    for letters, shown in (f'{"é" * 500}a', 'é' * 50), (f'e{"é" * 500}', f'e{"é" * 49}'):
        text.write_text(letters)
        done = command(compat / 'model256.pbmm', wav, '--align', text)
        assert done.returncode == 0 and f'not found: {shown}...\n' in done.stderr


def test_one_file_into_a_folder(command, compat, wav, text, tmp_path):
    done = command(compat / 'model256.pbmm', wav, '--align', text[0], '--align_format', 'textgrid',
                   '--output_dir', tmp_path / 'out')
    assert done.returncode == 0 and done.stdout == ''
    assert 'ooTextFile' in (tmp_path / 'out' / 'three in one.TextGrid').read_text()


@pytest.mark.parametrize('arguments, status, says', [
    (['--align', 'TEXT', '--align_format', 'word'], 2, 'expected json, ctm, textgrid, srt'),
    (['--align', 'TEXT', '--align_by', 'letter'], 2, 'expected line or word'),
    (['--align_format', 'ctm'], 2, '--align_format needs --align TEXT'),
    (['--align_by', 'word'], 2, '--align_by needs --align TEXT'),
    (['--align', 'TEXT', '--srt'], 2, 'leave out --json, --srt'),
    (['--align', 'TEXT', '--stream', '1600'], 2, 'leave out --stream'),
    (['--align', 'TEXT', '--audio', 'WAV'], 2, '--align takes one recording, not 2'),
    (['--align', '/nowhere/text'], 1, '/nowhere/text'),
    (['--align', 'EMPTY'], 1, 'empty: The stream cannot be created. the text is empty'),
    (['--align', 'UTF16'], 1, 'expected text in UTF-8'),
    (['--align', 'LATIN1'], 1, 'latin1:2: holds a byte that is no UTF-8 (from Latin-1: iconv'),
])
def test_wrong_use_gets_a_line(command, compat, wav, text, tmp_path, arguments, status, says):
    (tmp_path / 'empty').write_text('')
    for name in 'utf16', 'latin1':
        (tmp_path / name).write_text('some\ntéxt', encoding=name)
    places = {'TEXT': text[0], 'WAV': wav, **{name.upper(): tmp_path / name
                                              for name in ('empty', 'utf16', 'latin1')}}
    done = command(compat / 'model256.pbmm', wav, *(places.get(a, a) for a in arguments))
    assert done.returncode == status and done.stdout == ''
    assert says in done.stderr.splitlines()[-1 if status == 1 else -2]


def test_bad_recordings_get_a_line(command, compat, text, tmp_path):
    import wave

    for name, rate, count in ('slow', 8000, 16000), ('silent', 16000, 32000), ('none', 16000, 0):
        with wave.open(str(tmp_path / f'{name}.wav'), 'wb') as f:
            f.setparams((1, 2, rate, 0, 'NONE', ''))
            f.writeframes(bytes(2 * count))
    for name in ('slow', 'silent'):
        done = command(compat / 'model256.pbmm', tmp_path / f'{name}.wav', '--align', text[0])
        assert done.returncode == 0
        assert not any(line['found'] for line in json.loads(done.stdout)['lines'])
    assert 'found 0 of 4 lines' in done.stderr
    done = command(compat / 'model256.pbmm', tmp_path / 'none.wav', '--align', text[0])
    assert done.returncode == 1 and 'contains no samples' in done.stderr

"""Speech and pauses: the segmenter, ends of speech in streams, `deepspeech --segment`."""

import csv
import io
import json
import wave

import numpy as np
import pytest

from tests.helpers.joined import RATE, joined, noise, over

NEAR = 0.3 * RATE  # samples
PAUSE = 0.5        # seconds, by default


def segments(ds, samples, piece=None, rate=RATE, **rules):
    """Return the segments of a recording that is fed in pieces of so many samples."""
    segmenter = ds.Segmenter(rate, **rules)
    piece = piece or len(samples) or 1
    return [s for at in range(0, len(samples), piece)
            for s in segmenter.feed(samples[at:at + piece])] + segmenter.finish()


@pytest.fixture(scope='module')
def spoken(ds, compat):
    """Return recordings of a few words joined, and where they are."""
    audio = sorted((compat / 'audio').glob('espeak_*.wav'))
    return joined([np.array(ds.read_audio(path)) for path in audio])


# ---- segments ----


@pytest.mark.parametrize('kind', ['none', 'white', 'pink', 'hum'])
@pytest.mark.parametrize('decibels', [40, 20])
@pytest.mark.parametrize('louder', [0.1, 1, 3])
def test_recordings_are_cut_where_the_speaker_pauses(ds, spoken, kind, decibels, louder):
    samples, places = spoken
    samples = np.clip(over(samples, places, kind, decibels) * louder, -32768, 32767)
    found = segments(ds, samples.astype(np.int16))
    assert all(a[1] <= b[0] for a, b in zip(found, found[1:]))
    ends = np.array([end for _, end in found])
    starts = np.array([start for start, _ in found])
    pauses = [b[0] - a[1] for a, b in zip(places, places[1:])] + [len(samples) - places[-1][1]]
    long = [(a, b) for (a, b), pause in zip(places, pauses) if pause > (PAUSE + 0.1) * RATE]
    padding = 0.2 * RATE
    near = [abs(ends - padding - end).min() < NEAR for _, end in long]
    assert np.mean(near) >= 0.95
    for start, end in places:  # all of it is in a segment, or is cut where it pauses
        covered = sum(max(0, min(end, b) - max(start, a)) for a, b in found)
        assert covered > 0.97 * (end - start)
        assert abs(starts + padding - start).min() < NEAR or any(
            a < start < b for a, b in found)
    assert sum(b - a for a, b in found) < sum(b - a + 1.2 * RATE for a, b in places)


@pytest.mark.parametrize('sigma', [0, 1, 2, 5, 10, 20])
@pytest.mark.parametrize('dither', [0, 0.5])
def test_a_room_after_dead_silence_is_no_speech(ds, spoken, sigma, dither):
    random = np.random.default_rng(1)
    dead = np.rint(dither * random.normal(size=2 * RATE)).astype(np.int16)
    room = np.rint(sigma * random.normal(size=10 * RATE)).astype(np.int16)
    assert segments(ds, np.concatenate([dead, room])) == []
    samples, places = spoken
    speech = np.concatenate([dead, samples[slice(*places[0])], dead, room])
    (start, end), = segments(ds, speech)
    assert abs(start + 0.2 * RATE - len(dead)) < NEAR
    assert abs(end - 0.2 * RATE - len(dead) - (places[0][1] - places[0][0])) < NEAR


@pytest.mark.parametrize('rate', [8000, 16000, 44100])
@pytest.mark.parametrize('piece', [7, 160, 320, 512, 1000, 16384, 16385])
def test_segments_do_not_depend_on_the_pieces(ds, spoken, rate, piece):
    samples = over(*spoken, 'pink', 20)[spoken[1][0][0]:][:(4 if piece == 7 else 20) * rate]
    whole = segments(ds, samples, rate=rate)
    assert whole and segments(ds, samples, piece, rate=rate) == whole


@pytest.mark.parametrize('kind', ['none', 'white', 'pink', 'hum'])
@pytest.mark.parametrize('level', [1, 30, 1000, 10000])
def test_a_minute_of_noise_is_no_speech(ds, kind, level):
    samples = np.clip(level * noise(kind, 60 * RATE), -32768, 32767).astype(np.int16)
    assert segments(ds, samples) == []


def test_a_constant_is_no_speech(ds):
    for value in 0, 1, -32768, 32767:
        assert segments(ds, np.full(10 * RATE, value, np.int16)) == []


@pytest.mark.parametrize('seconds', [0, 0.01, 0.03, 0.1, 0.3, 0.6, 0.99, 1.01, 1.5])
def test_short_recordings(ds, spoken, seconds):
    """Those that end before the noise is known are judged too."""
    samples, places = spoken
    speech = samples[places[0][0]:][:int(seconds * RATE)]
    found = segments(ds, speech)
    assert len(found) <= 1 and all(0 <= a < b <= len(speech) for a, b in found)
    if seconds >= 0.3:
        assert found[0][0] < 0.25 * RATE and found[0][1] > len(speech) - 0.1 * RATE


def test_a_recording_that_begins_with_speech(ds, spoken):
    samples, places = spoken
    found = segments(ds, over(samples, places, 'white', 40)[places[0][0]:])
    assert found[0][0] < 0.25 * RATE


@pytest.mark.parametrize('longest', [2000, 5000, 20000])
def test_speech_without_pauses_is_cut_where_it_is_quietest(ds, spoken, longest):
    samples, places = spoken
    speech = np.concatenate([samples[a:b] for a, b in places] * 2)
    found = segments(ds, speech, longest_ms=longest, pause_ms=3000)
    lengths = [(b - a) / RATE * 1000 for a, b in found]
    assert max(lengths) <= longest + 20
    assert all(length >= longest / 2 - 20 for length in lengths[:-1])
    assert found[0][0] < 0.25 * RATE and found[-1][1] > len(speech) - 0.1 * RATE
    assert all(a[1] == b[0] for a, b in zip(found, found[1:]))
    level = [np.abs(speech[b - 800:b + 800].astype(float)).mean() for _, b in found[:-1]]
    assert np.median(level) < 0.6 * np.abs(speech.astype(float)).mean()


@pytest.mark.parametrize('silence', [3, 40])
@pytest.mark.parametrize('longest', [2000, 20000])
@pytest.mark.parametrize('pause', [20, 500, 2000, 60000])
@pytest.mark.parametrize('padding', [0, 4000])
def test_segments_follow_each_other_by_all_rules(ds, compat, silence, longest, pause, padding):
    """A pause may be longer than the longest segment, and the speaker silent when it is cut."""
    audio = sorted((compat / 'audio').glob('espeak_*.wav'))[:6]
    samples, places = joined([np.array(ds.read_audio(path)) for path in audio],
                             pauses=(0.3, silence))
    found = segments(ds, samples, longest_ms=longest, pause_ms=pause, padding_ms=padding)
    times = [time for place in found for time in place]
    assert times == sorted(times) and times[-1] <= len(samples)
    assert all(0 < end - start <= (longest + 20) * RATE / 1000 + 2 * 320 for start, end in found)
    covered = [sum(max(0, min(end, b) - max(start, a)) for a, b in found) / (end - start)
               for start, end in places]
    assert min(covered) > 0.9 and np.mean(covered) > 0.97
    for a, b in found:  # none is silence
        assert any(a < end and start < b for start, end in places)


def test_rules(ds, spoken):
    samples, places = spoken
    usual = segments(ds, samples)
    assert len(segments(ds, samples, pause_ms=2500)) < len(usual) <= len(places)
    bare = segments(ds, samples, padding_ms=0)
    assert [(a, b) for a, b in usual] == [(max(0, a - 3200), min(b + 3200, len(samples)))
                                          for a, b in bare]
    click = np.zeros(2 * RATE, np.int16)
    click[RATE:RATE + 100] = 20000
    assert segments(ds, click) == []
    assert len(segments(ds, click, shortest_ms=0)) == 1


@pytest.mark.parametrize('rules, says', [
    ({'pause_ms': 0}, 'the pause is 0 ms: expected 20 to 60000'),
    ({'padding_ms': 60001}, 'the padding is 60001 ms: expected 0 to 60000'),
    ({'shortest_ms': 60001}, 'the shortest speech is 60001 ms: expected 0 to 60000'),
    ({'longest_ms': 1999}, 'the longest segment is 1999 ms: expected 2000 to 600000'),
    ({'threshold': 0}, 'the threshold is 0.000000: expected a number above 0, 20 at most'),
    ({'threshold': float('nan')}, 'the threshold is nan: expected'),
    ({'sample_rate': 999}, 'the sample rate is 999: expected 1000 to 1000000 Hz'),
])
def test_rules_that_cannot_be(ds, rules, says):
    with pytest.raises(RuntimeError, match=says):
        ds.Segmenter(**{'sample_rate': RATE, **rules})


def test_a_segmenter_that_has_finished(ds):
    segmenter = ds.Segmenter(RATE)
    assert segmenter.feed(b'') == [] and segmenter.finish() == []
    for call in segmenter.finish, lambda: segmenter.feed(b''):
        with pytest.raises(RuntimeError, match='was finished: create another one'):
            call()
    with pytest.raises(TypeError, match='cannot be pickled'):
        __import__('pickle').dumps(segmenter)


# ---- ends of speech ----


def first_end(stream, samples, piece=320):
    """Feed a stream until it has an end; return which, and how many seconds it was fed."""
    for at in range(0, len(samples), piece):
        stream.feedAudioContent(samples[at:at + piece])
        if end := stream.endpoint():
            return end, min(at + piece, len(samples)) / RATE
    return stream.endpoint(), len(samples) / RATE


MODELS = ['forward', 'bidirectional']


@pytest.fixture(params=MODELS)
def model(request, ds, compat, golden):
    """Return a forward network that reads the recordings; a bidirectional one that cannot."""
    path = {'forward': compat / 'model256.pbmm', 'bidirectional': golden / 'bidirectional.pbmm'}
    return ds.Model(path[request.param])


@pytest.mark.parametrize('after', [0.4, 1.2, 2])
@pytest.mark.parametrize('kind', ['none', 'pink'])
def test_an_utterance_has_ended(ds, model, spoken, after, kind):
    samples, places = spoken
    samples = over(samples, places, kind, 20)
    for start, end in places[:8]:
        stream = model.createStream()
        stream.setEndpointRules(silence_after=after)
        before = samples[max(0, start - RATE // 4):end]
        level = samples[end:end + RATE // 10].astype(float).std()  # as noisy as the rest
        silence = np.rint(level * noise(kind, 4 * RATE)).astype(np.int16)
        said, seconds = first_end(stream, np.concatenate([before, silence]))
        assert said is ds.Endpoint.SAID
        assert abs(seconds - len(before) / RATE - after) < 0.5
        stream.finishStream()


@pytest.mark.parametrize('after', [0.6, 1.2])
@pytest.mark.parametrize('kind, decibels', [
    ('none', 0), ('white', 40), ('white', 20), ('pink', 20)])
def test_no_utterance_ends_within_a_word(ds, model, spoken, after, kind, decibels):
    """Where the pause is nearly as long as the rule, or longer, and where noise comes first."""
    samples, places = spoken
    samples = over(samples, places, kind, decibels)
    cuts = ends = at = 0
    while at < len(samples):
        stream = model.createStream()
        stream.setEndpointRules(silence_after=after, silence_before=60)
        said, fed = first_end(stream, samples[at:])
        stream.finishStream()
        at += int(fed * RATE)
        if said is ds.Endpoint.SAID:
            ends += 1
            cuts += any(a + 0.1 * RATE < at < b - 0.1 * RATE for a, b in places)
    pauses = [(b[0] - a[1]) / RATE for a, b in zip(places, places[1:])]
    assert ends >= 0.9 * sum(pause > after + 0.3 for pause in pauses)
    assert cuts == 0


@pytest.mark.parametrize('pause', [0.8, 0.9, 1.0, 1.05, 1.1, 1.15])
@pytest.mark.parametrize('piece', [160, 320, 1600, 5120])
def test_a_pause_that_is_shorter_than_the_rule(ds, model, spoken, pause, piece):
    samples, places = spoken
    first, second = (samples[a:b] for a, b in places[:2])
    silence = np.zeros(int(pause * RATE), np.int16)
    stream = model.createStream()
    said, fed = first_end(stream, np.concatenate([first, silence, second, np.zeros(
        3 * RATE, np.int16)]), piece)
    assert said is ds.Endpoint.SAID
    assert fed > (len(first) + len(silence) + len(second)) / RATE


@pytest.mark.parametrize('left', [0.02, 0.1, 0.2, 0.3, 0.5])
@pytest.mark.parametrize('piece', [160, 320, 1600])
def test_who_begins_shortly_before_it_is_too_late_is_heard(ds, model, spoken, left, piece):
    samples, places = spoken
    for start, end in places[:4]:
        said, fed = first_end(model.createStream(), np.concatenate([
            np.zeros(int((2.4 - left) * RATE), np.int16), samples[start:end],
            np.zeros(3 * RATE, np.int16)]), piece)
        assert said is ds.Endpoint.SAID


def test_nothing_is_said(ds, model):
    for kind, level in (('none', 0), ('white', 100), ('hum', 1000)):
        samples = np.rint(level * noise(kind, 8 * RATE)).astype(np.int16)
        for rules, seconds in (({}, 2.4), ({'silence_before': 5}, 5)):
            stream = model.createStream()
            stream.setEndpointRules(**rules)
            said, fed = first_end(stream, samples)
            assert said is ds.Endpoint.NOTHING_SAID and seconds <= fed < seconds + 0.6, (kind, fed)


def test_an_utterance_is_too_long(ds, model, spoken):
    samples, places = spoken
    speech = np.concatenate([samples[a:b] for a, b in places])
    for rules, longest in (({}, 20), ({'longest': 3}, 3)):
        stream = model.createStream()
        stream.setEndpointRules(silence_after=5, silence_before=30, **rules)
        said, fed = first_end(stream, speech)
        assert said is ds.Endpoint.TOO_LONG and longest <= fed < longest + 0.1


def test_rules_belong_to_a_stream_and_come_before_its_samples(ds, model):
    quick, usual = model.createStream(), model.createStream()
    quick.setEndpointRules(silence_before=0.5)
    silence = np.zeros(RATE * 5 // 4, np.int16)
    for stream in quick, usual:
        stream.feedAudioContent(silence)
    assert quick.endpoint() and not usual.endpoint() and usual.endpoint() is ds.Endpoint.NONE
    with pytest.raises(RuntimeError, match='the stream was fed already'):
        quick.setEndpointRules()
    for rule, value in (('silence_before', 0), ('silence_after', -1), ('longest', float('nan'))):
        with pytest.raises(RuntimeError, match='seconds: expected a number above 0'):
            model.createStream().setEndpointRules(**{rule: value})
    usual.finishStream()
    with pytest.raises(RuntimeError, match='already finished'):
        usual.endpoint()


def test_a_stream_listens_from_the_first_question_on(ds, model, spoken):
    silence = np.zeros(RATE // 2, np.int16)
    stream = model.createStream()
    for _ in range(2):
        stream.feedAudioContent(silence)  # not asked
    said, fed = first_end(stream, np.zeros(8 * RATE, np.int16))
    assert said is ds.Endpoint.NOTHING_SAID and 2.4 <= 1 + fed < 3
    samples, places = spoken
    stream = model.createStream()
    stream.feedAudioContent(samples[:places[0][0]])
    said, fed = first_end(stream, samples[places[0][0]:places[0][1]])
    assert said is ds.Endpoint.NONE
    said, fed = first_end(stream, np.zeros(4 * RATE, np.int16))
    assert said is ds.Endpoint.SAID and abs(fed - 1.2) < 0.5


def test_asking_changes_nothing(ds, model, spoken):
    samples = spoken[0][:10 * RATE]
    silent, asked = model.createStream(), model.createStream()
    for at in range(0, len(samples), 1600):
        silent.feedAudioContent(samples[at:at + 1600])
        asked.feedAudioContent(samples[at:at + 1600])
        asked.endpoint()
    assert asked.finishStream() == silent.finishStream()


# ---- the command ----


@pytest.fixture(scope='module')
def recording(spoken, tmp_path_factory):
    """Eight of the utterances with a second between as a WAV file, and their samples alone."""
    samples, places = spoken
    parts = [np.concatenate([np.zeros(RATE, np.int16), samples[a:b]]) for a, b in places[:8]]
    path = tmp_path_factory.mktemp('joined') / 'eight.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(np.concatenate(parts).tobytes())
    return path


def test_each_utterance_is_printed_as_a_recording(command, compat, ds, recording):
    model = ds.Model(compat / 'model256.pbmm')
    samples = np.array(ds.read_audio(recording))
    found = segments(ds, samples)
    assert len(found) == 8
    said = [model.stt(samples[a:b]) for a, b in found]
    done = command(compat / 'model256.pbmm', recording, '--segment')
    assert done.returncode == 0 and done.stdout.splitlines() == said
    live = command(compat / 'model256.pbmm', '-', '--segment', input=samples.tobytes(), text=False)
    assert live.stdout.decode().splitlines() == said

    full = command(compat / 'model256.pbmm', recording, '--segment', '--json', '--json_style',
                   'full')
    rows = [json.loads(line) for line in full.stdout.splitlines()]
    assert [row['transcripts'][0]['text'] for row in rows] == said
    assert [(row['start'], row['start'] + row['duration']) for row in rows] == [
        pytest.approx((a / RATE, b / RATE), abs=1e-4) for a, b in found]
    for row in rows:
        words = row['transcripts'][0]['words']
        assert row['start'] <= words[0]['start'] < words[-1]['end'] <= row[
            'start'] + row['duration'] + 0.05

    table = command(compat / 'model256.pbmm', recording, '--segment', '--csv')
    cells = list(csv.DictReader(io.StringIO(table.stdout)))
    assert [cell['word'] for cell in cells] == ' '.join(said).split()
    times = [float(cell['start']) for cell in cells]
    assert times == sorted(times) and times[-1] > found[-1][0] / RATE
    subtitles = command(compat / 'model256.pbmm', recording, '--segment', '--srt').stdout
    assert subtitles.startswith('1\n00:00:0') and '\n8\n' in subtitles


def test_several_recordings_and_files_of_their_own(command, compat, recording, tmp_path):
    other = tmp_path / 'other.wav'
    other.write_bytes(recording.read_bytes())
    alone = command(compat / 'model256.pbmm', recording, '--segment').stdout
    both = command(compat / 'model256.pbmm', recording, other, '--segment', '--jobs', 2).stdout
    assert both == ''.join(f'{path}\t{line}\n' for path in (recording, other)
                           for line in alone.splitlines())
    done = command(compat / 'model256.pbmm', recording, other, '--segment', '--output_dir',
                   tmp_path / 'texts')
    assert done.stdout == '' and done.returncode == 0
    for name in 'eight', 'other':
        assert (tmp_path / 'texts' / f'{name}.txt').read_text() == alone


def test_how_to_cut(command, compat, recording):
    lines = command(compat / 'model256.pbmm', recording, '--segment').stdout.splitlines()
    merged = command(compat / 'model256.pbmm', recording, '--segment_pause', 1500,
                     '--segment_longest', 600000).stdout.splitlines()
    assert len(merged) == 1 < len(lines)


def test_silence_says_nothing(command, compat, tmp_path):
    path = tmp_path / 'silence.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(bytes(60 * 2 * RATE))
    for arguments, output in (((), ''), (('--json',), ''), (('--vtt',), 'WEBVTT\n\n'),
                              (('--csv',), 'file,start,end,confidence,word\n')):
        done = command(compat / 'model256.pbmm', path, '--segment', *arguments)
        assert done.returncode == 0 and done.stdout == output


@pytest.mark.parametrize('arguments, says', [
    (['--segment', '--stream', '320'], 'leave out --stream'),
    (['--segment', '--align', 'text.txt'], 'leave out --segment'),
    (['--segment_pause', '10'], '--segment: the pause is 10 ms: expected 20 to 60000'),
    (['--segment_longest', '100'], 'the longest segment is 100 ms: expected 2000 to 600000'),
    (['--segment_pause', 'x'], "--segment_pause is 'x': expected a whole number"),
])
def test_misuse(command, compat, recording, arguments, says):
    done = command(compat / 'model256.pbmm', recording, *arguments)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ''


def test_an_empty_recording(command, compat):
    done = command(compat / 'model256.pbmm', '-', '--segment', input='')
    assert done.returncode == 1 and 'contains no samples' in done.stderr

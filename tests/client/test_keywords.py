"""Keywords through the doors: Python's Stream and the command, on the network of 0.9.3."""

import json
import subprocess

import numpy as np
import pytest

from tests.helpers.need import need_module

FIRST, THIRD = 'espeak_000.wav', 'espeak_002.wav'
WORDS = 'doctor @d\nmusic\nteacher\nearly picture #0.5\npaper\nfour paper\n'


@pytest.fixture(scope='module')
def model(ds, compat):
    """Return the model; nothing is changed in it."""
    return ds.Model(compat / 'model256.pbmm')


@pytest.fixture(scope='module')
def samples(ds, compat):
    """Return two recordings with half a second between."""
    first, third = (np.array(ds.read_audio(compat / 'audio' / name)) for name in (FIRST, THIRD))
    return np.concatenate([first, np.zeros(8000, np.int16), third])


def listen(model, keywords, samples, sizes):
    """Return what a stream hears that is fed in pieces of these sizes, again and again."""
    stream = model.createStream()
    stream.enableKeywords(keywords)
    heard, at, turn = [], 0, 0
    while at < len(samples):
        stream.feedAudioContent(samples[at:at + sizes[turn % len(sizes)]])
        heard += stream.keywords()
        at += sizes[turn % len(sizes)]
        turn += 1
    return heard + stream.finishKeywords()


def test_words_of_two_recordings(model, samples):
    heard = listen(model, WORDS, samples, [16000])
    # This network has never heard silence, and takes it for the beginning of the second 'music'.
    assert [h.phrase for h in heard] == ['d', 'music', 'early picture', 'd', 'four paper']
    assert all(0 <= h.start_time < h.end_time < len(samples) / 16000 for h in heard)
    assert all(0.3 <= h.score <= 1 for h in heard)
    words = model.sttWithMetadata(samples).transcripts[0].words
    at = [(word.text, word.start_time) for word in words]
    near = [h for h in heard if any(abs(h.start_time - start) < 0.05 and text[0] == h.phrase[0]
                                    for text, start in at)]
    assert near == heard


@pytest.mark.parametrize('kind', ['forward', 'forward_layer_norm', 'bidirectional'])
def test_a_stream_hears_what_its_emissions_say(ds, golden, kind):
    """Of a network with random weights, in pieces of any size."""
    from tests.helpers.golden import clip
    d = need_module('ds_ctcdecoder')
    model = ds.Model(golden / f'{kind}.pb')
    labels = model.info.labels
    samples = clip(5.0)
    emissions = model.emissions(samples)
    often = [labels[i] for i in np.argsort(-emissions[:, :-1].mean(axis=0)) if labels[i] != ' ']
    text = ''.join(f'{a}{b} #0.001\n' for a in often[:5] for b in often[:5])
    alphabet = d.Alphabet.deserialize(serialized(labels))
    spotter = d.Spotter(text, alphabet)
    step = model.info.step_seconds
    wanted = [(h.name, pytest.approx(h.start * step), pytest.approx(h.end * step),
               pytest.approx(h.score, rel=1e-5))
              for h in spotter.step(emissions) + spotter.finish()]
    assert wanted
    whole = listen(model, text, samples, [len(samples)])
    assert [(h.phrase, h.start_time, h.end_time, h.score) for h in whole] == wanted
    for sizes in ([320], [4321], [100, 3000, 7]):
        assert listen(model, text, samples, sizes) == whole


def serialized(labels):
    """Return an alphabet in 0.9.3's form."""
    data = len(labels).to_bytes(2, 'little')
    for i, label in enumerate(labels):
        text = label.encode()
        data += i.to_bytes(2, 'little') + len(text).to_bytes(2, 'little') + text
    return data


def test_hits_come_while_it_is_spoken(model, samples):
    """Fed as a microphone does, each comes with the samples, and before the next one ends."""
    stream = model.createStream()
    stream.enableKeywords(WORDS)
    delays = []
    for at in range(0, len(samples), 320):
        stream.feedAudioContent(samples[at:at + 320])
        delays += [(at + 320) / 16000 - h.end_time for h in stream.keywords()]
    assert len(delays) == 5 and not stream.finishKeywords()
    # Context of 9 frames, 5 that a word's end takes, at most 3 of a batch, and the window's length.
    assert all(0.28 <= delay <= 0.36 for delay in delays), delays


def test_no_phrase_goes_on_after_half_a_second_of_silence(ds, compat, model):
    """The network's letters would make one; but it was given up, and the network begins anew."""
    d = need_module('ds_ctcdecoder')
    first = np.array(ds.read_audio(compat / 'audio' / FIRST))
    samples = np.concatenate([first, np.zeros(24000, np.int16), first])
    said = model.stt(samples)
    at = said.index('letter') + len('letter')  # the first word after the silence follows at once
    phrase = f'letter {said[at:said.index(" ", at)]} #0.3'
    spotter = d.Spotter(phrase + '\n', d.Alphabet.deserialize(serialized(model.info.labels)))
    emissions = model.emissions(samples)
    assert len(spotter.step(emissions) + spotter.finish()) == 1, said
    assert listen(model, [phrase], samples, [320]) == []
    assert len(listen(model, ['four letter #0.3'], samples, [320])) == 2


def test_a_stream_that_listens_does_nothing_else(model, samples):
    stream = model.createStream()
    stream.enableKeywords(['doctor #0.3', 'music'])
    stream.feedAudioContent(samples[:32000])
    assert stream.intermediateDecode() == stream.intermediateDecodeFlushBuffers() == ''
    assert [h.phrase for h in stream.keywords()] == ['doctor'] and stream.keywords() == []
    assert stream.finishStream() == ''


def test_what_cannot_be(model, samples, tmp_path):
    stream = model.createStream()
    with pytest.raises(RuntimeError, match='listens for no keywords: enable them before'):
        stream.keywords()
    for wrong, says in (('stop\ngo #7\n', "line 2, column 4: found '#7': no threshold"),
                        (['7up'], "line 1, column 1: .* cannot spell '7' in '7up'"),
                        ('/nowhere/words.txt', 'No such file or directory: expected a list of'),
                        ([], 'has no phrase')):
        with pytest.raises(RuntimeError, match=f'keywords cannot be used.*{says}.*0x200B'):
            stream.enableKeywords(wrong)
    (tmp_path / 'words.txt').write_text('doctor')
    stream.enableKeywords(tmp_path / 'words.txt')
    stream.feedAudioContent(samples[:100])
    with pytest.raises(RuntimeError, match='fed already: set its keywords before'):
        stream.enableKeywords('stop\n')
    assert stream.finishKeywords() == []
    with pytest.raises(RuntimeError, match='already finished stream'):
        stream.keywords()


# ---- the command ----


@pytest.fixture(scope='module')
def words(tmp_path_factory):
    """Return the path of the list."""
    path = tmp_path_factory.mktemp('keywords') / 'words.txt'
    path.write_text(WORDS)
    return path


def test_lines_and_json(command, ds, compat, model, words):
    paths = [compat / 'audio' / name for name in (FIRST, THIRD)]
    heard = [(str(path), h) for path in paths
             for h in listen(model, WORDS, np.array(ds.read_audio(path)), [16000])]
    assert len(heard) == 6
    line = '{0.start_time:.2f} {0.end_time:.2f} {0.score:.3f} {0.phrase}'.format
    done = command(compat / 'model256.pbmm', *paths, '--keywords', words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f'{path}\t{line(h)}' for path, h in heard]
    done = command(compat / 'model256.pbmm', paths[0], '--keywords', words)
    assert done.stdout.splitlines() == [line(h) for path, h in heard if path == str(paths[0])]
    done = command(compat / 'model256.pbmm', *paths, '--keywords', words, '--json', '--jobs', 2)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {'path': path, 'start': pytest.approx(h.start_time, abs=1e-4),
         'end': pytest.approx(h.end_time, abs=1e-4), 'score': pytest.approx(h.score, abs=1e-4),
         'phrase': h.phrase} for path, h in heard]


def test_standard_input_is_heard_as_it_comes(build, compat, samples, words):
    """Each hit is printed though the input goes on."""
    program = [build.parent / 'bin' / 'deepspeech', compat / 'model256.pbmm', '-', '--keywords',
               words]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        child.stdin.write(samples[:40000].tobytes())
        child.stdin.flush()
        assert child.stdout.readline().decode().endswith(' d\n')
        child.stdin.write(samples[40000:].tobytes())
        rest, _ = child.communicate(timeout=60)
    assert child.returncode == 0 and rest.count(b'\n') == 4


@pytest.mark.parametrize('options, says', [
    (['--grammar', 'x'], 'leave out the grammar'), (['--commands', 'yes'], 'leave out the grammar'),
    (['--align', 'x'], '--align knows what is said'), (['--scorer', 'x'], 'no use for a scorer'),
    (['--segment'], 'leave out --segment'), (['--stream', '320'], 'leave out --stream'),
    (['--srt'], 'prints lines or --json'), (['--csv'], 'prints lines or --json'),
    (['--keywords='], "--keywords is '': expected a file"),
])
def test_wrong_usage(command, compat, words, options, says):
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--keywords', words,
                   *options)
    assert (done.returncode, done.stdout) == (2, '')
    assert says in done.stderr.splitlines()[-2]


def test_wrong_lists(command, compat, tmp_path):
    (tmp_path / 'words.txt').write_text('doctor\nmusic #high\n')
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--keywords',
                   tmp_path / 'words.txt')
    assert (done.returncode, done.stdout) == (1, '')
    assert "words.txt: line 2, column 7: found '#high': no threshold" in done.stderr
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--keywords', '/no/file')
    assert done.returncode == 1 and '/no/file: No such file' in done.stderr.splitlines()[-1]


def test_one_bad_recording_does_not_cost_the_others(command, compat, words, tmp_path):
    (tmp_path / 'bad.wav').write_bytes(b'no audio')
    done = command(compat / 'model256.pbmm', tmp_path / 'bad.wav', compat / 'audio' / FIRST,
                   '--keywords', words)
    assert done.returncode == 1 and done.stdout.count('\n') == 3
    assert 'bad.wav' in done.stderr

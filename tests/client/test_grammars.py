"""Grammars through the doors: the command, Python's Model and Stream, packed files."""

import json
import shutil

import pytest

from tests.helpers.class_model import PEOPLE, people, unigrams
from util.export.calibration import write_calibration

FIRST = 'espeak_000.wav'
ORDER = '''#JSGF V1.0; grammar order;
public <order> = (doctor | nurse) {who} [unk] {what} letter;
'''


@pytest.fixture
def model(ds, compat):
    """Return a model of its own for each test."""
    return ds.Model(compat / 'model256.pbmm')


@pytest.fixture(scope='module')
def samples(ds, compat):
    """Return the first recording."""
    return ds.read_audio(compat / 'audio' / FIRST)


def test_commands_of_the_command(command, compat, expected):
    said = expected[FIRST]
    audio = (compat / 'model256.pbmm', compat / 'audio' / FIRST)
    done = command(*audio, '--commands', f'something else,{said},[unk]')
    assert done.returncode == 0 and done.stdout == said + '\n', done.stderr
    assert 'Loading grammar from --commands' in done.stderr
    assert command(*audio, '--commands', 'yes,[unk]').stdout == '[unk]\n'


def test_no_text_is_sure_where_the_grammar_allows_none(model, samples):
    """What was kept of the search is no text of the grammar; in silence there is truly none."""
    for grammar in (['doctor simple', 'call [unk] now'], ['[unk] yes [unk]']):
        model.enableGrammar(grammar)
        best = model.sttWithMetadata(samples, 1).transcripts[0]
        assert best.text == ''
        assert (best.trust.probability, best.trust.fit, best.trust.share) == (0, 0, 0)
        best = model.sttWithMetadata(bytes(64000), 1).transcripts[0]
        assert best.text == '' and best.trust.probability == 1


@pytest.mark.parametrize('style', ['cpp', 'python', 'full'])
def test_json_has_intent_and_slots(command, compat, tmp_path, style):
    (tmp_path / 'order.gram').write_text(ORDER)
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--json', '--json_style',
                   style, '--grammar', tmp_path / 'order.gram', '--candidate_transcripts', 1)
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)
    best = best if style == 'cpp' else best['transcripts'][0]
    assert best['intent'] == 'order'
    assert [(slot['name'], slot['value']) for slot in best['slots']] == [
        ('who', 'doctor'), ('what', '[unk]')]
    who, what = best['slots']
    assert 0 <= who['start'] < who['end'] <= what['start'] < what['end'] < 4
    assert [word['word'] for word in best['words']] == ['doctor', '[unk]', 'letter']
    plain = json.loads(command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--json',
                               '--json_style', style).stdout)
    assert 'intent' not in json.dumps(plain)  # the shapes of 0.9.3 stay


@pytest.mark.parametrize('options, status, says', [
    (['--commands', ','], 2, "--commands is ',': expected PHRASE,..."),
    (['--commands', 'yes', '--grammar', 'x'], 2, 'more than one grammar'),
    (['--commands', 'yes', '--scorer', 'x'], 2, 'a grammar has no use for a scorer'),
    (['--commands', '7up'], 1, "cannot spell '7' in '7up'"),
    (['--grammar', '/nowhere/at.gram'], 1, '/nowhere/at.gram: No such file'),
])
def test_wrong_grammars_of_the_command(command, compat, options, status, says):
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, *options)
    assert (done.returncode, done.stdout) == (status, '')
    assert says in done.stderr.splitlines()[-2 if status == 2 else -1]


def test_a_model_and_its_streams(ds, model, samples, expected, tmp_path):
    free = expected[FIRST]
    before = model.createStream()
    model.enableGrammar(['yes', 'doctor [unk]'])
    best = model.sttWithMetadata(samples).transcripts[0]
    assert (best.text, best.intent, best.slots) == ('doctor [unk]', None, [])
    (tmp_path / 'order.gram').write_text(ORDER)
    model.packGrammar(tmp_path / 'order.gram', tmp_path / 'packed')
    streams = {'doctor [unk]': model.createStream(), free: model.createStream(),
               'doctor [unk] letter': model.createStream()}
    streams[free].disableGrammar()
    streams['doctor [unk] letter'].enableGrammar(tmp_path / 'packed')
    for text, stream in {**streams, free: before}.items():
        stream.feedAudioContent(samples[:16000])
        assert text.startswith(stream.intermediateDecode()[:6])
        with pytest.raises(RuntimeError, match='the stream was fed already'):
            stream.enableGrammar('yes\n')
        stream.feedAudioContent(samples[16000:])
        assert stream.finishStream() == text
    model.disableGrammar()
    assert model.stt(samples) == free
    with pytest.raises(RuntimeError, match='no grammar is enabled'):
        model.disableGrammar()


def test_what_is_rejected_of_a_grammar_means_nothing(ds, model, samples):
    """The whole text; and one word at a time, which takes only its own slot along."""
    model.enableGrammar(ORDER)
    plain = model.sttWithMetadata(samples).transcripts[0]
    assert plain.calibrated is False and 0 < plain.trust.probability < 1
    model.setRejection(1)
    best, = model.sttWithMetadata(samples, 3).transcripts
    assert (best.text, best.intent, best.slots) == ('[unk]', None, [])
    for least in sorted({word.trust.probability for word in plain.words}):
        model.setRejection(0, least)
        best = model.sttWithMetadata(samples).transcripts[0]
        texts = ['[unk]' if word.trust.probability < least else word.text for word in plain.words]
        assert best.text == ' '.join(texts) and best.intent == 'order'
        assert [slot.value for slot in best.slots] == texts[:2]
    model.setRejection()
    assert model.sttWithMetadata(samples).transcripts[0] == plain


def test_a_grammar_on_the_way_and_where_nothing_fits(ds, model, samples):
    model.enableGrammar('yes\n')
    stream = model.createStream()
    assert stream.intermediateDecodeWithMetadata(3).transcripts[0].text == ''
    stream.feedAudioContent(samples[:1000])
    for _ in range(2):
        partial = stream.intermediateDecodeWithMetadataFlushBuffers(3).transcripts
        assert partial[0].text == '' and all(0 <= t.trust.probability <= 1 for t in partial)
    model.setBeamWidth(1)  # of the beginnings that are kept none becomes a whole text
    found = [model.sttWithMetadata(samples[:end], 3).transcripts
             for end in range(8000, len(samples), 2000)]
    assert all(0 <= best.trust.probability <= 1 for best, *_ in found)
    assert any(best.confidence < -1e30 and (best.text, best.words) == ('', [])
               for best, *_ in found)


@pytest.mark.parametrize('per_stream', [False, True])
def test_the_calibration_is_that_of_searches_with_grammars(ds, compat, samples, tmp_path,
                                                           per_stream):
    path = shutil.copy(compat / 'model256.pbmm', tmp_path / 'm.pbmm')
    write_calibration(str(path), 'free texts 0:0.25\nfree words 0:0.25\n'
                                 'grammar texts 0:0.75\ngrammar words 0:0.5\n')
    model = ds.Model(path)

    def given(enabled):
        stream = model.createStream()
        if per_stream and enabled:
            stream.enableGrammar(ORDER)
        stream.feedAudioContent(samples)
        best = stream.finishStreamWithMetadata().transcripts[0]
        return best.trust.probability, best.words[0].trust.probability
    assert given(False) == (0.25, 0.25)
    if not per_stream:
        model.enableGrammar(ORDER)
    assert given(True) == (0.75, 0.5)


def test_mistakes_leave_the_grammar_as_it_was(model, samples):
    model.enableGrammar('yes\n[unk]\n')
    for wrong, says in (('#JSGF V1.0; grammar g; public <g> = (a;', 'line 1, column 39'),
                        ([], 'has no phrase'), (['a', '7up'], "line 2, column 1: .*'7up'"),
                        ('/nowhere/at.gram', 'No such file')):
        with pytest.raises(RuntimeError, match=f'{says}.*0x200A'):
            model.enableGrammar(wrong)
    with pytest.raises(TypeError, match='found the phrase 5, expected str'):
        model.enableGrammar(['a', 5])
    assert model.stt(samples) == '[unk]'


@pytest.fixture(scope='module')
def slots(compat, expected, tmp_path_factory):
    """Return a scorer in which two words of the first recording are slots, and their grammar."""
    folder = tmp_path_factory.mktemp('slots')
    (folder / 'people.gram').write_text(PEOPLE)
    (folder / 'calls.arpa').write_text(people(expected[FIRST]))
    return folder / 'calls.arpa', folder / 'people.gram'


def said_in_slots(best):
    return [(slot.name, slot.text, slot.value) for slot in best.slots]


def test_slots_of_free_speech(ds, model, samples, slots, expected, tmp_path):
    scorer, grammar = slots
    with pytest.raises(RuntimeError, match=r'need a scorer: enable one that knows \[who\] or '
                       r'\[thing\] first.*0x200A'):
        model.enableGrammar(grammar)
    model.enableExternalScorer(scorer)
    free = model.stt(samples)
    assert not free.startswith('doctor')  # the scorer does not know the word
    other = model.createStream()
    model.enableGrammar(grammar)
    best = model.sttWithMetadata(samples).transcripts[0]
    assert best.text == expected[FIRST] and best.intent is None
    wanted = [('who', 'doctor', 'Dr. Jones'), ('thing', 'letter', 'letter')]
    assert said_in_slots(best) == wanted
    for slot, word in zip(best.slots, (best.words[0], best.words[-1])):
        assert (slot.start_time, slot.end_time) == (word.start_time, word.end_time)
    model.packGrammar(grammar, tmp_path / 'packed')
    model.disableGrammar()
    assert model.stt(samples) == free
    other.enableGrammar(tmp_path / 'packed')
    for at in range(0, len(samples), 5000):
        other.feedAudioContent(samples[at:at + 5000])
        assert 'Dr.' not in other.intermediateDecode()
    assert other.finishStreamWithMetadata().transcripts[0] == best


def test_slots_go_with_a_scorer_that_knows_them(model, samples, slots, tmp_path, expected):
    scorer, grammar = slots
    model.enableExternalScorer(scorer)
    model.enableGrammar(grammar)
    plain = tmp_path / 'plain.arpa'
    plain.write_text(unigrams(['no', 'slot']))
    with pytest.raises(RuntimeError, match=r'the scorer does not know \[who\] or \[thing\]'):
        model.enableExternalScorer(plain)
    assert model.stt(samples) == expected[FIRST]  # all as it was
    model.disableExternalScorer()
    with pytest.raises(RuntimeError, match='need a scorer'):
        model.stt(samples)
    model.enableExternalScorer(scorer)
    assert model.stt(samples) == expected[FIRST]


def test_slots_of_the_command(command, compat, slots, expected, tmp_path):
    scorer, grammar = slots
    audio = (compat / 'model256.pbmm', compat / 'audio' / FIRST)
    done = command(*audio, '--scorer', scorer, '--grammar', grammar, '--json', '--json_style',
                   'cpp')
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)
    assert best['intent'] is None
    assert [(slot['name'], slot['value']) for slot in best['slots']] == [
        ('who', 'Dr. Jones'), ('thing', 'letter')]
    done = command(*audio, '--scorer', scorer, '--grammar', grammar)
    assert done.stdout == expected[FIRST] + '\n'
    done = command(*audio, '--grammar', grammar)
    assert (done.returncode, done.stdout) == (1, '')
    assert 'these need a scorer' in done.stderr.splitlines()[-1]
    (tmp_path / 'order.gram').write_text(ORDER)
    done = command(*audio, '--scorer', scorer, '--grammar', tmp_path / 'order.gram')
    assert (done.returncode, done.stdout) == (2, '')
    assert 'a grammar has no use for a scorer' in done.stderr.splitlines()[-2]

"""Grammars through the doors: the command, Python's Model and Stream, packed files."""

import json

import pytest

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

"""What a training leaves for the model card: tests of these weights, not of others."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from util.training import history
from util.training.decoder import DecoderSettings
from util.training.report import Summary

WEIGHTS = {'a': np.arange(6, dtype=np.float32).reshape(2, 3), 'b': np.zeros(2, np.float32)}
DATA = SimpleNamespace(utterances=[1, 2, 3], audio_secs=lambda epoch, start: 5400.0)


def note(folder, weights=WEIGHTS, wer=0.25, files=('t.csv',), decoder=None):
    history.note_test(str(folder), weights, DATA, files, Summary(wer, 0.125, 3.0, 0.0, 0.0),
                      decoder or DecoderSettings(8))


def rates(folder, weights=WEIGHTS):
    found, other = history.tests_of(str(folder), weights)
    return [(test['files'], test['wer']) for test in found], bool(other)


def test_tests_are_of_their_weights(tmp_path):
    assert rates(tmp_path) == ([], False)
    note(tmp_path)
    note(tmp_path, files=('u.csv', 'v.csv'), wer=0.5)
    trained_on = {**WEIGHTS, 'b': np.array([0, 1e-6], np.float32)}
    assert rates(tmp_path) == ([(['t.csv'], 0.25), (['u.csv', 'v.csv'], 0.5)], False)
    assert rates(tmp_path, trained_on) == ([], True)
    note(tmp_path, trained_on, 0.125)
    assert rates(tmp_path, trained_on) == ([(['t.csv'], 0.125)], True)
    assert len(rates(tmp_path)[0]) == 2


def test_the_same_test_again_takes_the_place_of_the_first(tmp_path):
    for wer in (0.5, 0.25):
        note(tmp_path, wer=wer)
        note(tmp_path, wer=wer / 2, decoder=DecoderSettings(8, scorer_path='x/my.scorer'))
    found = history.tests_of(str(tmp_path), WEIGHTS)[0]
    assert [test['wer'] for test in found] == [0.25, 0.125]
    assert found[0]['decoding'] == {'beam_width': 8}
    assert found[1]['decoding'] == {'beam_width': 8, 'scorer': 'my.scorer', 'lm_alpha':
                                    0.931289039105002, 'lm_beta': 1.1834137581510284}
    assert (found[0]['utterances'], found[0]['hours'], found[0]['cer']) == (3, 1.5, 0.125)
    for number in range(history.KEPT + 5):
        note(tmp_path, files=(str(number),))
    assert len(history.tests_of(str(tmp_path), WEIGHTS)[0]) == history.KEPT


@pytest.mark.parametrize('content', ['', '{', '{"a": 1}', '[1, null, {}]', '\xff'])
def test_a_file_edited_to_death_is_as_none(tmp_path, content):
    (tmp_path / history.NAME).write_text(content, encoding='latin-1')
    assert rates(tmp_path)[0] == []
    note(tmp_path)
    assert rates(tmp_path)[0] == [(['t.csv'], 0.25)]


def test_folder_that_is_not_there_or_cannot_be_written(tmp_path, capsys):
    note(tmp_path / 'none')
    assert not (tmp_path / 'none').exists() and capsys.readouterr().out == ''
    (tmp_path / (history.NAME + '.part')).mkdir()
    note(tmp_path)
    assert 'tests.json\' cannot be written (Is a directory): the model card' in (
        capsys.readouterr().out)


@pytest.mark.parametrize('change', [
    {'b': np.array([0, -0.0], np.float32)}, {'a': WEIGHTS['a'].reshape(3, 2)},
    {'a': WEIGHTS['a'] + np.float32(1e-6)}, {'c': np.zeros(2, np.float32)}])
def test_fingerprint_knows_every_bit_and_shape(change):
    own = history.fingerprint(WEIGHTS)
    assert own == history.fingerprint(dict(reversed(WEIGHTS.items())))
    assert own != history.fingerprint({**WEIGHTS, **change})


def test_a_training_resumed_is_the_same(tmp_path):
    (tmp_path / 'a.csv').write_text('wav_filename,transcript,speaker\nx.wav,x,ann\n')
    data = SimpleNamespace(utterances=[SimpleNamespace(wav=str(tmp_path / 'x.wav'))],
                           audio_secs=lambda epoch, start: 3600.0)

    def described(**changes):
        given = {'files': (str(tmp_path / 'a.csv'),), 'changes': ('vary 1',), 'command': '-x',
                 'epoch': 0, **changes}
        return history.training(data, **given)

    first = described()
    assert first == json.loads(json.dumps(first))
    assert first['speakers'] == 1 and first['hours'] == 1.0
    assert history.with_training([], first) == [first]
    assert history.with_training([first], described(epoch=7)) == [first]
    other = described(epoch=7, changes=())
    assert history.with_training([first], other) == [first, other]

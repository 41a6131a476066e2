"""The model card: its fields stay as they are, its facts are those given, what lacks is named."""

import json
import re

import pytest

from tests.helpers.golden import ENGLISH
from util.export.card import NOTHING_KNOWN, ExportMetadata, Facts, Trained, write_card
from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

FIELDS = ['model_card', 'author', 'model_name', 'model_version', 'contact_info', 'license',
          'language', 'runtime', 'min_ds_version', 'max_ds_version', 'acoustic_model_url',
          'scorer_url', 'written_by', 'network', 'n_hidden', 'parameters', 'feature_type',
          'sample_rate']
MODEL = Trained(Geometry(16, 28, layer_norm=True), FeatureSettings(), ENGLISH)
TRAINING = {'files': ['a.csv', 'b|c.sdb'], 'utterances': 12345, 'hours': 12.3456, 'speakers': 7,
            'changes': ['vary 0.5', 'reverb[p=0.2]'], 'command': '--epoch=3', 'epoch': 0}
TEST = {'files': ['t.csv'], 'utterances': 20, 'hours': 0.5, 'wer': 0.12345, 'cer': 0.04, 'date':
        '2026-11-29T18:00:00+00:00', 'weights': 1,
        'decoding': {'beam_width': 500, 'scorer': 'my.scorer', 'lm_alpha': 0.5, 'lm_beta': 1.25}}


def card(tmp_path, facts=NOTHING_KNOWN, model=MODEL, **metadata):
    path = write_card(str(tmp_path), '1.2.3', model, ExportMetadata(**metadata), facts)
    text = (tmp_path / path).read_text()
    head, _, body = text.removeprefix('---\n').partition('---\n')
    return dict(line.split(': ', 1) for line in head.splitlines()), body


def row(body, first):
    """Return the cells of the row that begins with this one."""
    line = next(line for line in body.splitlines() if line.startswith(f'| {first} |'))
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[2:-1]]


def test_fields_and_description(tmp_path):
    for facts in (NOTHING_KNOWN, Facts(3, [TRAINING], [TEST], '', '--export_dir=x')):
        fields, body = card(tmp_path, facts, author_id='me', description='For what: "it".\n---\n|x')
        assert list(fields) == FIELDS
        assert json.loads(fields['author']) == 'me' and json.loads(fields['n_hidden']) == 16
        assert json.loads(fields['scorer_url']).startswith('<replace this with a publicly')
        assert body.startswith('For what: "it".\n---\n|x\n\n## Model\n')


def test_facts(tmp_path):
    later = {**TRAINING, 'epoch': 3, 'speakers': None, 'changes': [], 'command': '--epoch=9'}
    facts = Facts(9, [TRAINING, later], [TEST], 'yesterday', '--export_dir=x')
    _, body = card(tmp_path, facts, license='MIT', language='en', contact_info='a@b')
    parameters = f'{MODEL.geometry.n_parameters:,}'
    assert row(body, 'architecture') == [
        f'Deep Speech, LSTM in both directions; width 16, {parameters} parameters, layer '
        'normalisation']
    assert row(body, 'features')[0].startswith('26 MFCCs as in 2017, window 25 ms, step 20 ms, 9')
    assert row(body, 'output')[0].startswith('28 labels: space a b')
    assert (row(body, 'licence'), row(body, 'epochs')) == (['MIT'], ['9'])
    assert row(body, '0') == ['a.csv, b\\|c.sdb', '12,345', '12.35', '7', 'vary 0.5, reverb[p=0.2]']
    assert row(body, '3')[3:] == ['missing: the sets have no column `speaker`', 'none']
    assert row(body, 't.csv') == ['20', '0.5', '12.35 %', '4.00 %', 'beam_width 500, my.scorer, '
                                  'lm_alpha 0.5, lm_beta 1.25', '2026-11-29']
    assert '```bash\n./DeepSpeech.py --epoch=3\n./DeepSpeech.py --epoch=9\n' in body
    assert './DeepSpeech.py --export_dir=x\n```' in body
    assert body.count('missing') == 1 and 'yesterday' not in body


def test_what_is_missing_is_named(tmp_path):
    _, body = card(tmp_path)
    for what in ('epochs', 'language', 'licence', 'contact'):
        assert row(body, what)[0].startswith('missing: ')
    for title in ('Training', 'Errors', 'Commands'):
        assert f'## {title}\n\nmissing: ' in body
    assert 'these weights have not been tested' in body
    _, body = card(tmp_path, Facts(9, [{**TRAINING, 'epoch': 4}], (), '2026-01-01', ''))
    assert 'the last test, of 2026-01-01, was of other weights' in body
    assert 'missing: what the first 4 epochs were trained on' in body


def test_model_that_was_imported(tmp_path):
    _, body = card(tmp_path, Facts(3, [{'imported': 'a.pb'}, TRAINING]))
    assert row(body, 'epochs') == ['3 after the import; missing: those before']
    assert '|  | missing: imported from a.pb, which does not tell |' in body
    assert row(body, '0')[1] == '12,345'


@pytest.mark.parametrize('fact', [*TRAINING, *TEST])
def test_facts_that_older_checkpoints_lack(tmp_path, fact):
    """Or that somebody has edited away: the card is written all the same."""
    training = {name: value for name, value in TRAINING.items() if name != fact}
    test = {name: value for name, value in TEST.items() if name != fact}
    assert '## Errors' in card(tmp_path, Facts(1, [training], [test]))[1]


def test_bytes_and_streams(tmp_path):
    alphabet = Alphabet.bytes_output()
    model = Trained(Geometry(16, len(alphabet), bidirectional=False), FeatureSettings('0.9.3'),
                    alphabet)
    _, body = card(tmp_path, model=model)
    assert row(body, 'output') == ['the bytes of UTF-8']
    assert 'LSTM forward, which can stream' in body and 'MFCCs as in 0.9.3, window 32 ms' in body

"""The model card of an export: Markdown, headed by the fields of 0.9.3, then what is known.

Below the fields and the description stands what the model is, what it was trained on, how it was
tested and which commands made it. What is not known is named as missing, with what to do about it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from util.features import FeatureSettings
from util.files import whole_file
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

CARD_HEAD = '---\nmodel_card: DeepSpeech\n'


@dataclasses.dataclass(frozen=True)
class ExportMetadata:
    """What people should know about a model; fields are named like the flags, without `export_`."""

    author_id: str = 'author'
    model_name: str = 'model'
    model_version: str = '0.0.1'
    contact_info: str = ''
    license: str = ''
    language: str = ''
    min_ds_version: str = ''
    max_ds_version: str = ''
    description: str = ''
    beam_width: int = 500


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of the past of a model.

    Attributes:
        epochs: it was trained for; None: not known.
        trainings: JSON objects with `files`, `utterances`, `hours`, `speakers`, `changes`,
            `command` and `epoch`, that it began with; or with `imported` alone, the name of a model
            made elsewhere.
        tests: JSON objects with `files`, `utterances`, `hours`, `wer`, `cer`, `decoding`, `date`.
        other_test: date of a test of other weights; '' where there was none.
        command: that exports it.
    """

    epochs: int | None = None
    trainings: Sequence[Mapping[str, Any]] = ()
    tests: Sequence[Mapping[str, Any]] = ()
    other_test: str = ''
    command: str = ''


NOTHING_KNOWN = Facts()


@dataclasses.dataclass(frozen=True)
class Trained:
    """What is exported."""

    geometry: Geometry
    features: FeatureSettings
    alphabet: Alphabet


def write_card(folder: str, version: str, model: Trained, metadata: ExportMetadata,
               facts: Facts, tflite: bool = False) -> str:
    """Write the model card and return its path.

    Args:
        folder: of the export.
        version: of this program.
        model: what is exported.
        metadata: who made it, for what, under which licence.
        facts: its past.
        tflite: whether TensorFlow Lite can run it.
    """
    name = f'{metadata.author_id}_{metadata.model_name}_{metadata.model_version}.md'
    path = os.path.join(folder, re.sub(r'[^\w.+-]+', '-', name))
    parts = [_fields(version, model, metadata, tflite), metadata.description + '\n',
             _table('Model', ('', ''), _model(model, metadata, facts)),
             _trainings(facts), _tests(facts), _commands(facts)]
    with whole_file(path, 'w') as file:
        file.write(parts[0] + '\n'.join(parts[1:]))
    return path


def _fields(version: str, model: Trained, metadata: ExportMetadata, tflite: bool) -> str:
    geometry, features = model.geometry, model.features
    missing = '<replace this with a publicly available URL of the {}>'
    fields = {
        'author': metadata.author_id,
        'model_name': metadata.model_name,
        'model_version': metadata.model_version,
        'contact_info': metadata.contact_info,
        'license': metadata.license,
        'language': metadata.language,
        'runtime': 'tflite' if tflite else 'tensorflow',
        'min_ds_version': metadata.min_ds_version or version,
        'max_ds_version': metadata.max_ds_version or version,
        'acoustic_model_url': missing.format('acoustic model'),
        'scorer_url': missing.format('scorer, if present'),
        'written_by': f'DeepSpeech {version}',
        'network': 'bidirectional' if geometry.bidirectional else 'forward',
        'n_hidden': geometry.n_hidden,
        'parameters': geometry.n_parameters,
        'feature_type': features.kind,
        'sample_rate': features.sample_rate,
    }
    # A JSON value is a YAML value.
    lines = [f'{name}: {json.dumps(value, ensure_ascii=False)}\n' for name, value in fields.items()]
    return f'{CARD_HEAD}{"".join(lines)}---\n'


def _model(model: Trained, metadata: ExportMetadata, facts: Facts) -> list[tuple[str, str]]:
    """Return (fact, value) of the model as it is."""
    geometry, features, labels = model.geometry, model.features, model.alphabet.labels
    direction = ('LSTM in both directions' if geometry.bidirectional
                 else 'LSTM forward, which can stream')
    norm = ', layer normalisation' if geometry.layer_norm else ''
    written = ('the bytes of UTF-8' if labels == Alphabet.bytes_output().labels else
               f'{len(labels)} labels: ' + ' '.join(
                   'space' if label == ' ' else label for label in labels))
    return [
        ('architecture', f'Deep Speech, {direction}; width {geometry.n_hidden}, '
                         f'{geometry.n_parameters:,} parameters{norm}'),
        ('input', f'audio at {features.sample_rate} Hz, one channel'),
        ('features', f'{features.n_input} MFCCs as in {features.kind}, window '
                     f'{features.win_len_ms} ms, step {features.win_step_ms} ms, '
                     f'{features.n_context} steps of context on either side'),
        ('output', written),
        ('epochs', _epochs(facts)),
        ('language', metadata.language or 'missing: pass --export_language'),
        ('licence', metadata.license or 'missing: pass --export_license'),
        ('contact', metadata.contact_info or 'missing: pass --export_contact_info'),
    ]


def _epochs(facts: Facts) -> str:
    if facts.epochs is None:
        return 'missing: not known'
    imported = any('imported' in each for each in facts.trainings)
    return f'{facts.epochs}' + ' after the import; missing: those before' * imported


def _trainings(facts: Facts) -> str:
    if not facts.trainings:
        return ('## Training\n\nmissing: the checkpoint does not tell what it was trained on '
                '(it was made elsewhere, or by a version that did not note it)\n')
    rows = []
    for each in facts.trainings:
        if 'imported' in each:
            rows.append(('', f"missing: imported from {each['imported']}, which does not tell",
                         '', '', '', ''))
            continue
        speakers = each.get('speakers')
        rows.append((
            f"{each.get('epoch', 0)}", ', '.join(each.get('files', ())),
            f"{each.get('utterances', 0):,}", f"{each.get('hours', 0):.4g}",
            'missing: the sets have no column `speaker`' if speakers is None else f'{speakers:,}',
            ', '.join(each.get('changes', ())) or 'none'))
    text = _table('Training', ('from epoch', 'files', 'utterances', 'hours', 'speakers',
                               'augmentation'), rows)
    if facts.trainings[0].get('epoch'):
        text += (f"\nmissing: what the first {facts.trainings[0]['epoch']} epochs were trained "
                 'on\n')
    return text


def _tests(facts: Facts) -> str:
    if not facts.tests:
        why = (f'the last test, of {facts.other_test}, was of other weights' if facts.other_test
               else 'these weights have not been tested')
        return (f'## Errors\n\nmissing: {why}; run DeepSpeech.py or evaluate.py with --test_files, '
                'then export again\n')
    rows = [(', '.join(test.get('files', ())), f"{test.get('utterances', 0):,}",
             f"{test.get('hours', 0):.4g}", f"{100 * test.get('wer', 0):.2f} %",
             f"{100 * test.get('cer', 0):.2f} %", _decoding(test.get('decoding', {})),
             str(test.get('date', ''))[:10]) for test in facts.tests]
    return _table('Errors', ('test set', 'utterances', 'hours', 'WER', 'CER', 'decoded with',
                             'date'), rows) + (
        '\nMeasured on the checkpoint, which computes in float32; int8 weights may differ a '
        'little.\n')


def _decoding(settings: Mapping[str, Any]) -> str:
    """Return the settings of a beam search as text."""
    words = [f"{name} {settings[name]:g}" for name in
             ('beam_width', 'cutoff_prob', 'cutoff_top_n') if name in settings]
    words.append(f"{settings['scorer']}, lm_alpha {settings['lm_alpha']:.4g}, lm_beta "
                 f"{settings['lm_beta']:.4g}" if 'scorer' in settings else 'no scorer')
    return ', '.join(words)


def _commands(facts: Facts) -> str:
    commands = [*(str(each.get('command', '')) for each in facts.trainings), facts.command]
    lines = [f'./DeepSpeech.py {command}' for command in dict.fromkeys(filter(None, commands))]
    if not lines:
        return '## Commands\n\nmissing: not known\n'
    return '## Commands\n\n```bash\n' + '\n'.join(lines) + '\n```\n'


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a heading and a table; what a cell holds is no markup."""
    def line(cells: Sequence[str]) -> str:
        return '| ' + ' | '.join(' '.join(cell.split()).replace('|', '\\|') for cell in cells) + (
            ' |\n')

    return f'## {title}\n\n' + line(head) + '|---' * len(head) + '|\n' + ''.join(map(line, rows))

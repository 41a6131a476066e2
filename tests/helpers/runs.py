"""What runs leave: the numbers of their epochs, the results of their tests, their sets."""

import json

from tests.helpers.clips import noise
from util.report.tested import Tested
from util.text.transcripts import char_error, word_error
from util.training.report import Sample, write_json

HOSTILE = '<script>alert(1)</script> & "'  # as a transcript, and as a name


def write_metrics(folder, epochs=30):
    """Write the metrics of a run with falling loss, a restart and a truncated last line."""
    rows = []
    for epoch in range(epochs):
        rows.append({'epoch': epoch, 'step': epoch * 40, 'set': 'train', 'loss': 150 / (epoch + 1),
                     'learning_rate': 1e-3 * (1 - epoch / epochs), 'seconds': 3.0})
        if epoch % 3 == 2:
            rows.append({'epoch': epoch, 'step': epoch * 40, 'set': 'dev',
                         'loss': 170 / (epoch + 1) + 5, 'wer': 2 / (epoch + 2),
                         'cer': 1 / (epoch + 2)})
    rows.append({'epoch': epochs - 1, 'step': 40 * epochs, 'set': 'test', 'loss': 12.0,
                 'wer': 0.15, 'cer': 0.06})
    lines = [json.dumps(row) for row in rows]
    lines.insert(5, json.dumps({'epoch': 0, 'set': 'train', 'loss': 140.0}))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'metrics.jsonl').write_text('\n'.join(lines) + '\n{"epoch": 30, "se')


def utterance(said, heard, wav='a.wav', **more):
    """Return an utterance of a test."""
    return Tested(wav, said, heard, 1.5, *word_error(said, heard), *char_error(said, heard),
                  place=wav, **more)


# Recording -> seconds, speaker, what was said, understood alone, and with the language model.
CLIPS = {
    'c.wav': (1.0, 'ann', 'one two three', 'one two three', 'one two three'),
    'a.wav': (2.5, 'ann', 'four five', 'for five', 'four five'),
    'b.wav': (4.0, 'bob', 'six seven eight', 'six eight', 'six ate eight'),
    'd.wav': (0.5, 'bob', HOSTILE, '', HOSTILE.upper()),
}


def write_run(folder, flags='', clips=CLIPS):
    """Write what `bin/run-folder.sh` leaves but for a model; return the folder."""
    data = folder / 'data'
    write_metrics(folder / 'checkpoints', 6)
    for name, (secs, *_) in clips.items():
        noise(data / name, secs)
    cells = [(name, speaker, '"' + said.replace('"', '""') + '"')
             for name, (_, speaker, said, *_) in clips.items()]
    (data / 'recordings-test.csv').write_text('wav_filename,wav_filesize,speaker,transcript\n' + (
        ''.join(f'{name},9,{speaker},{said}\n' for name, speaker, said in cells)))
    for file, place in (('test-alone.json', 3), ('test.json', 4)):
        write_json(folder / file, [Sample.compare(str(data / name), clips[name][2],
                                                  clips[name][place], 3.25)
                                   for name in sorted(clips)])
    (folder / 'checkpoints' / 'flags.txt').write_text(
        f'# Sets\n--test_files={data}/recordings-test.csv\n--epoch=6\n{flags}')
    return folder

"""The command: the forms of 2017 and 0.9.3, every output, exit statuses."""

import csv
import io
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import wave

import numpy as np
import pytest

from tests.helpers.need import need_program, unsanitized

FIRST, SECOND = 'espeak_000.wav', 'espeak_001.wav'


def test_the_forms_of_2017_and_of_0_9_3_say_the_same(command, compat, expected):
    model, audio = compat / 'model256.pbmm', compat / 'audio' / FIRST
    old = command(model, audio)
    new = command('--model', model, '--audio', audio)
    equals = command(f'--model={model}', f'--audio={audio}', '--extended')
    for done in (old, new, equals):
        assert done.returncode == 0, done.stderr
        assert done.stdout == expected[FIRST] + '\n'
    for line in (rf'Loading model from file {re.escape(str(model))}',
                 r'Loaded model in \d+\.\d+s\.',
                 r'Inference took \d+\.\d+s for \d+\.\d{3}s audio file\.'):
        assert re.search(line, new.stderr), new.stderr


@pytest.mark.parametrize('model', ['model256.pbmm', 'model256.pb'])
def test_transcripts_of_0_9_3(command, compat, expected, model):
    done = command('--model', compat / model, '--audio', compat / 'audio', '--jobs', 2, '--lines')
    assert done.returncode == 0, done.stderr
    got = dict(line.split('\t') for line in done.stdout.splitlines())
    got = {path.rsplit('/', 1)[1]: text for path, text in got.items()}
    assert list(got) == sorted(expected)  # in the order of their names, whichever is ready first
    different = [name for name in got if got[name] != expected[name]]
    # int8 weights: a letter of these recordings of no trained voice may differ.
    assert len(different) <= 2, {name: (got[name], expected[name]) for name in different}


def test_seconds_of_the_processor(command, compat, expected):
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '-t')
    text, seconds = done.stdout.splitlines()
    assert text == expected[FIRST]
    assert re.fullmatch(r'cpu_time_overall=\d+\.\d{5}', seconds)
    assert 0 < float(seconds.split('=')[1]) < 100


def test_json_of_the_cpp_command(command, compat, expected):
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--json')
    got = json.loads(done.stdout)
    assert list(got) == ['metadata', 'words', 'alternatives']
    assert list(got['metadata']) == ['confidence']
    assert len(got['alternatives']) == 2  # three transcripts by default
    assert list(got['alternatives'][0]) == ['metadata', 'words']
    for word in got['words']:
        assert list(word) == ['word', 'time', 'duration']
    assert ' '.join(word['word'] for word in got['words']) == expected[FIRST]
    times = [word['time'] for word in got['words']]
    assert times == sorted(times) and times[-1] > 0.5


def test_json_of_the_python_command(command, compat, expected):
    arguments = ('--model', compat / 'model256.pbmm', '--audio', compat / 'audio' / FIRST, '--json',
                 '--candidate_transcripts', 2)
    got = json.loads(command(*arguments, '--json_style', 'python').stdout)
    assert list(got) == ['transcripts'] and len(got['transcripts']) == 2
    for transcript in got['transcripts']:
        assert list(transcript) == ['confidence', 'words']
        for word in transcript['words']:
            assert list(word) == ['word', 'start_time', 'duration']
    assert ' '.join(w['word'] for w in got['transcripts'][0]['words']) == expected[FIRST]
    confidence = [t['confidence'] for t in got['transcripts']]
    assert confidence[0] > confidence[1]


def test_times_of_0_9_3(command, compat):
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    case = next(c for c in cases if c['audio'] == FIRST and c['beam_width'] == 500)
    letters = case['metadata'][0]
    starts = [time for i, time in enumerate(letters['start_times'])
              if letters['text'][i] != ' ' and (i == 0 or letters['text'][i - 1] == ' ')]
    got = json.loads(command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--json').stdout)
    assert np.abs(np.subtract([w['time'] for w in got['words']], starts)).max() <= 0.0401


def test_the_console_script_has_its_own_json(ds, compat, expected, environment):
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', '--model',
                           compat / 'model256.pbmm', '--audio', compat / 'audio' / FIRST, '--json'],
                          capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    words = json.loads(done.stdout)['transcripts'][0]['words']
    assert ' '.join(word['word'] for word in words) == expected[FIRST]
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', '--modell', 'x'],
                          capture_output=True, text=True, env=environment)
    assert done.returncode == 2 and 'did you mean --model?' in done.stderr


def test_words_with_times_and_confidence(command, compat, expected):
    model, audio = compat / 'model256.pbmm', compat / 'audio' / FIRST
    full = json.loads(command(model, audio, '--json', '--json_style', 'full').stdout)
    best = full['transcripts'][0]
    assert best['text'] == expected[FIRST] and full['file'] == str(audio)
    rows = list(csv.DictReader(io.StringIO(command(model, audio, '--csv').stdout)))
    assert [row['word'] for row in rows] == expected[FIRST].split()
    for row, word in zip(rows, best['words'], strict=True):
        assert row['file'] == str(audio)
        assert abs(float(row['start']) - word['start']) < 0.01
        assert 0 <= word['start'] < word['end'] <= full['duration'] + 0.1
        assert 0 < word['confidence'] <= 1
    ends = [word['end'] for word in best['words']]
    assert ends == sorted(ends)


def test_subtitles(command, compat, expected):
    model, audio = compat / 'model256.pbmm', compat / 'audio' / FIRST
    srt = command(model, audio, '--srt').stdout
    cue = r'\d\d:\d\d:\d\d{0}\d{{3}} --> \d\d:\d\d:\d\d{0}\d{{3}}'
    assert re.match(r'1\n' + cue.format(',') + r'\n\w', srt)
    vtt = command(model, audio, '--vtt').stdout
    assert re.match(r'WEBVTT\n\n' + cue.format(r'\.') + r'\n\w', vtt)
    lines = [line for line in vtt.splitlines()[2:] if line and '-->' not in line]
    assert ' '.join(lines) == expected[FIRST]
    assert max(map(len, lines)) <= 64


def test_several_recordings(command, compat, expected, tmp_path):
    model = compat / 'model256.pbmm'
    paths = [compat / 'audio' / name for name in (SECOND, FIRST)]
    done = command(model, *paths)
    assert done.stdout == ''.join(f'{path}\t{expected[path.name]}\n' for path in paths)
    assert '[2/2]' in done.stderr
    lines = command(model, *paths, '--json').stdout.splitlines()
    assert [json.loads(line)['file'] for line in lines] == [str(path) for path in paths]

    done = command(model, *paths, '--srt')
    assert done.returncode == 2 and '--output_dir' in done.stderr
    done = command(model, *paths, '--srt', '--output_dir', tmp_path / 'new')
    assert done.returncode == 0 and done.stdout == ''
    names = sorted(p.name for p in (tmp_path / 'new').iterdir())
    assert names == ['espeak_000.srt', 'espeak_001.srt']


def test_one_bad_file_among_good_ones(command, compat, expected, tmp_path):
    (tmp_path / 'bad.wav').write_text('no audio')
    shutil.copy(compat / 'audio' / FIRST, tmp_path / 'good.wav')
    (tmp_path / 'notes.txt').write_text('not looked at')
    done = command(compat / 'model256.pbmm', tmp_path)
    assert done.returncode == 1
    assert done.stdout == (f'Running on directory {tmp_path}\n> {tmp_path}/good.wav\n'
                           f'{expected[FIRST]}\n')
    assert 'bad.wav: has only 8 bytes' in done.stderr
    assert done.stderr.count('notes.txt') == 1


@pytest.mark.parametrize('count', [0, 1, 3])
def test_what_a_folder_holds_besides_recordings_is_counted(command, compat, tmp_path, count):
    shutil.copy(compat / 'audio' / FIRST, tmp_path / 'a.wav')
    for name in ['.hidden', *('notes.txt', 'letter.pdf', 'wav')[:count]]:
        (tmp_path / name).write_text('no recording')
    (tmp_path / 'folder').mkdir()
    done = command(compat / 'model256.pbmm', tmp_path)
    assert done.returncode == 0
    said = [line for line in done.stderr.splitlines() if 'passed over' in line]
    first = 'notes.txt' if count == 1 else 'letter.pdf'
    assert said == ([f'{tmp_path}: passed over {count} file{"s"[:count > 1]}, whose names are not '
                     f'those of recordings, such as {first}'] if count else [])


@pytest.mark.parametrize(('place', 'reason'), [
    ('taken', 'Not a directory'), ('taken/below', 'Not a directory'),
    ('dangling', 'Not a directory'), ('/proc/new', 'No such file'), ('x' * 300, 'File name too')])
def test_no_folder_for_the_output_is_one_line(command, compat, tmp_path, place, reason):
    """Before the model is loaded."""
    (tmp_path / 'taken').write_text('a file')
    (tmp_path / 'dangling').symlink_to('nowhere/at/all')
    done = command(compat / 'model256.pbmm', compat / 'audio' / FIRST, '--output_dir',
                   tmp_path / place)
    assert done.returncode == 1 and done.stdout == ''
    assert re.fullmatch(r"deepspeech: --output_dir '.*': " + reason + r'.*: expected a folder that '
                        r'can be written, or a name for a new one\n', done.stderr, re.DOTALL)


NO_THREADS = '''#include <errno.h>
int pthread_create(void* thread, void* how, void* (*work)(void*), void* with) {
  (void)thread, (void)how, (void)work, (void)with;
  return EAGAIN;
}
'''


@unsanitized
def test_jobs_for_which_there_are_no_threads(command, compat, expected, tmp_path):
    """As where a container or `ulimit -u` allows no more."""
    shim = tmp_path / 'shim.so'
    subprocess.run(['cc', '-shared', '-fPIC', '-x', 'c', '-', '-o', shim], input=NO_THREADS,
                   text=True, check=True)
    paths = [compat / 'audio' / name for name in (FIRST, SECOND)]
    done = command(compat / 'model256.pbmm', *paths, '--jobs', 2,
                   env={**os.environ, 'LD_PRELOAD': str(shim)})
    assert done.returncode == 0, done.stderr
    assert done.stdout == ''.join(f'{path}\t{expected[path.name]}\n' for path in paths)


def test_standard_input_is_a_stream(command, compat, expected):
    model, audio = compat / 'model256.pbmm', compat / 'audio' / FIRST
    with wave.open(str(audio)) as f:
        samples = f.readframes(f.getnframes())
    raw = command('--model', model, '--audio', '-', input=samples, text=False)
    assert raw.stdout.decode() == expected[FIRST] + '\n'
    # The text grows meanwhile.
    assert expected[FIRST].split()[0] in raw.stderr.decode()
    assert any(line and expected[FIRST].startswith(line) and line != expected[FIRST]
               for line in raw.stderr.decode().splitlines())
    whole = command(model, '-', input=audio.read_bytes(), text=False)
    assert whole.stdout == raw.stdout
    silent = command(model, '-', input=b'', text=False)
    assert silent.returncode == 1 and silent.stdout == b''
    assert silent.stderr.endswith(b'deepspeech: -: contains no samples\n')


def test_joined_recordings_on_standard_input_are_all_heard(command, compat, tmp_path):
    """As from a file, whatever lies between; sizes of blocks do not matter."""
    one, two = ((compat / 'audio' / name).read_bytes() for name in (FIRST, SECOND))
    for between in (b'', b'R', bytes(65536 - 11), bytes(70000)):
        path = tmp_path / 'joined.wav'
        path.write_bytes(one + between + two + b'rubbish')
        file = command(compat / 'model256.pbmm', path)
        pipe = command(compat / 'model256.pbmm', '-', input=path.read_bytes(), text=False)
        seconds = sum(len(data) - 44 for data in (one, two)) / 32000
        for said in (file.stderr, pipe.stderr.decode()):
            assert 'holds several recordings in a row: read them all' in said
            assert f'for {seconds:.3f}s audio file' in said
        assert pipe.stdout.decode() == file.stdout != ''


def test_a_long_recording_shows_how_far_it_is(build, compat, tmp_path):
    """On a terminal, after two seconds: one line that is rewritten, and gone in the end."""
    import pty

    with wave.open(str(compat / 'audio' / FIRST)) as f:
        speech = f.readframes(f.getnframes())
    with wave.open(str(tmp_path / 'long.wav'), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes((speech * 60)[:60 * 32000])
    recording = (tmp_path / 'long.wav').read_bytes()
    os.mkfifo(tmp_path / 'slow.wav')
    terminal, its_end = pty.openpty()
    with subprocess.Popen([build.parent / 'bin' / 'deepspeech', compat / 'model256.pbmm',
                           tmp_path / 'slow.wav'], stdout=subprocess.PIPE,
                          stderr=its_end) as process:
        os.close(its_end)
        with open(tmp_path / 'slow.wav', 'wb') as slow:
            slow.write(recording[:30 * 32000])
            slow.flush()
            time.sleep(3.1)
            slow.write(recording[30 * 32000:])
        said = b''
        while True:
            try:
                said += os.read(terminal, 4096)
            except OSError:  # nobody writes to it any more
                break
        text = process.stdout.read().decode()
    os.close(terminal)
    assert process.returncode == 0 and '%' not in text and text.count('\n') == 1
    shown = re.findall(r'\r\x1b\[K *(\d+) % of 60s, \d+s to go', said.decode())
    assert [int(percent) for percent in shown] == sorted(map(int, shown))
    assert 20 < len(shown) <= 32 and shown[-1] == '100'
    assert b'\r\x1b[KInference took' in said


def test_ctrl_c_ends_the_recording_and_prints_its_text(build, compat, expected):
    with wave.open(str(compat / 'audio' / FIRST)) as f:
        samples = f.readframes(f.getnframes())
    with subprocess.Popen([build.parent / 'bin' / 'deepspeech', compat / 'model256.pbmm', '-'],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdin.write(samples)
        process.stdin.flush()
        for line in process.stderr:  # the last word shows: all was read, and more is waited for
            if expected[FIRST].split()[-1][:-1].encode() in line:
                break
        process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert text.decode() == expected[FIRST] + '\n'


def test_stream_prints_the_text_as_it_grows(command, compat, expected):
    for option in ('--stream', '--extended_stream'):
        done = command('--model', compat / 'model256.pbmm', '--audio', compat / 'audio' / FIRST,
                       option, 4320)
        lines = done.stdout.splitlines()
        assert len(lines) > 2 and lines[-1] == expected[FIRST]
        assert len(lines[0]) < len(lines[-2])


def test_resampling_is_said(command, compat, shared_data):
    path = f'{shared_data}/ldc93s1/LDC93S1_pcms16le_1_8000.wav'
    done = command(compat / 'model256.pbmm', path)
    assert done.returncode == 0 and 'erratic speech recognition' in done.stderr
    path = f'{shared_data}/ldc93s1/LDC93S1_pcms16le_2_44100.wav'
    done = command(compat / 'model256.pbmm', path)
    assert 'resampled from 44100' in done.stderr and 'erratic' not in done.stderr


def test_scorer_and_hot_words(command, compat, shared_data):
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    arguments = ['--model', compat / 'model256.pbmm', '--scorer', scorer, '--beam_width', 100,
                 '--lm_alpha', 0.75, '--lm_beta', 1.85]
    names = [FIRST, SECOND, 'espeak_002.wav', 'espeak_010.wav']
    paths = [compat / 'audio' / name for name in names]
    for config, more in (('scorer alpha 0.75 beta 1.85', []),
                         ('scorer alpha 0.75 beta 1.85, hot words friend 7.5 enemy -3',
                          ['--hot_words', 'friend:7.5,enemy:-3'])):
        told = {c['audio']: c['stt'] for c in cases if c['config'] == config}
        done = command(*arguments, *more, *paths)
        assert done.returncode == 0, done.stderr
        got = [line.split('\t')[1] for line in done.stdout.splitlines()]
        assert sum(text == told[name] for text, name in zip(got, names, strict=True)) >= 3
    assert 'Loaded scorer in' in done.stderr


@pytest.mark.parametrize('arguments, says', [
    ([], 'Missing model information'),
    (['model.pb'], 'nothing to transcribe'),
    (['m', 'a', '--beam_with', '5'], 'did you mean --beam_width?'),
    (['m', 'a', '--foo'], 'no option --foo\n'),
    (['m', 'a', '--beam_width', 'x'], "--beam_width is 'x'"),
    (['m', 'a', '--beam_width', '0'], "--beam_width is '0'"),
    (['m', 'a', '--beam_width'], 'needs a value'),
    (['m', 'a', '-t=1'], 'no option -t=1'),
    (['m', 'a', '--json=1'], 'takes no value'),
    (['m', 'a', '--hot_words', 'friend'], 'WORD:BOOST'),
    (['m', 'a', '--lm_alpha', '1'], 'need each other'),
    (['m', 'a', '--json', '--srt'], 'more than one of'),
    (['m', 'a', '--json_style', 'xml'], 'expected cpp, python or full'),
    (['m', '-', '-'], 'only once'),
    (['m', 'a', '-b'], '-b needs a value'),
    (['m', 'a', '-bx'], "--beam_width is 'x'"),
    (['m', 'a', '-tx'], 'no option -tx'),
    (['m', 'a', '--s', 'x'], '--s may stand for --scorer, --srt, --segment, --segment_pause, '
     '--segment_longest, --stream: write more of it'),
    (['m', 'a', '--ext'], '--ext may stand for --extended, --extended_stream'),
    (['m', 'a', '--beam', 'x'], "--beam_width is 'x'"),
    (['m', 'a', '--stream', '100'], "--stream is '100': expected a multiple of 160, for example "
                                    '160'),
    (['m', 'a', '-s', '4321'], 'expected a multiple of 160, for example 4480'),
    (['m', 'a', '--extended_stream', '-160'], "--extended_stream is '-160'"),
])
def test_wrong_usage_ends_with_2(command, arguments, says):
    done = command(*arguments)
    assert done.returncode == 2 and done.stdout == ''
    assert says in done.stderr and done.stderr.endswith("Try 'deepspeech --help'.\n")


OLD_OPTIONS = {'model': 'm', 'scorer': 'l', 'audio': 'a', 'beam_width': 'b', 'lm_alpha': 'c',
               'lm_beta': 'd', 't': 't', 'extended': 'e', 'json': 'j', 'stream': 's',
               'hot_words': 'w', 'version': 'v', 'help': 'h', 'candidate_transcripts': None,
               'extended_stream': None}
VALUES = {'model': '{model}', 'audio': '{audio}', 'scorer': '{scorer}', 'beam_width': '20',
          'lm_alpha': '0.5', 'lm_beta': '1', 'stream': '1600', 'hot_words': 'friend:1',
          'candidate_transcripts': '2', 'extended_stream': '1600'}


@pytest.mark.parametrize('name', OLD_OPTIONS)
def test_every_short_form_and_beginning_of_0_9_3(command, compat, shared_data, name):
    """As getopt_long took them: -b 20, -b20, and beginnings that no other option of theirs has."""
    places = {'model': compat / 'model256.pbmm', 'audio': compat / 'audio' / FIRST,
              'scorer': f'{shared_data}/deepspeech/pruned_lm.scorer'}
    value = VALUES.get(name, '').format(**places)
    given = {key: ('--' + key, VALUES[key].format(**places)) for key in ('model', 'audio')}
    if name.startswith('lm_'):
        given['scorer'] = ('--scorer', places['scorer'])
        other = 'lm_beta' if name == 'lm_alpha' else 'lm_alpha'
        given[other] = ('--' + other, VALUES[other])
    given.pop(name, None)

    def said(*form):
        done = command(*(word for pair in given.values() for word in pair), *form)
        assert done.returncode == 0, (form, done.stderr)
        return re.sub(r'=[\d.]+', '', done.stdout)

    expected = said('--' + name, *filter(None, [value]))
    forms = [('--' + name[:n], *filter(None, [value])) for n in range(1, len(name))
             if not any(other != name and other.startswith(name[:n]) for other in OLD_OPTIONS)]
    if value:
        forms += [(f'{form[0]}={value}',) for form in forms[:1]]
    if letter := OLD_OPTIONS[name]:
        forms += [(f'-{letter}', value), (f'-{letter}{value}',)] if value else [(f'-{letter}',)]
    assert forms
    for form in forms:
        assert said(*form) == expected, form


def test_short_options_in_one_word(command, compat, expected):
    done = command('-tea', compat / 'audio' / FIRST, '-m', compat / 'model256.pbmm')
    assert done.returncode == 0 and done.stdout.startswith(expected[FIRST] + '\ncpu_time_overall=')


@pytest.fixture
def folder(compat, tmp_path):
    """Two recordings and a file that is none."""
    for name in (SECOND, FIRST):
        shutil.copy(compat / 'audio' / name, tmp_path)
    (tmp_path / 'notes.txt').write_text('not looked at')
    return tmp_path


def test_a_folder_is_printed_as_0_9_3_did(command, compat, expected, folder):
    model = compat / 'model256.pbmm'
    done = command(model, folder, '--jobs', 2)
    assert done.returncode == 0 and done.stdout == f'Running on directory {folder}\n' + ''.join(
        f'> {folder}/{name}\n{expected[name]}\n' for name in (FIRST, SECOND))
    timed = command(model, folder, '-t').stdout
    assert re.sub(r'cpu_time_overall=\d+\.\d{5}\n', '', timed) == done.stdout
    assert timed.count('cpu_time_overall=') == 2
    grown = command(model, folder, '-s', 4320).stdout
    for name in (FIRST, SECOND):  # the name, then the text as it grows
        assert re.search(rf'> {folder}/{name}\n(?!>).*\n(?!>).*\n', grown)

    head, *parts = re.split(r'^> (.*)\n', command(model, folder, '--json').stdout, flags=re.M)
    assert head == f'Running on directory {folder}\n'
    assert parts[::2] == [f'{folder}/{name}' for name in (FIRST, SECOND)]
    for name, part in zip((FIRST, SECOND), parts[1::2], strict=True):
        got = json.loads(part)
        assert list(got) == ['metadata', 'words', 'alternatives']
        assert ' '.join(word['word'] for word in got['words']) == expected[name]


@pytest.mark.parametrize('options', [
    ('--lines',), ('--lines', '--json'), ('--csv',), ('--json', '--json_style', 'python'),
    ('--json', '--json_style', 'full')])
def test_our_own_forms_of_a_folder(command, compat, folder, options):
    paths = [folder / name for name in (FIRST, SECOND)]
    alone = command(compat / 'model256.pbmm', *paths, *options).stdout
    assert alone and command(compat / 'model256.pbmm', folder, *options).stdout == alone


def test_confidences_have_the_digits_of_0_9_3(command, compat):
    """Six significant ones, as C++ streams print."""
    arguments = (compat / 'model256.pbmm', compat / 'audio' / FIRST, '--json')
    theirs = re.findall(r'"confidence": ([^,}]+)', command(*arguments).stdout)
    ours = json.loads(command(*arguments, '--json_style', 'full').stdout)['transcripts']
    assert theirs == [f'{float(confidence):.6g}' for confidence in theirs]
    assert max(len(re.sub(r'^-?0\.0*|\D', '', confidence)) for confidence in theirs) == 6
    assert [float(c) for c in theirs] == pytest.approx([t['confidence'] for t in ours], abs=1e-5)


def test_failures_end_with_1(command, compat, tmp_path):
    audio = compat / 'audio' / FIRST
    done = command('--model', '', '--audio', audio)
    assert done.returncode == 1 and 'Missing model information' in done.stderr
    done = command('--model', tmp_path / 'none.pbmm', '--audio', audio)
    assert done.returncode == 1 and 'none.pbmm' in done.stderr and '(0x' in done.stderr
    done = command('--model', compat / 'model256.pbmm', '--audio', tmp_path)
    assert done.returncode == 1 and 'no recording in this folder' in done.stderr
    done = command('--model', compat / 'model256.pbmm', '--audio', audio, '--scorer', audio)
    assert done.returncode == 1 and '(0x200' in done.stderr
    for text in (done.stdout, command('--model', 'x', '--audio', tmp_path / 'x.wav').stdout):
        assert text == ''


def test_a_standard_output_that_takes_nothing_is_a_failure(command, compat, ds, environment):
    model, audio = compat / 'model256.pbmm', compat / 'audio'
    python = [sys.executable, '-m', 'deepspeech.client']
    for program, *arguments in ((command, model, audio / FIRST), (command, '--help'),
                                (command, model, audio, '--json', '--jobs', 2),
                                (python, model, audio / FIRST, '--srt')):
        with open('/dev/full', 'wb') as full:
            if program is python:
                done = subprocess.run([*python, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      text=True, env=environment)
            else:
                done = program(*arguments, to=full)
        assert done.returncode == 1
        assert done.stderr.endswith('deepspeech: standard output: No space left on device\n')


def test_a_reader_that_leaves_ends_the_console_script(ds, compat, environment):
    with subprocess.Popen([sys.executable, '-m', 'deepspeech.client', compat / 'model256.pbmm',
                           compat / 'audio', '--json'], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == -signal.SIGPIPE and b'deepspeech: ' not in told


def test_in_a_folder_only_files_are_looked_at(command, compat, expected, tmp_path):
    os.mkfifo(tmp_path / 'pipe.wav')  # nobody will ever write to it
    (tmp_path / 'folder.wav').mkdir()
    (tmp_path / 'link.wav').symlink_to(compat / 'audio' / FIRST)
    done = command(compat / 'model256.pbmm', tmp_path, '--lines')
    assert done.returncode == 0 and done.stdout == expected[FIRST] + '\n'
    (tmp_path / 'broken.wav').symlink_to('nowhere')
    done = command(compat / 'model256.pbmm', tmp_path, '--lines')
    assert done.returncode == 1 and 'broken.wav: No such file' in done.stderr
    assert done.stdout == f'{tmp_path}/link.wav\t{expected[FIRST]}\n'


def test_json_of_a_file_whose_name_is_no_text(command, compat, tmp_path):
    names = [os.fsencode(tmp_path) + b'/\xff \n"\xc3\xa9.wav', os.fsencode(tmp_path) + b'/b.wav']
    for name in names:
        shutil.copy(compat / 'audio' / FIRST, name)
    for style in ('cpp', 'python', 'full'):
        done = command(compat / 'model256.pbmm', tmp_path, '--json', '--json_style', style,
                       '--lines', text=False)
        files = [json.loads(line)['file'] for line in done.stdout.splitlines()]
        assert files == [f'{tmp_path}/b.wav', f'{tmp_path}/\ufffd \n"\u00e9.wav']


@pytest.mark.parametrize('form', ['--json', '--csv', '--srt'])
def test_text_so_far_does_not_mix_with_other_formats(command, compat, form):
    arguments = (compat / 'model256.pbmm', compat / 'audio' / FIRST, form)
    plain, streamed = command(*arguments), command(*arguments, '--stream', 4320)
    assert streamed.returncode == 0 and streamed.stdout == plain.stdout
    assert len(streamed.stderr.splitlines()) > len(plain.stderr.splitlines()) + 2


def test_help_and_version(command, ds, environment):
    done = command('--help')
    assert done.returncode == 0 and done.stderr == ''
    for option in ('model', 'audio', 'scorer', 'beam_width', 'lm_alpha', 'lm_beta', 'extended',
                   'json', 'candidate_transcripts', 'stream', 'extended_stream', 'hot_words',
                   'version', 'help', 'jobs', 'srt', 'vtt', 'csv', 'json_style'):
        assert f'--{option}' in done.stdout
    version = (pathlib.Path(__file__).parents[2] / 'VERSION').read_text().strip()
    assert command('--version').stdout == f'DeepSpeech {version}\n'
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', '--version'],
                          capture_output=True, text=True, env=environment)
    assert done.stdout == f'DeepSpeech  {version}\n'  # what Python's print made of it in 0.9.3


def test_hostile_recordings_give_text_or_one_line(command, compat, shared_data):
    done = command(compat / 'model256.pbmm', f'{shared_data}/hostile', '--jobs', 2, '--lines')
    assert done.returncode == 1
    refused = [line for line in done.stderr.splitlines() if line.startswith('deepspeech: ')]
    assert len(refused) == 10  # with no_samples.wav
    assert len(done.stdout.splitlines()) > 30


def coded(folder, source) -> dict[str, bytes]:
    """Return a recording in formats that are not samples, by name."""
    need_program('ffmpeg')
    made = {}
    for name, options in {'a.flac': [], 'a.mp3': [], 'a.ogg': ['-c:a', 'libvorbis'], 'a.opus': [],
                          'a.aiff': [], 'a.au': [], 'a.caf': [], 'a.w64': [], 'a.m4a': [],
                          'a.aac': [], 'a.webm': [], 'adpcm.wav': ['-c:a', 'adpcm_ms'],
                          'float.wav': ['-c:a', 'pcm_f32le']}.items():
        subprocess.run(['ffmpeg', '-v', 'error', '-i', source, *options, folder / name], check=True)
        made[name] = (folder / name).read_bytes()
    return made


def test_what_is_not_samples_is_heard_from_standard_input_and_pipes(command, compat, tmp_path):
    model = compat / 'model256.pbmm'
    for name, data in coded(tmp_path, compat / 'audio' / FIRST).items():
        named = command(model, tmp_path / name)
        assert named.returncode == 0 and len(named.stdout) > 10, named.stderr
        piped = command(model, '-', input=data, text=False)
        assert piped.stdout.decode() == named.stdout, name
        with open(tmp_path / name, 'rb') as redirected:
            assert command(model, '-', stdin=redirected).stdout == named.stdout, name
        fifo = tmp_path / 'fifo'
        os.mkfifo(fifo)
        with subprocess.Popen(['cp', tmp_path / name, fifo]):
            assert command(model, fifo).stdout == named.stdout, name
        fifo.unlink()


@pytest.mark.parametrize('data, says', [
    (b'<!DOCTYPE html><html>404</html>', 'is an HTML page, not audio'),
    (b'PK\3\4' + bytes(100), 'is a ZIP archive, not audio'),
    (b'\x1f\x8b\x08\x00' + bytes(100), 'is a gzip archive, not audio'),
    (b'OggS' + bytes(100), 'is an Ogg file that cannot be decoded'),
    (b'fLaC' + bytes(100), 'is a FLAC file that cannot be decoded'),
    (b'\0\0\0\x20ftypM4A ' + bytes(100), 'is an MP4 (M4A) file that cannot be decoded'),
    (b'RIFF\x24\0\0\0WAVE', 'ends within its header')])
def test_standard_input_that_is_no_recording_is_one_line(command, compat, data, says):
    done = command(compat / 'model256.pbmm', '-', input=data, text=False)
    last = done.stderr.decode().splitlines()[-1]
    assert done.returncode == 1 and done.stdout == b'' and f'deepspeech: -: {says}' in last


def test_names_are_names_on_the_way_to_ffmpeg(command, compat, tmp_path):
    coded(tmp_path, compat / 'audio' / FIRST)
    text = command(compat / 'model256.pbmm', tmp_path / 'a.m4a').stdout
    for name in ('-i.m4a', '$(touch x).m4a', '`touch x`.m4a', 'a\nb.m4a', 'http:a.m4a', '%d.m4a',
                 'concat:a|b.m4a', '"\'; touch x;.m4a', '-'):
        shutil.copy(tmp_path / 'a.m4a', tmp_path / name)
        done = command(compat / 'model256.pbmm', '--', f'./{name}' if name == '-' else name,
                       cwd=tmp_path)
        assert done.returncode == 0 and done.stdout == text, (name, done.stderr)
        os.remove(tmp_path / name)
    assert not (tmp_path / 'x').exists()


def test_without_ffmpeg_the_line_names_it(command, compat, tmp_path):
    coded(tmp_path, compat / 'audio' / FIRST)
    done = command(compat / 'model256.pbmm', tmp_path / 'a.m4a', env={**os.environ, 'PATH': ''})
    assert done.returncode == 1 and 'needs the program ffmpeg: apt install' in done.stderr


def test_a_folder_has_recordings_of_every_kind(command, compat, tmp_path):
    made = coded(tmp_path, compat / 'audio' / FIRST)
    shutil.copy(tmp_path / 'a.aiff', tmp_path / 'b.AIFC')
    shutil.copy(tmp_path / 'adpcm.wav', tmp_path / 'c.wave')
    (tmp_path / 'notes.txt').write_text('no recording')
    done = command(compat / 'model256.pbmm', tmp_path)
    assert done.returncode == 0, done.stderr
    heard = re.findall(r'Inference took', done.stderr)
    assert len(heard) == len(made) + 2


@pytest.mark.parametrize('closed', [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_closed_streams_get_no_message_into_a_file(build, compat, tmp_path, closed):
    """A file that is opened next would get the number of a closed stream."""
    program = build.parent / 'bin/deepspeech'
    source = compat / 'audio' / FIRST
    closing = ' '.join(f'{number}>&-' if number else '0<&-' for number in closed)
    line = f'exec "$@" {closing}'
    done = subprocess.run(['sh', '-c', line, 'sh', program, compat / 'model256.pbmm', source,
                           '--output_dir', tmp_path], capture_output=True, timeout=100)
    text = (tmp_path / f'{source.stem}.txt').read_text()
    assert text == 'Loading' or (text.count('\n') == 1 and 'Load' not in text)
    assert done.returncode == 0, done.stderr  # nothing had to be printed
    done = subprocess.run(['sh', '-c', line, 'sh', program, compat / 'model256.pbmm', source],
                          capture_output=True, timeout=100)
    assert done.returncode == (1 if 1 in closed else 0), done.stderr
    if 1 in closed and 2 not in closed:
        assert b'standard output: Bad file descriptor' in done.stderr


def test_any_number_of_jobs(command, compat, expected, tmp_path):
    for i in range(40):
        (tmp_path / f'{i:02}.wav').symlink_to(compat / 'audio' / FIRST)
    done = command(compat / 'model256.pbmm', tmp_path, '--lines', '--jobs', 1000000000, '--json')
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 40
    assert re.search(r'--jobs 1000000000 is more than this machine can use: \d+ at a time',
                     done.stderr)


@unsanitized
@pytest.mark.parametrize('jobs', [1, 4])
def test_a_lack_of_memory_is_a_line_and_a_status(command, compat, tmp_path, jobs):
    """At every limit, from too little to load the model to enough for all."""
    for i in range(4):
        (tmp_path / f'{i}.wav').symlink_to(compat / 'audio' / FIRST)
    statuses = []
    for megabytes in range(6, 120, 3):
        def limit(size=megabytes << 20):
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        done = command(compat / 'model256.pbmm', tmp_path, '--jobs', jobs, preexec_fn=limit)
        statuses.append(done.returncode)  # 127: not even the program could be loaded
        assert done.returncode in (0, 1, 127), (megabytes, done.returncode, done.stderr)
        assert 'terminate' not in done.stderr, (megabytes, done.stderr)
    assert {0, 1} <= set(statuses)


@unsanitized
def test_hardly_any_memory_is_a_line_and_a_status(command):
    """Page by page from where not even the libraries fit to where all is well."""
    statuses = []
    for kilobytes in range(4096, 8192, 16):
        def limit(size=kilobytes << 10):
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        done = command('--version', preexec_fn=limit)
        statuses.append(done.returncode)
        assert done.returncode in (0, 1, 127), (kilobytes, done.returncode, done.stderr)
        assert done.stderr.count('\n') == (done.returncode != 0), (kilobytes, done.stderr)
    assert {0, 127} <= set(statuses)


ONE_ALLOCATION_FAILS = '''#include <errno.h>
#include <stdlib.h>
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
static long calls = 0, failing = 0;
static int fails(void) {
  if (failing == 0) failing = atol(getenv("FAIL_AT"));
  if (++calls != failing) return 0;
  errno = ENOMEM;
  return 1;
}
void* malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
'''


@unsanitized
def test_any_one_allocation_may_fail(build, compat, expected, tmp_path):
    """From those before `main` on: a line that says so, and a status; or all is well."""
    shim = tmp_path / 'shim.so'
    subprocess.run(['cc', '-shared', '-fPIC', '-x', 'c', '-', '-o', shim], text=True, check=True,
                   input=ONE_ALLOCATION_FAILS)
    model, clip = compat / 'model256.pbmm', compat / 'audio' / FIRST
    lines = set()
    for program, arguments, numbers in (
            ('deepspeech', [model, clip], [*range(1, 80), *range(80, 1400, 19)]),
            ('deepspeech', ['--version'], range(1, 12)),
            ('deepspeech-convert', [model, tmp_path / 'packed.pbmm'], range(1, 40))):
        for number in numbers:
            done = subprocess.run([build.parent / 'bin' / program, *arguments], text=True,
                                  capture_output=True, timeout=100,
                                  env={**os.environ, 'LD_PRELOAD': str(shim),
                                       'FAIL_AT': str(number)})
            case = (program, number, done.stderr)
            if done.returncode == 0:
                assert arguments[-1] != clip or done.stdout == expected[FIRST] + '\n', case
                continue
            assert done.returncode == 1 and done.stdout == '', case
            last = done.stderr.splitlines()[-1]
            assert last.startswith(program + ': '), case
            assert 'memory' in last and 'fed this was' not in last, case
            lines.add(last)
    assert 'deepspeech: not enough memory' in lines
    assert f'deepspeech: {clip}: Running the model failed. out of memory (0x3003)' in lines


def test_ten_thousand_looped_and_endless_things(command, compat, golden, tmp_path):
    """Of many files each is heard, or refused in one line; nothing is waited for."""
    for i in range(1000):
        (tmp_path / f'{i:04}.wav').symlink_to(f'{compat.parent}/hostile/short_32ms.wav')
    (tmp_path / 'loop.wav').symlink_to('loop.wav')
    (tmp_path / 'endless.wav').symlink_to('/dev/zero')
    done = command(golden / 'forward.pbmm', tmp_path, '/dev/zero', '/dev/null', '--jobs', 3)
    assert done.returncode == 1 and done.stderr.count('Inference took') == 1000
    refused = [line for line in done.stderr.splitlines() if line.startswith('deepspeech: ')]
    assert len(refused) == 3 and 'loop.wav: Too many levels' in ''.join(refused)
    assert '/dev/zero: does not begin like audio' in ''.join(refused)


def test_libraries_say_nothing_of_damaged_recordings(command, compat, tmp_path):
    """Bits that are wrong within a frame make libmpg123 complain on standard error."""
    need_program('ffmpeg')
    subprocess.run(['ffmpeg', '-v', 'error', '-i', compat / 'audio' / FIRST, '-ar', '44100', '-ac',
                    '2', tmp_path / 'a.mp3'], check=True)
    data = bytearray((tmp_path / 'a.mp3').read_bytes())
    for at in range(3000, len(data) - 500, 700):
        data[at:at + 90] = bytes(90)
    (tmp_path / 'a.mp3').write_bytes(data)
    done = command(compat / 'model256.pbmm', tmp_path / 'a.mp3')
    assert done.returncode == 0 and 'mpg123' not in done.stderr

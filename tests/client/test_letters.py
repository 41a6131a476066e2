"""Characters are whole: what a model with bytes output says, and how subtitles count letters."""

import json
import random
import re
import subprocess
import sys
import unicodedata

import pytest

from tests.helpers import told
from util.text.alphabet import Alphabet

BYTES = Alphabet.bytes_output()
SAID = '你好 привет naïve 😀 ok'
BROKEN = [b'\xd0', b'a\xd0b', b'\xe4\xbd', b'\xe4\xbd a', b'\x80\xbfa', b'\xed\xa0\x80',
          b'\xc0\xaf', b'\xf0\x9f\x98', b'\xf4\x90\x80\x80', b'\xff\xfe',
          b'\xe4\xbd\xe4\xbd\xa0']
RUSSIAN = ('в чащах юга жил бы цитрус да но фальшивый экземпляр и ещё одно предложение которое '
           'длиннее шестидесяти четырёх букв')


def cues(srt: str) -> list[tuple[float, float, str]]:
    """Return start, end in seconds and text of each subtitle."""
    clock = r'(\d\d):(\d\d):(\d\d,\d{3})'
    found = []
    for block in srt.strip().split('\n\n'):
        times = re.search(f'^{clock} --> {clock}\n(.*)$', block, flags=re.M)
        hours, minutes, seconds, to_hours, to_minutes, to_seconds, text = times.groups()
        found.append((3600 * int(hours) + 60 * int(minutes) + float(seconds.replace(',', '.')),
                      3600 * int(to_hours) + 60 * int(to_minutes)
                      + float(to_seconds.replace(',', '.')), text))
    return found


@pytest.fixture(scope='module')
def spoken(tmp_path_factory):
    """Return a function that makes a network and the recording that it transcribes."""
    def make(text: str | bytes, alphabet: Alphabet = BYTES, every: int = 3, seconds: float = 0.0,
             gaps: dict[int, int] | None = None):
        raw = text.decode('latin-1') if isinstance(text, bytes) else None
        labels = [ord(c) - 1 for c in raw] if raw is not None else alphabet.encode(text)
        said, at = {}, 5
        for i, label in enumerate(labels):
            at += (gaps or {}).get(i, 0)
            said[at] = label
            at += every
        return told.write(tmp_path_factory.mktemp('told'), alphabet, said,
                          seconds or (at + 40) / 50)
    return make


@pytest.fixture(scope='module')
def speech(spoken):
    return spoken(SAID)


def test_text_tokens_and_words(ds, speech):
    model, audio = ds.Model(str(speech[0]), fp32=True), ds.read_audio(str(speech[1]))
    assert model.stt(audio) == SAID
    best = model.sttWithMetadata(audio).transcripts[0]
    assert [token.text for token in best.tokens] == list(SAID)
    assert [word.text for word in best.words] == SAID.split()
    # A character is heard when its first byte is.
    at, steps = 5, []
    for character in SAID:
        steps.append(at)
        at += 3 * len(character.encode())
    heard = [token.timestep for token in best.tokens]
    assert max(abs(a - b) for a, b in zip(heard, steps, strict=True)) <= 2
    for word, piece in zip(best.words, SAID.split(), strict=True):
        first = len(SAID[:SAID.index(piece)].encode())
        assert word.start_time == pytest.approx(0.02 * (5 + 3 * first), abs=0.0401)
        assert word.end_time >= word.start_time + 0.06 * (len(piece.encode()) - 2)


def test_every_form_of_the_command(command, speech):
    def run(*options):
        done = command('--fp32', *speech, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run() == SAID + '\n'
    assert run('--stream', 1600).splitlines()[-1] == SAID
    for style in ('cpp', 'python', 'full'):
        got = json.loads(run('--json', '--json_style', style, '--candidate_transcripts', 1))
        best = got if style == 'cpp' else got['transcripts'][0]
        assert [word['word'] for word in best['words']] == SAID.split(), style
        assert best.get('text', SAID) == SAID
    assert [row.rsplit(',', 1)[1] for row in run('--csv').splitlines()[1:]] == SAID.split()
    assert ' '.join(text for _, _, text in cues(run('--srt'))) == SAID


@pytest.mark.parametrize('said', BROKEN)
def test_what_is_no_character_is_replaced_as_in_python(command, ds, spoken, said):
    speech = spoken(said)
    expected = said.decode('utf-8', 'replace')
    model, audio = ds.Model(str(speech[0]), fp32=True), ds.read_audio(str(speech[1]))
    best = model.sttWithMetadata(audio).transcripts[0]
    assert model.stt(audio) == ''.join(token.text for token in best.tokens) == expected
    assert [token.text for token in best.tokens] == list(expected)
    assert ' '.join(word.text for word in best.words) == expected
    done = command('--fp32', *speech, text=False)
    assert done.stdout.decode() == expected + '\n'  # valid UTF-8


PROBE = '''#include <cstdio>
#include "base/utf8.h"
int main() {
  std::string text;
  for (int c; (c = std::getchar()) != EOF;) text += static_cast<char>(c);
  for (size_t at = 0; at < text.size();) {
    const ds::Character found = ds::CharacterAt(text, at);
    std::fputs(found.whole ? text.substr(at, found.size).c_str() : ds::kNoCharacter, stdout);
    at += found.size;
  }
  std::fprintf(stderr, "%zu", ds::CountCharacters(text));
}
'''


def test_characters_are_those_of_python(build, tmp_path):
    """All beginnings of two bytes, and many longer ones."""
    from tests.helpers.places import ROOT
    (tmp_path / 'probe.cc').write_text('#include <string>\n' + PROBE)
    native = ROOT / 'native_client'
    subprocess.run(['c++', '-std=c++17', f'-I{native}', tmp_path / 'probe.cc',
                    native / 'base' / 'utf8.cc', '-o', tmp_path / 'probe'], check=True)
    draw = random.Random(1)
    odd = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
           0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
    pieces = [bytes((a, b)) for a in range(1, 256) for b in range(1, 256)]
    pieces += [bytes(draw.choices(odd, k=draw.randint(1, 7))) for _ in range(100000)]
    text = b'\n'.join(pieces)
    done = subprocess.run([tmp_path / 'probe'], input=text, capture_output=True, check=True)
    expected = text.decode('utf-8', 'replace')
    assert done.stdout.decode() == expected and int(done.stderr) == len(expected)


def test_russian_subtitles_count_letters(command, spoken):
    """64 letters, not 64 bytes."""
    alphabet = Alphabet([' ', *'абвгдеёжзийклмнопрстуфхцчшщъыьэюя'])
    done = command('--fp32', *spoken(RUSSIAN, alphabet, every=2), '--srt')
    lines = [text for _, _, text in cues(done.stdout)]
    assert ' '.join(lines) == RUSSIAN and max(map(len, lines)) > 33
    for line, following in zip(lines, lines[1:]):
        assert len(line) <= 64 < len(line) + 1 + len(following.split()[0])


@pytest.mark.parametrize('alphabet', [BYTES, Alphabet('的一是不了人我在有他这中大来上国')],
                         ids=['bytes', 'labels'])
def test_subtitles_of_a_script_without_spaces(command, spoken, alphabet):
    """Cut between characters: after 6 s, where there is a pause, after 64 characters."""
    draw = random.Random(2)
    text = ''.join(draw.choices('的一是不了人我在有他', k=24))
    size = 3 if alphabet is BYTES else 1
    slow = spoken(text, alphabet, every=16 // size, gaps={20 * size: 75})
    done = command('--fp32', *slow, '--srt')
    found = cues(done.stdout)
    assert ''.join(line for _, _, line in found) == text and len(found) == 3
    assert found[-1][2] == text[20:]  # after the pause
    for start, end, line in found:
        assert 0 < end - start <= 6 and unicodedata.category(line[0]) == 'Lo'
    for (_, end, _), (start, _, _) in zip(found, found[1:]):
        assert start >= end


def test_many_quick_characters(command, spoken):
    alphabet = Alphabet('的一是不了人我在有他这中大来上国')
    text = ''.join(random.Random(3).choices(''.join(alphabet.labels), k=150))
    text = re.sub(r'(.)\1+', r'\1', text)
    done = command('--fp32', *spoken(text, alphabet, every=2), '--srt')
    lines = [line for _, _, line in cues(done.stdout)]
    assert ''.join(lines) == text and [len(line) for line in lines[:-1]] == [64] * (len(lines) - 1)


def test_the_console_script_too(ds, speech, environment):
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', '--fp32', *speech, '--json'],
                          capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)['transcripts'][0]['words']
    assert [word['word'] for word in got] == SAID.split()

"""vosk-server's protocol: what its clients send, in any pieces; and what they never should."""

import asyncio
import json

import aiohttp
import numpy as np
import pytest
import soxr

from tests.helpers.need import need_module
from util.text.transcripts import char_error


def talk(server, *messages, path='/'):
    """Send messages, take the answer to each of samples, eof and reset; return all, and the close.

    bytes are samples; dicts and text are sent as text.
    """
    async def run():
        answers = []
        async with aiohttp.ClientSession() as session, session.ws_connect(
                f'http://127.0.0.1:{server.port}{path}', max_msg_size=0) as link:
            for message in messages:
                if isinstance(message, bytes):
                    await link.send_bytes(message)
                else:
                    text = message if isinstance(message, str) else json.dumps(message)
                    await link.send_str(text)
                    if 'config' in text and text.startswith('{'):
                        continue
                answer = await link.receive(timeout=60)
                if answer.type != aiohttp.WSMsgType.TEXT:
                    return answers, link.close_code
                answers.append(json.loads(answer.data))
            answer = await link.receive(timeout=60)
            return answers, link.close_code
    return asyncio.run(run())


def samples_of(path, rate=16000):
    return np.asarray(need_module('deepspeech').read_audio(path, rate))


def pieces(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


CONFIG = {'config': {'sample_rate': 16000}}
EOF = '{"eof" : 1}'


@pytest.mark.parametrize('size', [3, 320, 3999, 8000, 10**7])
def test_text_is_that_of_the_model(server, speech, size):
    path, text = speech
    data = samples_of(path).tobytes()
    if size == 3:
        data = data[:6000]
    answers, code = talk(server, CONFIG, *pieces(data, size), EOF)
    assert code == 1000 and len(answers) == len(pieces(data, size)) + 1
    assert all(set(answer) == {'partial'} for answer in answers[:-1])
    if size == 3:
        return
    final = answers[-1]
    assert final['text'] == text and [word['word'] for word in final['result']] == text.split()
    assert all(0 <= word['conf'] <= 1 and word['start'] < word['end'] for word in final['result'])
    if size < 9000:
        assert answers[-2]['partial'] and text.startswith(answers[-2]['partial'].split()[0])


def test_every_recording_in_many_streams_at_a_time(server, recordings):
    async def one(session, path):
        async with session.ws_connect(server.url) as link:
            await link.send_str(json.dumps(CONFIG))
            for piece in pieces(samples_of(path).tobytes(), 6400):
                await link.send_bytes(piece)
                await link.receive()
            await link.send_str(EOF)
            return json.loads((await link.receive()).data)['text']

    async def run():
        async with aiohttp.ClientSession() as session:
            return await asyncio.gather(*(one(session, path) for path in recordings))
    for text, expected in zip(asyncio.run(run()), recordings.values()):
        assert text == expected


def test_utterances_end_in_silence(server, speech):
    path, text = speech
    samples = samples_of(path)
    data = np.concatenate([np.zeros(8000, np.int16), samples, np.zeros(24000, np.int16),
                           samples, np.zeros(8000, np.int16)]).tobytes()
    answers, _ = talk(server, CONFIG, *pieces(data, 3200), EOF)
    results = [answer for answer in answers if 'text' in answer]
    said = [answer['text'] for answer in results if answer['text']]
    assert len(said) == 2
    for found in said:  # the network comes out of silence in another state
        assert char_error(text, found)[0] <= 3
    starts = [answer['result'][0]['start'] for answer in results if answer['text']]
    assert 0.3 < starts[0] < 1 and 2 < starts[1] - starts[0] - len(samples) / 16000 + 1 < 4
    # All of it in one message: one answer, with both.
    answers, _ = talk(server, CONFIG, data, EOF)
    assert len(answers) == 2


def test_reset_ends_an_utterance(server, speech):
    data = samples_of(speech[0]).tobytes()
    answers, code = talk(server, CONFIG, data, '{"reset":1}', data, '{ "eof": 1 }')
    assert answers[1]['text'] == answers[3]['text'] == speech[1] and code == 1000
    length = len(data) / 32000
    assert answers[3]['result'][0]['start'] == pytest.approx(
        answers[1]['result'][0]['start'] + length, abs=0.05)


def resampled(path, rate):
    """Return samples at another rate, and at the model's again."""
    samples = soxr.resample(samples_of(path), 16000, rate)
    return samples.tobytes(), soxr.resample(samples, rate, 16000)


@pytest.mark.parametrize('rate', [8000, 22050, 44100, 48000])
def test_other_rates(server, model, speech, rate):
    data, again = resampled(speech[0], rate)
    config = {'config': {'sample_rate': rate if rate != 44100 else '44100.0', 'words': False}}
    answers, _ = talk(server, config, *pieces(data, 5001), EOF)
    edits, count = char_error(model.stt(again), answers[-1]['text'])
    assert edits <= 0.1 * count and 'result' not in answers[-1]


def test_without_a_config_the_rate_is_8000(server, model, speech):
    data, again = resampled(speech[0], 8000)
    edits, count = char_error(model.stt(again), talk(server, data, EOF)[0][-1]['text'])
    assert edits <= 0.1 * count


def test_alternatives(server, speech):
    config = {'config': {'sample_rate': 16000, 'max_alternatives': 3}}
    answers, _ = talk(server, config, samples_of(speech[0]).tobytes(), EOF)
    found = answers[-1]['alternatives']
    assert 1 <= len(found) <= 3 and found[0]['text'] == speech[1]
    assert [word['word'] for word in found[0]['result']] == speech[1].split()
    assert all(set(each) == {'confidence', 'text', 'result'} for each in found)


def test_a_list_of_phrases_is_all_that_may_be_said(server, speech):
    path, text = speech
    data = samples_of(path).tobytes()

    def heard(phrases):
        return talk(server, {'config': {'sample_rate': 16000, 'phrase_list': phrases}}, data,
                    EOF)[0][-1]['text']
    assert heard([text, 'something else']) == text
    assert heard(json.dumps([text])) == text
    assert heard([]) == text
    words = text.split()
    assert set(heard([words[0], words[-1]]).split()) <= {words[0], words[-1]}
    answers, code = talk(server, {'config': {'phrase_list': ['7up']}}, data)
    assert "cannot spell '7' in '7up'" in answers[0]['error'] and code == 1003


def test_nothing_is_said(server):
    answers, code = talk(server, CONFIG, bytes(32000), EOF)
    assert answers[-1] == {'text': ''} and code == 1000
    assert talk(server, EOF) == ([{'text': ''}], 1000)


@pytest.mark.parametrize('message', [
    'no JSON', '[]', '5', '{}', '{"other": 1}', '{"config": 5}', '{"config": {"sample_rate": 5}}',
    '{"config": {"sample_rate": "fast"}}', '{"config": {"sample_rate": 1e400}}',
    '{"config": {"phrase_list": 5}}', '{"config": {"phrase_list": ["a", 5]}}',
    '{"config": {"phrase_list": "no list"}}', '{"config": {"model": "/etc/passwd"}}',
    '{"config": {"max_alternatives": -1}}', '{"config": {"max_alternatives": "2"}}',
    '{"eof": 0}', '\ud7ff' * 9000])
def test_wrong_messages(server, speech, message):
    async def run():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
            await link.send_str(message)
            answer = await link.receive(timeout=60)
            return json.loads(answer.data), await link.receive(timeout=60), link.close_code
    answer, _, code = asyncio.run(run())
    assert set(answer) == {'error'} and code == 1003
    data = samples_of(speech[0]).tobytes()
    assert talk(server, CONFIG, data, EOF)[0][-1]['text'] == speech[1]


def test_a_token(start, speech):
    server = start('--token', 'secret')
    with pytest.raises(aiohttp.WSServerHandshakeError, match='401'):
        talk(server, EOF)
    with pytest.raises(aiohttp.WSServerHandshakeError, match='401'):
        talk(server, EOF, path='/?token=secrets')
    assert talk(server, EOF, path='/?token=secret') == ([{'text': ''}], 1000)


def test_no_more_streams_than_allowed(start):
    """Connections that have sent nothing yet are none."""
    server = start('--streams', 2)

    async def run():
        async with aiohttp.ClientSession() as session:
            links = [await session.ws_connect(server.url) for _ in range(8)]
            for link in links[:2]:
                await link.send_bytes(bytes(1000))
                assert 'partial' in json.loads((await link.receive()).data)
            await links[2].send_bytes(bytes(1000))
            assert 'try again later' in json.loads((await links[2].receive()).data)['error']
            await links[2].receive()
            assert links[2].close_code == 1013 and server.metric('streams') == 2
            await links[0].close()
            for _ in range(100):
                if server.metric('streams') == 1:
                    break
                await asyncio.sleep(0.05)
            await links[3].send_bytes(bytes(1000))
            assert 'partial' in json.loads((await links[3].receive()).data)
            for link in links:
                await link.close()
    asyncio.run(run())


def test_who_sends_nothing_is_asked_to_go(start):
    server = start('--idle', 1)

    async def run():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
            await link.receive(timeout=60)
            return link.close_code
    assert asyncio.run(run()) == 1001
    server.wait_for('vosk: idle')

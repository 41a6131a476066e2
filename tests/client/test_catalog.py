"""Catalogs: their entries, and one line for what is none."""

import json

import pytest

from util.client.catalog import read_catalog
from util.errors import UserError


def test_entries_keep_what_else_they_say(tmp_path):
    path = tmp_path / 'a.catalog'
    entries = [{'audio': 'ä.wav', 'tlog': 'b', 'more': 5}, {'audio': 'c', 'tlog': 'd'}]
    path.write_text(json.dumps(entries, ensure_ascii=False), encoding='utf-8')
    assert list(read_catalog(str(path), ('audio', 'tlog'))) == entries


@pytest.mark.parametrize('data, says', [
    (b'[]', 'the list is empty: expected a list of objects with "audio" and "tlog"'),
    (b'{', 'no JSON'), (b'\xff', 'no JSON'), (b'{}', 'expected a list of objects with "audio" and'),
    (b'[1]', 'entry 1: expected an object'), (b'[{"audio": "a", "tlog": ""}]', 'entry 1'),
    (b'[{"audio": "a", "tlog": "b"}, {"audio": "a"}]', 'entry 2'), (None, 'No such file')])
def test_what_is_none(tmp_path, data, says):
    path = tmp_path / 'a.catalog'
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match=says) as refused:
        list(read_catalog(str(path), ('audio', 'tlog')))
    assert str(path) in str(refused.value) and '\n' not in str(refused.value)

"""A tool that is missing is a failure where all should be there, and a skip elsewhere."""

import pytest

from tests.helpers import need

SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


@pytest.fixture
def variables(monkeypatch):
    """Set CI and DEEPSPEECH_TESTS_STRICT; None leaves one out."""
    def set_both(ci=None, strict=None):
        for name, value in (('CI', ci), ('DEEPSPEECH_TESTS_STRICT', strict)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
    return set_both


@pytest.mark.parametrize('ci, strict, outcome', [
    (None, None, SKIPPED), ('', '', SKIPPED), ('false', '0', SKIPPED), ('0', None, SKIPPED),
    ('true', None, FAILED), ('1', '0', FAILED), (None, '1', FAILED), ('false', '1', FAILED)])
def test_missing_tools(variables, ci, strict, outcome):
    variables(ci, strict)
    with pytest.raises(outcome, match='needs the program no-such-program'):
        need.need_program('sh', 'no-such-program')
    with pytest.raises(outcome, match='needs the Python module no_such_module'):
        need.need_module('no_such_module')
    with pytest.raises(outcome, match='needs luck'):
        need.need(None, 'luck')
    with pytest.raises(SKIPPED, match='needs a toaster'):  # no script can install that
        need.only_where(False, 'a toaster')


def test_what_is_there_comes_back(variables):
    variables('true')
    assert need.need('it', 'anything') == 'it'
    assert need.need_program('sh', 'ls').endswith('/sh')
    assert need.need_module('json').loads('[1]') == [1]
    need.only_where(True, 'anything')


def test_a_module_that_does_not_load_is_no_missing_one(variables, tmp_path, monkeypatch):
    variables()
    (tmp_path / 'half_there.py').write_text('import no_such_module\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match='no_such_module'):
        need.need_module('half_there')

"""Our ds_ctcdecoder answers as the wheel of 0.9.3 does, asked in the same run."""


from tests.helpers.need import need_module

# What we do beyond the wheel: a word that the language model does not know is boosted too.
BEYOND = {'hot word unknown'}


def alike(theirs, ours):
    """Equal, but for the last digits of numbers."""
    if isinstance(theirs, float):
        return abs(theirs - ours) <= 1e-4 * max(1.0, abs(theirs))
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(alike, theirs, ours))
    return theirs == ours


def test_programs_see_the_same_behaviour(ask, shared_data):
    need_module('ds_ctcdecoder')
    folder = f'{shared_data}/deepspeech'
    theirs, ours = (ask(who, 'behave_decoder.py', folder) for who in ('decoder', 'ours'))
    assert theirs.keys() == ours.keys() and len(theirs) > 110
    missing = set(theirs.pop('names')) - set(ours.pop('names'))
    assert missing <= {'symbol'}  # a loop's variable
    for name, told in theirs.items():
        if name in BEYOND:
            assert ours[name][0] == told[0]
        elif told[0] in ('value', 'TypeError', 'ValueError'):
            kind, value = ours[name]
            assert kind == told[0] or (name, kind) == ('beam below 0', 'OverflowError')
            if told[0] == 'value':
                assert alike(told[1], value), (name, told, value)
            elif 'initialization failed with error code' in told[1]:
                head, code = told[1].rsplit(' ', 1)
                code = '0x2000' if head.startswith('Alphabet') else code  # 0x1 names nothing
                assert value.startswith(f'{head} {code}: ')
        else:
            assert alike(told, ours[name]), (name, told, ours[name])

"""What is written in two places or two languages is equal (rule 6 of the house).

The defaults of alpha and beta and the table of errors have tests of their own, beside the native
client's.
"""

import ast
import inspect
import re

import pytest

from tests.helpers.places import ROOT
from tests.helpers.sources import (
    flags,
    native_constant,
    native_member,
    native_sources,
    number,
    tree,
)
from util import features
from util.audio import reading
from util.cluster import request
from util.corpora import clips
from util.export import frozen_graph, pack, tflite
from util.export.bundle import project_version
from util.export.card import ExportMetadata
from util.features import FeatureSettings
from util.lm import tools
from util.network.geometry import Geometry
from util.network.optimizer import AdamSettings
from util.training.decoder import DecoderSettings
from util.training.report import ReportSettings
from util.training.schedule import RateSettings, StopSettings

GEOMETRY = Geometry(n_hidden=1, n_labels=1)


def default_of(call, parameter):
    """Return the default of a parameter of a function or a class."""
    return inspect.signature(call).parameters[parameter].default


def option(script, name):
    """Return the default of an argparse option of a script in bin/."""
    found = [keyword.value for node in ast.walk(tree(ROOT / 'bin' / script))
             if isinstance(node, ast.Call) and node.args
             and isinstance(node.args[0], ast.Constant) and node.args[0].value == name
             for keyword in node.keywords if keyword.arg == 'default']
    assert len(found) == 1, (script, name)
    return ast.literal_eval(found[0])


def metadata_int(name):
    """(value where a graph has no such node, least, greatest) that the native client accepts."""
    found = {match for text in native_sources().values() for match in
             re.findall(rf'MetadataInt\(graph, "metadata_{name}", (\d+), (\w+), (\w+)\)', text)}
    assert len(found) == 1, (name, found)
    return tuple(int(part) if part.isdigit() else int(native_constant(part))
                 for part in found.pop())


def bounds(flag):
    """(least, greatest) of a flag; None: no such bound."""
    written = next(node.args[2].value for node in ast.walk(tree(ROOT / 'DeepSpeech.py'))
                   if isinstance(node, ast.Call) and ast.unparse(node.func) == 'flag'
                   and node.args[0].value == flag)
    return tuple(float(match[1]) if (match := re.search(rf'{sign} ([\d.]+)', written)) else None
                 for sign in ('>=', '<='))


def test_sample_rate():
    """The importers write what the trainer expects, and the client takes it for granted."""
    assert {reading.SAMPLE_RATE, FeatureSettings().sample_rate, flags()['audio_sample_rate'],
            option('check_data.py', '--audio_sample_rate'),
            option('import_checkpoint.py', '--audio_sample_rate'), metadata_int('sample_rate')[0],
            int(native_member('FeatureSpec', 'sample_rate'))} == {16000}
    import deepspeech
    assert default_of(deepspeech.read_audio, 'sample_rate') == reading.SAMPLE_RATE


@pytest.mark.parametrize('ours, native', [
    (features.PRE_EMPHASIS, 'kPreEmphasis'), (features.LIFTER, 'kLifter'),
    (features.FFT_2017, 'kFft2017'), (features.FILTERS_2017, 'kFilters2017'),
    (features.LOG_FLOOR_0_9_3, 'kFloor093'), (pack.PACKING, 'kPackingVersion')])
def test_a_constant_of_both_languages(ours, native):
    assert ours == number(native_constant(native))


def test_what_keeps_features_finite():
    """Both logarithm floors, and the least deviation that whitening divides by."""
    assert native_constant('kFloor2017') == 'std::numeric_limits<double>::epsilon()'
    assert features.LOG_FLOOR_2017 == 2.0 ** -52
    assert features.SMALLEST_DEVIATION == number(native_constant('kSmallestDeviation'))


def test_definition_of_0_9_3():
    assert features.FILTERS_0_9_3 == int(native_member('FeatureSpec', 'mel_channels'))
    assert features.LOWEST_HZ_0_9_3 == number(native_member('FeatureSpec', 'lower_hz'))
    assert FeatureSettings().sample_rate / 2 == number(native_member('FeatureSpec', 'upper_hz'))
    mfcc = next(ast.unparse(node) for node in ast.walk(tree(ROOT / 'util/export/frozen_graph.py'))
                if isinstance(node, ast.keyword) and node.arg == 'lower_frequency_limit')
    assert float(mfcc.split('=')[1]) == features.LOWEST_HZ_0_9_3


@pytest.mark.parametrize('what', ['n_input', 'n_context'])
def test_features_fit_the_network(what):
    struct = {'n_input': 'FeatureSpec', 'n_context': 'Network'}[what]
    assert (getattr(FeatureSettings(), what) == getattr(GEOMETRY, what)
            == int(native_member(struct, what)))
    assert GEOMETRY.n_window == 494


def test_windows_and_steps():
    """The metadata of a graph without them are 0.9.3's: it wrote the first such graphs."""
    old = FeatureSettings('0.9.3')
    for what, flag in (('win_len', 'feature_win_len'), ('win_step', 'feature_win_step')):
        ms = getattr(old, f'{what}_ms')
        assert ms == metadata_int(flag)[0] == int(native_member('FeatureSpec', f'{what}_ms'))
        assert ms == option('import_checkpoint.py', f'--{flag}')
        assert flags()[flag] == option('check_data.py', f'--{flag}') == 0  # that of the kind
    assert FeatureSettings('2017').win_step_ms == old.win_step_ms == 20
    help_texts = (ROOT / 'DeepSpeech.py').read_text() + (ROOT / 'bin/check_data.py').read_text()
    assert help_texts.count(f'{FeatureSettings("2017").win_len_ms} or {old.win_len_ms}') == 2


def test_clip_of_the_rectified_units():
    assert (GEOMETRY.relu_clip == flags()['relu_clip']
            == option('import_checkpoint.py', '--relu_clip') == 20.0)


@pytest.mark.parametrize('record, field, flag', [
    (AdamSettings, 'beta1', 'beta1'), (AdamSettings, 'beta2', 'beta2'),
    (AdamSettings, 'epsilon', 'epsilon'), (DecoderSettings, 'beam_width', 'beam_width'),
    (DecoderSettings, 'cutoff_prob', 'cutoff_prob'),
    (DecoderSettings, 'cutoff_top_n', 'cutoff_top_n'), (ReportSettings, 'count', 'report_count'),
    (StopSettings, 'enabled', 'early_stop'), (StopSettings, 'window', 'earlystop_nsteps'),
    (StopSettings, 'mean_threshold', 'estop_mean_thresh'),
    (StopSettings, 'std_threshold', 'estop_std_thresh'), (StopSettings, 'epochs', 'es_epochs'),
    (StopSettings, 'min_delta', 'es_min_delta'), (RateSettings, 'rate', 'learning_rate'),
    (RateSettings, 'schedule', 'lr_schedule'), (RateSettings, 'warmup_steps', 'lr_warmup_steps'),
    (ExportMetadata, 'beam_width', 'export_beam_width'),
    (ExportMetadata, 'author_id', 'export_author_id'),
    (ExportMetadata, 'model_version', 'export_model_version'),
    (frozen_graph.write_frozen_graph, 'n_steps', 'n_steps'),
    (tflite.write_tflite, 'n_steps', 'n_steps'), (Geometry, 'bidirectional', 'bidirectional'),
    (Geometry, 'layer_norm', 'layer_norm')])
def test_default_of_a_record_is_that_of_its_flag(record, field, flag):
    assert default_of(record, field) == flags()[flag]


def test_beam_width_of_an_export():
    """500 for the client, which hears one speaker at a time; 1024 is the trainer's."""
    least, greatest = bounds('export_beam_width')
    assert metadata_int('beam_width') == (flags()['export_beam_width'], least, greatest)
    assert (int(native_member('Network', 'beam_width')) == flags()['export_beam_width'] == 500
            == int(native_member('DecoderOptions', 'beam_width')))
    assert flags()['beam_width'] == 1024


def test_search_of_the_python_module():
    import ds_ctcdecoder as d
    for function in (d.Decoder, d.decode, d.decode_batch):
        assert default_of(function, 'beam_size') == int(
            native_member('DecoderOptions', 'beam_width'))
    for function in (d.Decoder, d.ctc_beam_search_decoder, d.ctc_beam_search_decoder_batch):
        assert default_of(function, 'cutoff_prob') == number(
            native_member('DecoderOptions', 'cutoff_prob'))
        assert default_of(function, 'cutoff_top_n') == int(
            native_member('DecoderOptions', 'cutoff_top_n'))


def test_time_steps_of_a_streaming_graph():
    assert int(native_member('Network', 'n_steps')) == flags()['n_steps'] == 16


def test_versions_of_the_graph():
    _, oldest, newest = metadata_int('version')
    assert sorted(frozen_graph.GRAPH_VERSION.values()) == [oldest, newest]
    assert metadata_int('packing')[1] == pack.PACKING


def test_memory_mapped_package():
    written = native_constant_text('kPrefix'), native_constant_text('kPackagePrefix')
    assert written == (pack.PREFIX, pack.PREFIX)
    writer, = (text for text in native_sources().values() if f'kPrefix[] = "{pack.PREFIX}"' in text)
    assert f'size_t kAlignment = {pack.ALIGNMENT};' in writer


def native_constant_text(name):
    """Return the value of a constant string."""
    found = {match for text in native_sources().values()
             for match in re.findall(rf'\b{name}(?:\[\])? = "([^"]*)"', text)}
    assert len(found) == 1, (name, found)
    return found.pop()


def test_version_of_the_project():
    """In the file VERSION alone; installed modules and built library say the same."""
    version = (ROOT / 'VERSION').read_text().strip()
    assert re.fullmatch(r'\d+\.\d+\.\d+', version) and project_version() == version
    import deepspeech
    import ds_ctcdecoder
    assert deepspeech.version() == ds_ctcdecoder.__version__ == version
    for file in ('setup.py', 'native_client/CMakeLists.txt', 'pyproject.toml', 'doc/conf.py'):
        assert f"'{version}'" not in (ROOT / file).read_text(), file


def test_longest_n_grams():
    """What make_scorer estimates, the library can read."""
    text = (ROOT / 'native_client' / 'kenlm' / 'CMakeLists.txt').read_text()
    assert re.findall(r'set\(KENLM_MAX_ORDER (\d+)\)', text) == [str(tools.MAX_ORDER)]


def test_ports():
    port = flags()['coord_port']
    manifest = (ROOT / 'doc' / 'guide' / 'kubernetes.yaml').read_text()
    assert f'containerPort: {port}\n' in manifest
    assert f'{port} and {port + 1} (--coord_port)' in request.HELP
    most = request.Request.of(['500:1000:0'])
    assert most.coordinator_port == port
    for hosts, first in zip(most.hosts, (2000, 3000)):
        assert f'localhost:{first}+i' in request.HELP
        assert hosts == [f'localhost:{first + i}' for i in range(len(hosts))]
        assert not {f'localhost:{port}', f'localhost:{port + 1}'} & set(hosts)


def test_labels_of_the_bytes_output():
    """Label i is the byte i + 1, for 1 to 255, in both languages."""
    import ds_ctcdecoder as d

    from util.text.alphabet import Alphabet
    ours, native = Alphabet.bytes_output(), d.UTF8Alphabet()
    assert len(ours) == len(native) == 255
    for text in ('a', 'ä', 'ß€', '\U0001f600', '中文'):
        assert list(ours.encode(text)) == native.Encode(text) == [b - 1 for b in text.encode()]


def test_pythons():
    """That the environment is made with, that the packages are for, that ruff and mypy check."""
    setup = (ROOT / 'setup.py').read_text()
    oldest = re.search(r"python_requires='>=3\.(\d+)", setup)[1]
    environment = (ROOT / 'bin' / 'environment.sh').read_text()
    first, after = re.search(r'not \(3, (\d+)\) <= sys.version_info < \(3, (\d+)\)',
                             environment).groups()
    assert oldest == first
    assert re.findall(r'python3\.(\d+)', environment) == [
        str(minor) for minor in reversed(range(int(first), int(after)))]
    project = (ROOT / 'pyproject.toml').read_text()
    assert f'target-version = "py3{first}"' in project
    assert f'python_version = "3.{first}"' in project
    named = f'Python 3.{first} to 3.{int(after) - 1}'
    for file in ('README.md', 'requirements.txt', 'bin/environment.sh'):
        assert named in (ROOT / file).read_text(), file


def test_boost_packages():
    """That the tests install, that the tools ask for and that the page names."""
    script = (ROOT / 'bin' / 'run-tests.sh').read_text()
    for package in tools.BOOST_PACKAGES.split():
        assert package in script
    assert {f'lib{lib.removeprefix("-l").replace("_", "-")}-dev' for lib in
            tools.BOOST_LIBRARIES} == set(tools.BOOST_PACKAGES.split())


def test_speech_that_importers_keep_can_be_learnt():
    """An importer's least length is longer than a window of either kind of features."""
    assert all(clips.MIN_SECS * 1000 > FeatureSettings(kind).win_len_ms for kind in features.KINDS)

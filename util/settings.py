"""The flags of `DeepSpeech.py` as the records that the parts of the program take.

Flags end here: below, nobody knows them. Nothing is opened either; `main` opens the alphabet and
the scorer that the records name.
"""
from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from xdg import BaseDirectory

from util import log
from util.cluster.devices import DeviceSettings
from util.data.augment.augmenter import Augmentation
from util.data.augment.operations import FEATURES
from util.data.augment.parse import parse_operations
from util.data.auto_input import split_alone
from util.data.sets import DataSettings, SetSettings
from util.errors import UserError
from util.export.bundle import ExportSettings, check_archive
from util.export.card import ExportMetadata
from util.export.tflite import check_tflite
from util.features import FeatureSettings
from util.files import check_writable
from util.flags import Options
from util.network.dropout import Dropout
from util.network.geometry import Geometry
from util.network.optimizer import AdamSettings
from util.release import OURS, RELEASES, Release, Wording
from util.training.decoder import DecoderSettings
from util.training.report import ReportSettings, wer_line
from util.training.restore import LoadSettings
from util.training.schedule import RateSettings, StopSettings
from util.training.summaries import SummarySettings
from util.training.variation import VariationSettings
from util.unused import unused


@dataclass(frozen=True)
class LearningSettings:
    """How the weights begin, and how a batch changes them.

    Attributes:
        stddev: 'b1', 'h1', ... 'h6' -> standard deviation of the initial values; None: Xavier's.
        adam: constants of the optimizer.
        dropout: rates.
        variation: of the utterances; None for none.
        features: what is varied.
        max_grad_norm: longer gradients are scaled down to this norm; 0: never.
        mixed_precision: compute in bfloat16, keep the weights in float32.
        pieces: in which a batch is learnt from, one after another.
        seed: of initial weights, dropout and variation.
        forget_bias, as_one_kernel: of the LSTMs at the beginning, see `create_weights`.
    """

    stddev: Mapping[str, float | None] = field(default_factory=dict)
    adam: AdamSettings = AdamSettings()
    dropout: Dropout = Dropout()
    variation: VariationSettings | None = None
    features: FeatureSettings = FeatureSettings()
    max_grad_norm: float = 0.0
    mixed_precision: bool = False
    pieces: int = 1
    seed: int = 0
    forget_bias: float = 1.0
    as_one_kernel: bool = False


@dataclass(frozen=True)
class CourseSettings:
    """How long and how fast to train.

    Attributes:
        epoch: `--epoch`, the target; negative: that many more than the checkpoint has.
        epochs: `--epochs`, how many to train in this run; negative: as `epoch` says.
        rate: the step size.
        stop: when to stop before.
        validation_step, display_step: epochs between validations and between reports; 0: never.
        checkpoint_secs: seconds between saves; 0: after each epoch.
        load: which checkpoint a run begins with.
        forgets_plateaus: whether this run begins with the whole step size again.
    """

    epoch: int
    epochs: int
    rate: RateSettings
    stop: StopSettings
    validation_step: int
    display_step: int
    checkpoint_secs: int
    load: LoadSettings
    forgets_plateaus: bool = False

    def target(self, trained: int) -> int:
        """Return the number of epochs to train up to, given the number trained so far."""
        more = self.epochs if self.epochs >= 0 else -self.epoch
        return trained + more if self.epochs >= 0 or self.epoch < 0 else self.epoch

    def how_to_go_on(self, left: int) -> str:
        """Return how to go on after an interrupt with so many epochs left, for the user."""
        if self.epochs >= 0:
            return self.load.how_to_go_on(f'--epochs {left}')
        return self.load.how_to_go_on(*[f'--epoch -{left}'] * (self.epoch < 0))


@dataclass(frozen=True)
class Settings:
    """All that the flags say.

    Attributes:
        training, testing: what to do, beside `export` and `one_shot_infer`.
        tests: the sets to test on, each with the file that its report names; '' for one report
            on all files.
        one_shot_infer: recording to transcribe; '' for none.
        log_level, show_progressbar: how much to say.
        seed: of everything random.
        devices: what to run on.
        alphabet_path: file of the labels; '' for the bytes of UTF-8.
        geometry: of the network; `n_labels` is 0 until the alphabet is known.
        features: computed from the audio.
        data: the sets.
        learning: how the weights begin, and how a batch changes them.
        course: how long and how fast to train.
        load: which checkpoint to begin with, and where new ones go.
        max_to_keep: checkpoints kept; 0: none is saved.
        summaries: what is written down for TensorBoard and `bin/plot.py`.
        decoder: how the beam search is run.
        quick_validation: decode greedily at each validation.
        report: what a WER report shows.
        wording: of the lines that scripts read.
        test_output_file: JSON file for the results of the test; '' for none.
        export: None for no export.
        command: the flags given, for people.
        changes: what varies the training utterances, for people: ('vary 0.5', 'volume[p=0.1]').
    """

    training: bool
    testing: bool
    tests: Mapping[str, str]
    one_shot_infer: str
    log_level: int
    show_progressbar: bool
    seed: int
    devices: DeviceSettings
    alphabet_path: str
    geometry: Geometry
    features: FeatureSettings
    data: DataSettings
    learning: LearningSettings
    course: CourseSettings
    load: LoadSettings
    max_to_keep: int
    summaries: SummarySettings
    decoder: DecoderSettings
    quick_validation: bool
    report: ReportSettings
    wording: Wording
    test_output_file: str
    export: ExportSettings | None
    command: str
    changes: tuple[str, ...]

    @classmethod
    def of(cls, options: Options, in_cluster: bool = False) -> Settings:
        """Turn the flags into records; say which of them have no effect.

        Args:
            options: the flags.
            in_cluster: whether this process belongs to a cluster, which flags may be for.

        Raises:
            UserError: the flags contradict one another.
        """
        o, release = options, RELEASES.get(options.release, OURS)
        if o.summary_dir and not o.summary_secs:
            o = o.changed(summary_secs=release.summary_secs)
        for warning in o.warnings:
            log.warn(warning)
        training = o.train and bool(o.train_files) and not o.one_shot_infer
        testing = o.test and bool(o.test_files) and not o.one_shot_infer
        if o.test_each and not (o.train or o.test_files or o.export_dir or o.one_shot_infer):
            raise UserError('nothing to test: pass --test_files')
        if not (training or testing or o.export_dir or o.one_shot_infer):
            raise UserError('nothing to do: pass --train_files, --test_files, --export_dir or '
                            '--one_shot_infer (--help lists all flags)')
        home = os.path.join(BaseDirectory.xdg_data_home, 'deepspeech')
        features, load = _features(o), _load(o, home, training, release)
        settings = cls(
            training, testing, _tests(o), o.one_shot_infer, o.log_level, o.show_progressbar,
            o.random_seed,
            devices=DeviceSettings(o.inter_op_parallelism_threads, o.intra_op_parallelism_threads,
                                   o.use_allow_growth, o.log_placement, o.enable_op_determinism),
            alphabet_path='' if o.bytes_output_mode else o.alphabet_config_path,
            geometry=Geometry(o.n_hidden, 0, o.bidirectional, o.layer_norm, o.relu_clip),
            features=features,
            data=DataSettings(_sets(o, training, testing), features, o.feature_cache,
                              o.strict, o.random_seed, o.show_progressbar,
                              _augmentation(o)),
            learning=LearningSettings(
                _deviations(o), o.record(AdamSettings), _dropout(o),
                VariationSettings.of_strength(o.vary) if o.vary else None, features,
                o.max_grad_norm, o.automatic_mixed_precision, o.gradient_accumulation,
                o.random_seed, release.forget_bias, release.as_one_kernel),
            course=_course(o, load), load=load, max_to_keep=o.max_to_keep,
            summaries=SummarySettings(
                load.save_dir if load.keeping else '', o.flag_lines,
                o.summary_dir or os.path.join(home, 'summaries'), o.summary_secs, o.fulltrace),
            decoder=o.record(DecoderSettings), quick_validation=o.decoder == 'greedy',
            report=ReportSettings(o.report_count, o.wer_log_pattern, o.bytes_output_mode),
            wording=release.wording,
            test_output_file=o.test_output_file, export=_export(o) if o.export_dir else None,
            command=o.command, changes=(*([f'vary {o.vary:g}'] if o.vary else []), *o.augment))
        _refuse_contradictions(o, settings)
        if training and o.early_stop and not o.dev_files:
            log.warn('early stopping needs validation: pass --dev_files')
        if training and o.dev_files and 'validation_step' not in o.typed and not o.release:
            log.info('Validating after each epoch, as there are --dev_files but no '
                     '--validation_step')
        for line in unused(o, o.given, in_cluster):
            log.warn(line)
        return settings

    def check_folders(self) -> None:
        """Find out whether we can write where we shall have to.

        Raises:
            UserError: a folder cannot be written, or an archive could not be what it is to be.
        """
        if self.export and self.export.archive:
            check_archive(self.export)
        for wanted, folder, what, flag in (
                (self.training and self.max_to_keep, self.load.save_dir, 'checkpoints',
                 '--checkpoint_dir'),
                (self.training and self.summaries.secs, self.summaries.folder, 'summaries',
                 '--summary_dir'),
                (self.export, self.export.folder if self.export else '', 'export', '--export_dir'),
                (self.data.cache_dir, self.data.cache_dir, 'feature cache', '--feature_cache'),
                (self.testing and self.test_output_file, os.path.dirname(self.test_output_file),
                 'test results', '--test_output_file')):
            if wanted:
                check_writable(folder, what, flag)


def with_auto_input(options: Options) -> Options:
    """Return the options with the sets and the alphabet that `--auto_input_dataset` stands for.

    Raises:
        UserError: sets are named as well, or it cannot be split.
    """
    o = options
    for name in ('train_files', 'dev_files', 'test_files', 'metrics_files'):
        if getattr(o, name):
            raise UserError(f'--auto_input_dataset makes the sets, and --{name} names one: omit '
                            'one of the two')
    given = o.alphabet_config_path if 'alphabet_config_path' in o.typed else ''
    split = split_alone(o.auto_input_dataset, None if o.bytes_output_mode else given)
    return o.changed(train_files=split.train, dev_files=split.dev, test_files=split.test,
                     alphabet_config_path=split.alphabet or o.alphabet_config_path)


def _refuse_contradictions(o: Options, settings: Settings) -> None:
    load_dir, save_dir = settings.load.load_dir, settings.load.save_dir
    if o.drop_source_layers and load_dir == save_dir:
        raise UserError(f"--drop_source_layers makes a different model from that in '{save_dir}': "
                        'pass --load_checkpoint_dir for the old one and --save_checkpoint_dir '
                        'for the new one')
    if {'epoch', 'epochs'} <= set(o.typed) and o.epochs >= 0:
        raise UserError(f'--epoch {o.epoch} is the epoch to train up to, --epochs {o.epochs} the '
                        'number to train in this run: pass one of the two')
    if os.path.basename(o.export_file_name) != o.export_file_name:
        raise UserError(f"--export_file_name '{o.export_file_name}': expected a name without a "
                        'folder, which --export_dir sets')
    if os.path.isdir(o.test_output_file):
        raise UserError(f"--test_output_file '{o.test_output_file}' is a folder: expected a "
                        'file name')
    if o.export_dir and o.export_zip and not o.scorer_path:
        raise UserError('--export_zip packs network and language model together: pass '
                        '--scorer_path')
    if o.export_dir and o.export_tflite:
        check_tflite(settings.geometry)
    if o.wer_log_pattern:
        wer_line(o.wer_log_pattern, 'test', 0.0)


def _features(o: Options) -> FeatureSettings:
    """Return the features asked for; by default those of 2017, or of 0.9.3 to stream."""
    kind = o.feature_type or ('2017' if o.bidirectional else '0.9.3')
    if not o.bidirectional and kind != '0.9.3':
        raise UserError(f'--feature_type {kind} cannot be streamed, as --nobidirectional '
                        'requires: omit --feature_type or pass --bidirectional')
    for name in ('feature_win_len', 'feature_win_step'):
        ms, rate = getattr(o, name), o.audio_sample_rate
        if ms * rate % 1000:
            least = 1000 // math.gcd(1000, rate)
            raise UserError(f'--{name} {ms} is {ms * rate / 1000:g} samples at {rate} Hz: expected '
                            f'whole ones, as with {max(round(ms / least), 1) * least}')
    try:
        return FeatureSettings(kind, o.audio_sample_rate, o.feature_win_len or None,
                               o.feature_win_step or None)
    except ValueError as error:
        raise UserError(str(error)) from error


def _sets(o: Options, training: bool, testing: bool) -> dict[str, SetSettings]:
    """Return the sets that a run needs, by name; further metrics sets are named by their file."""
    sets = {}
    if training:
        sets['train'] = SetSettings(_paths(o.train_files), o.limit_train,
                                    o.train_batch_size * o.gradient_accumulation, o.reverse_train,
                                    o.shuffle_start if o.shuffle_batches else None)
        if o.dev_files:  # given, so it is checked, also where nothing validates
            sets['dev'] = SetSettings(_paths(o.dev_files), o.limit_dev, o.dev_batch_size,
                                      o.reverse_dev)
        for path in _paths(o.metrics_files):
            sets[path] = SetSettings((path,), 0, o.dev_batch_size, o.reverse_dev)
    if testing:
        for name, file in _tests(o).items():
            sets[name] = SetSettings((file,) if file else _paths(o.test_files), o.limit_test,
                                     o.test_batch_size, o.reverse_test)
    return sets


def _tests(o: Options) -> dict[str, str]:
    """Return the names of the sets to test on, each with its file where that is reported alone."""
    return {f'test on {path}': path for path in _paths(o.test_files)} if o.test_each else {
        'test': ''}


def _paths(files: str) -> tuple[str, ...]:
    return tuple(filter(None, files.split(',')))


def _augmentation(o: Options) -> Augmentation:
    """Return what changes the training utterances; say what is not kept of it."""
    augmentation = Augmentation(parse_operations(o.augment), o.cache_for_epochs)
    if augmentation.operations and o.cache_for_epochs == 1:
        log.warn('--cache_for_epochs 1 changes utterances anew in every epoch, as without it')
    changing = [each.name for each in augmentation.operations if each.domain != FEATURES]
    if changing and o.feature_cache and o.cache_for_epochs < 2:
        log.info(f'--feature_cache keeps no utterance that {" or ".join(dict.fromkeys(changing))} '
                 'changes: pass --cache_for_epochs N to change them every N epochs only')
    return augmentation


def _dropout(o: Options) -> Dropout:
    """Return the dropout rates; a negative one is that of layer 1."""
    def rate(value: float) -> float:
        return o.dropout_rate if value < 0 else value

    return Dropout(o.dropout_rate, rate(o.dropout_rate2), rate(o.dropout_rate3), o.dropout_rate4,
                   o.dropout_rate5, rate(o.dropout_rate6))


def _deviations(o: Options) -> dict[str, float | None]:
    """Return 'b1', 'h1', ... 'h6' -> standard deviation of the initial values; None: Xavier's.

    The defaults are those of the network's first release: 2017's normal one, in all but the first
    and last weights; or 0.9.3's Xavier for weights, and zero for biases, of the forward network.
    """
    as_2017 = o.bidirectional or 'default_stddev' in o.typed

    def default(name: str) -> float | None:
        if name in ('h1', 'h6') or (not as_2017 and name.startswith('h')):
            return None
        return o.default_stddev if as_2017 else 0.0

    names = [kind + layer for layer in '12356' for kind in 'bh']
    given = {name: getattr(o, name + '_stddev') for name in names}
    return {name: default(name) if value is None else value for name, value in given.items()}


def _load(o: Options, home: str, training: bool, release: Release) -> LoadSettings:
    """Return where checkpoints come from and where they go."""
    folder = o.checkpoint_dir or os.path.join(home, 'checkpoints')
    load_dir = os.path.normpath(o.load_checkpoint_dir or folder)
    save_dir = os.path.normpath(o.save_checkpoint_dir or folder)
    return LoadSettings(o.load_train, o.load_evaluate, load_dir, save_dir,
                        save_dir if training else load_dir, bool(o.max_to_keep),
                        o.drop_source_layers, release.best_first, release.wording)


def _course(o: Options, load: LoadSettings) -> CourseSettings:
    """Return how long and how fast to train."""
    rate = RateSettings(o.learning_rate, o.lr_schedule, o.lr_warmup_steps,
                        o.plateau_epochs if o.reduce_lr_on_plateau else 0, o.plateau_reduction,
                        o.es_min_delta)
    of_2017 = {'earlystop_nsteps', 'estop_mean_thresh', 'estop_std_thresh'}
    stop = StopSettings(o.early_stop, o.earlystop_nsteps, o.estop_mean_thresh,
                        o.estop_std_thresh, o.es_epochs, o.es_min_delta,
                        as_2017=bool(of_2017 & set(o.typed)))
    measured = o.dev_files or o.metrics_files
    every = 1 if measured and 'validation_step' not in o.typed else o.validation_step
    epochs = o.epochs if 'epochs' in o.typed or 'epoch' not in o.typed else -1
    return CourseSettings(o.epoch, epochs, rate, stop, every, o.display_step, o.checkpoint_secs,
                          load, o.force_initialize_learning_rate)


def _export(o: Options) -> ExportSettings:
    """Return what an export consists of."""
    metadata = ExportMetadata(
        o.export_author_id, o.export_model_name, o.export_model_version, o.export_contact_info,
        o.export_license, o.export_language, o.export_min_ds_version, o.export_max_ds_version,
        o.export_description, o.export_beam_width)
    tflite = o.export_tflite or (o.export_zip and not o.bidirectional)
    return ExportSettings(o.export_dir, metadata, o.export_file_name, o.export_version, o.n_steps,
                          o.remove_export, tflite, o.export_zip,
                          o.scorer_path if o.export_zip else '', quantize=o.export_quantize)

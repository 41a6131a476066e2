"""The flags of DeepSpeech.py as the records that the parts of the program take."""
import os
from dataclasses import dataclass

from xdg import BaseDirectory

from util import log
from util.alphabet import Alphabet
from util.cluster.devices import DeviceSettings
from util.errors import UserError
from util.export.bundle import ExportMetadata
from util.export.tflite import check_tflite
from util.features import FeatureSettings
from util.files import check_writable
from util.network.geometry import Dropout, Geometry
from util.network.optimizer import AdamSettings
from util.training import checkpoints
from util.training.decoder import BeamSearch, DecoderSettings, Greedy
from util.training.report import ReportSettings, wer_line
from util.training.restore import LoadSettings
from util.training.schedule import RateSettings, StopSettings
from util.training.variation import VariationSettings


@dataclass(frozen=True)
class TrainSettings:
    """How long and how fast to train; the flags of the same names say more."""

    epochs: int
    rate: RateSettings
    stop: StopSettings
    validation_step: int
    display_step: int
    checkpoint_secs: int
    report: ReportSettings
    show_progressbar: bool
    advice: str  # how to go on after an interrupt


class Settings:
    """The flags as the records that the parts of the program take.

    Raises:
        UserError: the flags contradict one another, or a folder cannot be written.
    """

    def __init__(self, options):
        o = options
        self.training = o.train and bool(o.train_files) and not o.one_shot_infer
        self.testing = o.test and bool(o.test_files) and not o.one_shot_infer
        if not (self.training or self.testing or o.export_dir or o.one_shot_infer):
            raise UserError('nothing to do: pass --train_files, --test_files, --export_dir or '
                            '--one_shot_infer (--help lists all flags)')

        # What shapes the network
        self.alphabet = (Alphabet.bytes_output() if o.bytes_output_mode
                         else Alphabet.load(o.alphabet_config_path))
        self.features = _features(o)
        self.geometry = Geometry(o.n_hidden, len(self.alphabet), o.bidirectional, o.layer_norm,
                                 o.relu_clip)
        self.shape = checkpoints.shape_of(self.alphabet, self.geometry, self.features)

        # How it learns
        self.dropout = _dropout(o)
        self.variation = VariationSettings.of_strength(o.vary) if o.vary else None
        self.stddev = _deviations(o)
        self.adam = AdamSettings(o.beta1, o.beta2, o.epsilon)
        self.devices = DeviceSettings(
            o.inter_op_parallelism_threads, o.intra_op_parallelism_threads, o.use_allow_growth,
            o.log_placement, o.enable_op_determinism)

        # What it writes down, and where that is shown
        if self.training or self.testing or o.one_shot_infer:
            self.transcribe = BeamSearch(self.alphabet, DecoderSettings(
                o.beam_width, o.cutoff_prob, o.cutoff_top_n, o.scorer_path, o.lm_alpha, o.lm_beta))
            self.transcribe_quickly = (Greedy(self.alphabet) if o.decoder == 'greedy'
                                       else self.transcribe)
        self.report = ReportSettings(o.report_count, o.wer_log_pattern)
        self.export_metadata = ExportMetadata(
            o.export_author_id, o.export_model_name, o.export_model_version,
            o.export_contact_info, o.export_license, o.export_language, o.export_description,
            o.export_beam_width)

        # Where it is kept, and for how long it is trained
        home = os.path.join(BaseDirectory.xdg_data_home, 'deepspeech')
        folder = o.checkpoint_dir or os.path.join(home, 'checkpoints')
        load_dir = os.path.normpath(o.load_checkpoint_dir or folder)
        self.save_dir = os.path.normpath(o.save_checkpoint_dir or folder)
        self.summary_dir = o.summary_dir or os.path.join(home, 'summaries')
        self.load = LoadSettings(o.load_train, o.load_evaluate, load_dir, self.save_dir,
                                 self.save_dir if self.training else load_dir,
                                 bool(o.max_to_keep), o.drop_source_layers)
        self.course = _course(o, self.report, self.load.how_to_go_on())
        self._options = o
        self._refuse_contradictions()
        self._warn_of_what_has_no_effect()

    def _refuse_contradictions(self):
        o = self._options
        if o.drop_source_layers and self.load.load_dir == self.save_dir:
            raise UserError(f"--drop_source_layers makes another model than that in "
                            f"'{self.save_dir}': pass --load_checkpoint_dir for that and "
                            '--save_checkpoint_dir for the new one')
        if os.path.basename(o.export_file_name) != o.export_file_name:
            raise UserError(f"--export_file_name '{o.export_file_name}': expected a name "
                            'without a folder, which --export_dir gives')
        if os.path.isdir(o.test_output_file):
            raise UserError(f"--test_output_file '{o.test_output_file}' is a folder: expected "
                            'the name of a file')
        if o.export_dir and o.export_tflite:
            check_tflite(self.geometry)
        if o.wer_log_pattern:
            wer_line(o.wer_log_pattern, 'test', 0.0)

    def _warn_of_what_has_no_effect(self):
        o = self._options
        if self.training and not (o.dev_files and o.validation_step):
            for wanted, name in ((o.early_stop, 'early stopping'),
                                 (o.reduce_lr_on_plateau, '--reduce_lr_on_plateau'),
                                 (o.metrics_files, '--metrics_files')):
                if wanted:
                    log.warn(f'{name} needs validation: pass --dev_files and --validation_step')
        if o.test_output_file and not self.testing:
            log.warn('--test_output_file needs a test: pass --test_files')
        if self.training and o.fulltrace and not o.summary_secs:
            log.warn('--fulltrace needs summaries: pass --summary_secs')

    def check_folders(self):
        """Find out whether we can write where we shall have to.

        Raises:
            UserError: a folder cannot be written.
        """
        o = self._options
        for wanted, folder, what, flag in (
                (self.training and o.max_to_keep, self.save_dir, 'checkpoints', '--checkpoint_dir'),
                (self.training and o.summary_secs, self.summary_dir, 'summaries', '--summary_dir'),
                (o.export_dir, o.export_dir, 'export', '--export_dir'),
                (o.feature_cache, o.feature_cache, 'feature cache', '--feature_cache'),
                (self.testing and o.test_output_file, os.path.dirname(o.test_output_file),
                 'test results', '--test_output_file')):
            if wanted:
                check_writable(folder, what, flag)


def _features(o):
    """By default those of 2017, of a network that is to stream those of 0.9.3."""
    kind = o.feature_type or ('2017' if o.bidirectional else '0.9.3')
    if not o.bidirectional and kind != '0.9.3':
        raise UserError(f'--feature_type {kind} does not stream, as --nobidirectional '
                        'requires: leave --feature_type out')
    try:
        return FeatureSettings(kind, o.audio_sample_rate, o.feature_win_len or None,
                               o.feature_win_step or None)
    except ValueError as error:
        raise UserError(str(error)) from error


def _dropout(o):
    """A negative rate is that of layer 1."""
    def rate(value):
        return o.dropout_rate if value < 0 else value

    return Dropout(o.dropout_rate, rate(o.dropout_rate2), rate(o.dropout_rate3), o.dropout_rate4,
                   o.dropout_rate5, rate(o.dropout_rate6))


def _deviations(o):
    """'b1', 'h1', ... 'h6' -> standard deviation of the initial values; None: Xavier's."""
    given = {name: getattr(o, name + '_stddev') for layer in (1, 2, 3, 5, 6)
             for name in (f'b{layer}', f'h{layer}')}
    return {name: o.default_stddev if value is None and name not in ('h1', 'h6') else value
            for name, value in given.items()}


def _course(o, report, advice):
    """How long and how fast to train."""
    rate = RateSettings(o.learning_rate, o.lr_schedule, o.lr_warmup_steps,
                        o.plateau_epochs if o.reduce_lr_on_plateau else 0, o.plateau_reduction,
                        o.es_min_delta)
    stop = StopSettings(o.early_stop, o.earlystop_nsteps, o.estop_mean_thresh,
                        o.estop_std_thresh, o.es_epochs, o.es_min_delta)
    return TrainSettings(o.epoch, rate, stop, o.validation_step, o.display_step,
                         o.checkpoint_secs, report, o.show_progressbar, advice)

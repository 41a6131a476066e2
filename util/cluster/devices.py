"""What the training runs on: threads, GPUs, and the strategy that spreads a batch over them."""
from __future__ import annotations

import glob
import os
from dataclasses import dataclass

import tensorflow as tf

from util import log


@dataclass(frozen=True)
class DeviceSettings:
    """The flags of the group Devices.

    Attributes:
        inter_op_threads, intra_op_threads: 0 leaves the choice to TensorFlow.
        allow_growth: take GPU memory when needed.
        log_placement: log where each operation runs.
        deterministic: only operations that give the same bits in every run.
    """

    inter_op_threads: int = 0
    intra_op_threads: int = 0
    allow_growth: bool = False
    log_placement: bool = False
    deterministic: bool = False


def configure(settings: DeviceSettings, seed: int) -> list:
    """Configure TensorFlow, say in one line what is used, and return the GPUs.

    All visible GPUs of the machine take part (`CUDA_VISIBLE_DEVICES` hides some).
    """
    if settings.inter_op_threads:  # once TensorFlow runs it takes no number, not even the same
        tf.config.threading.set_inter_op_parallelism_threads(settings.inter_op_threads)
    if settings.intra_op_threads:
        tf.config.threading.set_intra_op_parallelism_threads(settings.intra_op_threads)
    tf.debugging.set_log_device_placement(settings.log_placement)
    tf.random.set_seed(seed)
    if settings.deterministic:
        tf.config.experimental.enable_op_determinism()
    gpus = tf.config.list_physical_devices('GPU')
    if settings.allow_growth:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    if not gpus:
        threads = settings.intra_op_threads or len(os.sched_getaffinity(0))
        log.info(f'Devices: CPU, {threads} threads{_why_no_gpu()}')
        return gpus
    names = [tf.config.experimental.get_device_details(gpu).get('device_name', gpu.name)
             for gpu in gpus]
    log.info(f'Devices: {len(gpus)} GPU ({", ".join(names)})')
    return gpus


def local_strategy(gpus: list) -> tf.distribute.Strategy:
    """Return the strategy by which one process uses its GPUs."""
    return tf.distribute.MirroredStrategy() if len(gpus) > 1 else tf.distribute.get_strategy()


def share_of(batch: dict, replica: int | tf.Tensor, replicas: int) -> dict:
    """Return the utterances of one device: equally many for all, with some to fill up.

    Args:
        batch: see `util.data.dataset.batches`.
        replica: number of the device, in this process or in all.
        replicas: devices in this process.

    Returns:
        Features, lengths, labels and index of the utterances replica, replica + replicas, ...; the
        index of those that only fill up is -1.
    """
    if replicas == 1:
        return batch
    replica, n_batch = replica % replicas, tf.shape(batch['lengths'])[0]
    places = replica + replicas * tf.range((n_batch + replicas - 1) // replicas)
    rows = places % n_batch
    labels = tf.gather(tf.sparse.to_dense(batch['labels'], -1), rows)
    where = tf.where(labels >= 0)
    return {'features': tf.gather(batch['features'], rows),
            'lengths': tf.gather(batch['lengths'], rows),
            'labels': tf.SparseTensor(where, tf.gather_nd(labels, where),
                                      tf.shape(labels, tf.int64)),
            'index': tf.where(places < n_batch, tf.gather(batch['index'], rows), -1)}


def in_order(shares: tuple[tf.Tensor, ...], n_batch: tf.Tensor) -> tf.Tensor:
    """Put the devices' shares (`share_of`) of one number per utterance in order: [n_batch]."""
    return tf.reshape(tf.stack(shares, axis=1), [-1])[:n_batch]


def _why_no_gpu() -> str:
    """Return why an NVIDIA GPU in this machine is not used, or '' if there is none."""
    if not glob.glob('/dev/nvidia[0-9]*'):
        return ''
    if not tf.test.is_built_with_cuda():
        return '; the NVIDIA GPU is not used: this TensorFlow was built without CUDA ' \
               '(pip install -r requirements-gpu.txt)'
    if os.environ.get('CUDA_VISIBLE_DEVICES') in ('', '-1'):
        return '; the NVIDIA GPU is not used: CUDA_VISIBLE_DEVICES hides it'
    return '; the NVIDIA GPU is not used: TensorFlow cannot load the CUDA libraries ' \
           '(pip install -r requirements-gpu.txt)'

"""The sets of a run: read, checked, and in batches."""
from __future__ import annotations

from dataclasses import dataclass

from util.alphabet import Alphabet
from util.data.check import check_sets
from util.data.dataset import BatchPlan, FeatureCache, batches, read_csvs
from util.features import FeatureSettings


@dataclass(frozen=True)
class DataSet:
    """A set of utterances, and how it comes in batches."""

    name: str
    utterances: list
    plan: BatchPlan
    alphabet: Alphabet
    features: FeatureSettings
    cache: FeatureCache

    def batches(self, plan, start=0):
        """The batches of a plan as a dataset, see `util.data.dataset.batches`."""
        if start == len(plan):
            return ()
        return batches(self.utterances, plan, self.alphabet, self.features, start, self.cache)

    def learnt_by(self, crew, epoch, start):
        """The batches of an epoch from one on, or this process' share of each."""
        plan = crew.share(self.plan.plan(epoch))
        return crew.every(self.batches(plan, start), start, len(plan), self.features.n_input,
                          self.features.n_context)

    def audio_secs(self, epoch, start):
        """Seconds of audio in the batches of an epoch from one on."""
        steps = sum(int(self.plan.lengths[batch].sum()) for batch in self.plan.plan(epoch)[start:])
        return steps * self.features.step_secs


def load_sets(options, settings, processes):
    """Read and check the CSVs of all sets that are needed.

    Args:
        options, settings: the flags.
        processes: that take part in every step: a training batch is so many times larger.

    Returns:
        name -> `DataSet`.
    """
    o, wanted = options, {}
    if settings.training:
        wanted['train'] = (o.train_files, o.limit_train, o.train_batch_size * processes,
                           o.reverse_train)
        if o.dev_files:  # given, so it is checked, also where nothing validates
            wanted['dev'] = o.dev_files, o.limit_dev, o.dev_batch_size, o.reverse_dev
            for file in filter(None, o.metrics_files.split(',')):
                wanted[file] = file, 0, o.dev_batch_size, o.reverse_dev
    if settings.testing:
        wanted['test'] = o.test_files, o.limit_test, o.test_batch_size, o.reverse_test
    found = {name: read_csvs([f for f in files.split(',') if f], limit)
             for name, (files, limit, _, _) in wanted.items()}
    checked = check_sets(found, settings.alphabet, settings.features, strict=o.strict,
                         show_progressbar=o.show_progressbar)
    cache = FeatureCache(settings.features, o.feature_cache)
    return {name: DataSet(name, checked[name].usable,
                          BatchPlan(checked[name].steps, batch_size, o.random_seed, reverse,
                                    shuffle=name == 'train'),
                          settings.alphabet, settings.features, cache)
            for name, (_, _, batch_size, reverse) in wanted.items()}

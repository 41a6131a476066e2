"""The course of a training: when to stop, and how fast to learn until then.

Both are functions of the step and of the history of validation losses, so that a resumed training
takes the same course.
"""
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class StopSettings:
    """The flags of the group Early stopping.

    Attributes:
        enabled: stop early at all.
        window: losses looked at by the rule of 2017, at least 3.
        mean_threshold, std_threshold: bounds of that rule.
        epochs: if positive, the rule of 0.9.3 instead: stop after that many validations without
            improvement.
        min_delta: what counts as an improvement there.
        as_2017: whether the rule of 2017 is wanted; if no other is, ours.
    """

    enabled: bool = True
    window: int = 4
    mean_threshold: float = 0.5
    std_threshold: float = 0.5
    epochs: int = 0
    min_delta: float = 0.05
    as_2017: bool = False


# Our own rule: validations without improvement that end a training, and what counts as one
PATIENCE = 10
PATIENT_SHARE = 3  # later on, a third of all
LEAST_GAIN = 0.01  # of the loss; of the error rate, any


def due(every: int, epoch: int, epochs: int) -> bool:
    """Tell whether what happens every `every` epochs (0: never) happens after this one.

    After the last one it always does.
    """
    return every > 0 and (every == 1 or (epoch > 0 and epoch % every == 0) or epoch == epochs - 1)


def stop_reason(losses: Sequence[float], settings: StopSettings,
                wers: Sequence[float] = ()) -> str:
    """Return why to stop after the last of these validations, or '' to go on.

    Args:
        losses: their losses, all of this training.
        settings: which rule.
        wers: their word error rates.
    """
    if not settings.enabled:
        return ''
    if settings.epochs:
        count = since_improvement(losses, settings.min_delta)
        if count < settings.epochs:
            return ''
        return f'no improvement of {settings.min_delta:g} or more in {count} validations'
    return _as_2017(losses, settings) if settings.as_2017 else _no_gain(losses, wers)


def _no_gain(losses: Sequence[float], wers: Sequence[float]) -> str:
    """Stop when neither loss nor error rate has improved for a third of the training.

    The loss of short utterances is a few nats at first and hardly one later, while the error rate
    still halves: no bound in nats suits all corpora.
    """
    count = since_improvement(losses, min_share=LEAST_GAIN)
    if wers:
        count = min(count, since_improvement(wers))
    if count < max(PATIENCE, len(losses) // PATIENT_SHARE):
        return ''
    return f'neither validation loss nor WER has improved in {count} validations'


def _as_2017(losses: Sequence[float], settings: StopSettings) -> str:
    """Stop by the rule of 2017.

    With L the last `window` losses, 2017 stops when L[-1] > max(L[:-2]), or when
    |L[-1] - mean(L[:-2])| < mean_threshold and std(L[:-2]) < std_threshold. A loss that is not a
    number counts as infinite: worse than any other, and no sign that nothing moves.
    """
    window = max(settings.window, 3)
    if len(losses) < window:
        return ''
    recent = [math.inf if math.isnan(loss) else loss for loss in losses[-window:]]
    earlier, last = recent[:-2], recent[-1]
    most, mean = max(earlier), statistics.fmean(earlier)
    std = statistics.pstdev(earlier) if math.isfinite(most) else math.inf
    if last > most or (abs(last - mean) < settings.mean_threshold and std < settings.std_threshold):
        return (f'validation loss {losses[-1]:f}; of earlier losses: maximum {most:f}, '
                f'mean {mean:f}, standard deviation {std:f}')
    return ''


def is_best(found: Sequence[float], best: Sequence[float]) -> bool:
    """Tell whether a validation beats the best so far: by WER, then by loss; NaN never does.

    Args:
        found: its WER and loss.
        best: the same of the best one; empty before the first.
    """
    if any(map(math.isnan, found)):
        return False
    return not best or any(map(math.isnan, best)) or list(found) < list(best)


def since_improvement(losses: Sequence[float], min_delta: float = 0.0,
                      min_share: float = 0.0) -> int:
    """Count the last losses that passed without one lower than the best.

    Args:
        losses: or error rates.
        min_delta: by how much lower.
        min_share: and by which share of the best one.
    """
    best, count = math.inf, 0
    for loss in losses:
        if loss < best * (1 - min_share) - min_delta:
            best, count = loss, 0
        else:
            count += 1
    return count


@dataclass(frozen=True)
class RateSettings:
    """The learning rate and its course: `--learning_rate`, `--lr_*`, `--*plateau*`.

    Attributes:
        rate: the learning rate that the rest modifies.
        schedule: 'constant', or 'linear' or 'cosine' from the rate down to 0 at the last step.
        warmup_steps: steps in which the rate rises from 0 linearly.
        plateau_epochs: validations without improvement after which it is reduced; 0: never.
        plateau_reduction: factor of each reduction.
        min_delta: what counts as an improvement.
    """

    rate: float = 0.001
    schedule: str = 'constant'
    warmup_steps: int = 0
    plateau_epochs: int = 0
    plateau_reduction: float = 0.1
    min_delta: float = 0.05


def learning_rate(step: int, total_steps: int, losses: Sequence[float],
                  settings: RateSettings) -> float:
    """Return the learning rate of a step.

    Args:
        step: steps made before it.
        total_steps: steps of the whole training.
        losses: validation losses so far.
        settings: the course.
    """
    done = min(step / max(total_steps, 1), 1.0)
    shape = {'constant': 1.0, 'linear': 1.0 - done,
             'cosine': 0.5 * (1.0 + math.cos(math.pi * done))}[settings.schedule]
    if step < settings.warmup_steps:
        shape *= (step + 1) / settings.warmup_steps
    return settings.rate * shape * settings.plateau_reduction ** _plateaus(losses, settings)


def _plateaus(losses: Sequence[float], settings: RateSettings) -> int:
    """Count how often the loss has stood still for `plateau_epochs` validations."""
    if not settings.plateau_epochs:
        return 0
    plateaus, best, count = 0, math.inf, 0
    for loss in losses:
        if loss < best - settings.min_delta:
            best, count = loss, 0
        else:
            count += 1
        if count == settings.plateau_epochs:
            plateaus, count = plateaus + 1, 0
    return plateaus

"""What to expect of so much speech, said before the training and not after it."""

from __future__ import annotations

ONE_WORD_MINUTES, FEW_WORDS_MINUTES, FREE_HOURS = 5, 30, 10


def expectation(hours: float, clips: int, speakers: int | None) -> list[str]:
    """Return lines on what a model can learn from this.

    Args:
        hours: of speech to train on.
        clips: to train on.
        speakers: in them; None where that is not known.
    """
    lines = []
    if hours * 60 < ONE_WORD_MINUTES:
        are = 'clip is' if clips == 1 else 'clips are'
        lines.append(f'{clips:,} {are} too little to learn from: expect wrong or empty '
                     'transcripts, and take this for a trial of the way. From 20 minutes on, a '
                     'few dozen words can be learnt')
    elif hours * 60 < FEW_WORDS_MINUTES:
        lines.append('this is enough for a few dozen words that are said again and again; of free '
                     'speech expect the sound of words, and words only by a language model '
                     '(--text)')
    elif hours < FREE_HOURS:
        lines.append('this is enough for commands, numbers and the like; free speech takes tens '
                     'of hours, or a trained model to start from (--load_checkpoint_dir)')
    if speakers is not None and speakers < 3:
        lines.append(f'{"one speaker" if speakers == 1 else "two speakers"}: the error rate is '
                     'for the same voice; others will be understood worse')
    return lines

"""Putting a corpus's archives in place: the user's own or downloaded, verified and unpacked."""

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from util import log
from util.corpora.corpus import Archive, Corpus
from util.corpora.download import checksum_file, download, verify
from util.corpora.unpack import ARCHIVES, unpack
from util.corpora.walk import through_links
from util.errors import UserError
from util.files import whole_file


@dataclass(frozen=True)
class Fetcher:
    """Where archives go and may come from.

    Attributes:
        folder: the corpus folder.
        urls: other addresses or local files, as `--url` gives them.
        dry_run: change nothing, only find out what is missing.
    """

    folder: Path
    urls: tuple[str, ...] = ()
    dry_run: bool = False

    def fetch(self, corpus: Corpus, splits: tuple[str, ...]) -> list[str]:
        """Put the corpus's files in place; in a dry run, return what is missing."""
        if not self.dry_run:
            self.folder.mkdir(parents=True, exist_ok=True)
        index, archives = corpus.index, corpus.archives
        if index and (line := self._fetch_one(corpus, index, 2)):
            return [line]
        found = archives(self.folder) if callable(archives) else archives
        needed = [a for a in found if not a.splits or set(a.splits) & set(splits)]
        lines = [self._fetch_one(corpus, archive, len(found)) for archive in needed]
        if not self.dry_run:
            corpus.prepare(self.folder)
        return [line for line in lines if line]

    def _is_there(self, archive: Archive) -> bool:
        for pattern in archive.provides.split('|'):
            if (self.folder / pattern).exists() or next(through_links(self.folder, pattern), None):
                return True
        return False

    def _fetch_one(self, corpus: Corpus, archive: Archive, count: int) -> str:
        """Put one file in place; in a dry run, return where it would come from."""
        place = self.folder / archive.file
        marker = place.with_name(f'.{place.name}.unpacking')  # there until all is unpacked
        if self._is_there(archive) and not marker.exists():
            return ''
        file, url = self._source(archive, count)
        if not file.is_file() and not url:
            raise UserError(f'{self.folder}: {archive.provides} is missing: {corpus.manual}')
        if self.dry_run:
            return f'{file} (to be unpacked)' if file.is_file() else url
        if file.is_file():
            verify(file, checksum_file(place), archive.sha256)
            if not file.name.endswith(ARCHIVES) and file != place:
                place.parent.mkdir(parents=True, exist_ok=True)
                with open(file, 'rb') as source, whole_file(place) as target:
                    shutil.copyfileobj(source, target)
        else:
            try:
                download(url, file, archive.size, archive.sha256)
            except UserError as e:
                if not archive.optional:
                    raise
                log.warn(e)
                return ''
        if file.name.endswith(ARCHIVES):
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
            unpack(file, self.folder / archive.into)
            for inner in sorted(self.folder.glob(archive.nested)) if archive.nested else ():
                unpack(inner, inner.parent)
            marker.unlink()
        if not self._is_there(archive):
            raise UserError(f'{file}: contains no {archive.provides}: this is not the expected '
                            f'archive of {corpus.name}, or its layout has changed')
        return ''

    def _source(self, archive: Archive, count: int) -> tuple[Path, str]:
        """Return (file, address); a local --url is used where it lies."""
        for url in self.urls:
            if url.endswith('/'):
                url += archive.file
            elif count > 1 and PurePosixPath(url).name != archive.file:
                continue
            local = Path(url.removeprefix('file://'))
            return (local, '') if local.is_file() else (self.folder / archive.file, url)
        return self.folder / archive.file, archive.url

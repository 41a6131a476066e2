"""Leave a small page at each old address, which leads to where its content stands now."""

import html
import pathlib
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Moved</title>
<link rel="canonical" href="{target}">
<meta http-equiv="refresh" content="0; url={target}">
<script>location.replace("{target}" + location.hash)</script>
<p>This page is now <a href="{target}">{target}</a>.
"""


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the pages of `moved` in conf.py: old name -> new name, both without .html."""
    if exception or app.builder.format != 'html':
        return
    for old, new in app.config.moved.items():
        if new not in app.env.found_docs or old in app.env.found_docs:
            logger.warning(
                'moved: %s -> %s: the first must be gone, the second must exist', old, new
            )
        page = pathlib.Path(app.outdir) / f'{old}.html'
        page.write_text(PAGE.format(target=html.escape(f'{new}.html')), encoding='utf-8')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register `write`; Sphinx calls this when it starts."""
    app.add_config_value('moved', {}, 'html', [dict])
    app.connect('build-finished', write)
    return {'parallel_read_safe': True}

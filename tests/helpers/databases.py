"""Sample databases and tar archives, made from their layout by no code of ours."""

import io
import json
import struct
import tarfile

SPEECH = {'content': 'speech', 'mime-type': 'audio/wav'}
TRANSCRIPT = {'content': 'transcript', 'mime-type': 'text/plain'}


def parts_of_sdb(samples, schema=(SPEECH, TRANSCRIPT)):
    """Return a database in parts: magic, header, head of the samples, entries, index.

    Args:
        samples: tuples of bytes, one for each column.
        schema: the columns.
    """
    header = json.dumps({'schema': list(schema)}).encode()
    entries = []
    for sample in samples:
        body = b''.join(struct.pack('>I', len(part)) + part for part in sample)
        entries.append(struct.pack('>I', len(body)) + body)
    at, offsets = 8 + 8 + len(header) + 16, []
    for entry in entries:
        offsets.append(at)
        at += len(entry)
    return [b'SAMPLEDB', struct.pack('>Q', len(header)) + header,
            struct.pack('>QQ', 8 + sum(map(len, entries)), len(entries)), *entries,
            struct.pack('>QQ', 8 + 8 * len(offsets), len(offsets))
            + struct.pack(f'>{len(offsets)}Q', *offsets)]


def make_sdb(samples, schema=(SPEECH, TRANSCRIPT)):
    """Return the bytes of a database."""
    return b''.join(parts_of_sdb(samples, schema))


def make_tar(files, mode='w'):
    """Return the bytes of an archive of name -> bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()

"""What people's text files say, whatever program wrote them."""

from pathlib import Path


def decode(path: Path) -> str:
    """Return a text file's content, in UTF-8 or an encoding of old Windows programs."""
    data = path.read_bytes()
    for encoding in ('utf-8-sig', 'utf-16') if data[:2] in (b'\xff\xfe', b'\xfe\xff') else (
            'utf-8-sig', 'cp1252'):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode('utf-8', 'replace')

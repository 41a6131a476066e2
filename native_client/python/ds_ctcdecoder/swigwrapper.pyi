# What SWIG makes of ds_ctcdecoder.i is for __init__.py alone.
from typing import Any

def __getattr__(name: str) -> Any: ...

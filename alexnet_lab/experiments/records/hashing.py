"""Digests of settings: whether what stands today is what stood when a run was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def setting_hash(setting: Mapping[str, Any]) -> str:
    """Return sixteen hexadecimal figures of a setting's SHA-256."""
    return hashlib.sha256(json.dumps(setting, sort_keys=True).encode()).hexdigest()[:16]

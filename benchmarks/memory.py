"""What memory a process holds."""

from __future__ import annotations

from pathlib import Path


def resident_mb(process: int | str = "self", field: str = "VmRSS") -> float | None:
    """Resident memory of a process in megabytes (10⁶ bytes); none where there is no /proc.

    :param process: its id.
    :param field: "VmRSS" is what it holds now, "VmHWM" the most that it ever held.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:"))

"""Make a virtual environment and install the project in it: ``python3 scripts/install.py .venv ".[dev]"``.

Runs on the bare standard library. Where no NVIDIA GPU is found it takes the CPU build of torch, because PyPI's default
one brings several GB of CUDA libraries.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

OLDEST = (3, 11)
CPU_TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TABLES = ["--no-deps", "torchxrayvision>=1.3,<2"]
"""Real annotation tables, which tests and training read and nothing imports: its dependencies are not needed."""


def main() -> int:
    """Install; 2 with one line on stderr where that is not possible."""
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        print(f"SSG needs Python {wanted} or newer, this is {sys.version.split()[0]}: make PYTHON=python{wanted} ...")
        return 2
    folder, what = Path(sys.argv[1]), sys.argv[2]
    try:
        python = _environment(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"A virtual environment cannot be made in {folder} ({error}): on Debian, apt-get install python3-venv.")
        return 2
    commands = [[*_torch()], ["--editable", what]]
    if "dev" in what:
        commands.append(TABLES)
    for arguments in commands:
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=False)
        if done.returncode:
            print(f"pip could not install {' '.join(arguments)}: see above, then run the same command again.")
            return 2
    return 0


def _environment(folder: Path) -> str:
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"Making a virtual environment in {folder} and installing: some minutes the first time.", flush=True)
        venv.create(folder, with_pip=True)
    return str(python)


def _torch() -> list[str]:
    if shutil.which("nvidia-smi") or sys.platform != "linux":
        return ["torch>=2.10,<3"]
    return [CPU_TORCH, "--index-url", CPU_INDEX] if _reachable(CPU_INDEX) else [CPU_TORCH]


def _reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/", timeout=8) as answer:  # noqa: S310 - a constant https address
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())

"""Asks the package index for known vulnerabilities of every package that requirements.txt pins.

    python tests/checks/vulnerabilities.py

Exit code 1 if there is one. Where the index cannot be asked, or does not know a package, a line says so.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
AUDIT = (
    *(sys.executable, "-m", "pip_audit", "--requirement", "requirements.txt"),
    *("--require-hashes", "--disable-pip", "--timeout", "5"),
    *("--format", "json", "--progress-spinner", "off"),
)


def main() -> int:
    """Prints each vulnerability, or what could not be found out."""
    try:
        process = subprocess.run(
            AUDIT, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        packages = json.loads(process.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        print("not looked for: the package index could not be asked.")
        return 0
    found = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in found:
        mended = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
    unknown = sum("vulns" not in package for package in packages)
    if unknown and not found:
        print(f"not looked for in {unknown} of {len(packages)} packages: the index has no answer.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

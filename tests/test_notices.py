"""Everything taken from others is named with its licence."""

from pathlib import Path

from app.commands import lock

CHECKOUT = Path(__file__).parents[1]
NOTICES = (CHECKOUT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")


def test_every_library_is_named() -> None:
    packages = lock.versions((CHECKOUT / "requirements" / "run.lock").read_text(encoding="utf-8"))
    rows = dict(line.strip("| ").split(" | ")[:2] for line in NOTICES.splitlines() if line.startswith("| "))
    assert packages
    assert {package for package in packages if not rows.get(package)} == set()


def test_every_vendored_part_has_its_licence_and_is_named() -> None:
    parts = [part for part in (CHECKOUT / "app" / "web" / "static" / "vendor").iterdir() if part.is_dir()]
    assert parts
    for part in parts:
        assert (part / "LICENSE").is_file(), part
        assert part.name.replace("-", " ").lower().split()[0] in NOTICES.lower().replace(".", ""), part


def test_data_under_attribution_is_named() -> None:
    for words in ("HTCDS) 2.0", "not\nendorsed by IOM", "GeoNames", "CC BY 4.0", "Unicode License"):
        assert words in NOTICES


def test_licence_is_apache() -> None:
    licence = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0" in licence

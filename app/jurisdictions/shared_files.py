"""The data that several profiles share, in one version: lists, indicator sets, rules, sources, vocabularies."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from app.jurisdictions.faults import Faults
from app.jurisdictions.reading import read_model
from app.jurisdictions.schema.lists import CodeListFile, IndicatorSetFile, SourcesFile, TargetsFile
from app.jurisdictions.schema.rules import RulesFile

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """One version of `shared/`; `folder` is its path as faults name it."""

    folder: str
    lists: Mapping[str, CodeListFile]
    sets: Mapping[str, IndicatorSetFile]
    rules: RulesFile
    sources: SourcesFile
    targets: TargetsFile


def _folder(root: Path, name: str, model: type[Model], faults: Faults) -> dict[str, Model]:
    read = {path.stem: read_model(path, f"{name}/{path.name}", model, faults) for path in sorted(root.glob("*.yaml"))}
    if not read:
        faults.add(name, "", "the folder is missing or empty")
    return {stem: content for stem, content in read.items() if content is not None}


def read_shared(root: Path, version: str, faults: Faults) -> SharedFiles | None:
    """Return `shared/VERSION` below `root`, None with faults where some file of it cannot be used."""
    folder = root / "shared" / version
    name = f"shared/{version}"
    before = len(faults.found)
    lists = _folder(folder / "codelists", f"{name}/codelists", CodeListFile, faults)
    sets = _folder(folder / "indicators", f"{name}/indicators", IndicatorSetFile, faults)
    rules = read_model(folder / "rules.yaml", f"{name}/rules.yaml", RulesFile, faults)
    sources = read_model(folder / "sources.yaml", f"{name}/sources.yaml", SourcesFile, faults)
    targets = read_model(folder / "targets.yaml", f"{name}/targets.yaml", TargetsFile, faults)
    if len(faults.found) > before or rules is None or sources is None or targets is None:
        return None
    return SharedFiles(name, lists, sets, rules, sources, targets)

"""Every refusal of these modules has its sentence in every language, with its numbers filled in."""

import re
from pathlib import Path

import pytest

from app.services.credentials import passwords, tokens
from app.texts import LANGUAGES, text

PARAMETERS = {"minimum": 15, "maximum": 256, "seconds": 30}


def codes_in(module: object) -> set[str]:
    source = Path(str(getattr(module, "__file__", ""))).read_text(encoding="utf-8")
    refused = {f"password.{code}" for code in re.findall(r'refuse\("(\w+)"', source)}
    return refused | set(re.findall(r'(?:SignInRequired|Unavailable)\("([\w.]+)"', source))


CODES = codes_in(passwords) | codes_in(tokens) | {"sign_in.throttled"}


def test_the_codes_are_found_in_the_source() -> None:
    assert len(CODES) == 11


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_sentence(code: str, language: str) -> None:
    sentence = text(f"problems.{code}", language, **PARAMETERS)
    assert sentence.endswith(".")
    assert "{" not in sentence

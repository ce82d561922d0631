"""Persons who do not exist, in the proportions that were published."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import yaml

import app.jurisdictions
from app.demonstration import proportions
from app.demonstration.people import make_someone


def test_shares_come_from_the_published_figures() -> None:
    path = Path(app.jurisdictions.__file__).parent / "al" / "published.yaml"
    years = yaml.safe_load(path.read_text())["identified_by_year"]["years"]
    published = next(year for year in years if year["year"] == 2022)
    shares = proportions.PUBLISHED
    assert shares["sex_age"] == published["sex_age"]
    assert shares["exploitation"] == published["exploitation"]
    assert shares["status"] == {"vmt": published["potential_victims_vmt"], "vt": published["victims_vt"]}
    assert shares["identified"] == {
        "by_mobile_units": published["identified_by_mobile_units"],
        "total": published["total"],
    }
    assert published["labour_of_which_begging"] == proportions.LABOUR_OF_WHICH_BEGGING
    groups = proportions.GROUPS
    assert {"women": groups["FEMALE", "adult"], "men": groups["MALE", "adult"]} == {
        name: published["sex_age"][name] for name in ("women", "men")
    }


def test_persons_are_as_drawn_and_their_ages_fit() -> None:
    rng, day = Random(5), datetime(2026, 6, 1, tzinfo=UTC).date()
    people = [make_someone(rng, "AL", day + timedelta(days=n % 300)) for n in range(2000)]
    girls = sum(one.sex == "FEMALE" and one.child for one in people)
    assert 0.38 < girls / len(people) < 0.5
    assert {one.community for one in people} >= {"albanian", "roma", "egyptian", "kosovar"}
    assert all(one.identity.given_names for one in people if one.named)
    assert 0 < sum(not one.named for one in people) < 100

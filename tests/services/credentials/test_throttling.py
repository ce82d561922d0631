"""The throttle slows guessing from every side and never keeps an owner out."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.credentials.throttling import (
    Bucket,
    BucketKind,
    Counter,
    Wait,
    after_success,
    counted,
    forget_after,
    network_prefix,
    password_buckets,
    second_factor_buckets,
    site_prefix,
    verdict,
)

SECRET = bytes(32)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OWNER, HOME = "arta.hoxha", "198.51.100.7"


@dataclass
class Door:
    """The table of counters and a clock, as a service would keep them."""

    now: datetime = NOW
    rows: dict[str, Counter] = field(default_factory=dict)

    def attempt(self, buckets: tuple[Bucket, ...], *, right: bool = False) -> Wait | None:
        wait = verdict([self.rows[bucket.key] for bucket in buckets if bucket.key in self.rows], self.now)
        if wait is not None:
            return wait
        for bucket in buckets:
            self.rows[bucket.key] = counted(bucket, self.rows.get(bucket.key), self.now)
        if right:
            for bucket in buckets:
                left = after_success(self.rows.pop(bucket.key))
                if left is not None:
                    self.rows[bucket.key] = left
        return None

    def guesses(self, buckets: tuple[Bucket, ...], during: timedelta) -> int:
        """Let somebody guess as fast as the door allows; return how often he was let through."""
        made, end = 0, self.now + during
        while self.now < end:
            wait = self.attempt(buckets)
            made += wait is None
            self.now += SECOND / 10 if wait is None else wait.seconds * SECOND
        return made


def buckets(
    address: str, login: str = OWNER, *, device: str | None = None, familiar: bool = False
) -> tuple[Bucket, ...]:
    return password_buckets(SECRET, login, address, device=device, familiar=familiar)


def network(number: int) -> str:
    """An address in the `number`th network of its own."""
    return f"10.{number >> 8 & 255}.{number & 255}.9"


@pytest.mark.parametrize(
    ("address", "subscriber", "site"),
    [
        ("192.0.2.77", "192.0.2.0/24", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24", "192.0.2.0/24"),
        ("2001:db8:1:2:3::5", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
    ],
)
def test_networks(address: str, subscriber: str, site: str) -> None:
    assert network_prefix(address) == subscriber
    assert site_prefix(address) == site


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2", "192.0.2.1:443", "testclient", "2001:db8::/64"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        network_prefix(address)


@given(st.ip_addresses())
def test_every_address_has_its_networks(address: object) -> None:
    assert network_prefix(str(address)).endswith(("/24", "/64"))
    assert site_prefix(str(address)).endswith(("/24", "/48"))


def test_bucket_keys_show_neither_login_nor_address() -> None:
    found = [*buckets(HOME), *buckets(HOME, device="d1"), *buckets(HOME, familiar=True)]
    found += [*second_factor_buckets(SECRET, OWNER), *second_factor_buckets(SECRET, OWNER, device="d1")]
    assert len({bucket.key for bucket in found}) == 7
    for bucket in found:
        assert bucket.key.startswith(bucket.kind + ":")
        assert len(bucket.key) == len(bucket.kind) + 33
        assert "arta" not in bucket.key


def test_buckets_depend_on_secret_account_and_network_only() -> None:
    assert buckets(HOME, " ARTA.Hoxha ") == buckets("198.51.100.200")
    assert not set(buckets(HOME)) & set(password_buckets(b"\1" * 32, OWNER, HOME))
    other = buckets(HOME, "blerim")
    assert [one == two for one, two in zip(buckets(HOME), other, strict=True)] == [False, True, False]
    assert [bucket.kind for bucket in other] == [BucketKind.UNFAMILIAR, BucketKind.NETWORK, BucketKind.PRESSURE]


def test_typed_nonsense_makes_buckets_too() -> None:
    assert len(buckets(HOME, "\ud800\0")) == 3
    assert buckets(HOME, "a\0b", device="c") != buckets(HOME, "a", device="b\0c")


def test_mistyping_costs_nothing_and_then_ever_more_up_to_a_quarter_of_an_hour() -> None:
    door = Door()
    mine = buckets(HOME, device="d1")
    assert [door.attempt(mine) for _ in range(6)] == [None] * 6
    waits = []
    for _ in range(12):
        wait = door.attempt(mine)
        assert wait is not None
        waits.append(wait.seconds)
        door.now += wait.seconds * SECOND
        assert door.attempt(mine) is None
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_refused_attempt_neither_counts_nor_lengthens_the_wait() -> None:
    door = Door()
    for _ in range(6):
        door.attempt(buckets(HOME))
    before = dict(door.rows)
    assert door.attempt(buckets(HOME)) == Wait(2, BucketKind.UNFAMILIAR)
    door.now += SECOND
    assert door.attempt(buckets(HOME)) == Wait(1, BucketKind.UNFAMILIAR)
    assert door.rows == before
    door.now += SECOND
    assert door.attempt(buckets(HOME), right=True) is None


def test_the_right_password_during_a_wait_is_answered_like_a_wrong_one() -> None:
    door = Door()
    for _ in range(6):
        door.attempt(buckets(HOME))
    assert door.attempt(buckets(HOME), right=True) == door.attempt(buckets(HOME), right=False) is not None


@given(st.integers(1, 10**6), st.sampled_from(BucketKind), st.timedeltas(-HOUR, timedelta(days=3)))
def test_every_wait_is_short_and_ends_by_itself(failures: int, kind: BucketKind, later: timedelta) -> None:
    counter = Counter(Bucket(kind, "x"), failures, NOW)
    wait = verdict([counter], NOW + later)
    if wait is not None:
        assert 1 <= wait.seconds <= 3600
    if wait is not None and later >= timedelta(0):
        assert verdict([counter], NOW + later + wait.seconds * SECOND) is None
    assert verdict([counter], NOW + HOUR) is None


@given(st.integers(1, 10**6), st.sampled_from(BucketKind))
def test_every_bucket_forgets(failures: int, kind: BucketKind) -> None:
    counter = Counter(Bucket(kind, "x"), failures, NOW)
    later = NOW + forget_after(kind)
    assert verdict([counter], later) is None
    assert counted(counter.bucket, counter, later).failures == 1
    assert counted(counter.bucket, counter, later - SECOND).failures == failures + 1


def test_a_stranger_does_not_make_the_owners_device_or_network_wait() -> None:
    door = Door()
    for number in range(3000):
        for _ in range(3):
            door.attempt(buckets(network(number)))
    for _ in range(500):
        door.attempt(buckets(HOME))  # in the owner's own office, too
    assert door.attempt(buckets(HOME)) is not None
    assert door.attempt(buckets(HOME, device="d1")) is None
    assert door.attempt(buckets(HOME, familiar=True), right=True) is None


def test_under_attack_the_owners_first_tries_from_a_new_place_go_through_at_once() -> None:
    door = Door()
    for number in range(3000):
        for _ in range(3):
            door.attempt(buckets(network(number)))
    new_place = buckets("203.0.113.5")
    assert door.attempt(new_place) is None
    assert door.attempt(new_place, right=True) is None


def test_a_colleague_s_mistakes_do_not_stop_the_office() -> None:
    door = Door()
    for _ in range(30):
        door.attempt(buckets(HOME, "agim"))
        door.now += MINUTE
    assert door.attempt(buckets(HOME, "blerta")) is None


def test_one_network_guesses_at_one_account_a_hundred_times_a_day_at_most() -> None:
    assert Door().guesses(buckets(HOME), timedelta(days=1)) <= 115


def test_many_networks_pay_a_network_for_two_guesses_and_one_an_hour() -> None:
    door = Door()
    for number in range(10):  # brings the pressure up
        for _ in range(5):
            door.attempt(buckets(network(number)))
    assert door.guesses(buckets(network(99)), timedelta(days=1)) <= 2 + 6 + 24


def test_spraying_one_network_over_all_accounts_is_slowed() -> None:
    door = Door()
    made, end = 0, NOW + HOUR
    while door.now < end:
        wait = door.attempt(buckets(HOME, f"account{made}"))
        made += wait is None
        door.now += SECOND / 10 if wait is None else wait.seconds * SECOND
    assert 100 < made < 130
    assert wait == Wait(60, BucketKind.NETWORK)


def test_an_ipv6_site_does_not_buy_a_fresh_start_with_every_subnet() -> None:
    door = Door()
    through = sum(
        door.attempt(buckets(f"2001:db8:1:{subnet:x}::1", f"account{subnet}")) is None for subnet in range(999)
    )
    assert through == 51


def test_signing_in_to_an_own_account_does_not_clear_the_network() -> None:
    door = Door()
    made = 0
    for number in range(400):
        made += door.attempt(buckets(HOME, f"victim{number}")) is None
        door.attempt(buckets(HOME, "attacker", device="own"), right=True)
        door.attempt(buckets(HOME, "attacker"), right=True)
    assert made == 51


def test_success_empties_the_account_s_own_bucket_and_takes_back_its_own_attempt() -> None:
    door = Door()
    for _ in range(4):
        door.attempt(buckets(HOME))
    door.attempt(buckets(HOME), right=True)
    assert {row.bucket.kind: row.failures for row in door.rows.values()} == {
        BucketKind.NETWORK: 4,
        BucketKind.PRESSURE: 4,
    }
    fresh = Door()
    fresh.attempt(buckets(HOME), right=True)
    assert fresh.rows == {}


def test_guessing_codes_is_counted_for_the_whole_account() -> None:
    door = Door()
    assert door.guesses(second_factor_buckets(SECRET, OWNER), timedelta(days=10)) <= 6 + 8 + 240
    assert door.attempt(second_factor_buckets(SECRET, OWNER, device="d1")) is None
    assert door.attempt(buckets(HOME, device="d1")) is None


def test_no_rows_no_wait_and_the_longest_wait_counts() -> None:
    assert verdict([], NOW) is None
    short = Counter(Bucket(BucketKind.UNFAMILIAR, "a"), 6, NOW)
    long = Counter(Bucket(BucketKind.NETWORK, "b"), 70, NOW)
    assert verdict([short, long], NOW) == verdict([long, short], NOW) == Wait(60, BucketKind.NETWORK)


def test_a_clock_set_back_does_not_lengthen_a_wait() -> None:
    counter = Counter(Bucket(BucketKind.DEVICE, "a"), 6, NOW)
    assert verdict([counter], NOW - 100 * HOUR) == Wait(2, BucketKind.DEVICE)

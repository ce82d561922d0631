"""Who knocks: an address always comes out, and a device is called by two words, never by its whole header."""

from ipaddress import ip_address

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.http.callers import caller_of, keep_device


def request(*, client: tuple[str, int] | None = ("192.0.2.1", 1), scheme: str = "http", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": given, "client": client,
         "scheme": scheme, "server": ("besa.test", 443)}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("2001:db8::1", 1), "2001:db8::1"),
        (("::ffff:192.0.2.1", 1), "::ffff:192.0.2.1"),
        (("testclient", 50000), "0.0.0.0"),
        (("", 0), "0.0.0.0"),
        (None, "0.0.0.0"),
    ],
)
def test_an_address_always_comes_out(client: tuple[str, int] | None, address: str) -> None:
    assert ip_address(caller_of(request(client=client)).address) == ip_address(address)


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iOS"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox · Android"),
        ("python-httpx/0.28", "python-httpx"),
        ("<script>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_called_by_two_words(agent: str, label: str) -> None:
    assert caller_of(request(user_agent=agent)).label == label


def test_the_cookie_holds_a_secret_for_each_person_and_no_more_than_eight() -> None:
    held = ".".join("abcdefghij")
    assert caller_of(request(cookie=f"besa_device={held}")).device_tokens == tuple("abcdefgh")
    assert caller_of(request(cookie="besa_device=")).device_tokens == ()
    assert caller_of(request(cookie=f"besa_device={'x' * 101}.y")).device_tokens == ("y",)
    assert caller_of(request(cookie="besa_device=a", scheme="https")).device_tokens == (), "another name over TLS"


def test_a_device_stays_as_it_is_where_nothing_is_new() -> None:
    response = Response()
    keep_device(request(), response, None)
    assert "set-cookie" not in response.headers

"""The guard: foreign requests are refused before anything runs, and a learner is who the signed cookie says."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import pytest

from ssg.errors import Unavailable
from ssg.web.guard import COOKIE, Guard, LearnerCookie

KEY = b"k" * 32
HOST = {"host": "localhost:7860"}


def run(coroutine):
    """In a thread of its own: the browser tests' Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


class Answer:
    """What came back: status, headers by name, the learner whom the app behind the guard saw."""

    def __init__(self, messages, seen):
        self.seen = seen
        self.status = messages[0].get("status") or messages[0].get("code")
        self.headers = {name.decode(): value.decode() for name, value in messages[0].get("headers", ())}
        self.body = b"".join(message.get("body", b"") for message in messages[1:]).decode()

    @property
    def cookie(self):
        found = SimpleCookie(self.headers.get("set-cookie", "")).get(COOKIE)
        return found.value if found else None


def ask(headers=HOST, kind="http", hosts=("localhost",), embedded=False, key=KEY):
    seen, messages = [], []

    async def app(scope, _receive, send):
        seen.append(scope["state"]["learner"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"kept")]})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})

    async def send(message):
        messages.append(message)

    scope = {"type": kind, "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]}
    run(Guard(app, LearnerCookie(key), hosts, embedded)(scope, None, send))
    return Answer(messages, seen)


def with_cookie(value, **more):
    return ask(HOST | {"cookie": f"{COOKIE}={value}"}, **more)


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "LOCALHOST", "127.0.0.1:7860", "[::1]:7860"])
def test_the_own_names_are_answered_with_and_without_a_port(host):
    assert ask({"host": host}, hosts=("localhost", "127.0.0.1", "::1")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "evil.example"},
        {"host": "[localhost"},
        {"host": "localhost.evil.example"},
        {"host": "evil.example", "x-forwarded-host": "localhost"},
    ],
    ids=str,
)
def test_a_foreign_host_is_refused_and_nothing_runs(headers):
    refused = ask(headers)
    assert (refused.status, refused.seen, refused.cookie) == (403, [], None)
    assert refused.body == "This server does not answer to that name."


def test_without_a_list_of_names_any_is_answered():
    assert ask({"host": "ssg.example.org"}, hosts=()).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example:7860",
        "http://localhost:8888",
        "http://localhost",
        "http://localhost:7860.evil.example",
        "http://localhost:7860@evil.example",
        "http://[localhost",
        "null",
        "evil",
    ],
)
def test_a_foreign_origin_is_refused_and_nothing_runs(origin):
    refused = ask(HOST | {"origin": origin})
    assert (refused.status, refused.seen, refused.cookie) == (403, [], None)
    assert refused.body == "Requests from other sites are refused."


@pytest.mark.parametrize("origin", ["http://localhost:7860", "https://localhost:7860"])
def test_the_own_origin_is_answered(origin):
    assert ask(HOST | {"origin": origin}).status == 200


def test_behind_a_proxy_the_origin_is_compared_with_the_name_that_the_proxy_was_asked_for():
    proxied = {"host": "10.0.0.7:7860", "x-forwarded-host": "ssg.example.org"}
    assert ask(proxied | {"origin": "https://ssg.example.org"}, hosts=()).status == 200
    assert ask(proxied | {"origin": "https://evil.example"}, hosts=()).status == 403


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, HOST | {"origin": "http://evil.example"}], ids=str)
def test_a_foreign_websocket_is_closed_for_breaking_the_rules(headers):
    refused = ask(headers, kind="websocket")
    assert (refused.status, refused.seen) == (1008, [])


def test_an_own_websocket_knows_its_learner():
    learner, value = LearnerCookie(KEY).issue()
    assert with_cookie(value, kind="websocket").seen == [learner]


def test_what_is_neither_a_request_nor_a_websocket_passes():
    passed = []

    async def app(scope, _receive, _send):
        passed.append(scope["type"])

    run(Guard(app, LearnerCookie(KEY))({"type": "lifespan"}, None, None))
    assert passed == ["lifespan"]


def test_a_new_browser_becomes_a_learner_and_stays_that_one():
    first = ask()
    again = with_cookie(first.cookie)
    assert again.seen == first.seen
    assert again.cookie is None, "a cookie that is good is not sent again"
    assert ask().seen != first.seen


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "0" * 32,
        f"{'0' * 32}.",
        f"{'0' * 32}.{'0' * 64}",
        LearnerCookie(b"another key").issue()[1],
        LearnerCookie(b"").issue()[1],
        LearnerCookie(KEY).issue()[1][:-1],
        LearnerCookie(KEY).issue()[1] + "0",
        f"{'0' * 32}.é",
        "x" * 5000,
    ],
    ids=["empty", "dot", "no mark", "empty mark", "zeros", "other key", "no key", "cut", "longer", "not ASCII", "long"],
)
def test_a_forged_cookie_makes_a_new_learner(value):
    answered = with_cookie(value)
    assert answered.status == 200
    assert answered.seen != [value.partition(".")[0]]
    assert with_cookie(answered.cookie).seen == answered.seen


def test_the_signature_of_one_learner_does_not_prove_another():
    (one, first), (_, second) = LearnerCookie(KEY).issue(), LearnerCookie(KEY).issue()
    assert with_cookie(f"{one}.{second.partition('.')[2]}").seen != [one]
    assert with_cookie(first).seen == [one]


@pytest.mark.parametrize(
    "other", ["theme=dark", 'state={"a": 1}', "a=b c", "flag", "=", "a[b]=1", "a=é", 'a="', "path=/", ""]
)
def test_among_cookies_of_other_programs_the_own_one_is_found(other):
    learner, value = LearnerCookie(KEY).issue()
    for cookies in (f"{other}; {COOKIE}={value}", f"{COOKIE}={value}; {other}", f"x{COOKIE}=no;{COOKIE}={value}"):
        assert ask(HOST | {"cookie": cookies}).seen == [learner]


@pytest.mark.parametrize("embedded", [False, True])
def test_over_plain_http_the_cookie_is_for_this_site_and_not_for_scripts(embedded):
    parts = ask(embedded=embedded).headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= {*parts}
    assert "Secure" not in parts


@pytest.mark.parametrize("protocol", ["https", "https, http"])
def test_behind_a_proxy_that_speaks_https_the_cookie_is_secure(protocol):
    parts = ask(HOST | {"x-forwarded-proto": protocol}).headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= {*parts}


def test_in_the_frame_of_a_space_the_cookie_is_secure_and_kept_apart():
    parts = ask(HOST | {"x-forwarded-proto": "https"}, embedded=True).headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=None", "Secure", "Partitioned"} <= {*parts}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-own", "kept"),
    ],
)
def test_every_answer_has_the_security_headers_and_keeps_its_own(name, value):
    assert ask().headers[name] == value


def test_only_a_space_may_show_the_app_in_a_frame_of_another_site():
    assert "x-frame-options" not in ask(embedded=True).headers


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    file = tmp_path / "new" / "cookie.key"
    learner, value = LearnerCookie.with_key_file(file).issue()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_bytes()) == 32
    assert LearnerCookie.with_key_file(file).read(value) == learner
    assert [path.name for path in file.parent.iterdir()] == ["cookie.key"]
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.unlink()
    assert LearnerCookie.with_key_file(file).read(value) is None


@pytest.mark.parametrize("content", [b"", b"k" * 31], ids=["empty", "short"])
def test_a_key_that_was_cut_off_signs_nothing(tmp_path, content):
    file = tmp_path / "cookie.key"
    file.write_bytes(content)
    with pytest.raises(Unavailable, match=r"cookie\.key is damaged: restore it, or remove it"):
        LearnerCookie.with_key_file(file)


def test_programs_that_start_together_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        cookies = list(pool.map(lambda _: LearnerCookie.with_key_file(tmp_path / "new" / "key"), range(8)))
    assert len({cookie.derived_key("test") for cookie in cookies}) == 1


def test_a_key_that_cannot_be_made_is_named_with_its_remedy(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"cookie\.key cannot be read or made \(.*\): correct SSG_DATA_DIR"):
        LearnerCookie.with_key_file(tmp_path / "file" / "cookie.key")


def test_keys_for_other_purposes_differ_and_do_not_sign_cookies():
    cookie = LearnerCookie(KEY)
    derived = cookie.derived_key("images")
    assert derived == cookie.derived_key("images")
    assert len({derived, cookie.derived_key("other"), KEY}) == 3
    _, value = LearnerCookie(derived).issue()
    assert cookie.read(value) is None

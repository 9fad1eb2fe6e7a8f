"""A byte of a file that lies elsewhere comes out right or not at all, whatever the servers do."""

from __future__ import annotations

import gc
import io
import random
import tempfile
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faulty_proxy import FaultyProxy
from tests.hub import TOKEN
from tests.servers import Elsewhere, Held
from tinydata import errors
from tinydata.fetch import File, RemoteFile, find, hub_file, hub_id, list_hub
from tinydata.fetch.http import Connections
from tinydata.fetch.remote import Answer, Passing

CONTENT = random.Random(0).randbytes(1_500_000)


def opened(address: str) -> File:
    repo = hub_id(address)
    if repo is not None:
        return hub_file(list_hub(repo), repo.path, Connections())
    found = find(address)
    assert isinstance(found, RemoteFile)
    return found


def ready(place: Elsewhere, content: bytes = CONTENT) -> tuple[File, FaultyProxy]:
    """A file that was found, before anything of it is read."""
    file = opened(place.put("a.tar", content))
    assert place.proxy is not None
    place.proxy.forget()
    return file, place.proxy


def streamed(file: File) -> bytes:
    with file.open() as stream:
        return stream.read()


def test_any_part_is_what_lies_there(elsewhere):
    file = opened(elsewhere.put("a.tar", CONTENT))
    draw = random.Random(1)
    spans = [(draw.randrange(len(CONTENT) + 100), draw.randrange(200_000)) for _ in range(20)]

    assert [file.read(*span) for span in spans] == [CONTENT[at : at + length] for at, length in spans]
    assert file.size() == len(CONTENT)
    assert [file.read(*span) for span in spans] == [CONTENT[at : at + length] for at, length in spans]


@pytest.mark.parametrize("content", [b"", b"a", CONTENT], ids=len)
def test_a_stream_is_the_whole_of_it(elsewhere, content):
    file = opened(elsewhere.put("a.tar", content))

    assert (streamed(file), streamed(file), file.size()) == (content, content, len(content))
    assert (file.read(0, 10), file.read(len(content), 10)) == (content[:10], b"")


class Moody:
    """An origin that meets each request as it likes, the last ones all alike; whatever it sends is of the file.

    It tells no lie that nothing could show: where it has stated no length yet, what it sends without one is whole.
    """

    name = "https://host/a"

    def __init__(self, content: bytes, moods: list[str], at_last: str) -> None:
        self.content, self.moods, self.at_last, self.has_told = content, iter(moods), at_last, False

    def ask(self, start: int, stop: int | None) -> Answer:
        mood, total = next(self.moods, self.at_last), len(self.content)
        if mood == "busy":
            raise Passing(errors.NoAnswer(self.name, "busy"))
        if mood == "refused":
            raise errors.AccessDenied(self.name, "refused")
        if mood == "no more" and self.has_told:
            return Answer(max(0, start), max(0, start), None, None, io.BytesIO())
        begin = 0 if "whole" in mood else max(0, total + start) if start < 0 else min(start, total)
        end = total if "whole" in mood or stop is None else min(stop, total)
        end = min(end, begin + 7) if "short" in mood else end
        body = self.content[begin:end]
        if "cut" in mood and (self.has_told or "unsized" not in mood):
            body = body[: len(body) // 2]
        said = None if "unsized" in mood else total
        self.has_told = self.has_told or said is not None
        return Answer(begin, said if "whole" in mood else end, said, None, io.BytesIO(body), whole="whole" in mood)


MOODS = st.sampled_from(
    (
        *("", "busy", "refused", "no more", "cut", "short", "short cut", "unsized", "unsized short"),
        *("whole", "whole cut", "whole unsized", "whole unsized cut"),
    )
)
CALLS = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 350), st.integers(0, 350)),
    st.tuples(st.just("tail"), st.integers(1, 350)),
    st.tuples(st.sampled_from(["size", "all"])),
)


@given(st.integers(0, 300), st.lists(MOODS, max_size=8), MOODS, st.lists(CALLS, min_size=1, max_size=5))
def test_whatever_a_server_does_bytes_come_out_right_or_not_at_all(length, moods, at_last, calls):
    content = random.Random(length).randbytes(length)
    file = RemoteFile(Moody(content, moods, at_last))
    with pytest.MonkeyPatch.context() as patch:
        slept = []
        patch.setattr("tinydata.fetch.patience.time", SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept)))
        patch.setattr("tinydata.fetch.remote.HEAD_BYTES", 20)
        patch.setattr("tinydata.fetch.remote.TAIL_BYTES", 30)
        patch.setattr("tinydata.fetch.remote._FIRST_WINDOW", 50)
        for name, *words in calls:
            try:
                if name == "read":
                    assert file.read(*words) == content[words[0] : words[0] + words[1]]
                elif name == "tail":
                    end = file.tail(words[0])
                    assert content.endswith(end)
                    assert len(end) >= min(words[0], length)
                elif name == "size":
                    assert file.size() == length
                else:
                    assert streamed(file) == content
            except errors.RemoteError:
                continue


def test_a_name_has_no_secret_and_a_suffix(elsewhere):
    file = opened(elsewhere.put("d/a.JSONL", "{}"))

    assert (file.suffix, file.path) == (".jsonl", None)
    assert file.name.endswith("d/a.JSONL")


def test_whoever_stops_early_was_sent_little_more(served):
    file, proxy = ready(served, bytes(40_000_000))

    with file.open() as stream:
        stream.read(100_000)

    assert proxy.sent_bytes() < 1_000_000


def test_the_length_and_the_end_of_a_file_are_one_request(served):
    file, proxy = ready(served)

    end = file.read(file.size() - 60_000, 60_000)

    assert end == CONTENT[-60_000:]
    assert [one.status for one in proxy.passed if one.status != 302] == [206]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_fault_that_passes_is_waited_out(served, clock, status):
    file, proxy = ready(served)
    proxy.fail(status, 3, headers={"Retry-After": "2"} if status == 429 else {})

    assert (file.read(100, 100), streamed(file)) == (CONTENT[100:200], CONTENT)
    assert clock == ([2, 2, 2] if status == 429 else [0.5, 1, 2])


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_that_stays_is_told_after_a_while(served, clock, status):
    file, proxy = ready(served)
    proxy.fail(status)

    with pytest.raises(errors.RemoteError, match=str(status)):
        file.read(0, 10)
    with pytest.raises(errors.RemoteError, match=str(status)):
        streamed(file)

    assert 20 < sum(clock) < 100


def test_a_server_that_wants_to_be_left_alone_for_long_is_told_at_once(served, clock):
    file, proxy = ready(served)
    proxy.fail(429, headers={"Retry-After": "600"})

    with pytest.raises((errors.AskedTooOften, errors.RateLimited), match="for 600 seconds"):
        file.read(0, 10)

    assert (proxy.asked(), clock) == (1, [])


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "AccessDenied"), (403, "AccessDenied"), (404, "NoSuchAddress"), (410, "NoSuchAddress"), (400, "NoAnswer")],
)
def test_a_refusal_is_told_at_once(web, clock, status, error):
    file, proxy = ready(web)
    proxy.fail(status)

    with pytest.raises(getattr(errors, error), match=f"a.tar.*{status}"):
        file.read(0, 10)

    assert (proxy.asked(), clock) == (1, [])


def test_what_is_not_there_is_told(elsewhere):
    address = elsewhere.put("a.tar", b"").replace("a.tar", "b.bin")

    with pytest.raises((errors.NoSuchAddress, errors.NoSuchHubFile), match=r"b\.bin"):
        streamed(opened(address))


def test_an_answer_cut_off_is_gone_on_with(served, clock):
    file, proxy = ready(served)
    proxy.cut(3, at=200_000)

    assert streamed(file) == CONTENT
    assert file.read(0, len(CONTENT)) == CONTENT
    assert proxy.sent_bytes() < 2.1 * len(CONTENT)  # nothing twice


def test_a_reader_who_takes_long_is_waited_for_no_less(served, clock):
    file, proxy = ready(served)
    proxy.cut(1, at=131_072)

    with file.open() as stream:
        begin = stream.read(100_000)
        time.sleep(1_000)
        proxy.fail(503, 2)
        rest = stream.read()

    assert begin + rest == CONTENT


def test_an_answer_that_is_cut_at_the_same_byte_each_time_is_told(served, clock):
    file, proxy = ready(served)
    proxy.cut(10**9, at=0)

    with pytest.raises(errors.NoAnswer, match=r"breaks off at byte 0 of 1,500,000"):
        streamed(file)


@pytest.mark.parametrize("fault", ["lose", "stall"])
def test_an_answer_that_never_comes_is_asked_for_again(served, clock, monkeypatch, fault):
    monkeypatch.setattr("tinydata.fetch.http.TIMEOUT_SECONDS", 0.3)
    file, proxy = ready(served)
    proxy.lose(2) if fault == "lose" else proxy.stall(0.6)

    assert file.read(5, 100) == CONTENT[5:105]


def test_a_server_that_is_down_is_told(served, clock):
    file, proxy = ready(served)
    proxy.close()

    with pytest.raises(errors.NoAnswer, match=r"a\.tar.*refused"):
        file.read(0, 10)


def test_a_server_that_comes_up_late_is_waited_for(served, clock):
    file, proxy = ready(served)
    proxy.lose(4)

    assert file.size() == len(CONTENT)


def test_without_ranges_a_stream_goes_through_cuts_too(web, clock):
    file, proxy = ready(web)
    proxy.forget_ranges()
    proxy.cut(1, at=700_000)
    proxy.cut(1, at=900_000)

    assert streamed(file) == CONTENT


def test_without_ranges_what_is_read_anywhere_is_fetched_once(web):
    file, proxy = ready(web)
    proxy.forget_ranges()

    parts = [file.read(at, 100) for at in (1_000_000, 0, 700_000)]

    assert (parts, file.size()) == ([CONTENT[at : at + 100] for at in (1_000_000, 0, 700_000)], len(CONTENT))
    assert streamed(file) == CONTENT
    assert proxy.asked() == 2


def test_without_ranges_a_full_disk_is_told_and_nothing_stays(web, monkeypatch, tmp_path):
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    file, proxy = ready(web)
    proxy.forget_ranges()
    monkeypatch.setattr(tempfile, "TemporaryFile", Full)

    with pytest.raises(OSError, match="No space left") as caught:
        file.read(1_000_000, 10)

    assert (caught.value.errno, caught.value.filename) == (28, tempfile.gettempdir())


def test_a_file_that_changes_under_the_reader_is_told(served):
    file, proxy = ready(served)
    file.read(0, 10)
    proxy.retag()

    with pytest.raises(errors.SourceChanged, match=r"a\.tar changed while it was read"):
        file.read(500_000, 10)
    with pytest.raises(errors.SourceChanged):
        streamed(file)


def test_where_there_is_no_etag_the_date_tells_of_a_change(web):
    file, proxy = ready(web)
    proxy.untag()
    file.read(0, 10)
    proxy.retag()

    with pytest.raises(errors.SourceChanged, match=r"changed while it was read: .*1970"):
        file.read(500_000, 10)


@pytest.mark.parametrize("how", ["unsize", "chunk"])
def test_an_answer_of_no_length_is_no_end_where_the_length_is_known(web, clock, how):
    file, proxy = ready(web)
    with file.open() as stream:
        begin = stream.read(100_000)
        proxy.forget_ranges()
        getattr(proxy, how)()
        proxy.cut(1, at=700_000)

        assert begin + stream.read() == CONTENT


@pytest.mark.parametrize("how", ["unsize", "chunk"])
def test_without_ranges_and_lengths_all_is_read(web, how):
    file, proxy = ready(web)
    proxy.forget_ranges()
    getattr(proxy, how)()

    assert (file.size(), file.read(1_000_000, 10), streamed(file)) == (
        len(CONTENT),
        CONTENT[1_000_000:1_000_010],
        CONTENT,
    )


def test_a_server_that_takes_the_end_for_the_begin_is_seen_through(clock):
    class Turned(Held):
        def ask(self, start, stop):
            return super().ask(0, -start) if start < 0 else super().ask(start, stop)

    file = RemoteFile(Turned(CONTENT))

    assert (file.tail(100)[-100:], file.size(), streamed(file)) == (CONTENT[-100:], len(CONTENT), CONTENT)


def test_a_server_that_has_no_more_before_the_end_is_told(web, clock):
    file, proxy = ready(web)
    stream = file.open()
    stream.read(10)
    proxy.fail(416)

    with stream, pytest.raises(errors.NoAnswer, match=r"no more after byte [\d,]+ of 1,500,000"):
        stream.read()


@pytest.mark.parametrize("place", ["web", "s3", "memory"])
def test_a_file_that_grows_under_the_reader_is_told(request, place):
    put = request.getfixturevalue(place).put
    stream = opened(put("a.tar", CONTENT)).open()
    stream.read(10)
    put("a.tar", CONTENT + b"more")

    with stream, pytest.raises(errors.SourceChanged):
        stream.read()


def test_a_stream_that_failed_has_not_ended(served):
    file, proxy = ready(served)
    with file.open() as stream:
        stream.read(10)
        proxy.retag()
        for _ in range(2):
            with pytest.raises(errors.SourceChanged):
                stream.read()


@pytest.mark.parametrize("more", [-1000, 1000])
def test_a_length_misstated_is_seen_through_where_parts_can_be_had(served, clock, more):
    file, proxy = ready(served)
    proxy.misstate(more, times=2)

    assert streamed(file) == CONTENT


def test_a_length_that_is_too_long_each_time_is_told(web, clock):
    file, proxy = ready(web)
    proxy.forget_ranges()
    proxy.misstate(1000, times=10**9)

    with pytest.raises(errors.NoAnswer, match=r"breaks off at byte 1,500,000 of 1,501,000"):
        streamed(file)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed_and_remembered(web, status):
    file, proxy = ready(web)
    proxy.redirect(2, where="a.tar", status=status)

    parts = [file.read(at, 10) for at in (100_000, 200_000)]

    assert parts == [CONTENT[100_000:100_010], CONTENT[200_000:200_010]]
    assert [one.path for one in proxy.passed][2:] == ["/a.tar?again=1&again=1"] * 2


def test_a_login_goes_where_its_own_server_sends_and_to_no_other(web):
    from urllib.parse import urlsplit

    web.put("a.csv", "a\n")
    one, other = FaultyProxy(web.proxy.url), FaultyProxy(web.proxy.url)
    file = opened(one.url.replace("http://", "http://me:secret@") + "/a.csv")
    one.redirect(1, to=f"{one.url}/a.csv?again")
    one.redirect(1, to=f"{other.url}/a.csv")

    content = file.read(0, 10)

    for proxy in (one, other):
        proxy.close()
    said = [step.headers.get("Authorization") for step in (*one.passed, *other.passed)]
    assert content == b"a\n"
    assert urlsplit(other.url).port != urlsplit(one.url).port
    assert said == ["Basic bWU6c2VjcmV0", "Basic bWU6c2VjcmV0", None]


def test_a_token_goes_to_the_hub_and_not_to_its_store(hub_elsewhere, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    file, proxy = ready(hub_elsewhere)

    parts = file.read(0, 10), file.read(900_000, 10)

    said = {one.path.split("/")[1]: one.headers.get("Authorization") for one in proxy.passed}
    assert parts == (CONTENT[:10], CONTENT[900_000:900_010])
    assert said == {"datasets": f"Bearer {TOKEN}", "blobs": None}


def test_redirects_without_an_end_are_told(web, clock):
    file, proxy = ready(web)
    proxy.redirect(10**9)

    with pytest.raises(errors.NoAnswer, match="redirects"):
        file.read(0, 10)


def test_where_a_redirect_led_may_run_out(served, clock):
    file, proxy = ready(served)
    if served.name != "hub":
        proxy.redirect(1)
    file.read(0, 10)
    proxy.fail(403, 1)

    assert file.read(700_000, 10) == CONTENT[700_000:700_010]


def test_a_password_in_an_address_is_said_to_its_server_and_to_nobody_else(web):
    address = web.put("a.csv", "a\n").replace("http://", "http://me:s%40cret@") + "?key=secret2"
    file = opened(address)

    assert (streamed(file), "s%40cret" in file.name, "secret" in file.name) == (b"a\n", False, False)
    assert web.proxy.passed[0].headers["Authorization"] == "Basic bWU6c0BjcmV0"
    assert web.proxy.passed[0].path.endswith("?key=secret2")
    web.proxy.fail(403)
    with pytest.raises(errors.AccessDenied) as caught:
        file.read(0, 1)
    assert "cret" not in str(caught.value)


def test_connections_are_kept_and_none_is_left_behind(web):
    file, proxy = ready(web)

    for at in range(0, len(CONTENT), 100_000):
        file.read(at, 100)
    kept = proxy.open_connections
    del file
    gc.collect()

    assert kept == 1
    for _ in range(100):
        if proxy.open_connections:
            time.sleep(0.01)
    assert proxy.open_connections == 0


@pytest.mark.parametrize("how", ["said", "by the environment"])
def test_offline_nothing_is_asked(web, s3, monkeypatch, how):
    addresses = [web.put("a.csv", "a\n"), s3.put("a.csv", "a\n"), "memory://a.csv"]
    if how != "said":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    s3.proxy.forget()

    for address in addresses:
        with pytest.raises(errors.NotHere, match=r"a\.csv lies elsewhere"):
            find(address, offline=how == "said")

    assert web.proxy.asked() == s3.proxy.asked() == 0


@pytest.mark.parametrize(
    "address",
    [
        "nope://host/a",
        "s3://",
        "s3:///a",
        "http://",
        "https:///a.csv",
        "http://[::1",
        "http://host:99999/a",
        "http://host:x/a",
    ],
)
def test_an_address_that_is_none_is_told(online, address):
    with pytest.raises(errors.BadAddress) as caught:
        find(f"{address}?key=secret" if "host" in address else address)

    assert address in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_proxy_of_the_environment_is_asked(web, monkeypatch):
    web.put("a.tar", CONTENT)
    monkeypatch.setenv("http_proxy", web.proxy.url)
    monkeypatch.setenv("no_proxy", "")

    with pytest.raises(errors.NoSuchAddress):
        opened("http://host.invalid/b.bin").read(0, 10)

    assert web.proxy.passed[0].path == "http://host.invalid/b.bin"


def test_progress_is_the_bytes_that_came(web):
    told: list[tuple[int, int]] = []
    file = find(web.put("a.tar", CONTENT), progress=lambda done, total: told.append((done, total)))

    streamed(file)

    assert told[-1] == (len(CONTENT), 0)

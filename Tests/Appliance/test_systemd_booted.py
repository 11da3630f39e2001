"""The units under the real systemd, booted in a container, installed as docs/systemd.md says."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import containers
import pytest
from delivered import DEADLINE_SECONDS, HELLO_BODY, REPOSITORY, free_port, run
from pages import blocks

pytestmark = pytest.mark.container

DOCKERFILE = """\
FROM {runtime}
USER 0
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends \\
    systemd systemd-sysv dbus curl procps python3-venv && rm -rf /var/lib/apt/lists/*
COPY --from={wheels} /wheels /swiftcorn/dist
COPY systemd /swiftcorn/deploy/systemd
COPY site.py /srv/app/myproject/wsgi.py
COPY site.py /srv/shop/shop.py
RUN touch /srv/app/requirements.txt
ENV container=podman
ENTRYPOINT []
CMD ["/lib/systemd/systemd"]
"""
SITE = """
import sys, time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("asked", file=sys.stderr, flush=True)
        time.sleep(6)
    body = b"Hello from Swiftcorn\\n"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
CURL = "curl --silent --max-time 20"
SAYING_HELLO = f"{CURL} http://127.0.0.1:8000/"


@pytest.fixture(scope="module")
def machine(runtime: str, wheels: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A booted machine on which the commands of docs/systemd.md have been run."""
    context: Path = tmp_path_factory.mktemp("machine")
    shutil.copytree(REPOSITORY / "deploy/systemd", context / "systemd")
    (context / "site.py").write_text(SITE)
    (context / "Dockerfile").write_text(DOCKERFILE.format(runtime=runtime, wheels=wheels))
    containers.build(context, "localhost/swiftcorn-machine:test")
    name = f"swiftcorn-machine-{free_port()}"
    # The sandbox of the service needs mounts; the network is the machine's own loopback only.
    options = ("--systemd=always", "--cap-add=sys_admin", "--network=none")
    containers.podman(
        "run", "--detach", "--name", name, *options, "localhost/swiftcorn-machine:test"
    )
    try:
        wait_for(name, "systemctl is-system-running --wait", "running", "degraded")
        for block in blocks("systemd.md", "Install"):
            said = on(name, f"cd /swiftcorn && set -e\n{block}")
        assert said.encode() == HELLO_BODY.strip()
        yield name
    finally:
        containers.podman("rm", "--force", "--time=5", name)


def on(machine: str, script: str, check: bool = True) -> str:
    command = ["podman", "exec", machine, "sh", "-c", script]
    done = run(*command, check=False, environment=containers.environment())
    if check and done.returncode != 0:
        journal = on(machine, "journalctl --no-pager --lines=40 --output=cat", check=False)
        raise AssertionError(f"{script} gave {done.returncode}\n{done.stderr}{journal}")
    return done.stdout.strip()


def wait_for(machine: str, script: str, *wanted: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while (said := on(machine, script, check=False)) not in wanted:
        assert time.monotonic() < end, f"{script} still says {said!r}"
        time.sleep(0.2)


def show(machine: str, name: str) -> str:
    return on(machine, f"systemctl show swiftcorn.service --value --property={name}")


STATUS_TEXT = "systemctl show swiftcorn.service --value --property=StatusText"


def drop_in(machine: str, *lines: str) -> None:
    """Changes the service until `revert`."""
    folder = "/run/systemd/system/swiftcorn.service.d"
    text = "\\n".join(("[Service]", *lines))
    on(machine, f"mkdir -p {folder} && printf '{text}\\n' >{folder}/test.conf")
    on(machine, "systemctl daemon-reload && systemctl restart swiftcorn.service")


def revert(machine: str) -> None:
    on(machine, "rm -rf /run/systemd/system/swiftcorn.service.d && systemctl daemon-reload")
    on(machine, "systemctl restart swiftcorn.socket swiftcorn.service")


def journal(machine: str) -> str:
    return on(machine, "journalctl --unit=swiftcorn.service --output=cat --no-pager")


def test_a_connection_starts_it_and_it_is_ready(machine: str) -> None:
    on(machine, "systemctl stop swiftcorn.service")
    assert show(machine, "ActiveState") == "inactive"
    assert on(machine, f"{CURL} http://127.0.0.1:8000/") == HELLO_BODY.decode().strip()
    assert show(machine, "ActiveState") == "active"
    assert show(machine, "Type") == "notify"
    counted = "2 of 2 workers ready, 1 request,"
    wait_for(machine, f"{STATUS_TEXT} | grep --only-matching '{counted}'", counted)


def test_it_is_not_root(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service")
    user = on(machine, f"stat --format=%u /proc/{show(machine, 'MainPID')}")
    assert int(user) > 1000


def test_reload_keeps_the_arbiter_and_refuses_nothing(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service")
    before = show(machine, "MainPID")
    assert under_load(machine, "systemctl reload swiftcorn.service") == "60 200"
    assert show(machine, "MainPID") == before
    assert "Hang up: Master" in journal(machine)


def test_a_reload_that_fails_is_in_the_status_and_serving_goes_on(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service")
    on(machine, "mv /srv/app/myproject/wsgi.py /tmp/away && echo 1/0 >/srv/app/myproject/wsgi.py")
    try:
        on(machine, "systemctl reload swiftcorn.service")
        failed = f"{STATUS_TEXT} | grep --only-matching 'the last reload failed'"
        wait_for(machine, failed, "the last reload failed")
        assert on(machine, SAYING_HELLO).encode() == HELLO_BODY.strip()
    finally:
        on(machine, "mv /tmp/away /srv/app/myproject/wsgi.py")
    on(machine, "systemctl reload swiftcorn.service")
    wait_for(machine, f"{STATUS_TEXT} | grep --count 'reload failed'", "0")


def test_a_restart_refuses_no_connection(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service")
    before = show(machine, "MainPID")
    assert under_load(machine, "systemctl restart swiftcorn.service") == "60 200"
    assert show(machine, "MainPID") != before


def under_load(machine: str, command: str) -> str:
    """Sixty requests one after another with the command in their middle; statuses, counted."""
    load = f"{CURL} --output /dev/null --write-out '%{{http_code}}\\n' http://127.0.0.1:8000/"
    counted = "sort | uniq --count | sed 's/^ *//'"
    loop = f"for n in $(seq 60); do {load}; done | {counted} >/tmp/statuses"
    return on(machine, f"({loop}) & sleep 0.1; {command} || exit 1; wait; cat /tmp/statuses")


def test_stop_is_clean(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service && systemctl stop swiftcorn.service")
    assert show(machine, "Result") == "success"
    assert show(machine, "ExecMainStatus") == "0"
    assert "Shutting down: Master" in journal(machine)


def test_the_journal_has_fields(machine: str) -> None:
    on(machine, "systemctl start swiftcorn.service")
    on(machine, f"{CURL} --output /dev/null http://127.0.0.1:8000/fields?x=1")
    query = "journalctl --sync; journalctl --unit=swiftcorn --no-pager --output=json"
    entry = json.loads(on(machine, f"{query} SWIFTCORN_TARGET=/fields?x=1 --lines=1"))
    assert entry["PRIORITY"] == "6" and entry["SWIFTCORN_STATUS"] == "200"
    assert entry["SWIFTCORN_METHOD"] == "GET" and int(entry["SWIFTCORN_WORKER"]) > 0
    assert "GET /fields?x=1 HTTP/1.1" in entry["MESSAGE"]
    assert entry["_SYSTEMD_UNIT"] == "swiftcorn.service"
    started = json.loads(on(machine, f"{query} MESSAGE='Starting gunicorn 27.0.1' --lines=1"))
    assert "SWIFTCORN_WORKER" not in started
    for block in blocks("systemd.md", "The journal"):
        assert on(machine, block)


def test_an_arbiter_that_stands_still_is_started_again(machine: str) -> None:
    drop_in(machine, "WatchdogSec=2")
    before = show(machine, "MainPID")
    on(machine, f"kill -STOP {before}")
    changed = f'[ "$(systemctl show swiftcorn --value -p MainPID)" != {before} ] && echo changed'
    wait_for(machine, changed, "changed")
    wait_for(machine, "systemctl is-active swiftcorn.service", "active")
    assert "Watchdog timeout" in on(machine, "journalctl --unit=swiftcorn.service --no-pager")
    after = show(machine, "MainPID")
    assert on(machine, SAYING_HELLO).encode() == HELLO_BODY.strip()
    # A healthy one outlives the watchdog's time.
    on(machine, "sleep 3")
    assert show(machine, "MainPID") == after
    revert(machine)


def test_a_stop_gets_the_time_that_requests_need(machine: str) -> None:
    """The request takes longer than TimeoutStopSec, and is answered all the same."""
    drop_in(machine, "TimeoutStopSec=2")
    on(machine, f"({CURL} --output /tmp/answer http://127.0.0.1:8000/slow; true) >/dev/null 2>&1 &")
    asked = "journalctl --unit=swiftcorn.service --output=cat --no-pager | grep --count '^asked$'"
    wait_for(machine, asked, "1")
    on(machine, "systemctl stop swiftcorn.service")
    assert show(machine, "Result") == "success"
    wait_for(machine, "cat /tmp/answer", HELLO_BODY.decode().strip())
    revert(machine)


def test_without_a_socket_unit_a_crash_and_a_restart_refuse_nothing(machine: str) -> None:
    """systemd keeps the listening socket: FDSTORE."""
    on(machine, "systemctl stop swiftcorn.socket swiftcorn.service")
    folder = "/run/systemd/system/alone.service.d"
    on(
        machine,
        "sed '/swiftcorn.socket/d' /etc/systemd/system/swiftcorn.service"
        " >/run/systemd/system/alone.service",
    )
    lines = "[Service]\\nFileDescriptorStoreMax=4\\nEnvironment=FDSTORE=4\\nRestartSec=100ms\\n"
    on(machine, f"mkdir -p {folder} && printf '{lines}' >{folder}/test.conf")
    on(machine, "systemctl daemon-reload && systemctl start alone.service")
    stored = "systemctl show alone.service --value --property=NFileDescriptorStore"
    assert on(machine, stored) == "1"
    before = on(machine, "systemctl show alone.service --value --property=MainPID")
    assert under_load(machine, "systemctl restart alone.service") == "60 200"
    # Of a crash only the request that is being answered may know.
    counts = under_load(machine, "systemctl kill --kill-who=main --signal=KILL alone.service")
    assert counts == "60 200" or counts.split() in (["1", "000", "59", "200"],)
    wait_for(machine, "systemctl is-active alone.service", "active")
    assert on(machine, "systemctl show alone.service --value --property=MainPID") != before
    assert on(machine, stored) == "1"
    on(machine, f"systemctl stop alone.service && rm -r {folder}")
    on(machine, "systemctl start swiftcorn.socket swiftcorn.service")


def test_a_start_that_fails_says_why_in_the_status(machine: str) -> None:
    drop_in(machine, "Restart=no")
    on(machine, "systemctl stop swiftcorn.service")
    before = on(machine, "cat /etc/default/swiftcorn")
    on(machine, "echo APP=myproject.nothing:app >/etc/default/swiftcorn")
    try:
        on(machine, "systemctl start swiftcorn.service", check=False)
        assert show(machine, "StatusText") == "Worker failed to boot."
        assert show(machine, "ExecMainStatus") == "3"
        assert "No module named" in journal(machine)
    finally:
        on(machine, f"cat >/etc/default/swiftcorn <<'END'\n{before}\nEND")
        on(machine, "systemctl reset-failed")
        revert(machine)


def test_the_drop_in_is_put_in_as_the_page_says(machine: str) -> None:
    for block in blocks("systemd.md", "What a machine has of its own"):
        on(machine, f"cd /swiftcorn && set -e\n{block}")
    try:
        assert on(machine, SAYING_HELLO).encode() == HELLO_BODY.strip()
        assert show(machine, "MemoryMax") == str(1 << 30)
        pid = show(machine, "MainPID")
        variables = on(machine, f"tr '\\0' '\\n' </proc/{pid}/environ").splitlines()
        assert "STATE_DIRECTORY=/var/lib/swiftcorn" in variables
        assert "GUNICORN_WORKERS=auto" in variables
    finally:
        on(machine, "rm -r /etc/systemd/system/swiftcorn.service.d && systemctl daemon-reload")
        on(machine, "systemctl restart swiftcorn.service")


def test_several_applications_have_a_unit_each(machine: str) -> None:
    for block in blocks("systemd.md", "Several applications"):
        said = on(machine, f"cd /swiftcorn && set -e\n{block}")
    assert said.encode() == HELLO_BODY.strip()
    assert on(machine, "systemctl is-active swiftcorn.service swiftcorn@shop.service") == (
        "active\nactive"
    )
    on(machine, "systemctl disable --quiet --now swiftcorn@shop.socket swiftcorn@shop.service")

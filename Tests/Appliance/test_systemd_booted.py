"""The units under the real systemd, booted in a container, installed as docs/systemd.md says."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import containers
import pytest
from delivered import DEADLINE_SECONDS, HELLO_BODY, REPOSITORY, free_port, run

pytestmark = pytest.mark.container

DOCKERFILE = """\
FROM {runtime}
USER 0
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends \\
    systemd systemd-sysv dbus curl procps python3-venv && rm -rf /var/lib/apt/lists/*
COPY --from={wheels} /wheels /wheels
RUN python3 -m venv /srv/app/venv && /srv/app/venv/bin/pip install --no-index /wheels/*.whl
COPY hello.py /srv/app/
COPY swiftcorn.service swiftcorn.socket /etc/systemd/system/
RUN printf 'APP=hello:app\\nGUNICORN_CMD_ARGS=--workers=2\\n' >/etc/default/swiftcorn
ENV container=podman
ENTRYPOINT []
CMD ["/lib/systemd/systemd"]
"""
CURL = "curl --silent --max-time 10"


@pytest.fixture(scope="module")
def machine(runtime: str, wheels: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A booted machine with the units installed and the socket started."""
    context: Path = tmp_path_factory.mktemp("machine")
    shutil.copy(REPOSITORY / "examples/hello/hello.py", context)
    for unit in (REPOSITORY / "deploy/systemd").iterdir():
        shutil.copy(unit, context)
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
        on(name, "systemctl daemon-reload && systemctl enable --quiet --now swiftcorn.socket")
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


def journal(machine: str) -> str:
    return on(machine, "journalctl --unit=swiftcorn.service --output=cat --no-pager")


def test_a_connection_starts_it_and_it_is_ready(machine: str) -> None:
    on(machine, "systemctl stop swiftcorn.service")
    assert show(machine, "ActiveState") == "inactive"
    assert on(machine, f"{CURL} http://127.0.0.1:8000/") == HELLO_BODY.decode().strip()
    assert show(machine, "ActiveState") == "active"
    assert show(machine, "Type") == "notify"


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

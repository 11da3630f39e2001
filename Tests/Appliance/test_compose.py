"""The compose files: what they say, and served by podman-compose with nginx in front."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import containers
import pytest
import yaml
from delivered import BIN, HELLO, HELLO_BODY, REPOSITORY, free_port, get_when_ready, run
from pages import blocks

FOLDER = REPOSITORY / "deploy" / "compose"
FILES = ("compose.yaml", "compose.nginx.yaml")
COMPOSE = REPOSITORY / ".venv-appliance/bin/podman-compose"


def services(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())["services"]


@pytest.mark.parametrize("name", FILES)
def test_the_server_is_as_restricted_as_a_pod(name: str) -> None:
    web = services(name)["web"]
    assert web["read_only"] is True and web["tmpfs"] == ["/tmp"]
    assert web["cap_drop"] == ["ALL"]
    assert web["security_opt"] == ["no-new-privileges:true"]
    assert services(name).keys() == {"web", *(["proxy"] if "nginx" in name else [])}
    # More than graceful_timeout, so that TERM is the end and not KILL.
    assert int(web["stop_grace_period"].removesuffix("s")) > 30


@pytest.mark.parametrize("name", FILES)
def test_the_server_takes_the_command(name: str) -> None:
    *options, application = services(name)["web"]["command"]
    assert application == HELLO[-1]
    run(BIN / "gunicorn", "--check-config", *options, *HELLO)


@pytest.mark.parametrize("name", FILES)
def test_the_page_and_the_file_say_the_same_command(name: str) -> None:
    command = f"docker compose --file deploy/compose/{name} up --build"
    assert command in "".join(blocks("docker.md", "Compose")).splitlines()
    assert command in (FOLDER / name).read_text()


def test_both_sides_know_the_socket_in_the_volume() -> None:
    web, proxy = services(FILES[1])["web"], services(FILES[1])["proxy"]
    (path,) = re.findall(r"unix:(\S+)", " ".join(web["command"]))
    config, _, target = proxy["volumes"][0].partition(":")
    assert target.startswith("/etc/nginx/conf.d/")
    assert f"server unix:{path} " in (FOLDER / config).read_text()
    folder = str(Path(path).parent)
    assert f"socket:{folder}" in web["volumes"] and f"socket:{folder}:ro" in proxy["volumes"]
    options = yaml.safe_load((FOLDER / FILES[1]).read_text())["volumes"]["socket"]["driver_opts"]
    (user,) = re.findall(r"^USER (\d+):", (REPOSITORY / "Dockerfile").read_text(), re.M)
    assert f"uid={user}," in options["o"]


@contextmanager
def project(name: str, image: str, port: int) -> Iterator[Callable[..., None]]:
    """A project of its own; gives what runs its commands."""
    environment = {**containers.environment(), "IMAGE": image, "PUBLISH": str(port)}
    words = (COMPOSE, "--file", FOLDER / name, "--project-name", f"swiftcorn-compose-{port}")

    def compose(*more: str) -> None:
        run(*words, *more, environment=environment)

    try:
        yield compose
    finally:
        run(*words, "down", "--volumes", environment=environment, check=False)


@pytest.mark.container
def test_the_image_alone(demo: str) -> None:
    port = free_port()
    with project(FILES[0], demo, port) as compose:
        compose("up", "--detach", "--no-build")
        assert get_when_ready(port) == HELLO_BODY


@pytest.mark.container
def test_nginx_in_front(demo: str) -> None:
    containers.make_nginx()
    port = free_port()
    with project(FILES[1], demo, port) as compose:
        # Without systemd podman asks no health checks, so nobody would ever be healthy.
        for service in ("web", "proxy"):
            compose("up", "--detach", "--no-build", "--no-deps", service)
        assert get_when_ready(port) == HELLO_BODY

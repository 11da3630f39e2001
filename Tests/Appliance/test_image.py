"""The image does what `docker run` lines ask of it, in each form that people write."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import containers
import pytest
from delivered import HELLO_BODY, REPOSITORY, get, get_when_ready

pytestmark = pytest.mark.container

# As strict as an orchestrator may be; nothing but /tmp can be written.
STRICT = (
    "--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp", "--cap-drop=all",
    "--security-opt=no-new-privileges", "--memory=256m", "--pids-limit=64",
)  # fmt: skip


def workers_of(made: containers.Container) -> int:
    return made.logs().count("Booting worker with pid")


def test_serves_as_it_is_on_a_read_only_root_and_stops_cleanly(demo: str) -> None:
    with containers.container(demo, options=STRICT) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert "Listening at: http://0.0.0.0:8000 (1)" in made.logs()
        assert made.stop() == 0
        assert "Shutting down: Master" in made.logs()


def test_the_probes_answer(demo: str) -> None:
    with containers.container(demo) as made:
        get_when_ready(made.health_port, "/readyz")
        assert get(made.health_port, "/livez")[0] == 200


def test_options_in_the_environment(demo: str) -> None:
    options = ("--env=GUNICORN_CMD_ARGS=--workers=3",)
    with containers.container(demo, options=options) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert workers_of(made) == 3


def test_options_as_arguments(demo: str) -> None:
    arguments = ("--bind=0.0.0.0:8000", "--workers=2", "hello:app")
    with containers.container(demo, *arguments) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert workers_of(made) == 2


def test_port_and_web_concurrency(demo: str) -> None:
    # The published port 8001 is the application's this time.
    options = ("--env=PORT=8001", "--env=WEB_CONCURRENCY=2")
    with containers.container(demo, "hello:app", options=options) as made:
        assert get_when_ready(made.health_port) == HELLO_BODY
        assert workers_of(made) == 2


@pytest.mark.parametrize(
    "tail",
    [
        'ENTRYPOINT ["gunicorn", "hello:app"]\nCMD ["--workers=2"]\n',
        'ENTRYPOINT ["gunicorn", "--workers=2"]\nCMD ["hello:app"]\n',
        'CMD ["--workers=2", "hello:app"]\n',
    ],
    ids=["module in the entry point", "options in the entry point", "all in the command"],
)
def test_an_image_built_from_it(runtime: str, tail: str, tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "examples/hello/hello.py", tmp_path)
    (tmp_path / "Dockerfile").write_text(f"FROM {runtime}\nCOPY hello.py /app/\n{tail}")
    containers.build(tmp_path, "localhost/swiftcorn-child:test")
    with containers.container("localhost/swiftcorn-child:test", options=STRICT) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert workers_of(made) == 2


@pytest.mark.parametrize(
    ("framework", "module", "body"),
    [
        ("flask", "shop:app", b"Hello from Flask\n"),
        ("django", "site_of_one.wsgi", b"Hello from Django\n"),
    ],
)
def test_a_framework_in_an_image(
    runtime: str, framework: str, module: str, body: bytes, tmp_path: Path
) -> None:
    shutil.copytree(REPOSITORY / "examples" / framework, tmp_path / "app")
    (tmp_path / "requirements.txt").write_text(f"{framework}\n")
    (tmp_path / "Dockerfile").write_text(
        f"FROM {runtime}\n"
        "USER 0\n"
        "COPY requirements.txt /tmp/\n"
        "RUN pip install --no-cache-dir --requirement /tmp/requirements.txt\n"
        "USER 10001:10001\n"
        "COPY app /app\n"
        f'CMD ["{module}"]\n'
    )
    tag = f"localhost/swiftcorn-{framework}:test"
    containers.build(tmp_path, tag)
    with containers.container(tag, options=STRICT) as made:
        assert get_when_ready(made.port) == body
        assert made.stop() == 0


def test_an_application_that_does_not_load_ends_the_container(demo: str) -> None:
    with containers.container(demo, "nowhere:app") as made:
        assert int(containers.podman("wait", made.name, seconds=60)) == 3


def test_what_the_image_says_of_itself(runtime: str) -> None:
    (said,) = json.loads(containers.podman("image", "inspect", runtime))
    settings = said["Config"]
    assert settings["Entrypoint"] == ["gunicorn"]
    assert settings["User"] == "10001:10001"
    assert settings["StopSignal"] == "SIGTERM"
    assert set(settings["ExposedPorts"]) == {"8000/tcp", "8001/tcp"}


def test_no_compiler_is_in_it_and_little_is_added(runtime: str) -> None:
    script = "for tool in swift cc gcc clang make; do command -v $tool && exit 1; done; exit 0"
    containers.podman("run", "--rm", "--entrypoint=sh", runtime, "-c", script)
    sizes = [
        json.loads(containers.podman("image", "inspect", image))[0]["Size"]
        for image in (containers.PYTHON, runtime)
    ]
    assert sizes[1] - sizes[0] < 12 * 1024 * 1024

"""The image does what `docker run` lines ask of it, in each form that people write."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from urllib.request import Request, urlopen

import containers
import pytest
from delivered import DEADLINE_SECONDS, HELLO_BODY, REPOSITORY, get, get_when_ready, run
from swiftcorn import __version__

pytestmark = pytest.mark.container

# As strict as an orchestrator may be; nothing but /tmp can be written.
STRICT = (
    "--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp", "--cap-drop=all",
    "--security-opt=no-new-privileges", "--memory=256m", "--pids-limit=64",
)  # fmt: skip


# An application that loads until there is a file, and says that it does.
SLOW = """
import os, time
print("loading")
while not os.path.exists("/tmp/go"):
    time.sleep(0.05)
def app(environ, start_response):
    start_response("204 No Content", [])
    return []
"""


def wait_for_log(made: containers.Container, words: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while words not in made.logs():
        assert time.monotonic() < end, made.logs()
        time.sleep(0.05)


def workers_of(made: containers.Container) -> int:
    return made.logs().count("Booting worker with pid")


def test_serves_as_it_is_on_a_read_only_root_and_stops_cleanly(demo: str) -> None:
    with containers.container(demo, options=STRICT) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert "Listening at: http://0.0.0.0:8000 (1)" in made.logs()
        assert made.stop() == 0
        assert "Shutting down: Master" in made.logs()


def test_the_probes_answer_without_being_asked_for(demo: str) -> None:
    with containers.container(demo) as made:
        get_when_ready(made.health_port, "/readyz")
        assert get(made.health_port, "/livez")[0] == 200


def test_healthy_means_that_the_server_has_come_up_and_works(demo: str, tmp_path: Path) -> None:
    """The engine asks on a timer; here it is asked to ask."""

    def status(name: str) -> int:
        command = ("podman", "healthcheck", "run", name)
        return run(*command, check=False, environment=containers.environment()).returncode

    (tmp_path / "slow.py").write_text(SLOW)
    tmp_path.chmod(0o755)
    options = (*STRICT, f"--volume={tmp_path}:/app:ro")
    with containers.container(demo, "slow:app", options=options) as made:
        wait_for_log(made, "loading")
        assert status(made.name) != 0
        containers.podman("exec", made.name, "touch", "/tmp/go")
        get_when_ready(made.health_port, "/readyz")
        assert status(made.name) == 0
    with containers.container(demo, options=("--env=GUNICORN_HEALTH_BIND=",)) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert status(made.name) != 0


def test_a_stop_while_the_application_loads_is_a_clean_end(demo: str, tmp_path: Path) -> None:
    """And what it prints is seen at once, though nothing was flushed."""
    (tmp_path / "slow.py").write_text(SLOW)
    tmp_path.chmod(0o755)
    options = (*STRICT, f"--volume={tmp_path}:/app:ro")
    with containers.container(demo, "slow:app", options=options) as made:
        wait_for_log(made, "loading")
        assert made.stop() == 0


def test_the_first_process_reaps_what_others_leave_behind(demo: str) -> None:
    with containers.container(demo, options=STRICT) as made:
        get_when_ready(made.port)
        pids = "import glob; print([open(p).read().split(')')[1].split()[0]"
        pids += " for p in glob.glob('/proc/[0-9]*/stat')].count('Z'))"
        # A parent that ends at once, and its child after it: the child is nobody's.
        left = "import os, time\nif os.fork() == 0: time.sleep(0.2)"
        for _ in range(3):
            containers.podman("exec", made.name, "python3", "-c", left)
        end = time.monotonic() + DEADLINE_SECONDS
        while containers.podman("top", made.name, "comm").count("python3"):
            assert time.monotonic() < end, "the orphans did not end"
            time.sleep(0.1)
        while containers.podman("exec", made.name, "python3", "-c", pids).strip() != "0":
            assert time.monotonic() < end, "a zombie is left"
            time.sleep(0.1)


def test_only_shared_memory_can_be_written(demo: str) -> None:
    options = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all")
    folder = "--env=GUNICORN_TMP_UPLOAD_DIR=/dev/shm"
    with containers.container(demo, options=(*options, folder)) as made:
        get_when_ready(made.port)
        # More than is kept in memory, so it has to go to a file.
        body = b"x" * 4_000_000
        request = Request(f"http://127.0.0.1:{made.port}/", data=body)
        with urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            assert answer.read() == HELLO_BODY
        said = run("podman", "exec", made.name, "touch", "/tmp/x", check=False,
                   environment=containers.environment())  # fmt: skip
        assert "Read-only file system" in said.stderr


@pytest.mark.parametrize("bound", ["--cpus=1", "--cpuset-cpus=0"])
def test_as_many_workers_as_processors_are_given(demo: str, bound: str) -> None:
    """And their share of the memory for each."""
    arguments = ("--workers=auto", "--max-worker-memory=auto", "--print-config", "hello:app")
    said = containers.podman("run", "--rm", bound, "--memory=256m", demo, *arguments)
    (one,) = re.findall(r"^workers .*$", said, re.M)
    assert one.endswith("= 1")
    with containers.container(demo, *arguments[:2], "hello:app", options=(bound, *STRICT)) as made:
        assert get_when_ready(made.port) == HELLO_BODY
        assert workers_of(made) == 1
        assert "There is no memory limit to share" not in made.logs()


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
    options = ("--env=PORT=8001", "--env=GUNICORN_HEALTH_BIND=", "--env=WEB_CONCURRENCY=2")
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
    labels = {name.rpartition("image.")[2]: value for name, value in settings["Labels"].items()}
    assert labels["title"] == "Swiftcorn" and labels["licenses"] == "MIT"
    assert labels["version"] == __version__
    assert labels["base.name"] == containers.PYTHON
    # A number is what an orchestrator can check without the image's own list of users.
    assert all(part.isdecimal() for part in settings["User"].split(":"))


def test_no_compiler_is_in_it_and_little_is_added(runtime: str) -> None:
    script = "for tool in swift cc gcc clang make; do command -v $tool && exit 1; done; exit 0"
    containers.podman("run", "--rm", "--entrypoint=sh", runtime, "-c", script)
    sizes = [
        json.loads(containers.podman("image", "inspect", image))[0]["Size"]
        for image in (containers.PYTHON, runtime)
    ]
    assert sizes[1] - sizes[0] < 12 * 1024 * 1024

"""What docs/docker.md prints is run as it stands there, by podman and on ports that are free."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import containers
import pytest
from delivered import HELLO_BODY, REPOSITORY, free_port, get_when_ready, run
from pages import blocks, lines

FORMS = lines("docker.md", "Your application", "docker run")
#: What each line of the page shall come to, by what it has of its own: how many workers there are
#: (none: as many as processors), and what the log says.
EXPECTED: dict[str, tuple[int | None, str]] = {
    "image": (2, "Using worker: sync"),
    "image --bind=0.0.0.0:8000 --workers=3 myproject.wsgi:app": (3, "Using worker: sync"),
    "image --workers=auto myproject.wsgi:app": (None, "Using worker: sync"),
    "--env GUNICORN_CMD_ARGS='--threads=2' image": (2, "Using worker: gthread"),
    "--env GUNICORN_THREADS=2 --env GUNICORN_TIMEOUT=60 image": (2, "Using worker: gthread"),
    "--env WEB_CONCURRENCY=3 image myproject.wsgi:app": (3, "Using worker: sync"),
    "--env PORT=9000 image": (2, "Listening at: http://0.0.0.0:9000 (1)"),
    "--publish 8001:8001 image": (2, "Using worker: sync"),
    "--read-only --tmpfs /tmp --cap-drop all image": (2, "Using worker: sync"),
}


def of_its_own(line: str) -> str:
    """A line without `docker run` and its first `--publish`."""
    return line.split(maxsplit=4)[4]


def test_every_form_on_the_page_is_expected() -> None:
    assert [of_its_own(line) for line in FORMS] == list(EXPECTED)


@dataclass
class Running:
    name: str
    #: Which port of this machine each port of the container has.
    ports: dict[str, int]

    def logs(self) -> str:
        done = run("podman", "logs", self.name, environment=containers.environment())
        return done.stdout + done.stderr


@contextlib.contextmanager
def docker_run(line: str) -> Iterator[Running]:
    """`docker run …` in the background, its ports published on free ones of loopback."""
    words = shlex.split(line)
    assert words[:2] == ["docker", "run"]
    ports: dict[str, int] = {}
    for at, word in enumerate(words):
        if word == "--publish":
            inside = words[at + 1].partition(":")[2]
            ports[inside] = free_port()
            words[at + 1] = f"127.0.0.1:{ports[inside]}:{inside}"
    name = f"swiftcorn-page-{free_port()}"
    containers.podman("run", "--detach", "--pull=never", f"--name={name}", *words[2:])
    made = Running(name, ports)
    try:
        yield made
    except BaseException:
        print(made.logs())
        raise
    finally:
        containers.podman("rm", "--force", "--time=2", name)


def docker_build(line: str, context: Path) -> None:
    words = shlex.split(line)
    assert words[:3] == ["docker", "build", "--tag"] and words[-1] == "."
    containers.build(context, f"localhost/{words[3]}", *words[4:-1])


@pytest.fixture(scope="module")
def image(runtime: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of the page's own Dockerfile, built by the page's own command."""
    context: Path = tmp_path_factory.mktemp("application")
    (context / "myproject").mkdir()
    shutil.copy(REPOSITORY / "examples/hello/hello.py", context / "myproject/wsgi.py")
    (context / "requirements.txt").write_text("itsdangerous\n")
    (dockerfile,) = blocks("docker.md", "Your application", "dockerfile")
    (context / "Dockerfile").write_text(dockerfile)
    _, command = lines("docker.md", "Your application", "docker build")
    containers.podman("tag", runtime, "localhost/swiftcorn:latest")
    docker_build(command, context)
    return "image"


@pytest.mark.container
@pytest.mark.parametrize("line", FORMS, ids=of_its_own)
def test_a_form_of_docker_run(image: str, line: str) -> None:
    workers, said = EXPECTED[of_its_own(line)]
    with docker_run(line) as made:
        port, *others = made.ports.values()
        assert get_when_ready(port) == HELLO_BODY
        for other in others:
            get_when_ready(other, "/readyz")
        if workers is None:
            count = "import os; print(len(os.sched_getaffinity(0)))"
            workers = int(containers.podman("exec", made.name, "python3", "-c", count))
        assert made.logs().count("Booting worker with pid") == workers
        assert said in made.logs()


@pytest.mark.container
def test_the_first_lines_of_the_page(demo: str) -> None:
    """The build itself is the fixture's, which names the stage that is the last anyway."""
    build, serve = lines("docker.md", "", "docker ")
    assert build == "docker build --tag swiftcorn-demo ."
    assert (REPOSITORY / "Dockerfile").read_text().rpartition("\nFROM ")[2].startswith("runtime AS")
    containers.podman("tag", demo, "localhost/swiftcorn-demo:latest")
    with docker_run(serve) as made:
        assert get_when_ready(made.ports["8000"]) == HELLO_BODY


@pytest.mark.container
def test_a_file_with_stages_of_its_own(wheels: str, tmp_path: Path) -> None:
    """With our wheels in place of Gunicorn; both what is deployed and what is developed in."""
    shutil.copytree(Path(__file__).parent / "images/pipenv", tmp_path / "shop")
    (dockerfile,) = blocks("docker.md", "A file of your own", "dockerfile")
    (tmp_path / "shop/Dockerfile").write_text(dockerfile)
    containers.make_python()
    containers.podman("tag", wheels, "localhost/swiftcorn-wheels:latest")
    options = (f"--build-arg=PYTHON_VERSION={containers.PYTHON_VERSION}",)
    for target, tag in (("dev", "localhost/swiftcorn-dev:test"), ("", "localhost/deployed:test")):
        wanted = (f"--target={target}",) if target else ()
        containers.build(tmp_path / "shop", tag, *options, *wanted)
        with docker_run(f"docker run --publish 8000:8000 --read-only --tmpfs /tmp {tag}") as made:
            assert get_when_ready(made.ports["8000"]) == HELLO_BODY
            user = containers.podman("exec", made.name, "id", "-u").strip()
            assert user == ("0" if target else "10001")
    script = "command -v nano && python3 -c 'import iniconfig'"
    containers.podman("run", "--rm", "localhost/swiftcorn-dev:test", "sh", "-c", script)
    gone = run("podman", "run", "--rm", "--entrypoint=sh", "localhost/deployed:test", "-c",
               script, check=False, environment=containers.environment())  # fmt: skip
    assert gone.returncode != 0

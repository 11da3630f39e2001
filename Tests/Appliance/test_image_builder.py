"""`swiftcorn image build` makes the image that was ordered, the same one each time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import containers
import pytest
from delivered import BIN, REPOSITORY, core_wheel, free_port, get_when_ready, run, wheels
from oci import ARCHITECTURE, PACKAGES, VERSION, Built, make_base

APPLICATION = """
import greeting
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [greeting.text()]
"""
Building = Callable[..., subprocess.CompletedProcess[str]]


def make_wheel(folder: Path, name: str, version: str = "1.0", **files: str) -> None:
    """A wheel of these files, as far as pip looks."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n"
    content = {path.replace("__", "/"): text for path, text in files.items()}
    content |= {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:text\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """An application with one requirement, a secret and a lot that is no part of it."""
    folder = tmp_path / "My Shop"
    (folder / "pages" / "__pycache__").mkdir(parents=True)
    (folder / "shop.py").write_text(APPLICATION)
    (folder / "pages" / "index.html").write_text("<p>")
    (folder / "pages" / "__pycache__" / "x.pyc").write_text("old")
    (folder / ".env").write_text("PASSWORD=1")
    (folder / "notes.txt").write_text("no")
    (folder / "start.sh").write_text("#!/bin/sh\n")
    (folder / "start.sh").chmod(0o700)
    (folder / ".dockerignore").write_text("*.txt\n!requirements.txt\n")
    (folder / "requirements.txt").write_text("greeting\n")
    make_wheel(tmp_path / "wheels", "greeting", **{"greeting.py": "def text(): return b'hi'\n"})
    make_base(tmp_path / "base")
    return folder


@pytest.fixture
def building(context: Path, tmp_path: Path) -> Building:
    """Runs the command beside the context; what pip needs is in a folder."""

    def build(
        *arguments: str | Path, app: str = "shop:app", base: str = "base", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "swiftcorn", "image", "build", context, "--app", app, "--cache", "cache",
             *(["--base", base] if base else []), *arguments],
            cwd=tmp_path,
            env={
                **os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )  # fmt: skip

    return build


def built(done: subprocess.CompletedProcess[str], path: Path) -> Built:
    """The image that a command has made."""
    assert done.returncode == 0, done.stderr
    image = Built(path)
    assert done.stdout == f"{image.descriptor['digest']}\n"
    return image


def test_the_layers_in_the_order_of_change(building: Building, tmp_path: Path) -> None:
    done = building("--check")
    image = built(done, tmp_path / "my-shop.tar")
    said = [line.split()[0] for line in done.stderr.splitlines()]
    assert said == ["base", "server", "dependencies", "left", "application", "check"]
    assert ".env" in done.stderr
    server, dependencies, application = (image.layer(number) for number in (1, 2, 3))
    assert f"{PACKAGES}/swiftcorn/_core.abi3.so" in server
    assert server["usr/local/bin/gunicorn"].mode == 0o755
    assert f"{PACKAGES}/greeting.py" in dependencies
    command = f"#!/usr/local/bin/python{VERSION}\n".encode()
    assert image.file(2, "usr/local/bin/greeting-tool").startswith(command)
    assert set(application) == {
        "app", "app/pages", "app/pages/index.html", "app/requirements.txt", "app/shop.py",
        "app/start.sh",
    }  # fmt: skip
    assert application["app/start.sh"].mode == 0o755
    everything = {**server, **dependencies, **application}.values()
    assert {(one.uid, one.gid, one.uname, one.mtime) for one in everything} == {(0, 0, "", 0)}
    # The base has this folder, with a mode and owner that are its own matter.
    assert PACKAGES not in server


def test_the_configuration(building: Building, tmp_path: Path) -> None:
    image = built(
        building(
            "--tag=registry.example:5000/team/shop:2", "--port=9000", "--workers=auto",
            "--env=MODE=a=b", "--label=team=x", "--user=7:8", "--output=oci:image",
        ),
        tmp_path / "image",
    )  # fmt: skip
    found = image.config["config"]
    assert found["Entrypoint"] == ["gunicorn"]
    assert found["Cmd"] == ["--workers=auto", "shop:app"]
    assert {"PATH=/usr/local/bin:/usr/bin:/bin", "PORT=9000", "MODE=a=b"} <= set(found["Env"])
    assert found["User"] == "7:8"
    assert found["WorkingDir"] == "/app"
    assert found["StopSignal"] == "SIGTERM"
    assert set(found["ExposedPorts"]) == {"9000/tcp", "8001/tcp"}
    assert found["Labels"]["a"] == "b" and found["Labels"]["team"] == "x"
    assert image.config["architecture"] == ARCHITECTURE
    assert len(image.config["history"]) == len(image.config["rootfs"]["diff_ids"]) == 4
    assert image.descriptor["annotations"]["org.opencontainers.image.ref.name"] == "2"
    words = building("--cmd=--threads 4 shop:app", "--output=oci:other")
    assert built(words, tmp_path / "other").config["config"]["Cmd"] == [
        "--threads",
        "4",
        "shop:app",
    ]


def test_the_same_inputs_give_the_same_image(
    building: Building, context: Path, tmp_path: Path
) -> None:
    first = built(building("--output=a.tar"), tmp_path / "a.tar")
    (context / "shop.py").touch()
    again = building("--output=b.tar", "--cache=elsewhere")
    built(again, tmp_path / "b.tar")
    assert "as before" not in again.stderr
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    later = built(building("--output=c.tar", SOURCE_DATE_EPOCH="86400"), tmp_path / "c.tar")
    assert later.config["created"] == "1970-01-02T00:00:00Z"
    assert later.layer(3)["app/shop.py"].mtime == 86400
    assert later.descriptor["digest"] != first.descriptor["digest"]


def test_what_has_not_changed_is_used_again(
    building: Building, context: Path, tmp_path: Path
) -> None:
    first = built(building(), tmp_path / "my-shop.tar")
    (context / "shop.py").write_text(APPLICATION + "more = 1\n")
    done = building()
    second = built(done, tmp_path / "my-shop.tar")
    assert "as before" in done.stderr
    old, new = first.manifest["layers"], second.manifest["layers"]
    assert [one == other for one, other in zip(old, new, strict=True)] == [True, True, True, False]
    assert "as before" not in building("--no-cache").stderr
    (context / "requirements.txt").write_text("greeting==1.0\n")
    assert "as before" not in building().stderr


def test_the_statements_about_it(building: Building, tmp_path: Path) -> None:
    done = building("--output=oci:image", "--sbom=bill.json", "--provenance=how.json")
    image = built(done, tmp_path / "image")
    bill = image.statement("application/vnd.cyclonedx+json")
    assert bill == json.loads((tmp_path / "bill.json").read_bytes())
    names = {one["name"] for one in bill["components"]}
    assert {"greeting", "swiftcorn", "base"} <= names
    how = image.statement("application/vnd.in-toto+json")
    assert how == json.loads((tmp_path / "how.json").read_bytes())
    assert f"sha256:{how['subject'][0]['digest']['sha256']}" == image.descriptor["digest"]


def test_an_archive_for_docker(building: Building, tmp_path: Path) -> None:
    done = building("--output=docker-archive:image.tar", "--compression=none")
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "image.tar") as tar:
        names = tar.getnames()
        file = tar.extractfile("manifest.json")
        assert file is not None
        (manifest,) = json.load(file)
    assert manifest["RepoTags"] == ["localhost/my-shop:latest"]
    assert set(manifest["Layers"]) | {manifest["Config"]} <= set(names)


LOCKS = {
    "Pipfile.lock": {
        "default": {"greeting": {"version": "==1.0", "markers": "python_version > '3'"}}
    },
    "pyproject.toml": '[project]\nname = "x"\ndependencies = ["greeting<2"]\n',
    "uv.lock": """
version = 1
[[package]]
name = "shop"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "outer", marker = "python_version > '3'" }]
[package.dev-dependencies]
dev = [{ name = "unwanted" }]
[[package]]
name = "outer"
version = "1.0"
source = { registry = "x" }
dependencies = [{ name = "greeting" }]
[[package]]
name = "greeting"
version = "1.0"
source = { registry = "x" }
[[package]]
name = "unwanted"
version = "1.0"
source = { registry = "x" }
""",
}


@pytest.mark.parametrize("name", LOCKS)
def test_requirements_are_found(
    building: Building, context: Path, tmp_path: Path, name: str
) -> None:
    make_wheel(tmp_path / "wheels", "outer", **{"outer.py": ""})
    (context / "requirements.txt").unlink()
    text = LOCKS[name]
    (context / name).write_text(text if isinstance(text, str) else json.dumps(text))
    image = built(building("--output=oci:image"), tmp_path / "image")
    assert f"{PACKAGES}/greeting.py" in image.layer(2)
    assert (f"{PACKAGES}/outer.py" in image.layer(2)) == (name == "uv.lock")


def test_gunicorn_among_the_requirements_gives_way(
    building: Building, context: Path, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "wheels", "gunicorn", "23.0.0", gunicorn____init__="".join(["x = 1"]))
    (context / "requirements.txt").write_text("greeting\ngunicorn==23.0.0\n")
    done = building("--output=oci:image")
    image = built(done, tmp_path / "image")
    assert "gunicorn 23.0.0" in done.stderr
    assert not [name for name in image.layer(2) if "gunicorn" in name]


def test_the_server_out_of_wheels(building: Building, tmp_path: Path) -> None:
    given = [f"--server={path}" for path in wheels()]
    image = built(building("--output=oci:image", *given), tmp_path / "image")
    assert f"{PACKAGES}/swiftcorn/_core.abi3.so" in image.layer(1)
    # What the layers add to the base, of which the server is nearly all.
    assert sum(one["size"] for one in image.manifest["layers"][1:]) < 12 << 20
    other = "arm64" if ARCHITECTURE == "amd64" else "amd64"
    make_base(tmp_path / "foreign", architecture=other)
    done = building(f"--server={core_wheel()}", f"--platform=linux/{other}", base="foreign")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1, f"swiftcorn: {core_wheel().name} is not for linux/{other}",
    )  # fmt: skip


WRONG = {
    "no module": ({"app": "shopp:app"}, "no module 'shopp': there would be a file shopp.py in it"),
    "no attribute": ({"app": "shop:nothing", "more": "--check"}, "shop:nothing does not load"),
    "no application": ({"app": "shop app"}, "it would be like myproject.wsgi:app"),
    "no requirement": ({"requirement": "nowhere-to-be-found"}, "No matching distribution found"),
    "no requirements": ({"more": "--requirements=none.txt"}, "There are no requirements at"),
    "no base": ({"base": "./nowhere"}, "There is no base at ./nowhere"),
    "no image": ({"base": "wheels"}, "wheels is no OCI image"),
    "no name": ({"more": "--tag=UPPER/case"}, "'UPPER/case' is no image reference"),
    "no place": ({"more": "--output=ftp://x"}, "'ftp://x' is no place for an image"),
    "no folder": ({"more": "--output=oci-archive:none/x.tar"}, "No such file or directory"),
    "another machine": ({"base": "foreign"}, "The base foreign is for linux/s390x, not for"),
    "no Python": ({"base": "empty"}, "The base empty has no Python"),
    "musl": ({"base": "musl"}, "is of musl (Alpine)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(
    building: Building, context: Path, tmp_path: Path, case: str
) -> None:
    made, sentence = WRONG[case]
    make_base(tmp_path / "foreign", architecture="s390x")
    make_base(tmp_path / "empty", names=["bin/sh"])
    make_base(tmp_path / "musl", names=["lib/ld-musl-x86_64.so.1", "usr/local/bin/python3.12"])
    if "requirement" in made:
        (context / "requirements.txt").write_text(made["requirement"])
    before = sorted(tmp_path.iterdir())
    done = building(
        *filter(None, [made.get("more")]),
        app=made.get("app", "shop:app"),
        base=made.get("base", "base"),
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("swiftcorn: ")
    assert sentence in done.stderr
    after = sorted(path for path in tmp_path.iterdir() if path.name != "cache")
    assert after == before
    assert not list((tmp_path / "cache").glob(".new-*"))


def test_a_full_disk_leaves_nothing(building: Building, tmp_path: Path) -> None:
    """An image that is there stays as it was."""
    (tmp_path / "my-shop.tar").write_text("older")
    limit = ["prlimit", "--fsize=2000000"]
    command = [*limit, str(BIN / "swiftcorn"), "image", "build", str(tmp_path / "My Shop")]
    done = subprocess.run(
        [*command, "--app=shop:app", "--base=base", "--cache=cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("swiftcorn: File too large")
    assert (tmp_path / "my-shop.tar").read_text() == "older"
    assert not list((tmp_path / "cache").glob(".new-*"))


@pytest.mark.parametrize("word", ["--port=0", "--user=root", "--env=A", "--nothing", ""])
def test_a_wrong_command_line_is_status_2(building: Building, word: str) -> None:
    done = building(*([word] if word else ["one", "two"]))
    assert done.returncode == 2
    assert "usage: swiftcorn image" in done.stderr


@pytest.mark.container
def test_a_framework_in_an_image_that_was_built_without_a_builder(tmp_path: Path) -> None:
    """On the real base, with what the package index has, and on a read-only root."""
    containers.make_python()
    base, made = tmp_path / "base.tar", tmp_path / "shop.tar"
    containers.podman("save", "--format=oci-archive", f"--output={base}", containers.PYTHON)
    context = tmp_path / "shop"
    shutil.copytree(REPOSITORY / "examples" / "flask", context)
    (context / "requirements.txt").write_text("flask\n")
    run(
        BIN / "swiftcorn", "image", "build", context, "--app=shop:app", f"--base={base}",
        f"--python={containers.PYTHON_VERSION}", f"--cache={tmp_path / 'cache'}",
        f"--output=oci-archive:{made}",
    )  # fmt: skip
    containers.podman("load", f"--input={made}")
    options = ("--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp", "--cap-drop=all")
    with containers.container("localhost/shop:latest", options=options) as one:
        assert get_when_ready(one.port) == b"Hello from Flask\n"
        get_when_ready(one.health_port, "/readyz")
        assert one.stop() == 0
    containers.podman("image", "rm", "localhost/shop:latest")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A registry on this machine, and the variables by which skopeo takes it without TLS."""
    port = free_port()
    settings = tmp_path / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path / 'registry'}}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    trusted = tmp_path / ".config" / "containers" / "registries.conf"
    trusted.parent.mkdir(parents=True)
    trusted.write_text(f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n')
    process = subprocess.Popen(
        ["docker-registry", "serve", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        get_when_ready(port, "/v2/")
        yield f"127.0.0.1:{port}", {"HOME": str(tmp_path)}
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.container
def test_out_of_a_registry_and_into_it(
    building: Building, registry: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    host, variables = registry
    there = f"docker://{host}/bases/python:slim"
    run("skopeo", "copy", f"oci:{tmp_path / 'base'}", there, environment=os.environ | variables)
    target = f"docker://{host}/team/shop:1"
    done = building(
        f"--output={target}", f"--tag={host}/team/shop:1", base=f"{host}/bases/python:slim",
        **variables,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = run("skopeo", "inspect", target, environment=os.environ | variables).stdout
    assert json.loads(said)["Digest"] == done.stdout.strip()
    wrong = building(base=f"{host}/bases/none:slim", **variables)
    assert wrong.returncode == 1
    assert f"The base docker://{host}/bases/none:slim cannot be had" in wrong.stderr

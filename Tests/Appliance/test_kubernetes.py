"""The manifests are valid for several Kubernetes versions, agree with the image, and play."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import containers
import pytest
import yaml
from delivered import BIN, HELLO_BODY, REPOSITORY, free_port, get_when_ready, run

MANIFESTS = REPOSITORY / "deploy" / "kubernetes"


def load(name: str) -> Any:
    return yaml.safe_load((MANIFESTS / name).read_text())


def pod() -> Any:
    return load("deployment.yaml")["spec"]["template"]["spec"]


def server() -> Any:
    (only,) = pod()["containers"]
    return only


@pytest.mark.parametrize("version", ["1.28", "1.31", "1.34", "1.37"])
def test_valid(version: str) -> None:
    resources = [MANIFESTS / name for name in load("kustomization.yaml")["resources"]]
    command = ["kubernetes-validate", "--strict", "--quiet", "--kubernetes-version", version]
    run(BIN / command[0], *command[1:], *resources)


def test_kustomize_names_every_manifest() -> None:
    others = {path.name for path in MANIFESTS.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(load("kustomization.yaml")["resources"]) == others


def test_the_probes_ask_the_health_port() -> None:
    ports = {port["name"]: port["containerPort"] for port in server()["ports"]}
    probes = {name: server()[name]["httpGet"] for name in server() if name.endswith("Probe")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startupProbe": "/readyz",
        "readinessProbe": "/readyz",
        "livenessProbe": "/livez",
    }
    assert all(ports[probe["port"]] == 8001 for probe in probes.values())
    assert "--health-bind=0.0.0.0:8001" in server()["args"]


def test_the_grace_period_is_longer_than_the_graceful_timeout() -> None:
    waited = int(server()["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod()["terminationGracePeriodSeconds"] >= waited + 30 + 5


def test_the_service_leads_to_the_pods() -> None:
    labels = load("deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    assert load("service.yaml")["spec"]["selector"].items() <= labels.items()


@pytest.mark.container
def test_the_deployment_plays_and_its_probes_answer(demo: str, tmp_path: Path) -> None:
    manifest = load("deployment.yaml")
    manifest["metadata"]["name"] = "swiftcorn-test"
    manifest["spec"]["replicas"] = 1
    (played,) = manifest["spec"]["template"]["spec"]["containers"]
    played["image"], played["imagePullPolicy"] = demo, "Never"
    for port in played["ports"]:
        port["hostIP"], port["hostPort"] = "127.0.0.1", free_port()
    ports = {port["name"]: port["hostPort"] for port in played["ports"]}
    path = tmp_path / "deployment.yaml"
    path.write_text(yaml.safe_dump(manifest))
    try:
        containers.podman("kube", "play", path)
        # What the kubelet would ask, asked from here: podman of this age works no probes itself.
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = played[name]["httpGet"]
            get_when_ready(ports[probe["port"]], probe["path"])
        assert get_when_ready(ports["http"]) == HELLO_BODY
        inside = "swiftcorn-test-pod-0-swiftcorn"
        assert containers.podman("exec", inside, "id", "-u").strip() == "10001"
        containers.podman("exec", inside, *played["lifecycle"]["preStop"]["exec"]["command"])
        containers.podman("stop", "--time=30", inside)
        assert containers.podman("inspect", inside, "--format={{.State.ExitCode}}").strip() == "0"
    finally:
        containers.podman("kube", "down", path, check=False)

"""The manifests are valid for several Kubernetes versions, agree with each other, and play."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import containers
import pytest
import yaml
from delivered import (
    BIN,
    HELLO,
    HELLO_BODY,
    REPOSITORY,
    free_port,
    get_when_ready,
    run,
    serving,
)
from helm_python import HelmValuesError
from helm_python.chart import Chart, lint
from kustomize import Resource, identity, rendered
from pages import lines

MANIFESTS = REPOSITORY / "deploy" / "kubernetes"
CHART = MANIFESTS / "chart"
FOLDERS = (".", "base", "overlays/dev", "overlays/production")
VERSIONS = ("1.28", "1.31", "1.34", "1.37")
#: What the chart needs to be the production overlay.
PRODUCTION: dict[str, Any] = {
    "autoscaling": {"enabled": True},
    "serviceMonitor": {"enabled": True},
    "resources": {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
}
EVERYTHING: dict[str, Any] = {
    **PRODUCTION,
    "workers": "auto",
    "threads": 4,
    "imagePullSecrets": [{"name": "registry"}],
    "podAnnotations": {"team": "shop"},
    "nodeSelector": {"kubernetes.io/arch": "arm64"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "environment": [{"name": "DJANGO_SETTINGS_MODULE", "value": "site.settings"}],
    "environmentFrom": [{"secretRef": {"name": "shop"}}],
    "service": {"type": "LoadBalancer", "port": 8080},
}


def from_chart(values: dict[str, Any], name: str = "swiftcorn") -> list[Resource]:
    """The resources that the real Helm makes of the chart."""
    with Chart.load(CHART) as chart:
        texts = chart.render(values=values, name=name, namespace="default")
    documents = [
        document
        for path, text in texts.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
    ]
    return [document for document in documents if document]


def every_form() -> dict[str, list[Resource]]:
    made = {name: rendered(MANIFESTS / name) for name in FOLDERS}
    return {
        **made,
        "chart": from_chart({}),
        "chart with everything": from_chart(EVERYTHING, "shop"),
    }


FORMS = every_form()


def only(resources: list[Resource], kind: str, ending: str = "") -> Resource:
    found = [
        one for one in resources if one["kind"] == kind and one["metadata"]["name"].endswith(ending)
    ]
    return min(found, key=lambda one: len(one["metadata"]["name"]))


def pod(resources: list[Resource]) -> Any:
    return only(resources, "Deployment")["spec"]["template"]["spec"]


def server(resources: list[Resource]) -> Any:
    (one,) = pod(resources)["containers"]
    return one


def option(resources: list[Resource], name: str) -> str:
    (value,) = [one for one in server(resources)["args"] if one.startswith(f"--{name}=")]
    return str(value).partition("=")[2]


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> list[Resource]:
    return FORMS[str(request.param)]


@pytest.mark.parametrize("version", VERSIONS)
def test_valid(version: str, tmp_path: Path) -> None:
    """All but what is the operator's own kind, which Kubernetes has no schema for."""
    paths: list[Path] = []
    for form, resources in FORMS.items():
        for resource in resources:
            if resource["kind"] != "ServiceMonitor":
                name = f"{form}-{len(paths)}.yaml".replace("/", "-").replace(" ", "-")
                paths.append(tmp_path / name)
                paths[-1].write_text(yaml.safe_dump(resource))
    command = ["kubernetes-validate", "--strict", "--quiet", "--kubernetes-version", version]
    run(BIN / command[0], *command[1:], *paths)


def test_kustomize_names_every_manifest() -> None:
    for folder in FOLDERS:
        path = MANIFESTS / folder
        asked = yaml.safe_load((path / "kustomization.yaml").read_text())
        named = {*asked["resources"], *(patch["path"] for patch in asked.get("patches", []))}
        others = {file.name for file in path.glob("*.yaml")}
        named = {name for name in named if not (path / name).is_dir()}
        # The adapter's rule is no resource: it goes into the values of another chart.
        assert named == others - {"kustomization.yaml", "adapter-rule.yaml"}


def has_new_kubectl() -> bool:
    if shutil.which("kubectl") is None:
        return False
    said = run("kubectl", "version", "--client", "--output=json", check=False).stdout
    found = re.search(r'"minor": "(\d+)', said)
    return found is not None and int(found[1]) >= 27


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.skipif(not has_new_kubectl(), reason="no kubectl of 1.27 or later is installed")
def test_kubectl_makes_the_same(folder: str) -> None:
    made = yaml.safe_load_all(run("kubectl", "kustomize", MANIFESTS / folder).stdout)
    assert sorted(made, key=identity) == sorted(FORMS[folder], key=identity)


def test_each_probe_asks_its_path_of_the_health_port(form: list[Resource]) -> None:
    ports = {port["name"]: port["containerPort"] for port in server(form)["ports"]}
    assert ports == {"http": 8000, "health": 8001}
    names = [name for name in server(form) if name.endswith("Probe")]
    assert {name: server(form)[name]["httpGet"]["path"] for name in names} == {
        "startupProbe": "/startupz",
        "readinessProbe": "/readyz",
        "livenessProbe": "/livez",
    }
    assert {server(form)[name]["httpGet"]["port"] for name in names} == {"health"}
    assert option(form, "health-bind") == "0.0.0.0:8001"
    assert option(form, "bind") == "0.0.0.0:8000"


def test_the_grace_period_fits_what_the_server_may_take(form: list[Resource]) -> None:
    taken = int(option(form, "shutdown-delay")) + int(option(form, "graceful-timeout"))
    assert pod(form)["terminationGracePeriodSeconds"] >= taken + 10
    # Endpoints forget a pod that is not ready; the readiness probe notices within this time.
    probe = server(form)["readinessProbe"]
    noticed = probe["periodSeconds"] * probe["failureThreshold"]
    assert int(option(form, "shutdown-delay")) > noticed


def test_the_pod_is_restricted(form: list[Resource]) -> None:
    """What the `restricted` profile of the Pod Security Standards wants, and a read-only root."""
    context, own = pod(form)["securityContext"], server(form)["securityContext"]
    assert context["runAsNonRoot"] is True and context["runAsUser"] == 10001
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert all("hostPath" not in volume for volume in pod(form)["volumes"])
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod(form).keys()


def test_everything_is_about_the_same_pods(form: list[Resource]) -> None:
    deployment = only(form, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [deployment["spec"]["selector"]["matchLabels"]]
    for resource in form:
        spec = resource["spec"]
        match resource["kind"]:
            case "Service":
                selectors.append(spec["selector"])
                names = {port["name"] for port in server(form)["ports"]}
                assert {port["targetPort"] for port in spec["ports"]} <= names
            case "PodDisruptionBudget":
                selectors.append(spec["selector"]["matchLabels"])
            case "NetworkPolicy":
                selectors.append(spec["podSelector"]["matchLabels"])
            case "HorizontalPodAutoscaler":
                assert spec["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
                assert "replicas" not in deployment["spec"], "the scaler would be undone"
    spread = pod(form)["topologySpreadConstraints"]
    selectors += [one["labelSelector"]["matchLabels"] for one in spread]
    assert all(selector.items() <= labels.items() for selector in selectors)
    assert len(selectors) >= 6


@pytest.mark.parametrize("name", ["overlays/production", "chart with everything"])
def test_prometheus_finds_the_metrics(name: str) -> None:
    form = FORMS[name]
    monitor, service = only(form, "ServiceMonitor"), only(form, "Service", "-metrics")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= service["metadata"]["labels"].items()
    # The other service leads to the same pods: its labels must not have each scraped twice.
    assert not wanted.items() <= only(form, "Service")["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["path"] == "/metrics"


def test_the_adapters_rule_is_about_metrics_that_we_have() -> None:
    text = (MANIFESTS / "overlays/production/adapter-rule.yaml").read_text()
    (rule,) = yaml.safe_load(text)["rules"]["custom"]
    asked = only(FORMS["overlays/production"], "HorizontalPodAutoscaler")["spec"]["metrics"]
    assert rule["name"]["as"] in [one["pods"]["metric"]["name"] for one in asked if "pods" in one]
    named = set(re.findall(r"swiftcorn_\w+", rule["seriesQuery"] + rule["metricsQuery"]))
    assert re.fullmatch(rule["name"]["matches"], rule["seriesQuery"].partition("{")[0])
    health = free_port()
    command = (BIN / "swiftcorn", "--bind=127.0.0.1:0", f"--health-bind=127.0.0.1:{health}")
    with serving(*command, *HELLO):
        get_when_ready(health, "/readyz")
        page = get_when_ready(health, "/metrics").decode()
    assert len(named) == 2 and all(f"\n{name} " in page for name in named), named


def without_labels(resources: list[Resource]) -> list[Resource]:
    """As they are but for labels, and for a field that Kubernetes would set to the same."""
    own = ("labels", "matchLabels")

    def stripped(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: stripped(one) for key, one in value.items() if key not in own}
        return [stripped(one) for one in value] if isinstance(value, list) else value

    plain = stripped(resources)
    for resource in plain:
        if resource["kind"] == "Service":
            resource["spec"].pop("selector")
            resource["spec"].pop("type", None)
        if resource["kind"] == "Deployment":
            server([resource]).pop("imagePullPolicy", None)
    return sorted(plain, key=identity)


@pytest.mark.parametrize(("folder", "values"), [("base", {}), ("overlays/production", PRODUCTION)])
def test_the_chart_makes_the_same_as_the_manifests(folder: str, values: dict[str, Any]) -> None:
    assert without_labels(from_chart(values)) == without_labels(FORMS[folder])


def test_helm_finds_no_fault_with_the_chart() -> None:
    said = lint(CHART)
    # An icon would be a picture on some other host.
    assert [one["error"] for one in said["messages"]] == ["icon is recommended"]
    assert said["errors"] == []


@pytest.mark.parametrize(
    "values",
    [
        {"workers": "many"},
        {"workers": 0},
        {"worker": 2},
        {"maxWorkerMemory": "much"},
        {"image": {"repository": ""}},
        {"autoscaling": {"enabled": "yes"}},
        {"environment": [{"value": "x"}]},
        {"service": {"port": 70000}},
        {"gracefulTimeoutSeconds": "30"},
    ],
    ids=json.dumps,
)
def test_a_wrong_value_is_refused_by_the_schema(values: dict[str, Any]) -> None:
    with pytest.raises(HelmValuesError), Chart.load(CHART) as chart:
        chart.validate_schema(values)


def test_the_schema_knows_every_value() -> None:
    """At every depth: a default without a line of the schema could be misspelt in silence."""

    def compare(values: dict[str, Any], schema: dict[str, Any]) -> None:
        for name, value in values.items():
            assert name in schema["properties"], name
            if isinstance(value, dict) and "properties" in schema["properties"][name]:
                assert schema["properties"][name]["additionalProperties"] is False
                compare(value, schema["properties"][name])

    with Chart.load(CHART) as chart:
        assert chart.schema is not None
        compare(chart.values, chart.schema)


def test_the_chart_is_of_this_version() -> None:
    from swiftcorn import __version__

    with Chart.load(CHART) as chart:
        assert chart.metadata["appVersion"] == __version__
    (image,) = yaml.safe_load((MANIFESTS / "base/kustomization.yaml").read_text())["images"]
    assert image["newTag"] == __version__


def test_the_server_takes_the_arguments_of_every_pod(form: list[Resource]) -> None:
    settings = {one["name"]: one["value"] for one in server(form).get("env", []) if "value" in one}
    arguments = [*server(form)["args"][:-1], *HELLO]
    run(BIN / "gunicorn", "--check-config", *arguments, environment={**os.environ, **settings})


@pytest.mark.parametrize("line", lines("kubernetes.md", "With kustomize", "kubectl apply"))
def test_a_command_of_the_page_applies_what_is_there(line: str) -> None:
    *words, folder = shlex.split(line)
    assert words == ["kubectl", "apply", "--kustomize"]
    assert only(rendered(REPOSITORY / folder), "Deployment")


@pytest.mark.parametrize("line", lines("kubernetes.md", "With Helm", "helm "))
def test_a_command_of_the_page_is_taken_by_the_chart(line: str) -> None:
    program, action, release, folder, *options = shlex.split(line)
    assert (program, REPOSITORY / folder) == ("helm", CHART) and action in ("install", "upgrade")
    values: dict[str, Any] = {}
    for flag, pairs in zip(options[::2], options[1::2], strict=True):
        assert flag == "--set"
        for pair in pairs.split(","):
            path, _, text = pair.partition("=")
            *parents, name = path.split(".")
            place = values
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = yaml.safe_load(text)
    assert only(from_chart(values, release), "Deployment")


def test_the_page_gives_the_adapter_its_rule() -> None:
    (line,) = lines("kubernetes.md", "With kustomize", "helm upgrade")
    assert (REPOSITORY / shlex.split(line)[-1]).samefile(
        MANIFESTS / "overlays/production/adapter-rule.yaml"
    )


@pytest.mark.container
def test_checkov_finds_nothing_but_what_the_page_leaves_out(tmp_path: Path) -> None:
    left_out = re.findall(
        r"^\| `(CKV_K8S_\d+)` \|", (REPOSITORY / "docs/kubernetes.md").read_text(), re.M
    )
    for form, resources in FORMS.items():
        path = tmp_path / (re.sub(r"\W", "-", form) + ".yaml")
        path.write_text(yaml.safe_dump_all(resources))
    command = (REPOSITORY / ".venv-appliance/bin/checkov", "--compact", "--quiet", "--output=json")
    said = run(*command, "--skip-download", "--framework=kubernetes", f"--directory={tmp_path}",
               check=False).stdout  # fmt: skip
    failed = {one["check_id"] for one in json.loads(said)["results"]["failed_checks"]}
    # An exception that nothing needs is no exception.
    assert failed == set(left_out)


@pytest.mark.container
def test_the_deployment_plays_and_its_probes_answer(demo: str, tmp_path: Path) -> None:
    manifest = only(rendered(MANIFESTS / "base"), "Deployment")
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
        # The kubelet's TERM: the pod serves on, not ready, and then ends well.
        containers.podman("kill", "--signal=TERM", inside)
        get_when_ready(ports["health"], "/readyz", status=503)
        assert get_when_ready(ports["http"]) == HELLO_BODY
        assert containers.podman("wait", inside, seconds=60).strip() == "0"
    finally:
        containers.podman("kube", "down", path, check=False)

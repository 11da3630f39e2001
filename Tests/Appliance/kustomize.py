"""What `kubectl kustomize` makes of the folders that are delivered, where there is none to ask.

Only the fields that they use are known; another one is an error, so that nothing is left out in
silence. Where a kubectl is installed that is new enough, a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]
FIELDS = {"apiVersion", "kind", "resources", "images", "patches"}
#: By what the elements of a list are told apart, where a patch names one of them.
KEYS = {"containers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath"}


def rendered(folder: Path) -> list[Resource]:
    """The resources of a folder with everything done to them that its kustomization asks for."""
    asked = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert asked.keys() <= FIELDS, f"not known: {asked.keys() - FIELDS}"
    resources: list[Resource] = []
    for name in asked["resources"]:
        path = folder / name
        resources += rendered(path) if path.is_dir() else yaml.safe_load_all(path.read_text())
    for patch in asked.get("patches", []):
        assert patch.keys() == {"path"}, patch
        change = yaml.safe_load((folder / patch["path"]).read_text())
        (index,) = [at for at, one in enumerate(resources) if identity(one) == identity(change)]
        resources[index] = merged(resources[index], change)
    for image in asked.get("images", []):
        assert image.keys() == {"name", "newName", "newTag"}, image
        for container in containers(resources):
            if container["image"].partition(":")[0] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
    return resources


def identity(resource: Resource) -> tuple[str, str]:
    return resource["kind"], resource["metadata"]["name"]


def containers(resources: list[Resource]) -> list[Resource]:
    pods = [one["spec"]["template"]["spec"] for one in resources if one["kind"] == "Deployment"]
    return [container for pod in pods for container in pod["containers"]]


def merged(value: Any, change: Any, name: str = "") -> Any:
    """A strategic merge: tables by their keys, lists of named things by these, others replaced."""
    if isinstance(value, dict) and isinstance(change, dict):
        kept = {key: one for key, one in value.items() if key not in change}
        new = {
            key: merged(value.get(key), one, key) for key, one in change.items() if one is not None
        }
        return {**kept, **new}
    if isinstance(value, list) and name in KEYS:
        key = KEYS[name]
        changes = {one[key]: one for one in change}
        kept_ones = [merged(one, changes.pop(one[key], {})) for one in value]
        return [*changes.values(), *kept_ones]
    return change

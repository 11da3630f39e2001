"""What an image is made of, and how: for those who check images."""

from __future__ import annotations

import uuid
from typing import Any

from ._install import Package

SBOM_TYPE = "application/vnd.cyclonedx+json"
PROVENANCE_TYPE = "application/vnd.in-toto+json"


def bill_of_materials(packages: list[Package], base: dict[str, Any], moment: str) -> dict[str, Any]:
    """The packages of an image, in CycloneDX 1.5; the base is named, not taken apart."""
    components: list[dict[str, Any]] = [
        {
            "type": "library",
            "name": one.name,
            "version": one.version,
            "purl": _purl(one),
            "bom-ref": _purl(one),
            **({"licenses": [{"license": {"name": one.license}}]} if one.license else {}),
        }
        for one in sorted(packages, key=lambda one: (one.name.lower(), one.version))
    ]
    components.append(
        {
            "type": "container",
            "name": base["name"],
            "version": base["digest"],
            "bom-ref": base["digest"],
        }
    )
    content = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    # The same components have the same number, or two builds would differ.
    names = " ".join(one["bom-ref"] for one in components)
    return {
        **content,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, names)}",
        "metadata": {"timestamp": moment},
        "components": components,
    }


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name.lower().replace('_', '-')}@{package.version}"


def provenance(
    subject: dict[str, Any],
    parameters: dict[str, Any],
    packages: list[Package],
    base: dict[str, Any],
    version: str,
) -> dict[str, Any]:
    """An in-toto statement with SLSA's provenance, version 1."""
    materials = [{"uri": f"oci:{base['name']}", "digest": _digest(base["digest"])}]
    materials += [{"uri": _purl(one)} for one in sorted(packages, key=lambda one: one.name.lower())]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": subject["name"], "digest": _digest(subject["digest"])}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://pypi.org/project/swiftcorn/image-build/v1",
                "externalParameters": parameters,
                "resolvedDependencies": materials,
            },
            "runDetails": {
                "builder": {
                    "id": "https://pypi.org/project/swiftcorn/",
                    "version": {"swiftcorn": version},
                }
            },
        },
    }


def _digest(text: str) -> dict[str, str]:
    kind, _, value = text.partition(":")
    return {kind: value}

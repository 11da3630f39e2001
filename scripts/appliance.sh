#!/bin/sh
# The checks that need containers: the image, real systemd, a pod. As root, with no registry.
set -eu
cd "$(dirname "$0")/.."

if [ "$(id --user)" -ne 0 ]; then
    echo "swiftcorn: the appliance checks run containers as root: use \`sudo make appliance\`." >&2
    exit 1
fi
# iptables is called by netavark for bridge networks, catatonit is the pod's first process.
scripts/debian.sh podman buildah runc conmon netavark aardvark-dns iptables catatonit \
    golang-github-containers-common golang-github-containers-image ca-certificates mmdebstrap \
    skopeo docker-registry

PYTEST_ADDOPTS="-m container ${PYTEST_ADDOPTS:-}" scripts/pytest.sh Tests/Appliance

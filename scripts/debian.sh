#!/bin/sh
# debian.sh PACKAGE... : installs from Debian what is missing of the packages, and asks for root
# only then. Elsewhere than on Debian it does nothing: the build says itself what it lacks.
set -eu

command -v dpkg-query >/dev/null || exit 0
missing=
for package in "$@"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id --user)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "swiftcorn: these Debian packages are missing:$missing." \
        "Install them as root (apt-get install$missing), then run make again." >&2
    exit 1
fi

echo "installing from Debian:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$as_root apt-get update --quiet --quiet
# shellcheck disable=SC2086
$as_root apt-get install --quiet --quiet --yes --no-install-recommends $missing >/dev/null

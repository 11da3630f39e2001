# The appliance, in stages. `docker build .` makes the last one, which serves examples/hello;
# `docker build --target runtime .` makes the image that applications are built FROM.
# Nothing in it knows the processor: what runs on amd64 is built the same way on arm64.
ARG SWIFT_VERSION=6.3
ARG PYTHON_VERSION=3.13

# build: the Swift toolchain and Python's headers make the wheels.
FROM swift:${SWIFT_VERSION}-bookworm AS build
# Debian keeps one version of a package in a release, so a pin would only make the build fail when
# its security fix arrives.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends \
        binutils make pkg-config python3-dev python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/.build \
    pip3 wheel --no-deps --no-cache-dir --wheel-dir /wheels . ./python/gunicorn-names

# test: the same tree, and everything that `make test` checks.
FROM build AS test
RUN --mount=type=cache,target=/src/.build make test

# installed: the files of the two wheels, where the runtime's Python looks for them.
FROM python:${PYTHON_VERSION}-slim-bookworm AS installed
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --root=/installed /wheels/*.whl

# runtime: a slim Python and those files; no compiler, no shell logic.
FROM python:${PYTHON_VERSION}-slim-bookworm AS runtime
ARG PYTHON_VERSION
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Swiftcorn" \
      org.opencontainers.image.description="A drop-in Gunicorn whose core is Swift" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/python:${PYTHON_VERSION}-slim-bookworm"
COPY --from=installed /installed /
# PORT is what --bind defaults to: all addresses, for a container is reached from outside. Probes
# and metrics have a port of their own, which nobody reaches until it is published. What an
# application prints is seen at once; its bytecode comes with the image or is kept in memory.
ENV PORT=8000 \
    GUNICORN_HEALTH_BIND=0.0.0.0:8001 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
# Healthy once the server has come up, and for as long as it works as a whole: being busy is not
# being ill. One quick answer of the monitor, which asks no worker.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["swiftcorn", "ctl", "health", "--live"]
ENTRYPOINT ["gunicorn"]
CMD ["--help"]

# demo: an application in its place.
FROM runtime AS demo
COPY examples/hello/hello.py /app/
CMD ["hello:app"]

# The appliance, in stages. `docker build .` makes the last one, which serves examples/hello;
# `docker build --target runtime .` makes the image that applications are built FROM.
ARG SWIFT_VERSION=6.3
ARG PYTHON_VERSION=3.13

# build: the Swift toolchain and Python's headers make the wheels.
FROM swift:${SWIFT_VERSION}-bookworm AS build
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends \
        binutils make pkg-config python3-dev python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/.build \
    pip3 wheel --no-deps --wheel-dir /wheels . ./python/gunicorn-names

# test: the same tree, and everything that `make test` checks.
FROM build AS test
RUN --mount=type=cache,target=/src/.build make test

# installed: the files of the two wheels, where the runtime's Python looks for them.
FROM python:${PYTHON_VERSION}-slim-bookworm AS installed
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --root=/installed /wheels/*.whl

# runtime: a slim Python and those files; no compiler, no shell logic.
FROM python:${PYTHON_VERSION}-slim-bookworm AS runtime
LABEL org.opencontainers.image.title="Swiftcorn" \
      org.opencontainers.image.description="A drop-in Gunicorn whose core is Swift" \
      org.opencontainers.image.licenses="MIT"
COPY --from=installed /installed /
# PORT is what --bind defaults to: all addresses, for a container is reached from outside.
ENV PORT=8000 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
ENTRYPOINT ["gunicorn"]
CMD ["--help"]

# demo: an application in its place.
FROM runtime AS demo
COPY examples/hello/hello.py /app/
CMD ["--health-bind=0.0.0.0:8001", "hello:app"]

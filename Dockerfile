# Two stages: the first installs the hash-locked packages, the second holds only what runs.
# Runs as an ordinary account, on a read-only root file system; everything that is written lies in BESA_HOME.

FROM python:3.13-slim-bookworm AS packages
WORKDIR /build
COPY requirements/run.lock .
RUN python -m venv /opt/besa/venv \
    && /opt/besa/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary :all: --requirement run.lock \
    # the running program installs nothing
    && /opt/besa/venv/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 besa \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/besa --shell /usr/sbin/nologin besa \
    && install --directory --owner=besa --group=besa --mode=0700 /var/lib/besa
WORKDIR /opt/besa
COPY --from=packages /opt/besa/venv venv
COPY alembic.ini LICENSE THIRD_PARTY_NOTICES.md ./
COPY requirements requirements
COPY migrations migrations
COPY app app
# compiled now, for the file system is read-only later
RUN venv/bin/python -m compileall -q app migrations

ENV PATH=/opt/besa/venv/bin:$PATH \
    PYTHONPATH=/opt/besa \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BESA_HOME=/var/lib/besa \
    BESA_HOST=0.0.0.0
USER 10001:10001
VOLUME /var/lib/besa
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"BESA_PORT\", \"8000\")}/healthz', timeout=4)"]
ENTRYPOINT ["python", "-P", "-m", "app.cli"]
CMD ["run"]

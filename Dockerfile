# The shop, its worker and its sandbox in one image; what a container does is its command.
# Any Debian with Python 3.11 or later will do.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
# For networks whose proxy has a certificate authority of its own.
ARG PIP_CERT
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/runtime.txt
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app:/app/site
WORKDIR /app
COPY . .
# Static files get their hashed names here. The variables are this one command's, and open nothing.
RUN DJANGO_SETTINGS_MODULE=vipratech.settings.production SHOP_DEMO=true SECRET_KEY=demo-only-for-the-build \
    ALLOWED_HOSTS=localhost DATABASE_URL=postgres://nobody@localhost/none \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q /app

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/site \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=vipratech.settings.production \
    MEDIA_ROOT=/data/media \
    SANDBOX_STATE=/data/sandbox/sandbox.sqlite3
# The number is fixed, so that volumes keep their owner; the program files are root's and cannot be changed.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin shop \
    && install -d -o shop -g shop /data/media /data/sandbox
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://localhost:{os.environ.get('PORT') or 8000}/healthz\", timeout=4)"]
CMD ["gunicorn"]

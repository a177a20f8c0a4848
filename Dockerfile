# Two images: `shop` (web server and worker), and `demo` (the same with the Stripe sandbox).
#     docker build --target shop .
# A container's command decides what it runs. The base can be any Debian with Python 3.11 or later.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
# For networks whose proxy has its own certificate authority.
ARG PIP_CERT
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/runtime.txt
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app:/app/site
WORKDIR /app
COPY . .
# The sandbox goes elsewhere, so that the shop's image gets everything in /app and nothing else.
# collectstatic gives static files their hashed names; its variables are for this command only.
RUN mkdir /sandbox && mv packages/stripe-sandbox/stripe_sandbox /sandbox/ && rm -r packages \
    && DJANGO_SETTINGS_MODULE=vipratech.settings.production SHOP_DEMO=true \
    ALLOWED_HOSTS=localhost DATABASE_URL=postgres://nobody@localhost/none \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q /app /sandbox

FROM ${PYTHON_IMAGE} AS shop
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/site \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=vipratech.settings.production \
    MEDIA_ROOT=/data/media
# A fixed user id, so that volumes keep their owner. The program files belong to root.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin shop \
    && install -d -o shop -g shop /data/media
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://localhost:{os.environ.get('PORT') or 8000}/healthz\", timeout=4)"]
CMD ["gunicorn"]

FROM shop AS demo
ENV SANDBOX_STATE=/data/sandbox/sandbox.sqlite3
USER root
RUN install -d -o shop -g shop /data/sandbox
COPY --from=build /sandbox /app
USER 10001

# docker-compose.yml chooses between these two names by the value of SHOP_DEMO.
FROM demo AS demo-true
# The last stage is what `docker build .` makes.
FROM shop AS demo-false

# The image of every Phaseline process: `phaseline` with what production needs, and nothing else.
FROM python:3.13-slim-bookworm AS build
# Debian keeps only the newest version of a package, so none is named.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends make \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN make deploy PREFIX=/opt/phaseline

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data phaseline \
  && install -d -o phaseline -g phaseline /data
COPY --from=build /opt/phaseline /opt/phaseline
ENV PATH=/opt/phaseline/bin:$PATH \
  PYTHONUNBUFFERED=1 \
  PHASELINE_DATA=/data \
  PHASELINE_HOST=0.0.0.0 \
  PHASELINE_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Whoever needs another process says so: `api`, `worker`, `migrate`, `doctor`, …
ENTRYPOINT ["phaseline"]
CMD ["up"]

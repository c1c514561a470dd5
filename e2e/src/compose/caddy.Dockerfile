# Stands in for the official caddy image where no registry is: Debian's Caddy, laid out like that.
ARG BASE
FROM ${BASE}
RUN set -eu; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update -qq; \
    apt-get install -y -qq --no-install-recommends caddy ca-certificates >/dev/null; \
    mkdir -p /config/caddy /data/caddy; \
    rm -rf /var/lib/apt/lists/*
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
WORKDIR /srv
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]

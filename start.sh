#!/bin/sh
# Starts the relay in the image. A host mounts a new volume owned by root: as root, give it to the user `node`, then become that user.
# `exec` matters: the relay, or with PROCESSES its primary, must be the process that receives SIGTERM.
if [ "$(id -u)" = 0 ]; then
  chown node:node /data
  exec setpriv --reuid=node --regid=node --init-groups node --disable-warning=ExperimentalWarning --max-semi-space-size=4 src/main.ts
fi
exec node --disable-warning=ExperimentalWarning --max-semi-space-size=4 src/main.ts

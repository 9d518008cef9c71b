#!/bin/sh
# n8n loads community packages from its own folder, over which a volume lies: the image's version is put there at each start.
set -e
packages="$HOME/.n8n/nodes/node_modules"
mkdir -p "$packages"
rm -rf "$packages/n8n-nodes-session-keys"
cp -R "${PACKAGE:-/opt/session-keys/package}" "$packages/n8n-nodes-session-keys"
exec "${N8N:-/docker-entrypoint.sh}" "$@"

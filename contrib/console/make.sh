#!/bin/bash
# make console: the page of mistral-api, from its sources to dist/.
#
# Needs Node 18 or newer and npm; nothing else of the project does.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

die()
{
	printf '%s\n' "$@" >&2
	exit 1
}

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	die "The console is built with Node and npm, which are not here." "Install them (Debian: apt-get install nodejs npm), then: make console"
fi
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 18 ]; then
	die "The console is built with Node 18 or newer; this one is $(node --version)."
fi

# the packages of the lock file, unless they are there
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed
fi
node build.mjs "$@"

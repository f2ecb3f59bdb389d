#!/bin/bash
# Copy the files that make.sh has built: install.sh DIRECTORY. What an earlier
# version has left there goes.

set -euo pipefail

mkdir -p "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/dist"

rm -rf "$target/assets" "$target/index.html" "$target/index.html.gz"
find . -type f | while read -r file; do
	mkdir -p "$target/$(dirname "$file")"
	install -m 644 "$file" "$target/$file"
done

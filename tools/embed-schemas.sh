#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# embed-schemas.sh DIRECTORY: print a C table of the JSON files in DIRECTORY, for user/format/schema.c.
set -euo pipefail
cd "$1"
echo '/* NOLINTBEGIN: generated */'
echo 'static const struct schema_part schema_parts[] = {'
for file in *.json; do
	printf '{ "%s",\n' "${file%.json}"
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$file"
	echo '},'
done
echo '};'
echo '/* NOLINTEND */'

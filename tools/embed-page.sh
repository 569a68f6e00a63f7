#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# embed-page.sh DIRECTORY: print a C table of the files below DIRECTORY, each compressed by gzip, for user/serve/page.c.
set -euo pipefail
cd "$1"
echo '/* NOLINTBEGIN: generated */'
mapfile -t files < <(find . -type f | LC_ALL=C sort)
for i in "${!files[@]}"; do
	printf 'static const unsigned char page_file_%d[] = {\n' "$i"
	gzip -9nc "${files[i]}" | od -An -v -tu1 | sed 's/  */,/g; s/^,//; s/$/,/'
	echo '};'
done
echo 'static const struct page_file page_files[] = {'
for i in "${!files[@]}"; do
	printf '{ "%s", page_file_%d, sizeof(page_file_%d) },\n' "${files[i]#.}" "$i" "$i"
done
echo '};'
echo '/* NOLINTEND */'

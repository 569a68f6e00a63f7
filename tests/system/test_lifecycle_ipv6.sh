#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
. tests/system/lib/lib.sh
# shellcheck source=lib/lifecycle.sh
. tests/system/lib/lifecycle.sh

whole_life $client6 $server6

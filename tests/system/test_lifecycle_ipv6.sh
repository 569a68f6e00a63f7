#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
. tests/system/lib.sh
# shellcheck source=lifecycle.sh
. tests/system/lifecycle.sh

whole_life $client6 $server6

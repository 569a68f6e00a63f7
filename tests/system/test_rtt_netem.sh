#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Round trips (--rtt) against the delay of the kernel's netem on a router, if this kernel has it, and against what the
# sockets of both ends measured themselves (ss -ti).
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/routed.sh
. tests/system/lib/routed.sh
# shellcheck source=lib/round_trips.sh
. tests/system/lib/round_trips.sh

lab_begin
need_netem
lab_routed_pair
netem router eth0 delay ${delay_ms}ms
netem router eth1 delay ${delay_ms}ms
round_trips_must_hold $far4 $far6

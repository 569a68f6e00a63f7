// SPDX-License-Identifier: GPL-2.0-only
#include "instance/counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "instance/object.h"
#include "instance/told.h"
#include "flow/names.h"

#define CPUS_MAX 8192 /* maximum of the kernel's configuration */

struct counter_info {
	const char *name;
	enum counter_kind kind;
};

static const struct counter_info counters[COUNTER_COUNT] = {
	[COUNTER_NON_IP] = { "non_ip", COUNTER_KIND_OTHER },
	[COUNTER_NON_TCP] = { "non_tcp", COUNTER_KIND_OTHER },
	[COUNTER_TRUNCATED] = { "truncated", COUNTER_KIND_OTHER },
	[COUNTER_BAD_IP_HEADER] = { "bad_ip_header", COUNTER_KIND_OTHER },
	[COUNTER_FRAGMENT] = { "fragment", COUNTER_KIND_OTHER },
	[COUNTER_BAD_TCP_HEADER] = { "bad_tcp_header", COUNTER_KIND_OTHER },
	[COUNTER_BAD_FLAGS] = { "bad_flags", COUNTER_KIND_OTHER },
	[COUNTER_VLAN_DEPTH] = { "vlan_depth", COUNTER_KIND_OTHER },
	[COUNTER_EXTENSION_DEPTH] = { "extension_depth", COUNTER_KIND_OTHER },
	[COUNTER_OF_TUNNEL(TUNNEL_PPPOE)] = { "pppoe", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_MPLS)] = { "mpls", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_IPIP)] = { "ipip", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_GRE)] = { "gre", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_VXLAN)] = { "vxlan", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_GENEVE)] = { "geneve", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_OF_TUNNEL(TUNNEL_GTPU)] = { "gtpu", COUNTER_KIND_NOT_FOLLOWED },
	[COUNTER_BAD_ACK] = { NAME_BAD_ACK, COUNTER_KIND_OTHER },
	[COUNTER_BAD_RST] = { NAME_BAD_RST, COUNTER_KIND_OTHER },
	[COUNTER_BAD_SEQ] = { NAME_BAD_SEQ, COUNTER_KIND_OTHER },
	[COUNTER_ACK_UNSEEN] = { NAME_ACK_UNSEEN, COUNTER_KIND_OTHER },
	[COUNTER_CHALLENGE_SYN] = { NAME_CHALLENGE_SYN, COUNTER_KIND_OTHER },
	[COUNTER_REORDERED] = { NAME_REORDERED, COUNTER_KIND_OTHER },
	[COUNTER_DUPLICATE] = { NAME_DUPLICATE, COUNTER_KIND_OTHER },
	[COUNTER_RST_REFUTED] = { NAME_RST_REFUTED, COUNTER_KIND_OTHER },
	[COUNTER_FIN_REFUTED] = { NAME_FIN_REFUTED, COUNTER_KIND_OTHER },
	[COUNTER_NO_FLOW] = { "no_flow", COUNTER_KIND_OTHER },
	[COUNTER_BUSY] = { "busy", COUNTER_KIND_OTHER },
	[COUNTER_SYN] = { "syn", COUNTER_KIND_OTHER },
	[COUNTER_SYNACK] = { "synack", COUNTER_KIND_OTHER },
	[COUNTER_INSERTED] = { "inserted", COUNTER_KIND_OTHER },
	[COUNTER_INCARNATION] = { "incarnation", COUNTER_KIND_OTHER },
	[COUNTER_TWIN] = { "twin", COUNTER_KIND_OTHER },
	[COUNTER_EVICTED_EXPIRED] = { "expired", COUNTER_KIND_EVICTION },
	[COUNTER_EVICTED_CLOSED] = { "closed", COUNTER_KIND_EVICTION },
	[COUNTER_EVICTED_TIME_WAIT] = { "time_wait", COUNTER_KIND_EVICTION },
	[COUNTER_EVICTED_HALF_OPEN] = { "half_open", COUNTER_KIND_EVICTION },
	[COUNTER_EVICTED_CLOSING] = { "closing", COUNTER_KIND_EVICTION },
	[COUNTER_EVICTED_ESTABLISHED] = { "established", COUNTER_KIND_EVICTION },
	[COUNTER_REFUSED_FULL] = { "full", COUNTER_KIND_REFUSAL },
	[COUNTER_REFUSED_BUSY] = { "busy", COUNTER_KIND_REFUSAL },
	[COUNTER_UNREACHABLE] = { "unreachable", COUNTER_KIND_OTHER },
	[COUNTER_TUNNEL_UNKNOWN] = { "tunnel_unknown", COUNTER_KIND_OTHER },
};

_Static_assert(COUNTER_COUNT == COUNTER_TUNNEL_UNKNOWN + 1, "name the new counters");

const char *counter_name(enum synscope_counter counter)
{
	return counters[counter].name;
}

enum counter_kind counter_kind(enum synscope_counter counter)
{
	return counters[counter].kind;
}

__u64 counters_new_flows(const __u64 *total)
{
	return total[COUNTER_INSERTED] + total[COUNTER_INCARNATION];
}

int counters_read(int map_fd, __u64 *total)
{
	int err = object_check(map_fd, OBJECT_COUNTERS, NULL, NULL), cpus = libbpf_num_possible_cpus();
	__u32 only = 0;
	__u64 *values;

	memset(total, 0, COUNTER_COUNT * sizeof(*total));
	if (err)
		return err;
	if (cpus < 0) /* without /sys; the kernel fills in as many as there are, and the others stay zero */
		cpus = CPUS_MAX;
	values = calloc((size_t)cpus * COUNTERS_MAX, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map_fd, &only, values))
		err = -errno;
	for (int cpu = 0; cpu < cpus && !err; cpu++)
		for (int i = 0; i < COUNTER_COUNT; i++)
			total[i] += values[cpu * COUNTERS_MAX + i];
	free(values);
	return err;
}

int instance_counters_read(const struct instance *instance, __u64 *total)
{
	int fd, err;

	if (instance->told) {
		memcpy(total, instance->told->counters, COUNTER_COUNT * sizeof(*total));
		return 0;
	}
	fd = instance_open_object(instance, OBJECT_COUNTERS);
	err = fd < 0 ? fd : counters_read(fd, total);
	if (fd >= 0)
		close(fd);
	return err;
}

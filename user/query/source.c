// SPDX-License-Identifier: GPL-2.0-only
#include "query/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/version.h"
#include "base/clock.h"
#include "instance/counters.h"
#include "instance/interface.h"
#include "instance/leftovers.h"
#include "instance/not_followed.h"
#include "instance/open.h"

#define RECORDS_AT_ONCE 128 /* few enough to stay in the processor's cache until they are decoded */

/* Returns 0 or a negative errno; close_arrays() closes what was opened in both cases. */
static int open_arrays(const struct instance *instance, struct flow_arrays *arrays)
{
	arrays->hot_fd = instance_open_object(instance, OBJECT_HOT);
	arrays->cold_fd = instance_open_object(instance, OBJECT_COLD);
	arrays->tunnels_fd = instance_open_object(instance, OBJECT_TUNNELS);
	if (arrays->hot_fd < 0)
		return arrays->hot_fd;
	if (arrays->cold_fd < 0)
		return arrays->cold_fd;
	if (arrays->tunnels_fd < 0 || !instance->meta.config.rtt)
		return arrays->tunnels_fd < 0 ? arrays->tunnels_fd : 0;
	arrays->round_trips_fd = instance_open_object(instance, OBJECT_ROUND_TRIPS);
	return arrays->round_trips_fd < 0 ? arrays->round_trips_fd : 0;
}

static void close_arrays(const struct flow_arrays *arrays)
{
	const int fds[] = { arrays->hot_fd, arrays->cold_fd, arrays->tunnels_fd, arrays->round_trips_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int flow_source_open(struct flow_source *source, struct instance *instance)
{
	const struct instance_meta *meta = &instance->meta;
	struct flow_arrays arrays = { -1, -1, -1, -1 };
	int err = open_arrays(instance, &arrays);

	*source = (struct flow_source){ .instance = instance };
	if (!err)
		err = flow_reader_open(&source->reader, &arrays, meta->config.buckets);
	close_arrays(&arrays);
	if (err && !instance_is_there(instance))
		return -ENODEV;
	if (err) {
		message_error("cannot map the flow table of '%s': %s", meta->name, reason_of(err).text);
		return err;
	}
	err = flow_source_refresh(source);
	if (!is_limit(err))
		return 0;
	message_error("cannot look at the interfaces of '%s': %s", meta->name, reason_of(err).text);
	flow_source_close(source);
	return err;
}

int flow_source_refresh(struct flow_source *source)
{
	const struct instance_meta *meta = &source->instance->meta;
	int err, first_err = 0;

	instance_reread(source->instance); /* if that fails, the interfaces are those that were known */
	for (__u32 i = 0; i < meta->interfaces && i < MAX_INTERFACES; i++) {
		struct interface_state state;

		err = instance_interface_state(source->instance, (int)i, &state);
		first_err = first_err ? first_err : err;
		if (!err || !*source->interface[i].ifname)
			source->interface[i] = state;
	}
	source->clock = flow_clock_now();
	return first_err;
}

void flow_source_close(struct flow_source *source)
{
	flow_reader_close(&source->reader);
}

void flow_source_close_detached(struct flow_source *source)
{
	flow_source_close(source);
	instance_close_maps(source->instance);
}

struct flow_labels flow_source_labels(const struct flow_source *source, const struct flow_view *view)
{
	const struct instance_meta *meta = &source->instance->meta;
	struct flow_labels labels = {
		.instance = meta->name,
		.wall_offset_ns = source->clock.wall_offset_ns,
		.tunnels = source->reader.tunnels,
		.services = source->services,
		.sockets = source->sockets,
		.named = source->host_names,
		.host_names = source->host_names,
	};

	for (__u32 i = 0; i < meta->interfaces && i < MAX_INTERFACES; i++)
		if (meta->interface[i].ifindex == view->ifindex) {
			labels.ifname = source->interface[i].ifname;
			labels.interface_deleted = source->interface[i].deleted;
		}
	if (source->label)
		source->label(source->label_of, view, &labels);
	return labels;
}

bool flow_source_matches(const struct flow_source *source, const struct filter *filter, const struct flow_view *view)
{
	struct flow_labels labels;

	if (!filter->steps)
		return true;
	labels = flow_source_labels(source, view);
	return filter_match(filter, view, &labels);
}

bool flow_source_deleted(const struct flow_source *source)
{
	int deleted = flow_source_count_deleted(source);

	return deleted && (__u32)deleted == source->instance->meta.interfaces;
}

int flow_source_count_deleted(const struct flow_source *source)
{
	int deleted = 0;

	for (__u32 i = 0; i < source->instance->meta.interfaces && i < MAX_INTERFACES; i++)
		deleted += source->interface[i].deleted;
	return deleted;
}

void flow_source_warn_deleted(struct flow_source *source)
{
	for (__u32 i = 0; i < source->instance->meta.interfaces; i++) {
		if (source->interface[i].deleted && !source->logged[i])
			message_warning("interface %s of '%s' is gone; the flows are those it had",
					source->interface[i].ifname, source->instance->meta.name);
		source->logged[i] = source->interface[i].deleted;
	}
}

void flow_sources_warn_deleted(struct flow_sources *sources)
{
	for (int i = 0; i < sources->count; i++)
		flow_source_warn_deleted(&sources->source[i]);
}

bool flow_sources_tell_not_followed(const struct flow_sources *sources)
{
	__u64 counters[COUNTER_COUNT];
	bool printed = false;

	for (int i = 0; i < sources->count; i++) {
		const struct instance *instance = sources->source[i].instance;

		if (!instance_counters_read(instance, counters))
			printed |= not_followed_tell(instance->meta.name, counters, instance->meta.config.decap);
	}
	return printed;
}

static void refuse_layout(const struct instance_meta *meta)
{
	message_error("instance '%s' was attached by version %.31s, whose flow table (layout %u) this version, %s "
		      "(layout %u), cannot read; use that version, or 'synscope detach %s' and attach again",
		      meta->name, meta->program_version, meta->layout_version, SYNSCOPE_VERSION, FLOW_LAYOUT_VERSION,
		      meta->name);
}

/* Can the instance be read? If not, prints why. */
static bool check_readable(struct flow_sources *sources, const struct instance *instance)
{
	if (instance->fault)
		instance_report_fault(instance);
	else if (instance->other_layout)
		refuse_layout(&instance->meta);
	else
		return true;
	sources->refused = true;
	return false;
}

static int open_all(struct flow_sources *sources)
{
	int err;

	sources->source = array_new(sources->instance_count, sizeof(*sources->source), "the instances");
	if (!sources->source)
		return -ENOMEM;
	for (int i = 0; i < sources->instance_count; i++) {
		struct instance *instance = sources->instances[i];

		if (!check_readable(sources, instance))
			continue;
		err = flow_source_open(&sources->source[sources->count], instance);
		if (err == -ENOMEM || err == -EMFILE ||
		    err == -ENFILE) /* a problem of this process, not of the instance */
			return err;
		sources->refused |= err && err != -ENODEV;
		sources->count += !err;
	}
	return 0;
}

int flow_sources_open(struct flow_sources *sources, const char *name, unsigned int objects)
{
	int err;

	*sources = (struct flow_sources){ 0 };
	leftovers_tidy();
	err = instances_open(name, OBJECTS_TABLE | objects, &sources->instances, &sources->instance_count);
	if (err)
		return err;
	err = open_all(sources);
	if (!err && sources->refused && !sources->count)
		err = -EPROTONOSUPPORT; /* nothing is left to read */
	if (err)
		flow_sources_close(sources);
	return err;
}

void flow_sources_close(struct flow_sources *sources)
{
	for (int i = 0; i < sources->count; i++)
		flow_source_close(&sources->source[i]);
	free(sources->source);
	services_free(sources->services);
	processes_free(&sources->processes);
	host_names_close(sources->host_names);
	instances_close(sources->instances, sources->instance_count);
	*sources = (struct flow_sources){ .refused = sources->refused };
}

bool flow_sources_have_rtt(const struct flow_sources *sources)
{
	for (int i = 0; i < sources->count; i++)
		if (sources->source[i].instance->meta.config.rtt)
			return true;
	return false;
}

int flow_sources_finish(struct flow_sources *sources, int status)
{
	bool refused = sources->refused;

	flow_sources_close(sources);
	return !status && refused ? -EPROTONOSUPPORT : status;
}

static int read_processes(const struct flow_sources *sources, struct processes *processes)
{
	const struct instance_meta **meta = array_new(sources->count, sizeof(*meta), "the instances");
	int err;

	if (!meta)
		return -ENOMEM;
	for (int i = 0; i < sources->count; i++)
		meta[i] = &sources->source[i].instance->meta;
	err = processes_read(processes, meta, sources->count);
	free(meta);
	return err;
}

int flow_sources_read_processes(struct flow_sources *sources, bool keep)
{
	struct processes now = { .told = sources->processes.told };
	int err = read_processes(sources, &now);

	if (err)
		return err;
	if (keep)
		err = processes_keep_gone(&now, &sources->processes);
	processes_free(&sources->processes);
	sources->processes = now;
	for (int i = 0; i < sources->count; i++) {
		now.sockets[i].owner = &sources->processes;
		sources->source[i].sockets = &now.sockets[i];
	}
	return err;
}

int flow_sources_resolve(struct flow_sources *sources, bool services)
{
	if (services) {
		sources->services = services_read();
		if (!sources->services)
			return -ENOMEM;
	}
	for (int i = 0; i < sources->count; i++)
		sources->source[i].services = sources->services;
	return 0;
}

int flow_sources_name_hosts(struct flow_sources *sources)
{
	int err = host_names_open(&sources->host_names);

	for (int i = 0; i < sources->count; i++)
		sources->source[i].host_names = sources->host_names;
	return err;
}

int flow_scan_begin(struct flow_scan *scan, struct flow_source *source)
{
	*scan = (struct flow_scan){ .source = source };
	scan->records = array_new(RECORDS_AT_ONCE, sizeof(*scan->records), "the flows");
	if (!scan->records)
		return -ENOMEM;
	return 0;
}

bool flow_scan_next(struct flow_scan *scan, struct flow_view *view, const struct flow_record **record)
{
	struct flow_source *source = scan->source;

	for (;;) {
		if (scan->next == scan->count) {
			__u64 start = monotonic_ns();

			scan->count = flow_reader_read(&source->reader, &scan->bucket, scan->records, RECORDS_AT_ONCE);
			scan->next = 0;
			scan->read_ns += monotonic_ns() - start;
			if (!scan->count)
				return false;
		}
		if (record)
			*record = &scan->records[scan->next];
		flow_view_decode(view, &scan->records[scan->next++], source->instance->meta.config.timeout_ns,
				 source->clock.now_ns);
		if (!view->expired)
			return true;
	}
}

void flow_scan_end(struct flow_scan *scan)
{
	free(scan->records);
}

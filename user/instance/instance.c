// SPDX-License-Identifier: GPL-2.0-only
#include "instance/instance.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/reason.h"
#include "instance/meta.h"
#include "instance/told.h"
#include "kernel/bpf_ids.h"

struct instance *instance_new(void)
{
	struct instance *instance = calloc(1, sizeof(*instance));

	if (!instance)
		return NULL;
	for (enum instance_object object = 0; object < OBJECT_COUNT; object++)
		instance->fd[object] = -1;
	for (int i = 0; i < MAX_INTERFACES; i++) {
		instance->guard_fd[i] = -1;
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			instance->link_fd[i][hook] = -1;
	}
	return instance;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void instance_close_maps(struct instance *instance)
{
	for (enum instance_object object = 0; object < OBJECT_COUNT; object++)
		close_fd(&instance->fd[object]);
}

void instance_close_links(struct instance *instance)
{
	for (int i = 0; i < MAX_INTERFACES; i++) {
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			close_fd(&instance->link_fd[i][hook]);
		close_fd(&instance->guard_fd[i]);
	}
}

bool instance_is_readable(const struct instance *instance)
{
	return !instance->other_layout && !instance->fault;
}

const char *instance_title(const struct instance *instance)
{
	return *instance->meta.name ? instance->meta.name : instance->entry;
}

const char *instance_advice(int err)
{
	return is_denied(err)
		       ? ": this user may read the instance, and not change it, which takes CAP_DAC_OVERRIDE; run it "
			 "with sudo"
		       : "";
}

/* Maps must be opened for writing to be mapped; what may not be opened so is opened for reading. */
int instance_open_pinned(const char *entry, enum instance_object object)
{
	int fd = pin_open(entry, object_name(object), 0);

	return is_denied(fd) ? pin_open(entry, object_name(object), BPF_F_RDONLY) : fd;
}

int instance_open_object(const struct instance *instance, enum instance_object object)
{
	int fd = instance->told ? instance->told->fd[object] : instance->fd[object], err;

	if (fd >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (!instance->pinned || instance->told)
		return -ENOENT;
	fd = instance_open_pinned(instance->entry, object);
	err = fd < 0 ? fd : object_check(fd, object, &instance->meta.config, NULL);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

int instance_open_histograms(const struct instance *instance, struct histogram_reader *reader)
{
	int latencies = instance_open_object(instance, OBJECT_LATENCIES);
	int ports = instance_open_object(instance, OBJECT_SERVER_PORTS);
	bool rtt = instance->meta.config.rtt;
	int round_trips = rtt ? instance_open_object(instance, OBJECT_ROUND_TRIP_HISTOGRAMS) : -1;
	int err = latencies < 0 ? latencies : ports < 0 ? ports : rtt && round_trips < 0 ? round_trips : 0;

	if (!err)
		err = histogram_reader_open(reader, latencies, ports, round_trips);
	if (latencies >= 0)
		close(latencies);
	if (ports >= 0)
		close(ports);
	if (round_trips >= 0)
		close(round_trips);
	return err;
}

int instance_reread(struct instance *instance)
{
	struct instance_meta meta;
	char fault[OBJECT_FAULT_MAX];
	__u32 id;
	int verdict;

	if (instance->told && instance->told->gone)
		return -ENOENT;
	if (instance->told)
		instance->meta = instance->told->meta;
	if (!instance->pinned || instance->told)
		return 0;
	verdict = meta_read_pinned(instance->entry, &meta, &id, fault);
	if (verdict < 0)
		return verdict;
	if (verdict != META_SOUND ||
	    id != (instance->meta_id ? instance->meta_id : bpf_map_id(instance->fd[OBJECT_META])))
		return -ENOENT;
	instance->meta = meta;
	return 0;
}

bool instance_is_there(const struct instance *instance)
{
	__u32 id;
	int fd;

	if (instance->told)
		return !instance->told->gone;
	if (!instance->pinned)
		return true;
	fd = pin_open(instance->entry, object_name(OBJECT_META), BPF_F_RDONLY);
	if (fd < 0)
		return is_limit(fd); /* then it is not known, and nothing is concluded */
	id = bpf_map_id(fd);
	close(fd);
	return id == (instance->meta_id ? instance->meta_id : bpf_map_id(instance->fd[OBJECT_META]));
}

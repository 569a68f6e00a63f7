// SPDX-License-Identifier: GPL-2.0-only
#include "instance/flush.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"

int flusher_open(struct flusher *flusher, const struct instance *instance)
{
	const char *name = instance->meta.name;
	int fd = instance_open_object(instance, OBJECT_FLUSH);

	*flusher = (struct flusher){ .name = name, .program_fd = fd };
	if (fd >= 0)
		return 0;
	if (!instance_is_there(instance))
		return -ENODEV;
	if (fd == -ENOENT)
		message_error("'%s' was attached by a version that cannot forget flows; 'synscope attach --upgrade %s' "
			      "brings it up to this one",
			      name, name);
	else
		message_error("cannot forget flows of '%s': %s%s", name, reason_of(fd).text, instance_advice(fd));
	return fd;
}

int flusher_run(struct flusher *flusher)
{
	struct flush_request *request = &flusher->request;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request)); /* out, too */
	int err = request->count ? bpf_prog_test_run_opts(flusher->program_fd, &options) : 0;

	if (err) {
		message_error("cannot forget flows of '%s': %s", flusher->name, reason_of(err).text);
		return err;
	}
	flusher->flushed += request->flushed;
	request->count = request->flushed = 0;
	return 0;
}

int flusher_add(struct flusher *flusher, const struct flow_record *record)
{
	struct flush_request *request = &flusher->request;

	request->entry[request->count++] = (struct flush_entry){
		.slot = record->slot, .tag = record->hot.tag, .generation = facts_generation(record->hot.dir[0].facts)
	};
	return request->count == FLUSH_ENTRIES ? flusher_run(flusher) : 0;
}

void flusher_close(struct flusher *flusher)
{
	if (flusher->program_fd >= 0)
		close(flusher->program_fd);
	flusher->program_fd = -1;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "replay/recording.h"

#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "replay/in_process.h"
#include "replay/play.h"

const char *recording_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int play(struct recording *recording)
{
	struct progress progress = progress_begin("packets", false);
	const struct playing playing = {
		.captures = recording->captures,
		.replay = recording->replay,
		.progress = &progress,
	};

	return play_all(&playing);
}

static void label(const void *of, const struct flow_view *view, struct flow_labels *labels)
{
	captures_label(of, view, labels);
}

int recording_open(struct recording *recording, const char *path, const struct services *services, bool rtt)
{
	const struct replay_listener listener = {
		.only = EVENT_RETIRED,
		.handler = replay_flows_keep,
		.context = &recording->flows,
	};
	struct instance_meta *meta = &recording->instance.meta;
	struct attach_options options;
	int err;

	*recording = (struct recording){ 0 };
	attach_options_defaults(&options);
	options.rtt = rtt;
	err = captures_open(&recording->captures, &path, 1);
	if (!err)
		err = replay_open(&in_process_engine, &options, &listener, &recording->replay);
	if (err)
		return err;
	recording->err = play(recording);
	snprintf(meta->name, sizeof(meta->name), "%s", recording_name(path));
	meta->config = *replay_config(recording->replay);
	recording->source = (struct flow_source){
		.instance = &recording->instance,
		.reader.tunnels = replay_table(recording->replay)->tunnels,
		.clock.now_ns = replay_clock(recording->replay),
		.services = services,
		.label = label,
		.label_of = recording->captures,
	};
	return 0;
}

void recording_close(struct recording *recording)
{
	replay_close(recording->replay);
	replay_flows_free(&recording->flows);
	captures_close(recording->captures);
}

int recording_each(struct recording *recording, replay_flows_taker take, void *context)
{
	struct replay_totals totals;
	int err = replay_flows_each(&recording->flows, recording->replay, take, context);

	if (!err)
		err = replay_totals(recording->replay, &totals);
	if (!err)
		replay_totals_tell(&totals, recording->instance.meta.name, replay_config(recording->replay)->decap);
	return err;
}

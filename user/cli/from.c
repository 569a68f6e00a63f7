// SPDX-License-Identifier: GPL-2.0-only
#include "cli/from.h"

#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/from_history.h"
#include "history/reader.h"
#include "query/kept.h"
#include "replay/recording.h"

bool from_check(const char *file, const char *other, const char *command)
{
	if (!file || !other)
		return true;
	message_usage(command, "--from reads a file, and cannot be used with --%s", other);
	return false;
}

/* With `resolve`, *services become the names of services. */
static int open_recording(struct recording *recording, struct services **services, const char *file, bool resolve,
			  bool rtt)
{
	*recording = (struct recording){ 0 };
	*services = resolve ? services_read() : NULL;
	if (resolve && !*services)
		return -ENOMEM;
	return recording_open(recording, file, *services, rtt);
}

static int close_recording(struct recording *recording, struct services *services, int err)
{
	int damaged = recording->err;

	recording_close(recording);
	services_free(services);
	return err ? err : damaged;
}

/* ---- list */

struct taking {
	const struct recording *recording;
	const struct listing *listing;
	struct kept_flows kept; /* unless the listing is not sorted */
	struct flow_output output;
};

static void print_flow(struct taking *taking, const struct flow_view *view)
{
	struct flow_labels labels = flow_source_labels(&taking->recording->source, view);

	flow_output_add(&taking->output, view, &labels);
}

static int take_flow(void *context, const struct flow_record *record, enum retire_reason reason, __u64 retired_ns,
		     const struct flow_view *view)
{
	struct taking *taking = context;

	if (!flow_source_matches(&taking->recording->source, &taking->listing->filter, view))
		return 0;
	if (taking->listing->sort != SORT_NONE)
		return kept_flows_add(&taking->kept, record, reason, retired_ns, view);
	print_flow(taking, view);
	return buffer_failed(taking->output.output.out) ? -EPIPE : 0;
}

static int print_sorted(struct taking *taking)
{
	const struct flow_source *source = &taking->recording->source;
	const __u64 *timeout_ns = source->instance->meta.config.timeout_ns;
	struct kept_flow flow;
	struct flow_view view;
	int err = 0;

	kept_flows_sort(&taking->kept);
	for (size_t i = 0; !err && i < kept_flows_count(&taking->kept) && !buffer_failed(taking->output.output.out);
	     i++) {
		err = kept_flows_read(&taking->kept, i, &flow);
		if (err)
			break;
		retired_decode(&view, &flow.record, flow.reason, flow.retired_ns, timeout_ns, source->clock.now_ns);
		print_flow(taking, &view);
	}
	return err;
}

/* They cost time: those who do not ask for them do without. */
static bool needs_round_trips(const struct listing *listing)
{
	return listing->sort == SORT_CLIENT_RTT || listing->sort == SORT_SERVER_RTT ||
	       filter_needs_round_trips(&listing->filter);
}

static int print_listing(struct recording *recording, const struct listing *listing, enum output_format format,
			 struct buffer *out)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct taking taking = {
		.recording = recording,
		.listing = listing,
		.kept.order = { .sort = listing->sort, .most = listing->limit },
	};
	int err = flow_output_begin(&taking.output, format, out, &terminal, 1,
				    (struct flow_extras){ .rtt = needs_round_trips(listing) });

	if (err)
		return err;
	err = recording_each(recording, take_flow, &taking);
	if (!err)
		err = print_sorted(&taking);
	flow_output_end(&taking.output);
	kept_flows_free(&taking.kept);
	return err == -EPIPE && buffer_failed(out) ? 0 : err; /* buffer_finish() tells */
}

int from_list(const char *file, const struct listing *listing, enum output_format format, bool resolve)
{
	struct services *services;
	struct recording recording;
	struct buffer out;
	int err, finish_err;

	if (history_is_file(file))
		return from_history_list(file, listing, format, resolve);
	err = open_recording(&recording, &services, file, resolve, needs_round_trips(listing));
	if (!err)
		err = buffer_init(&out, STDOUT_FILENO);
	if (!err) {
		err = print_listing(&recording, listing, format, &out);
		finish_err = buffer_finish(&out);
		err = err ? err : finish_err;
	}
	return close_recording(&recording, services, err);
}

/* ---- stats */

static int count_flow(void *context, const struct flow_record *record, enum retire_reason reason, __u64 retired_ns,
		      const struct flow_view *view)
{
	(void)reason;
	(void)retired_ns;
	return stats_take(context, record, view);
}

int from_stats(const char *file, const struct stats_options *options, bool resolve,
	       int (*print)(const struct stats *stats, void *context), void *context)
{
	struct services *services;
	struct recording recording;
	struct stats stats;
	int err;

	if (history_is_file(file))
		return from_history_stats(file, options, resolve, print, context);
	err = open_recording(&recording, &services, file, resolve, true);
	if (!err) {
		stats_open_recorded(&stats, options, &recording.source, "in the capture",
				    replay_histograms(recording.replay));
		stats_begin(&stats, false);
		err = recording_each(&recording, count_flow, &stats);
		if (!err)
			err = stats_end(&stats);
		if (!err)
			err = print(&stats, context);
		stats_close(&stats);
	}
	return close_recording(&recording, services, err);
}

/* ---- show */

int from_show(const char *file, const char *flow, const struct detail_style *style, bool resolve)
{
	if (history_is_file(file))
		return from_history_show(file, flow, style, resolve);
	return replay_show(file, flow, style, resolve);
}

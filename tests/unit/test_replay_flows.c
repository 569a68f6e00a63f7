// SPDX-License-Identifier: GPL-2.0-only
/* As of when `replay` shows flows that have left the table: replay/flows.c, with a capture that goes on for long. */
#include <stdlib.h>
#include <unistd.h>

#include "replay/recording.h"
#include "capture_writer.h"
#include "fixture.h"
#include "suites.h"

#define DAY (86400 * S)

/* The flow that was handed over. */
struct taken {
	struct flow_view view;
	__u64 retired_ns;
	int count;
};

static int take(void *context, const struct flow_record *record, enum retire_reason reason, __u64 retired_ns,
		const struct flow_view *view)
{
	struct taken *taken = context;

	(void)record;
	(void)reason;
	taken->retired_ns = retired_ns;
	taken->view = *view;
	taken->count++;
	return 0;
}

/* A replay whose only frame, too short for any header, sets the clock to 10 days after the flows of fixture.h. */
static void open_later(struct recording *recording)
{
	char path[] = "/tmp/test_replay_flows.XXXXXX";
	int fd = mkstemp(path);
	struct capture_writer writer = { .file = fdopen(fd, "w"), .format = FORMAT_PCAP_NS, .link = LINK_ETHERNET };

	ck_assert_ptr_nonnull(writer.file);
	writer_begin(&writer);
	writer_frame(&writer, T0 + 10 * DAY, (const __u8 *)path, 8);
	fclose(writer.file);
	ck_assert_int_eq(recording_open(recording, path, NULL, false), 0);
	unlink(path);
}

static void retire(struct recording *recording, enum stage stage, enum retire_reason reason, __u64 time_ns)
{
	const struct flow_record record = record_at(stage);
	const struct flow_event event = {
		.time_ns = time_ns, .kinds = EVENT_RETIRED, .reason = reason, .hot = record.hot, .cold = record.cold
	};

	replay_flows_keep(&event, &recording->flows);
}

/*
 * A flow that was replaced or evicted before its end is shown as it was then: its timeout passes later, when nobody
 * watches it any more. One that had ended goes on to CLOSED. All are as old as they are by the last frame.
 */
START_TEST(retired_as_of_then)
{
	static const struct {
		enum stage stage;
		enum retire_reason reason;
		__u64 after;
		enum flow_outcome outcome;
		enum tcp_state client;
	} cases[] = {
		{ STAGE_DATA, RETIRE_REPLACED, 60 * S, OUTCOME_SUPERSEDED, STATE_CLOSED },
		{ STAGE_DATA, RETIRE_REPLACED, 6 * DAY, OUTCOME_IDLE_TIMEOUT, STATE_CLOSED },
		{ STAGE_DATA, RETIRE_EVICTED, 60 * S, OUTCOME_EVICTED, STATE_ESTABLISHED },
		{ STAGE_CLOSED, RETIRE_ENDED, 30 * S, OUTCOME_CLOSED, STATE_CLOSED },
	};
	struct taken taken = { .count = 0 };
	struct recording recording;

	open_later(&recording);
	retire(&recording, cases[_i].stage, cases[_i].reason, T0 + cases[_i].after);
	ck_assert_int_eq(recording_each(&recording, take, &taken), 0);
	recording_close(&recording);
	ck_assert_int_eq(taken.count, 1);
	ck_assert_uint_eq(taken.retired_ns, T0 + cases[_i].after);
	ck_assert_uint_eq(taken.view.last_seen_ns + taken.view.idle_ns, T0 + 10 * DAY);
	ck_assert_str_eq(outcome_name(taken.view.outcome), outcome_name(cases[_i].outcome));
	ck_assert_str_eq(state_name(taken.view.side[SIDE_CLIENT].state), state_name(cases[_i].client));
}
END_TEST

Suite *replay_flows_suite(void)
{
	Suite *suite = suite_create("replay_flows");
	TCase *tcase = tcase_create("replay_flows");

	tcase_add_loop_test(tcase, retired_as_of_then, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same frames through the programs in the kernel and through the same source compiled for the host, with the same
 * hash key and clock: after every frame both tables must be equal, byte for byte, and at the end the counters.
 * `differential DIRECTORY [CAPTURE]...`: the directory has the seed corpus, which is played unchanged, and with random
 * changes (mutate.h). Captures are played in a table with room for some of their flows, and in one of a single bucket.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bpf/harness.h"
#include "corpus.h"
#include "input.h"
#include "replay/capture.h"

#define SEQUENCES 600 /* from the corpus, evenly spread */
#define CHANGED 4 /* how often each is played with changes */
#define BATCH 100 /* sequences of one check */

/* Limits of BPF_PROG_TEST_RUN: its skb is one page, and the kernel itself reads the IP header. */
#define XDP_MIN 14
#define TC_MIN 54
#define TC_MAX 3500

enum { MANY_BUCKETS, ONE_BUCKET, KEY_VLAN, DECAP, KEY_TUNNEL, WITH_MTU, PAIRS };

static struct pair {
	struct harness *kernel;
	struct host *host;
} pairs[PAIRS];
static char **captures;
static int files, frames, capture_count;

struct play {
	struct pair *pair;
	const struct corpus_sequence *sequence;
	int frame;
};

static struct pair *pair_for(__u8 options)
{
	if (options & INPUT_DECAP)
		return &pairs[options & INPUT_KEY_TUNNEL ? KEY_TUNNEL : DECAP];
	if (options & INPUT_KEY_VLAN)
		return &pairs[KEY_VLAN];
	if (options & INPUT_MTU)
		return &pairs[WITH_MTU];
	return &pairs[options & INPUT_BUCKETS_MASK ? MANY_BUCKETS : ONE_BUCKET];
}

static bool can_run(const struct host_frame *frame)
{
	return frame->tc ? frame->size >= TC_MIN && frame->size <= TC_MAX : frame->size >= XDP_MIN;
}

static void compare(const struct play *play, const char *what, __u32 slot, const void *kernel, const void *host,
		    size_t size)
{
	const __u8 *a = kernel, *b = host;
	size_t at = 0;

	if (!memcmp(a, b, size))
		return;
	while (a[at] == b[at])
		at++;
	ck_abort_msg("%s/%s, changed by %u, frame %d: %s %u, byte %zu: %#x in the kernel, %#x on the host",
		     play->sequence->directory, play->sequence->name, play->sequence->seed, play->frame, what, slot, at,
		     a[at], b[at]);
}

/* Compares every hot slot, and the cold record of each flow. */
static void compare_tables(const struct play *play)
{
	static struct flow_record records[32];
	const struct host *host = play->pair->host;
	size_t flows = harness_flows(play->pair->kernel, records, sizeof(records) / sizeof(records[0]));

	for (__u32 slot = 0; slot < host_slots(host); slot++)
		compare(play, "hot slot", slot, harness_hot(play->pair->kernel, slot), host_hot(host, slot),
			sizeof(struct flow_hot));
	for (size_t i = 0; i < flows; i++) {
		__u32 slot = records[i].slot;

		compare(play, "cold record", slot, &records[i].cold, &host->cold[slot], sizeof(struct flow_cold));
		if (host->config.rtt)
			compare(play, "round trips", slot, &records[i].round_trips, &host->round_trips[slot],
				sizeof(struct flow_round_trips));
	}
}

static void compare_counters(const struct play *play)
{
	__u64 kernel[COUNTER_COUNT];

	harness_counters(play->pair->kernel, kernel);
	compare(play, "counters", 0, kernel, play->pair->host->counters, sizeof(kernel));
}

static void set_clocks(const struct play *play, __u64 now)
{
	play->pair->host->clock_ns = now;
	harness_set_clock(play->pair->kernel, now);
}

static void play_frame(struct play *play, const struct host_frame *frame)
{
	if (!can_run(frame))
		return;
	play->frame++;
	frames++;
	harness_set_wire_length(play->pair->kernel, frame->wire_length);
	harness_frame(play->pair->kernel, frame->tc ? ENTRY_TC : ENTRY_XDP, frame->no_link, frame->bytes, frame->size,
		      frame->gso_segments);
	host_run(play->pair->host, frame);
	compare_tables(play);
}

static void play_step(struct play *play, const struct input_step *step)
{
	struct host_frame frame = step->frame;

	set_clocks(play, input_clock(play->pair->host->clock_ns, step->delta_ns));
	frame.linear = frame.size;
	frame.tag_beside = false;
	if (!step->sweep)
		play_frame(play, &frame);
}

static void play_sequence(const struct corpus_sequence *sequence)
{
	struct play play = { .pair = pair_for(sequence->bytes[0]), .sequence = sequence };
	struct input_step step;
	size_t at = 1;

	harness_reset(play.pair->kernel);
	host_reset(play.pair->host);
	play.pair->host->clock_ns = CLOCK_START;
	while (input_next(sequence->bytes, sequence->size, &at, &step))
		play_step(&play, &step);
	compare_counters(&play);
}

START_TEST(both_builds_learn_the_same)
{
	for (int i = _i * BATCH; i < (_i + 1) * BATCH; i++)
		corpus_play((long)i * files / SEQUENCES, CHANGED, play_sequence);
}
END_TEST

static void play_capture(const char *path, struct pair *pair)
{
	const struct corpus_sequence sequence = { .directory = "captures", .name = path };
	struct play play = { .pair = pair, .sequence = &sequence };
	struct capture_file *capture;
	struct capture_frame frame;

	ck_assert_msg(!capture_open(&capture, path), "cannot open %s", path);
	harness_reset(pair->kernel);
	host_reset(pair->host);
	while (capture_next(capture, &frame) > 0) {
		set_clocks(&play, frame.time_ns);
		play_frame(&play, &(struct host_frame){ .bytes = frame.data,
							.size = frame.captured,
							.linear = frame.captured,
							.wire_length = frame.length,
							.no_link = frame.no_link_header });
	}
	capture_close(capture);
	compare_counters(&play);
}

START_TEST(both_builds_learn_the_same_of_a_capture)
{
	play_capture(captures[_i], &pairs[MANY_BUCKETS]);
	play_capture(captures[_i], &pairs[ONE_BUCKET]);
	play_capture(captures[_i], &pairs[KEY_VLAN]);
}
END_TEST

static void open_pair(struct pair *pair, const struct harness_options *options)
{
	pair->kernel = harness_open(options);
	pair->host = host_open(harness_config(pair->kernel));
}

static Suite *differential_suite(void)
{
	Suite *suite = suite_create("the kernel's build and the host's");
	TCase *tcase = tcase_create("differential");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, both_builds_learn_the_same, 0, SEQUENCES / BATCH);
	tcase_add_loop_test(tcase, both_builds_learn_the_same_of_a_capture, 0, capture_count);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	captures = argv + 2;
	capture_count = argc > 2 ? argc - 2 : 0;
	files = corpus_open(argc > 1 ? argv[1] : ".");
	open_pair(&pairs[MANY_BUCKETS], &(struct harness_options){ .buckets = 4, .rtt = true });
	open_pair(&pairs[ONE_BUCKET], &(struct harness_options){ .buckets = 1, .rtt = true });
	open_pair(&pairs[DECAP], &(struct harness_options){ .buckets = 4, .decap = TUNNELS_IN_LINK | TUNNELS_IN_IP });
	open_pair(&pairs[KEY_TUNNEL], &(struct harness_options){ .buckets = 4,
								 .decap = TUNNELS_IN_LINK | TUNNELS_IN_IP,
								 .key_tunnel = true });
	open_pair(&pairs[KEY_VLAN], &(struct harness_options){ .buckets = 4, .key_vlan = true });
	open_pair(&pairs[WITH_MTU], &(struct harness_options){ .buckets = 4, .mtu = INPUT_MTU_BYTES, .rtt = true });
	runner = srunner_create(differential_suite());
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	printf("differential: %d frames in both builds, %d captures\n", frames, capture_count);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	corpus_close();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

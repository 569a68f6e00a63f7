// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/message.h"
#include "base/version.h"

enum bound { RATIO_AT_MOST, RATIO_AT_LEAST, VALUE_AT_MOST, VALUE_AT_LEAST };

struct target {
	const char *name;
	enum bound bound;
	double limit;
};

static const struct target targets[] = {
	{ "established_1k_vs_hash", RATIO_AT_MOST, 0.75 },
	{ "established_64k_vs_hash", RATIO_AT_MOST, 0.55 },
	{ "established_1m_vs_hash", RATIO_AT_MOST, 0.45 },
	{ "established_1m_vs_floor", RATIO_AT_MOST, 1.35 },
	{ "established_1k_vs_parse", RATIO_AT_MOST, 2.5 },
	{ "established_1m_rtt_vs_off", RATIO_AT_MOST, 1.25 },
	{ "veth_1m_vs_hash", RATIO_AT_MOST, 0.50 },
	{ "established_ipv6_1k_vs_hash", RATIO_AT_MOST, 0.75 },
	{ "established_ipv6_1_vs_hash", RATIO_AT_MOST, 0.75 },
	{ "syn_full_128k_vs_lru", RATIO_AT_MOST, 0.60 },
	{ "syn_full_vs_lru", RATIO_AT_MOST, 0.60 },
	{ "life_vs_hash", RATIO_AT_LEAST, 0.45 },
	{ "flood_established_lost", VALUE_AT_MOST, 0 },
	{ "flood_handshakes_ok", VALUE_AT_LEAST, 99 },
	{ "scan_1m_vs_batch", RATIO_AT_MOST, 0.20 },
	{ "list_vs_conntrack", RATIO_AT_MOST, 0.35 },
	{ "watch_vs_none", RATIO_AT_MOST, 1.05 },
	{ "serve_vs_none", RATIO_AT_MOST, 1.05 },
	{ "serve_ten_viewers", VALUE_AT_MOST, 10 },
	{ "serve_event_delay", VALUE_AT_MOST, 1000 },
	{ "non_tcp_vs_empty", RATIO_AT_MOST, 1.5 },
	{ "replay_packets_per_second", VALUE_AT_LEAST, 3e6 },
	{ "replay_start", VALUE_AT_MOST, 20 },
	{ "xdp_ether_verified_vs_hash", VALUE_AT_MOST, 400e3 },
	{ "memory_per_flow_vs_hash", VALUE_AT_MOST, 500 },
};

#define TARGETS (sizeof(targets) / sizeof(*targets))

_Static_assert(TARGETS <= TARGETS_MAX, "verdicts");

static const struct target *target_of(const char *name)
{
	for (size_t i = 0; i < TARGETS; i++)
		if (!strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

static bool is_met(const struct target *target, double value, double ratio)
{
	switch (target->bound) {
	case RATIO_AT_MOST:
		return ratio <= target->limit;
	case RATIO_AT_LEAST:
		return ratio >= target->limit;
	case VALUE_AT_MOST:
		return value <= target->limit;
	default:
		return value >= target->limit;
	}
}

static bool is_ratio(enum bound bound)
{
	return bound == RATIO_AT_MOST || bound == RATIO_AT_LEAST;
}

static const char *sign_of(enum bound bound)
{
	return bound == RATIO_AT_LEAST || bound == VALUE_AT_LEAST ? "≥" : "≤";
}

/* Copies the value of the first line "key : value" of a file. */
static void find_line(const char *path, const char *key, char value[128])
{
	FILE *file = fopen(path, "re");
	char line[256];

	*value = '\0';
	while (file && !*value && fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		if (colon && !strncmp(line, key, strlen(key)))
			snprintf(value, 128, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
	}
	if (file)
		fclose(file);
}

static void print_machine(int rounds)
{
	char model[128], memory[128];
	struct utsname name;

	find_line("/proc/cpuinfo", "model name", model);
	find_line("/proc/meminfo", "MemTotal", memory);
	uname(&name);
	printf("synscope %s, Linux %s, %s, %ld CPUs, %s of memory, %d round%s\n", SYNSCOPE_VERSION, name.release, model,
	       sysconf(_SC_NPROCESSORS_ONLN), memory + strspn(memory, " "), rounds, rounds == 1 ? "" : "s");
}

int report_open(struct report *report, const char *json_path, int rounds)
{
	*report = (struct report){ 0 };
	if (json_path) {
		report->json = fopen(json_path, "w");
		if (!report->json) {
			int err = -errno;

			message_error("cannot write %s: %s", json_path, strerror(-err));
			return err;
		}
		setvbuf(report->json, NULL, _IOLBF, 0);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	print_machine(rounds);
	return 0;
}

static void print_verdicts(const struct report *report)
{
	printf("\n### Targets\n\n| figure | target | measured | |\n| --- | --- | ---: | --- |\n");
	for (size_t i = 0; i < TARGETS; i++) {
		const struct verdict *verdict = &report->verdicts[i];
		double measured = is_ratio(targets[i].bound) ? verdict->ratio : verdict->value;

		if (!verdict->missing && !verdict->measured)
			continue;
		printf("| %s | %s %.10g | ", targets[i].name, sign_of(targets[i].bound), targets[i].limit);
		if (verdict->measured)
			printf("%.3g | %s |\n", measured, verdict->met ? "met" : "missed");
		else
			printf("- | not measured |\n");
	}
}

int report_close(struct report *report)
{
	int err = 0;

	print_verdicts(report);
	if (report->json && fclose(report->json))
		err = -errno;
	if (fflush(stdout))
		err = -errno;
	if (err)
		message_error("cannot write the figures: %s", strerror(-err));
	return err;
}

void report_group(const char *name, const char *what)
{
	printf("\n### %s\n\n%s\n\n"
	       "| figure | unit | median | min | max | baseline | ratio | target |\n"
	       "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
	       name, what);
}

/* Whole numbers from 1,000 on, otherwise three significant digits. */
static void format_value(char text[32], double value)
{
	double size = fabs(value);

	if (!isfinite(value))
		snprintf(text, 32, "-");
	else
		snprintf(text, 32, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : size > 0 ? 2 : 0, value);
}

/* Records the result of a target, and prints it. */
static void judge(struct report *report, const struct target *target, double value, double ratio, char text[32])
{
	bool met = is_met(target, value, ratio);

	report->verdicts[target - targets] =
		(struct verdict){ .measured = true, .met = met, .value = value, .ratio = ratio };
	snprintf(text, 32, "%s %.10g: %s", sign_of(target->bound), target->limit, met ? "met" : "missed");
}

/* Writes a number, or null. */
static void put_json(FILE *json, const char *key, double value)
{
	if (isfinite(value))
		fprintf(json, ",\"%s\":%.6g", key, value);
	else
		fprintf(json, ",\"%s\":null", key);
}

static void put_line(FILE *json, const char *name, const char *unit, const double values[5])
{
	static const char *const keys[] = { "median", "min", "max", "baseline", "ratio" };

	fprintf(json, "{\"name\":\"%s\",\"unit\":\"%s\"", name, unit);
	for (int i = 0; i < 5; i++)
		put_json(json, keys[i], values[i]);
	fprintf(json, "}\n");
}

void report_figure(struct report *report, const char *name, const char *unit, const struct series *value,
		   const struct series *baseline)
{
	const struct target *target = target_of(name);
	double values[5] = { series_median(value), series_min(value), series_max(value),
			     baseline ? series_median(baseline) : NAN };
	char text[5][32], goal[32] = "";

	values[4] = values[0] / values[3];
	for (int i = 0; i < 4; i++)
		format_value(text[i], values[i]);
	snprintf(text[4], sizeof(text[4]), isfinite(values[4]) ? "%.2f" : "-", values[4]);
	if (target)
		judge(report, target, values[0], values[4], goal);
	printf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, unit, text[0], text[1], text[2], text[3], text[4],
	       goal);
	if (report->json)
		put_line(report->json, name, unit, values);
}

void report_missing(struct report *report, const char *name, const char *unit, const char *why)
{
	static const double nothing[5] = { NAN, NAN, NAN, NAN, NAN };
	const struct target *target = target_of(name);

	if (target)
		report->verdicts[target - targets].missing = true;
	printf("| %s | %s | - | - | - | - | - | not measured: %s |\n", name, unit, why);
	if (report->json)
		put_line(report->json, name, unit, nothing);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "base/translate.h"
#include "format/schema.h"
#include "cli/cmd_export.h"

#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/filtered.h"
#include "export/exporter.h"
#include "kernel/platform.h"

struct options {
	const char *name;
	struct export_options export;
};

/* ---- the command line */

struct amount {
	__u64 bytes, ns; /* one of them is 0 */
};

/* Read a size, as 100M, or a time, as 1h. */
static bool parse_amount(const char *value, struct amount *amount)
{
	static const struct {
		const char *unit;
		__u64 bytes, ns;
	} units[] = {
		{ "K", 1ULL << 10, 0 },	      { "M", 1ULL << 20, 0 },	 { "G", 1ULL << 30, 0 },
		{ "s", 0, NS_PER_S },	      { "m", 0, 60 * NS_PER_S }, { "h", 0, 3600 * NS_PER_S },
		{ "d", 0, 86400 * NS_PER_S },
	};
	size_t digits = strspn(value, "0123456789");
	char number[16] = "";
	__u64 count;

	if (digits < sizeof(number))
		memcpy(number, value, digits);
	if (!parse_number(number, 1000000, &count) || !count)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].unit, value + digits) != 0)
			continue;
		*amount = (struct amount){ count * units[i].bytes, count * units[i].ns };
		return true;
	}
	return false;
}

static bool set_rotation(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount))
		return false;
	*(struct rotation *)field = (struct rotation){ amount.bytes, amount.ns };
	return true;
}

static bool set_keep(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount) || !amount.ns)
		return false;
	*(__u64 *)field = amount.ns;
	return true;
}

static bool set_keep_bytes(const struct option *option, const char *value, void *field)
{
	struct amount amount;

	(void)option;
	if (!parse_amount(value, &amount) || amount.bytes < KEEP_LEAST)
		return false;
	*(__u64 *)field = amount.bytes;
	return true;
}

static bool add_header(const struct option *option, const char *value, void *field)
{
	(void)option;
	return http_fields_add(field, value);
}

static const struct option option_table[] = {
	OPTION_INSTANCE("flows of this instance; default all instances that exist at the start"),
	{ 0 },
};

const struct option export_option_table[] = {
	{ .name = "active",
	  .argument = "SECONDS",
	  .help = "make a record of a flow that lives every SECONDS, with what is new since; default 60",
	  .set = option_set_number,
	  .offset = offsetof(struct export_options, active_s),
	  .least = 1,
	  .most = 86400 },
	{ .name = "flat",
	  .help = "write JSON of one level, client_ip instead of client.ip, as columnar stores take it",
	  .set = option_set_flag,
	  .offset = offsetof(struct export_options, to.flat) },
	{ .name = "rotate",
	  .argument = "SIZE|TIME",
	  .help = "give a file another name, with the time, and begin a new one when it is that large (100M) or old "
		  "(1h)",
	  .set = set_rotation,
	  .expected = "a size, as 100M, or a time, as 30m, 1h or 1d",
	  .offset = offsetof(struct export_options, to.rotation) },
	{ .name = "keep",
	  .argument = "TIME",
	  .help = "of a history, delete flows whose last segment is older than that (12h, 7d)",
	  .set = set_keep,
	  .expected = "a time, as 12h or 7d",
	  .offset = offsetof(struct export_options, to.keep.ns) },
	{ .name = "keep-bytes",
	  .argument = "SIZE",
	  .help = "of a history, delete the oldest flows, so that its files take no more than that (500M, 10G)",
	  .set = set_keep_bytes,
	  .expected = "a size of 16M at least, as 500M or 10G",
	  .offset = offsetof(struct export_options, to.keep.bytes) },
	{ .name = "pen",
	  .argument = "NUMBER",
	  .help = "IPFIX: also send nanoseconds and the outcome, as elements of this enterprise number, which is yours",
	  .set = option_set_number,
	  .offset = offsetof(struct export_options, to.pen),
	  .least = 1,
	  .most = 0xfffffffe },
	{ .name = "queue",
	  .argument = "RECORDS",
	  .help = "that may wait for each DEST; what does not fit is lost, and counted; default 65536",
	  .set = option_set_number,
	  .offset = offsetof(struct export_options, to.queue_records),
	  .least = 16,
	  .most = 1 << 24 },
	{ 0 },
};

const struct option export_http_option_table[] = {
	{ .name = "header",
	  .argument = "FIELD",
	  .help = "http, https: add 'Name: value' to the header of each request; may be there several times",
	  .set = add_header,
	  .expected = HTTP_FIELD_EXPECTED,
	  .offset = offsetof(struct http_options, fields) },
	{ .name = "credentials",
	  .argument = "FILE",
	  .help = "http, https: a file (mode 0600) with USER:PASSWORD, or with header fields as 'Authorization: Bearer "
		  "TOKEN', one on each line; above them, if there are several servers, the URL of the one they are for",
	  .set = option_set_text,
	  .expected = "a file with credentials",
	  .completes = "files",
	  .offset = offsetof(struct http_options, credentials) },
	{ .name = "ca-cert",
	  .argument = "FILE",
	  .help = "https: believe the authorities whose certificates are in this file, instead of those of the system",
	  .set = option_set_text,
	  .expected = "a file with certificates",
	  .completes = "files",
	  .offset = offsetof(struct http_options, ca_cert) },
	{ .name = "no-gzip",
	  .help = "http, https: do not compress requests",
	  .set = option_set_flag,
	  .offset = offsetof(struct http_options, plain) },
	{ 0 },
};

/* Take the destinations at the beginning of the arguments. Returns how many there are, or -1 (logged). */
static int take_addresses(const struct command *self, const struct arguments *arguments, struct export_options *options)
{
	int count = 0;

	while (count < arguments->count && (!count || address_is_meant(arguments->value[count]))) {
		const char *text = arguments->value[count], *wrong;

		if (count == DESTINATIONS_MAX) {
			message_usage(self->name, "at most %d destinations", DESTINATIONS_MAX);
			return -1;
		}
		wrong = address_parse(text, &options->address[count++]);
		if (wrong) {
			message_usage(self->name, "DEST '%s': %s", text, wrong);
			return -1;
		}
		for (int i = 0; i < count - 1; i++)
			if (!strcmp(options->address[i].text, text)) {
				message_usage(self->name, "DEST '%s' is given twice", text);
				return -1;
			}
	}
	options->addresses = count;
	return count;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { .export = { EXPORT_DEFAULTS } };
	struct export_options *export = &options.export;
	struct arguments arguments;
	int status, taken;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	export->name = options.name;
	taken = take_addresses(self, &arguments, export);
	if (taken < 0)
		return EXIT_USAGE;
	status = filter_parse(arguments.value + taken, arguments.count - taken, &export->filter);
	if (status)
		return status;
	if (!filtered_without_processes(&export->filter, self->name,
					"which are not looked up for every flow that ends"))
		status = EXIT_USAGE;
	else
		status = platform_check("exporting flows", NEEDS(CAP_BPF));
	if (!status)
		status = export_run(export, NULL);
	filter_free(&export->filter);
	return status;
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = options->export.to.flat ? "export_record_flat" : "export_record",
				       .format = OUTPUT_JSONL };
}

const struct command export_command = {
	.name = "export",
	.arguments = "DEST... [FILTER]",
	.argument_expected = "where to export to: " ADDRESS_EXPECTED,
	.argument_completes = "destinations",
	.least_arguments = 1,
	.most_arguments = ARGUMENTS_ANY,
	.summary = N_("send records of the flows to collectors, files and sockets"),
	.description =
		"Send a record of each flow that ends, and of one that lives every --active seconds with what is new "
		"since, until Ctrl-C, or until what is exported was detached. DEST is '-' (standard output), "
		"file:PATH, "
		"unix:PATH or tcp://HOST:PORT for lines of JSON, http://… or https://… for the same in batches by POST "
		"(ClickHouse), sqlite:FILE for a history, which list, show and stats read by --from FILE, "
		"ipfix://HOST:PORT (UDP), ipfix+tcp://HOST:PORT or "
		"netflow9://HOST:PORT (UDP, for nfdump, which then knows both parts of the handshake) for collectors. "
		"None of them holds up another one or the traffic: each has a queue, and what does not fit is lost and "
		"counted. SIGHUP reopens files. With a FILTER, only flows that match when their record is made, see "
		"'synscope help FILTER'.",
	.example = "  synscope export --keep 7d sqlite:/var/lib/synscope/flows.db\n"
		   "  synscope export netflow9://127.0.0.1:9995\n"
		   "  synscope export --rotate 1h file:/var/log/flows.jsonl server port 443\n"
		   "  synscope export 'http://127.0.0.1:8123/?query=INSERT INTO flows FORMAT JSONEachRow'\n"
		   "  synscope export ipfix://collector.example:4739 - | jq -r .outcome",
	.groups = { { option_table, 0 },
		    { export_option_table, offsetof(struct options, export) },
		    { export_http_option_table, offsetof(struct options, export.to.http) } },
	.schema = schema,
	.run = run,
};

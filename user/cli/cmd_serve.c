// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/translate.h"
#include "cli/cmd_export.h"
#include "cli/commands.h"
#include "serve/listen.h"
#include "serve/metrics.h"
#include "serve/serve.h"

/* Append a value; false: there are too many. */
static bool add_text(const char *value, struct serve_texts *texts)
{
	if (!*value || texts->count == SERVE_TEXTS_MAX)
		return false;
	texts->text[texts->count++] = value;
	return true;
}

static bool add_address(const struct option *option, const char *value, void *field)
{
	(void)option;
	return listen_is_valid(value, false) && add_text(value, field);
}

static bool add_any(const struct option *option, const char *value, void *field)
{
	(void)option;
	return add_text(value, field);
}

/* A name for the field Host: without a port, and nothing that a host has not. */
static bool add_host(const struct option *option, const char *value, void *field)
{
	(void)option;
	return !value[strcspn(value, "/:@ \t")] && add_text(value, field);
}

static bool set_metrics_address(const struct option *option, const char *value, void *field)
{
	return listen_is_valid(value, true) && option_set_text(option, value, field);
}

static bool add_destination(const struct option *option, const char *value, void *field)
{
	struct export_options *exports = field;

	(void)option;
	if (exports->addresses == DESTINATIONS_MAX)
		return false;
	for (int i = 0; i < exports->addresses; i++)
		if (!strcmp(exports->address[i].text, value))
			return false;
	return !address_parse(value, &exports->address[exports->addresses++]);
}

/* Powers of two, see struct serve_options. */
static const char *const metrics_buckets[] = { "1", "2", "4", "8", NULL };

static const struct option option_table[] = {
	{ .name = "listen",
	  .letter = 'l',
	  .argument = "ADDR",
	  .help = "ADDRESS:PORT, or unix:PATH for a socket of mode 0660; may be given several times; "
		  "default " LISTEN_DEFAULT
		  ", or the sockets that systemd passes. An address that other hosts can reach needs "
		  "--tls-cert, --tls-key and --token-file",
	  .set = add_address,
	  .expected = LISTEN_EXPECTED,
	  .offset = offsetof(struct serve_options, listen) },
	{ .name = "host",
	  .argument = "NAME",
	  .help = "answer requests to this host, too, beside localhost and the address itself; may be given several "
		  "times",
	  .set = add_host,
	  .expected = "the name of a host, without a port",
	  .offset = offsetof(struct serve_options, host) },
	{ .name = "tls-cert",
	  .argument = "FILE",
	  .help = "serve HTTPS with this certificate (PEM), and those that lead to its root",
	  .set = option_set_text,
	  .expected = "a file",
	  .completes = "files",
	  .offset = offsetof(struct serve_options, tls_cert) },
	{ .name = "tls-key",
	  .argument = "FILE",
	  .help = "the key of the certificate (PEM)",
	  .set = option_set_text,
	  .expected = "a file",
	  .completes = "files",
	  .offset = offsetof(struct serve_options, tls_key) },
	{ .name = "token-file",
	  .argument = "FILE",
	  .help = "answer only those who send the token in the first line of this file (mode 0600), as "
		  "'Authorization: Bearer TOKEN'; the page itself, which has no data, and --metrics-listen need none",
	  .set = option_set_text,
	  .expected = "a file",
	  .completes = "files",
	  .offset = offsetof(struct serve_options, token_file) },
	{ .name = "insecure-listen",
	  .help = "listen on addresses that other hosts can reach without TLS and a token",
	  .set = option_set_flag,
	  .offset = offsetof(struct serve_options, insecure_listen) },
	{ .name = "metrics-listen",
	  .argument = "ADDR",
	  .help = "ADDRESS:PORT that serves /metrics alone, to everybody who can reach it, without TLS and a token: "
		  "there is no address of anybody in it",
	  .set = set_metrics_address,
	  .expected = LISTEN_METRICS_EXPECTED,
	  .offset = offsetof(struct serve_options, metrics_listen) },
	{ .name = "metrics-buckets",
	  .argument = "N",
	  .help = "buckets to each power of two in the text of /metrics: 1, 2, 4 or 8; default 1",
	  .set = option_set_choice,
	  .choices = metrics_buckets,
	  .offset = offsetof(struct serve_options, metrics_buckets) },
	{ .name = "metrics-ports",
	  .argument = "N",
	  .help = "server ports with histograms of their own in the text of /metrics: those that came first; others "
		  "are summed up as 'other'; default 32",
	  .set = option_set_number,
	  .most = SERVER_PORTS,
	  .offset = offsetof(struct serve_options, metrics_ports) },
	{ .name = "export",
	  .letter = 'e',
	  .argument = "DEST",
	  .help = "send records of the flows there, as 'synscope export DEST' does, in a process of its own; may be "
		  "given several times, with options of 'export'",
	  .set = add_destination,
	  .expected = "each once, " ADDRESS_EXPECTED,
	  .completes = "destinations",
	  .offset = offsetof(struct serve_options, exports) },
	{ .name = "no-jail",
	  .help = "keep all rights while serving, to look for mistakes of 'serve' itself",
	  .set = option_set_flag,
	  .offset = offsetof(struct serve_options, no_jail) },
	{ .name = "name",
	  .letter = 'n',
	  .argument = "NAME",
	  .help = "serve this instance; may be given several times; default all, also those that are attached later",
	  .set = add_any,
	  .expected = "the name of an instance",
	  .completes = "instances",
	  .offset = offsetof(struct serve_options, name) },
	{ 0 },
};

static int run(const struct command *self, int argc, char **argv)
{
	struct serve_options options = { .metrics_ports = METRICS_PORTS_DEFAULT, .exports = { EXPORT_DEFAULTS } };
	struct arguments arguments;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	if (!options.tls_cert != !options.tls_key) {
		message_usage(self->name, "--tls-cert and --tls-key need each other");
		return EXIT_USAGE;
	}
	status = filter_parse(NULL, 0, &options.exports.filter);
	if (status)
		return status;
	status = serve(&options);
	filter_free(&options.exports.filter);
	return status;
}

const struct command serve_command = {
	.name = "serve",
	.arguments = "",
	.summary = N_("serve the connections to a browser and to programs, over HTTP"),
	.description = "Serve a page and a JSON API over HTTP, until Ctrl-C. /metrics is for Prometheus. Under "
		       "/api/v1/ is what 'status' and 'list' print "
		       "with -o json, with the same filters. Nothing can be changed over HTTP: only GET and HEAD are "
		       "answered.",
	.example = "  synscope serve\n"
		   "  synscope serve --listen unix:/run/synscope/serve.sock\n"
		   "  curl 'http://127.0.0.1:9293/api/v1/flows?filter=outcome+refused&limit=10'",
	.groups = { { option_table, 0 },
		    { export_option_table, offsetof(struct serve_options, exports) },
		    { export_http_option_table, offsetof(struct serve_options, exports.to.http) } },
	.run = run,
};

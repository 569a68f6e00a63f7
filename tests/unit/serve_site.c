// SPDX-License-Identifier: GPL-2.0-only
#include "serve_site.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "fixture.h"

#define BUCKETS (SITE_FLOWS / FLOW_SLOTS_PER_BUCKET)

static struct instance instance = { .meta.name = "eth0" }, other_instance;
static struct flow_bucket hot[BUCKETS];
static struct flow_cold cold[SITE_FLOWS];
static struct port_latencies latencies[SERVER_PORT_INDEXES];
static struct server_ports ports;
static struct tracker tracker, other_tracker;
static struct tracker *trackers[] = { &tracker, &other_tracker };

static struct flow_record flow_number(int i)
{
	struct flow_record record = record_at(i % (STAGE_CLOSED + 1));

	record.slot = i;
	record.hot.tag |= (__u32)(i + 1) << 5;
	record.hot.port[0] = htons(1000 + i);
	return record;
}

struct site *site_begin(void)
{
	static struct site site;

	for (int i = 0; i < TIMEOUT_COUNT; i++) /* a scan uses the clock of this host */
		instance.meta.config.timeout_ns[i] = TIMEOUT_NONE;
	instance.meta.config.timeout_ns[TIMEOUT_TIME_WAIT] = 1;
	for (int i = 0; i < SITE_FLOWS; i++) {
		struct flow_record record = flow_number(i);

		hot[i / FLOW_SLOTS_PER_BUCKET].slot[i % FLOW_SLOTS_PER_BUCKET] = record.hot;
		cold[i] = record.cold;
	}
	tracker = (struct tracker){ .source.instance = &instance, .histograms = { latencies, &ports } };
	flow_reader_init_memory(&tracker.source.reader, hot, cold, BUCKETS);
	site = (struct site){ .trackers = { .tracker = trackers, .count = 1 } };
	site.metrics = (struct metrics_setup){ .per_octave = 1, .ports = METRICS_PORTS_DEFAULT, .process.statm = -1 };
	site.scanner.trackers = &site.trackers;
	site.scanner.bodies = &site.bodies;
	return &site;
}

void site_end(struct site *site)
{
	scanner_close(&site->scanner);
	events_close(&site->events);
	heat_free(&tracker.heat);
}

struct tracker *site_tracker(void)
{
	return &tracker;
}

void site_add_instance(struct site *site)
{
	other_instance = instance;
	strcpy(other_instance.meta.name, "eth1");
	other_tracker = tracker;
	other_tracker.source.instance = &other_instance;
	site->trackers.count = 2;
}

struct http_request site_request(const char *target)
{
	return (struct http_request){
		.method = "GET", .target = target, .host = "127.0.0.1:9293", .local = "127.0.0.1"
	};
}

struct http_response site_answer(struct site *site, const struct http_request *request)
{
	struct http_response response;

	respond(site, request, &response);
	if (response.kind == HTTP_WAIT) {
		struct scan_query *query = response.query;

		while (!query->done)
			scanner_step(&site->scanner);
		respond_done(request, query, &response);
		scan_query_release(query);
	}
	return response;
}

void site_release(struct http_response *response)
{
	if (response->kind == HTTP_WAIT)
		scan_query_release(response->query);
	stream_close(response->stream);
	body_release(response->body);
}

int site_status(struct site *site, const struct http_request *request)
{
	struct http_response response = site_answer(site, request);
	int status = response.status;

	site_release(&response);
	return status;
}

void site_event(struct site *site, int flow, __u32 kinds)
{
	struct flow_record record = flow_number(flow);
	struct flow_event event = {
		.time_ns = T0 + S, .kinds = kinds, .slot = record.slot, .hot = record.hot, .cold = record.cold
	};

	events_add(&tracker, &event, &site->events);
}

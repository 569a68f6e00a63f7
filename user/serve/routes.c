// SPDX-License-Identifier: GPL-2.0-only
#include "serve/routes.h"

#include <string.h>

#include "serve/events_api.h"
#include "serve/flow_api.h"
#include "serve/flows_api.h"
#include "serve/latency_api.h"
#include "serve/metrics_api.h"
#include "serve/page.h"
#include "serve/stats_api.h"
#include "serve/status_api.h"
#include "serve/transitions_api.h"

#define PATH_MAX_BYTES 512 /* decoded */

static void answer_health(const struct ask *ask, struct http_response *response)
{
	char trouble[4 * TRACKER_TROUBLE_MAX];
	struct buffer content;

	if (!params_parse(ask->params, ask->query, NULL, response))
		return;
	if (trackers_trouble(&ask->site->trackers, trouble, sizeof(trouble))) {
		http_respond_error(response, 503, "not every instance is read: %s", trouble);
		return;
	}
	if (!buffer_init(&content, BUFFER_MEMORY))
		buffer_text(&content, "ok\n");
	http_respond_body(response, body_new(response->bodies, 200, "text/plain; charset=utf-8", &content));
}

const struct route routes[] = {
	{ .path = "/healthz", .answer = answer_health },
	{ .path = "/metrics", .answer = answer_metrics },
	{ .path = "/api/v1/status", .answer = answer_status },
	{ .path = "/api/v1/flows", .params = flows_params, .answer = answer_flows },
	{ .path = "/api/v1/flows/", .params = flow_params, .answer = answer_flow },
	{ .path = "/api/v1/stats", .params = stats_params, .answer = answer_stats },
	{ .path = "/api/v1/latency", .answer = answer_latency },
	{ .path = "/api/v1/transitions", .answer = answer_transitions },
	{ .path = "/api/v1/events", .params = events_params, .answer = answer_events },
	{ 0 },
};

static const struct route *find(struct ask *ask)
{
	for (const struct route *route = routes; route->path; route++) {
		size_t bytes = strlen(route->path);
		bool below = route->path[bytes - 1] == '/';

		if (!below && !strcmp(route->path, ask->path))
			return route;
		if (below && !strncmp(route->path, ask->path, bytes) && ask->path[bytes]) {
			ask->rest = ask->path + bytes;
			return route;
		}
	}
	return NULL;
}

/* ---- what every response to a request goes through */

/* Is the coding in the list, with a weight that is not 0? */
static bool accepts(const char *list, const char *coding)
{
	size_t bytes = strlen(coding);

	for (const char *at = list; at && *at; at += *at == ',') {
		const char *end, *weight;

		at += strspn(at, " \t");
		end = at + strcspn(at, ",");
		weight = memmem(at, end - at, "q=", 2);
		if (!strncmp(at, coding, bytes) && strchr(",; \t", at[bytes]))
			return !weight || weight[2 + strspn(weight + 2, "0.")] >= '1';
		at = end;
	}
	return false;
}

/* Choose the form of a body, and leave it out if the client has it already. */
static void negotiate(const struct http_request *request, struct http_response *response)
{
	struct body *body = response->body;
	const char *known = request->if_none_match;

	if (response->kind != HTTP_BODY || !body)
		return;
	response->gzip = accepts(request->accept_encoding, "gzip") && body_zip(body);
	if (!response->gzip && !body->data && body_unzip(body)) {
		body_release(body);
		response->body = NULL;
		response->status = 500;
		return;
	}
	if (response->status == 200 && known && (strstr(known, body->etag) || !strcmp(known, "*")))
		response->status = 304;
}

static void dispatch(struct site *site, const struct http_request *request, struct http_response *response)
{
	size_t bytes = strcspn(request->target, "?");
	char path[PATH_MAX_BYTES];
	struct ask ask = { .site = site, .request = request, .path = path };
	const struct route *route = NULL;
	struct body *file = NULL;

	ask.query = request->target[bytes] ? request->target + bytes + 1 : NULL;
	if (*request->target != '/' || http_decode(request->target, bytes, false, path, sizeof(path)) < 0)
		*path = '\0';
	route = find(&ask);
	if (!route && !request->metrics_only)
		file = page_file(&site->bodies, path);
	if (!gate_passes(&site->gate, request, file || (route && route->open) || request->metrics_only, response)) {
		body_release(file);
		return;
	}
	if (file) {
		http_respond_body(response, file);
	} else if (!route || (request->metrics_only && strcmp(path, "/metrics") != 0)) {
		http_respond_error(response, 404, "there is no '%s' here", *path ? path : request->target);
	} else {
		ask.params = route->params;
		route->answer(&ask, response);
	}
}

void respond(struct site *site, const struct http_request *request, struct http_response *response)
{
	*response = (struct http_response){ .bodies = &site->bodies };
	dispatch(site, request, response);
	negotiate(request, response);
	refusals_count(&site->refusals, response->status);
}

void respond_done(const struct http_request *request, const struct scan_query *query, struct http_response *response)
{
	*response = (struct http_response){ .bodies = response->bodies };
	http_respond_body(response, query->body ? body_take(query->body) : NULL);
	negotiate(request, response);
}

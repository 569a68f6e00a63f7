// SPDX-License-Identifier: GPL-2.0-only
#include "serve/gate.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/message.h"
#include "base/secret.h"

#define TOKEN_LEAST 16

/* The length of the host in HOST or HOST:PORT, where an IPv6 address is in brackets. */
static size_t host_bytes(const char *authority)
{
	const char *bracket = *authority == '[' ? strchr(authority, ']') : NULL;

	return bracket ? (size_t)(bracket + 1 - authority) : strcspn(authority, ":");
}

/* The port after the host is a number, or there is none. */
static bool port_is_valid(const char *port)
{
	return !*port || (*port == ':' && strspn(port + 1, "0123456789") == strlen(port + 1) && strlen(port) <= 6);
}

static bool is_host(const char *authority, size_t bytes, const char *host)
{
	return *host && strlen(host) == bytes && !strncasecmp(authority, host, bytes);
}

/*
 * Is the host one that this server has? Its port may be another one, as behind ssh -L: a page of another site comes
 * with the name of that site.
 */
static bool host_is_ours(const struct gate *gate, const struct http_request *request)
{
	const char *host = request->host ? request->host : "";
	size_t bytes = host_bytes(host);

	if (!port_is_valid(host + bytes))
		return false;
	if (is_host(host, bytes, "localhost") || is_host(host, bytes, request->local))
		return true;
	for (int i = 0; i < gate->host_count; i++)
		if (is_host(host, bytes, gate->hosts[i]))
			return true;
	return false;
}

/* SCHEME://AUTHORITY, with the authority that is in Host. A proxy may have taken off TLS, so either scheme will do. */
static bool origin_is_ours(const struct http_request *request)
{
	const char *authority = strstr(request->origin, "://");

	return authority && (!strncmp(request->origin, "http://", 7) || !strncmp(request->origin, "https://", 8)) &&
	       !strcasecmp(authority + 3, request->host);
}

/* Takes the same time wherever the texts differ. */
static bool token_is_right(const char *token, const char *given)
{
	size_t bytes = strlen(token), given_bytes = strlen(given);
	unsigned char differ = bytes != given_bytes;

	for (size_t i = 0; i < bytes; i++)
		differ |= token[i] ^ given[given_bytes ? i % given_bytes : 0];
	return !differ;
}

static bool is_authorized(const struct gate *gate, const struct http_request *request)
{
	const char *given = request->authorization;

	if (!given || strncasecmp(given, "Bearer ", 7) != 0)
		return false;
	given += 7 + strspn(given + 7, " ");
	return token_is_right(gate->token, given);
}

bool gate_passes(const struct gate *gate, const struct http_request *request, bool open, struct http_response *response)
{
	if (request->header_bytes > HTTP_HEADER_MAX) {
		http_respond_error(response, 431, "the header is larger than %d bytes", HTTP_HEADER_MAX);
	} else if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
		http_respond_error(response, 405, "only GET and HEAD: nothing here can be changed over HTTP");
		response->allow = "GET, HEAD";
	} else if (request->has_body) {
		http_respond_error(response, 413, "a request here has no body");
	} else if (request->repeats) {
		http_respond_error(response, 400, "a header field that may be there once is there twice");
	} else if (!host_is_ours(gate, request)) {
		http_respond_error(response, 421,
				   "this server has no host '%s'; 'synscope serve --host NAME' allows a name",
				   request->host ? request->host : "");
	} else if (request->origin && !origin_is_ours(request)) {
		http_respond_error(response, 403, "pages of '%s' may not read this", request->origin);
	} else if (*gate->token && !open && !is_authorized(gate, request)) {
		http_respond_error(response, 401, "the token of --token-file is needed: Authorization: Bearer TOKEN");
		response->authenticate = "Bearer realm=\"synscope\"";
	} else {
		return true;
	}
	return false;
}

/* ---- the file */

/* Is the first line a token? It then is all that is left. */
static bool take_token(struct gate *gate)
{
	gate->token[strcspn(gate->token, "\r\n")] = '\0';
	for (const char *p = gate->token; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return strlen(gate->token) >= TOKEN_LEAST;
}

int gate_read_token(struct gate *gate, const char *file)
{
	int bytes = secret_read(file, "token file", gate->token, sizeof(gate->token));

	if (bytes < 0)
		return bytes;
	if (take_token(gate))
		return 0;
	message_error("the token file %s has no token: expected %d to %d printable characters without spaces in its "
		      "first line, as from 'openssl rand -hex 32'",
		      file, TOKEN_LEAST, TOKEN_MAX);
	return -EINVAL;
}

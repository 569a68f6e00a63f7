// SPDX-License-Identifier: GPL-2.0-only
#include "export/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/version.h"
#include "export/curl.h"
#include "export/gzip.h"
#include "export/socket.h"
#include "export/url.h"

#define CONNECT_MS 10000L
#define ANSWER_MS 120000L /* for a whole request: who is that slow will not be quicker the next time */
#define SLICE_MS 50 /* of a wait that may have to end early */
#define ANSWER_SIZE 161 /* of an answer that is shown to the user */

struct http {
	struct curl curl;
	CURL *easy;
	CURLM *multi;
	struct curl_slist *fields;
	struct http_credentials credentials;
	struct gzip gzip;
	bool plain;
	char url[URL_SIZE];
	char error[CURL_ERROR_SIZE];
	char answer[ANSWER_SIZE]; /* its first line */
	size_t answer_bytes;
};

/* ---- what was answered */

int http_meaning(long status)
{
	if (status >= 200 && status < 300)
		return 0;
	switch (status) {
	case 413:
		return -EMSGSIZE;
	case 400:
	case 415:
	case 422:
		return -EBADMSG;
	default:
		return -EPROTO;
	}
}

__u64 http_retry_after_ns(long long seconds)
{
	if (seconds < 0)
		seconds = 0;
	return (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds) * NS_PER_S;
}

/* A callback of libcurl: keep what fits, and read on, so that the connection can be used again. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;
	size_t room = sizeof(http->answer) - 1 - http->answer_bytes, taken = size * count < room ? size * count : room;

	memcpy(http->answer + http->answer_bytes, bytes, taken);
	http->answer_bytes += taken;
	return size * count;
}

static const char *first_line(struct http *http)
{
	http->answer[http->answer_bytes] = '\0';
	http->answer[strcspn(http->answer, "\r\n")] = '\0';
	return http->answer;
}

/* Store why a request has failed that was answered. */
static int refused(struct sender *sender, long status)
{
	struct http *http = sender->http;
	const char *line = first_line(http), *hint = "";
	char *redirect = NULL;

	http->curl.easy_getinfo(http->easy, CURLINFO_REDIRECT_URL, &redirect);
	if (redirect) {
		line = redirect;
		hint = ", which is not followed; export there instead, if that is right";
	} else if (status == 401 || status == 403) {
		hint = "; see --credentials";
	}
	snprintf(sender->why.text, sizeof(sender->why.text), "it answered %ld%s%.*s%s", status, *line ? ": " : "",
		 ANSWER_SIZE, line, hint);
	return http_meaning(status);
}

/* Store why a request has failed that was not answered. */
static int failed(struct sender *sender, CURLcode result)
{
	struct http *http = sender->http;
	bool unknown = result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE;

	snprintf(sender->why.text, sizeof(sender->why.text), "%.160s%s",
		 *http->error ? http->error : http->curl.easy_strerror(result), unknown ? "; see --ca-cert" : "");
	return result == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EIO;
}

/* ---- requests */

const char *http_body(struct sender *sender, const char *lines, size_t bytes, size_t *body_bytes)
{
	struct http *http = sender->http;
	const char *body = lines;

	*body_bytes = bytes;
	if (!http->plain)
		body = gzip_pack(&http->gzip, lines, bytes, body_bytes);
	if (!body)
		sender_fail(sender, -ENOMEM);
	return body;
}

/* Returns 0 with the result of the request, or -ECANCELED: time to stop. */
static int perform(struct sender *sender, CURLcode *result)
{
	struct http *http = sender->http;
	const struct curl *curl = &http->curl;
	int running = 1, left;
	const CURLMsg *message;

	*result = CURLE_FAILED_INIT;
	if (curl->multi_add_handle(http->multi, http->easy))
		return 0;
	while (!curl->multi_perform(http->multi, &running) && running && !sender_is_over(sender))
		curl->multi_poll(http->multi, NULL, 0, SLICE_MS, NULL);
	while ((message = curl->multi_info_read(http->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			*result = message->data.result;
	curl->multi_remove_handle(http->multi, http->easy);
	return running && sender_is_over(sender) ? -ECANCELED : 0;
}

int http_send(struct sender *sender, const char *body, size_t bytes)
{
	struct http *http = sender->http;
	const struct curl *curl = &http->curl;
	curl_off_t retry_after = 0;
	CURLcode result;
	long status = 0;

	*http->error = '\0';
	http->answer_bytes = 0;
	curl->easy_setopt(http->easy, CURLOPT_POSTFIELDS, body);
	curl->easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
	if (perform(sender, &result))
		return sender_fail(sender, -ECANCELED);
	if (result)
		return failed(sender, result);
	curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!http_meaning(status))
		return 0;
	curl->easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after);
	sender->retry_after_ns = http_retry_after_ns(retry_after);
	return refused(sender, status);
}

/* ---- opening */

/* A callback of libcurl. */
static int tend_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
	(void)context;
	(void)purpose;
	socket_limit_stall(fd);
	return CURL_SOCKOPT_OK;
}

static bool add_field(struct http *http, const char *line)
{
	struct curl_slist *longer = http->curl.slist_append(http->fields, line);

	if (longer)
		http->fields = longer;
	return longer;
}

/* A field that the user gives takes the place of ours with the same name. */
static bool add_fields(struct http *http, const struct http_options *options)
{
	bool added = add_field(http, "Expect:") && (http->plain || add_field(http, "Content-Encoding: gzip")),
	     typed = false;

	for (int i = 0; i < options->fields.count; i++) {
		typed |= http_field_is(options->fields.line[i], "Content-Type");
		added = added && add_field(http, options->fields.line[i]);
	}
	for (int i = 0; i < http->credentials.count; i++)
		added = added && add_field(http, http->credentials.line[i]);
	return added && (typed || add_field(http, "Content-Type: application/x-ndjson"));
}

static void set_options(struct http *http, const struct http_options *options)
{
	const struct curl *curl = &http->curl;
	CURL *easy = http->easy;

	curl->easy_setopt(easy, CURLOPT_URL, http->url);
	curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(easy, CURLOPT_PROXY, ""); /* none, also if http_proxy is set */
	curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl->easy_setopt(easy, CURLOPT_POST, 1L);
	curl->easy_setopt(easy, CURLOPT_HTTPHEADER, http->fields);
	curl->easy_setopt(easy, CURLOPT_USERAGENT, "synscope/" SYNSCOPE_VERSION);
	curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a name server at the end */
	curl->easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, tend_socket);
	curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl->easy_setopt(easy, CURLOPT_WRITEDATA, http);
	curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
	if (options->ca_cert) {
		curl->easy_setopt(easy, CURLOPT_CAINFO, options->ca_cert);
		curl->easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (http->credentials.login) {
		curl->easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl->easy_setopt(easy, CURLOPT_USERPWD, http->credentials.login);
	}
}

/* What is for one server is never sent to another one. */
static int read_credentials(struct http *http, const struct http_options *options, const struct address *server)
{
	int err = http_credentials_read(&http->credentials, options->credentials, server);

	if (err || http->credentials.named || !options->several)
		return err;
	message_error("the file with credentials %s does not say for which of the servers they are: write the URL of "
		      "the server above them, without a path, as https://HOST:PORT",
		      options->credentials);
	return -EINVAL;
}

static int read_files(struct http *http, const struct http_options *options, const struct address *server)
{
	int err;

	if (options->ca_cert && access(options->ca_cert, R_OK)) {
		err = -errno;
		message_error("cannot read the certificates of --ca-cert in %s: %s", options->ca_cert,
			      reason_of(err).text);
		return err;
	}
	return options->credentials ? read_credentials(http, options, server) : 0;
}

static int make_handles(struct http *http, const struct http_options *options)
{
	http->easy = http->curl.easy_init();
	http->multi = http->curl.multi_init();
	if (http->easy && http->multi && add_fields(http, options)) {
		set_options(http, options);
		return 0;
	}
	message_error("no room for requests: %s", reason_of(-ENOMEM).text);
	return -ENOMEM;
}

int http_open(struct sender *sender, const struct http_options *options)
{
	struct http *http = array_new(1, sizeof(*http), "the requests");
	int err;

	if (!http)
		return -ENOMEM;
	sender->http = http;
	sender->room = HTTP_ROOM;
	http->plain = options->plain;
	url_encode(sender->address->text, http->url);
	err = curl_load(&http->curl);
	if (!err)
		err = read_files(http, options, sender->address);
	if (!err)
		err = make_handles(http, options);
	return err;
}

void http_close(struct sender *sender)
{
	struct http *http = sender->http;

	if (!http)
		return;
	if (http->fields)
		http->curl.slist_free_all(http->fields);
	if (http->easy)
		http->curl.easy_cleanup(http->easy);
	if (http->multi)
		http->curl.multi_cleanup(http->multi);
	gzip_free(&http->gzip);
	http_credentials_forget(&http->credentials);
	free(http);
	sender->http = NULL;
}

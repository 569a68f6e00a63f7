/* SPDX-License-Identifier: GPL-2.0-only */
/* Header fields that the user adds to requests: from the command line, and credentials from a file. */
#ifndef SYNSCOPE_EXPORT_HTTP_FIELDS_H
#define SYNSCOPE_EXPORT_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "export/address.h"

#define HTTP_FIELDS_MAX 16
#define HTTP_FIELD_EXPECTED                                                                           \
	"'Name: value', at most 16 of them; credentials go into the file of --credentials, and what " \
	"describes the body is set by export"

/* Texts of the command line. */
struct http_fields {
	const char *line[HTTP_FIELDS_MAX];
	int count;
};

/* Has the line a field of that name? */
bool http_field_is(const char *line, const char *name);

/* Take a field "Name: value". False: it is not one, or not one that the user may set so. */
bool http_fields_add(struct http_fields *fields, const char *line);

#define CREDENTIALS_SIZE 8192

/* What is for one server: lines in `text`, without their ends. */
struct http_credentials {
	char text[CREDENTIALS_SIZE];
	const char *login; /* USER:PASSWORD, or NULL */
	const char *line[HTTP_FIELDS_MAX]; /* fields, "Name: value" */
	int count;
	bool named; /* the file says for which servers they are; else they are for whichever is asked */
};

/*
 * Read from the file what is for that server: either one line USER:PASSWORD, or header fields, one on each line. Above
 * them may be a line with the URL of the server, without a path, and there may be several of both. Returns 0, also if
 * nothing is for that one, or a negative errno (logged). No message has anything of what is in it.
 */
int http_credentials_read(struct http_credentials *credentials, const char *file, const struct address *server);

/* The same for its text, which is in `credentials`. False: it is none of that. */
bool http_credentials_parse(struct http_credentials *credentials, const struct address *server);

/* Overwrite what was read. */
void http_credentials_forget(struct http_credentials *credentials);

#endif

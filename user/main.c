// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "filter/filter.h"
#include "base/local_time.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/version.h"
#include "base/suggest.h"
#include "base/translate.h"

static void put_overview(struct buffer *out)
{
	const char *help = N_("show this list, the help of COMMAND, or the filter language (FILTER)");

	buffer_printf(out, "synscope " SYNSCOPE_VERSION ": %s\n\n",
		      _("TCP connections, their states and handshake latencies, live"));
	buffer_printf(out, "%s synscope COMMAND [OPTION]... [ARGUMENT]...\n\n%s\n", _("Usage:"), _("Commands:"));
	for (const struct command *const *command = commands; *command; command++)
		buffer_printf(out, "  %-8s %s\n", (*command)->name, _((*command)->summary));
	buffer_printf(out, "  help     %s\n\n%s\n  synscope run eth0\n", _(help),
		      _("'synscope COMMAND --help' describes a command. Start with:"));
}

/* Print something on a file descriptor; returns 0 or a negative errno (logged). */
static int print(int fd, void (*put)(struct buffer *out))
{
	struct buffer out;
	int err = buffer_init(&out, fd);

	if (err)
		return err;
	put(&out);
	return buffer_finish(&out);
}

static void put_version(struct buffer *out)
{
	buffer_text(out, "synscope " SYNSCOPE_VERSION "\n");
}

/* Report an unknown word. `other`: what is valid there beside the commands. */
static int unknown_command(const char *name, const char *other)
{
	struct suggestion suggestion;
	char names[256] = "";

	suggestion_begin(&suggestion, name);
	for (const struct command *const *command = commands; *command; command++) {
		suggestion_try(&suggestion, (*command)->name);
		strcat(strcat(names, (*command)->name), command[1] ? ", " : " or ");
	}
	strcat(names, other);
	suggestion_try(&suggestion, other);
	if (suggestion.best)
		message_usage(NULL, "unknown command '%s' (did you mean '%s'?)", name, suggestion.best);
	else
		message_usage(NULL, "unknown command '%s'; expected %s", name, names);
	return EXIT_USAGE;
}

/* Is that a word that asks for help? */
static bool asks_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

static int help(int argc, char **argv)
{
	char *ask[] = { "--help" };
	const struct command *command;

	if (!argc || asks_help(argv[0]))
		return print(STDOUT_FILENO, put_overview);
	if (argc > 1) {
		message_usage(NULL, "help: unexpected word '%s': it takes one command at most", argv[1]);
		return EXIT_USAGE;
	}
	if (!strcasecmp(argv[0], "filter"))
		return print(STDOUT_FILENO, filter_help);
	command = command_find(argv[0]);
	return command ? command->run(command, 1, ask) : unknown_command(argv[0], "filter");
}

/* The first word is not a command. */
static int unknown_option(const char *word)
{
	const char *name = word + strspn(word, "-");
	struct suggestion suggestion;

	suggestion_begin(&suggestion, name);
	suggestion_try(&suggestion, "help");
	suggestion_try(&suggestion, "version");
	if (command_find(name))
		message_usage(NULL, "unknown option '%s' before the command (did you mean 'synscope %s'?)", word, name);
	else if (suggestion.best)
		message_usage(NULL, "unknown option '%s' before the command (did you mean '--%s'?)", word,
			      suggestion.best);
	else
		message_usage(NULL, "unknown option '%s' before the command; expected --help or --version", word);
	return EXIT_USAGE;
}

static int run_command_line(int argc, char **argv)
{
	const char *word = argv[1];
	const struct command *command;

	if (argc < 2) {
		print(STDERR_FILENO, put_overview);
		return EXIT_USAGE;
	}
	if (!strcmp(word, "help"))
		return help(argc - 2, argv + 2);
	if (asks_help(word))
		return print(STDOUT_FILENO, put_overview);
	if (!strcmp(word, "--version") || !strcmp(word, "-V") || !strcmp(word, "version"))
		return print(STDOUT_FILENO, put_version);
	command = command_find(word);
	if (command)
		return command->run(command, argc - 2, argv + 2);
	return word[0] == '-' ? unknown_option(word) : unknown_command(word, "help");
}

/*
 * If a standard fd is closed, a map could get its number, and output would be written to it. So open something that
 * refuses input and output there.
 */
static void reserve_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return;
}

/*
 * Set the locale, which says what the terminal can show, and in which language.
 */
static void begin_locale(void)
{
	if (!setlocale(LC_CTYPE, "") && is_limit(-errno))
		message_warning("cannot read the locale: %s; text is in ASCII", reason_of(-errno).text);
	translate_begin();
}

/* Raise the limit of file descriptors as far as it is allowed, because there may be many instances. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	int status;

	reserve_standard_fds();
	raise_descriptor_limit();
	begin_locale();
	local_time_begin();
	signal(SIGXFSZ, SIG_IGN); /* write() then fails with EFBIG */
	signal(SIGPIPE, SIG_IGN); /* write() then fails with EPIPE, see buffer.h */
	status = run_command_line(argc, argv);
	return status < 0 ? EXIT_FAILED : status;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "attempts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netinet/in.h>

#define TOGETHER 16 /* more than glibc makes arenas for without asking how many processors there are */

#pragma GCC diagnostic ignored "-Wunused-parameter" /* most attempts need nothing of it */
/* NOLINTBEGIN(misc-unused-parameters): the same */

/* ---- what may not be done */

static long open_file(struct held *held)
{
	return open("/etc/passwd", O_RDONLY);
}

static long open_old(struct held *held)
{
	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &(__u64[3]){ O_RDONLY }, 3 * sizeof(__u64));
}

static long open_to_write(struct held *held)
{
	return open("/etc/passwd", O_WRONLY);
}

static long look_at_file(struct held *held)
{
	return syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK);
}

static long open_proc(struct held *held)
{
	return open("/proc/1/status", O_RDONLY);
}

static long connect_tcp(struct held *held)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) }, .sin_port = htons(1) };
	int status = connect(held->client, (struct sockaddr *)&to, sizeof(to));

	return status && errno == ECONNREFUSED ? 0 : status;
}

static long bind_tcp(struct held *held)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return bind(held->client, (struct sockaddr *)&any, sizeof(any));
}

static long listen_tcp(struct held *held)
{
	return listen(held->client, 1);
}

static long make_socket(struct held *held)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long make_unix_socket(struct held *held)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long make_netlink_socket(struct held *held)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long make_raw_socket(struct held *held)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
}

static long execute(struct held *held)
{
	return execl("/bin/true", "true", NULL); /* whose status is that of an attempt that was done */
}

static long execute_at(struct held *held)
{
	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", (char *[]){ "true", NULL }, (char *[]){ NULL }, 0);
}

static long fork_process(struct held *held)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long clone_namespaces(struct held *held)
{
	return syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER | CLONE_NEWNET, 0, 0, 0, 0);
}

static long clone_anew(struct held *held)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static long leave_namespaces(struct held *held)
{
	return unshare(CLONE_NEWUSER);
}

static long trace_parent(struct held *held)
{
	return ptrace(PTRACE_SEIZE, held->parent, 0, 0);
}

static long kill_parent(struct held *held)
{
	return kill(held->parent, SIGURG);
}

static long kill_parent_thread(struct held *held)
{
	return syscall(SYS_tgkill, held->parent, held->parent, SIGURG);
}

static long read_parent(struct held *held)
{
	return syscall(SYS_process_vm_readv, held->parent, NULL, 0, NULL, 0, 0);
}

static long queue_signal_of_parent(struct held *held)
{
	siginfo_t info = { .si_signo = SIGURG, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, held->parent, SIGURG, &info);
}

static long open_parent_memory(struct held *held)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", held->parent);
	return open(path, O_RDWR);
}

static long become_root(struct held *held)
{
	return setuid(0);
}

static long become_group_root(struct held *held)
{
	return setgid(0);
}

static long mount_something(struct held *held)
{
	return mount("none", "/", "no_such_file_system", 0, NULL) && errno == ENODEV ? 0 : -1;
}

static long change_root(struct held *held)
{
	return chroot("/");
}

static long bpf_create(struct held *held)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "jailed", sizeof(__u32), sizeof(__u64), 1, NULL);
}

static long bpf_open(struct held *held)
{
	return bpf_obj_get("/sys/fs/bpf/no_such_pin") == -ENOENT || errno == ENOENT ? 0 : -1;
}

long bpf_load(struct held *held)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "jailed", "GPL", pass, 2, NULL);
}

static long bpf_look_up(struct held *held)
{
	__u32 key = 0;
	__u64 value;

	return bpf_map_lookup_elem(held->map, &key, &value);
}

static long bpf_of_others(struct held *held)
{
	__u32 id = 0;

	return bpf_map_get_next_id(0, &id);
}

static long map_code(struct held *held)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? -1
		       : 0;
}

static long make_code(struct held *held)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long make_ring(struct held *held)
{
	return syscall(SYS_io_uring_setup, 1, &(char[256]){ 0 });
}

static long watch_events(struct held *held)
{
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) && errno == EFAULT ? 0 : -1;
}

/* ---- what the server needs */

static long write_output(struct held *held)
{
	return write(held->file, "x", 1);
}

static long accept_connection(struct held *held)
{
	int fd = accept4(held->listener, NULL, NULL, SOCK_CLOEXEC);

	return fd < 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1 ? -1 : 0;
}

static long wait_for_events(struct held *held)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(held->epoll, EPOLL_CTL_ADD, held->client, &event) ? -1 : epoll_wait(held->epoll, &event, 1, 0);
}

static long use_mapped(struct held *held)
{
	return __atomic_add_fetch(held->mapped, 1, __ATOMIC_RELAXED) == 1 ? 0 : -1;
}

static long run_program(struct held *held)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet));

	return bpf_prog_test_run_opts(held->program, &options) ? -1 : 0;
}

static void *in_thread(void *of)
{
	void *memory = malloc(100); /* in an arena of its own, of which glibc wants to know how many may be useful */

	pthread_barrier_wait(of);
	return memory;
}

static long start_threads(struct held *held)
{
	pthread_t thread[TOGETHER];
	pthread_barrier_t barrier;
	void *result = NULL;
	int bad = pthread_barrier_init(&barrier, NULL, TOGETHER);

	for (int i = 0; i < TOGETHER && !bad; i++)
		bad = pthread_create(&thread[i], NULL, in_thread, &barrier);
	for (int i = 0; i < TOGETHER && !bad; i++) {
		bad = pthread_join(thread[i], &result);
		free(result);
	}
	errno = bad;
	return bad ? -1 : 0;
}

static long use_memory(struct held *held)
{
	char *large = malloc(64U << 20);

	if (!large)
		return -1;
	memset(large, 1, 1U << 20);
	free(large);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const int *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

/* More than qsort() has room for on its stack. */
static long sort_much(struct held *held)
{
	const int count = 1 << 16;
	int *number = calloc(count, sizeof(*number)), least;

	if (!number)
		return -1;
	for (int i = 0; i < count; i++)
		number[i] = -i;
	qsort(number, count, sizeof(*number), compare);
	least = number[0];
	free(number);
	return least == 1 - count ? 0 : -1;
}

static long tell_time(struct held *held)
{
	struct timespec now, rest = { .tv_nsec = 1000 };

	return clock_gettime(CLOCK_BOOTTIME, &now) || clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL) ? -1 : 0;
}

/* NOLINTEND(misc-unused-parameters) */

const struct attempt attempts[] = {
	{ "open", open_file, false },
	{ "openat2", open_old, false },
	{ "open_to_write", open_to_write, false },
	{ "faccessat", look_at_file, false },
	{ "proc", open_proc, false },
	{ "connect", connect_tcp, false },
	{ "bind", bind_tcp, false },
	{ "socket", make_socket, false },
	{ "unix_socket", make_unix_socket, false },
	{ "netlink_socket", make_netlink_socket, false },
	{ "raw_socket", make_raw_socket, false },
	{ "execve", execute, false },
	{ "execveat", execute_at, false },
	{ "fork", fork_process, false },
	{ "clone_namespaces", clone_namespaces, false },
	{ "clone3", clone_anew, false },
	{ "unshare", leave_namespaces, false },
	{ "ptrace", trace_parent, false },
	{ "kill", kill_parent, false },
	{ "tgkill", kill_parent_thread, false },
	{ "rt_sigqueueinfo", queue_signal_of_parent, false },
	{ "process_vm_readv", read_parent, false },
	{ "parent_memory", open_parent_memory, false },
	{ "listen", listen_tcp, false },
	{ "setuid", become_root, false },
	{ "setgid", become_group_root, false },
	{ "mount", mount_something, false },
	{ "chroot", change_root, false },
	{ "bpf_map_create", bpf_create, false },
	{ "bpf_obj_get", bpf_open, false },
	{ "bpf_prog_load", bpf_load, false },
	{ "bpf_map_lookup", bpf_look_up, false },
	{ "bpf_next_id", bpf_of_others, false },
	{ "mmap_exec", map_code, false },
	{ "mprotect_exec", make_code, false },
	{ "io_uring", make_ring, false },
	{ "perf_event", watch_events, false },
	{ "write", write_output, true },
	{ "accept", accept_connection, true },
	{ "epoll", wait_for_events, true },
	{ "mapped", use_mapped, true },
	{ "bpf_test_run", run_program, true },
	{ "thread", start_threads, true },
	{ "memory", use_memory, true },
	{ "sort", sort_much, true },
	{ "time", tell_time, true },
	{ 0 },
};

/*-------------------------------------------------------------------------
 *
 * sandbox.c
 *	  What this process may do.
 *
 * Scripts come from whoever may start a workflow.  The engine gives them no
 * function for files, the network or other processes; should one find a hole in
 * the engine, the kernel gives it none, either: after sandbox_enter() the
 * process can use the descriptors that it has, memory that is not executable,
 * threads, clocks and random numbers, and every other call fails.
 *
 * Code is not compiled to the machine's, so no memory need ever be executable.
 *
 * The kernel cannot bound the memory: what the engine reserves, tens of
 * gigabytes that it never uses, counts for its limits.  So a thread looks how
 * much is in use, and ends the process when that is too much.
 *
 *-------------------------------------------------------------------------
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS			10		/* between looks at the memory */

static size_t max_memory;
static size_t page_size;
static int	statm;				/* the kernel's word on it */

static void
give_up(const char *what)
{
	fprintf(stderr, "mistral-js: could not %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * Sets how the engine runs, for which it looks only when it starts: begins the
 * program anew with an environment of nothing else.
 */
void
sandbox_set_engine(char **argv)
{
	static char *const environment[] = {
		"JSC_useJIT=0", "JSC_numberOfGCMarkers=1",
		"LC_ALL=C.UTF-8", "TZ=UTC", NULL
	};

	if (getenv("JSC_useJIT") != NULL)
	{
		prctl(PR_SET_NAME, "mistral-js");
		return;
	}
	execve("/proc/self/exe", argv, environment);
	give_up("start anew");
}

/* Returns the bytes in use; 0 when the kernel does not tell. */
static size_t
memory_in_use(void)
{
	char		text[128];
	ssize_t		len = pread(statm, text, sizeof(text) - 1, 0);
	char	   *resident;

	text[len > 0 ? len : 0] = '\0';
	resident = strchr(text, ' ');
	return resident == NULL ? 0 : strtoul(resident, NULL, 10) * page_size;
}

/* Tells whether less than half of the memory is left. */
bool
sandbox_memory_is_short(void)
{
	return memory_in_use() > max_memory / 2;
}

/* The thread that ends the process when it has more memory than it may. */
static void *
watch_memory(void *arg)
{
	static const char message[] = "a script needs more memory than it may have\n";
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	for (;;)
	{
		if (memory_in_use() > max_memory)
		{
			ssize_t		written = write(STDERR_FILENO, message, sizeof(message) - 1);

			(void) written;
			_exit(3);
		}
		nanosleep(&pause, NULL);
	}
	return arg;
}

/* Ends the process with code 3 as soon as it has more memory than this. */
void
sandbox_watch_memory(size_t max_bytes)
{
	pthread_t	thread;

	max_memory = max_bytes;
	page_size = sysconf(_SC_PAGESIZE);
	statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (statm < 0)
		give_up("read /proc/self/statm");
	if (pthread_create(&thread, NULL, watch_memory, NULL) != 0)
		give_up("start a thread");
}

/* The calls of the kernel that remain. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mincore),
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier), SCMP_SYS(gettid), SCMP_SYS(getpid),
	SCMP_SYS(tgkill), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)
};

/* From now on only those calls do anything; the others fail with EPERM. */
void
sandbox_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	struct rlimit none = {0, 0};
	int			failed = filter == NULL;

	for (size_t i = 0; !failed && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	/* memory that is not executable, and threads */
	failed = failed ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
						 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
						 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
						 SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) ||
	/* its flags are in memory, where nobody can look: have libc use clone() */
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) ||
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	setrlimit(RLIMIT_CORE, &none);
	if (failed || prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		seccomp_load(filter) != 0)
		give_up("enter the sandbox");
	seccomp_release(filter);
}

/* Confined processes: see confine.h. */
#include "base/compat.h"

#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "base/confine.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/pack.h"

/* The sanitizers' runtimes need system calls and address space that a confined process has not. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* The result file begins with a code and a message of this size at most. */
enum { RESULT_HEADER = 4096 };

static int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* Every file system right that the kernel's version of Landlock knows (landlock(7)). */
static uint64_t landlock_rights(int abi)
{
	unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;

	return (UINT64_C(1) << bits) - 1;
}

/* Takes all file system access away but reading below read_dir. Kernels without Landlock are left with
 * the seccomp filter; SECURITY.md says what that means for directories. */
static int restrict_files(int read_dir)
{
	struct landlock_ruleset_attr rules = {0};
	_cleanup_close_ int fd = -1;
	int abi = landlock_abi();

	if (abi == 0)
		return 0;
	rules.handled_access_fs = landlock_rights(abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd < 0)
		return -errno;
	if (read_dir >= 0) {
		struct landlock_path_beneath_attr below = {
			.allowed_access =
				LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
			.parent_fd = read_dir,
		};

		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
			return -errno;
	}
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

/* What decompressors, hashes, malloc and threads need; nothing that names a file. */
static const int calls_always[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(pwrite64),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(lseek),
	SCMP_SYS(ftruncate),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fadvise64),
};

/* With a directory to read, what walks it. Landlock says where. */
static const int calls_directory[] = {
	SCMP_SYS(openat),     SCMP_SYS(openat2),    SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(getdents64), SCMP_SYS(readlinkat), SCMP_SYS(fstatfs),
};

/*
 * glibc's fstat(fd) is newfstatat(fd, "", …, AT_EMPTY_PATH). The filter cannot read the name, and the kernel
 * takes any name with that flag (stat(2)), so that comparing flags would allow names: the call is trapped,
 * and this handler does fstat() in its place when the name is empty. Whoever takes the process over may put
 * another handler there, which can do no more than what the filter allows.
 */
#if defined(__x86_64__) || defined(__aarch64__)
static void fstat_instead(int sig, siginfo_t *info, void *context)
{
	mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
	greg_t *r = m->gregs;
	const uint64_t args[] = {(uint64_t)r[REG_RDI], (uint64_t)r[REG_RSI], (uint64_t)r[REG_RDX],
				 (uint64_t)r[REG_R10]};
#else
	const unsigned long long *args = m->regs;
#endif
	const char *name = (const char *)args[1]; // NOLINT(performance-no-int-to-ptr): a register
	int saved = errno;
	long result = -EPERM;

	if (info->si_syscall == SYS_newfstatat && (args[3] & AT_EMPTY_PATH) && name && !name[0])
		result = syscall(SYS_fstat, (int)args[0], args[2]) < 0 ? -errno : 0;
	errno = saved;
#if defined(__x86_64__)
	r[REG_RAX] = result;
#else
	m->regs[0] = (unsigned long long)result;
#endif
}

static int allow_fstat(scmp_filter_ctx filter)
{
	const struct sigaction action = {.sa_sigaction = fstat_instead,
					 .sa_flags = SA_SIGINFO | SA_RESTART};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
		return -errno;
	return seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(newfstatat), 0);
}
#else
/* Where the registers are is not known here: sizes and times can be asked for by name. */
static int allow_fstat(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
}
#endif

static const int fcntl_allowed[] = {F_GETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC};

static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		if (r < 0)
			return r;
	}
	return 0;
}

static int restrict_calls(bool directory)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!filter)
		return -ENOMEM;
	r = allow(filter, calls_always, ARRAY_LEN(calls_always));
	if (r == 0 && directory)
		r = allow(filter, calls_directory, ARRAY_LEN(calls_directory));
	if (r == 0 && !directory)
		r = allow_fstat(filter);
	/* What the C library asks of its own descriptors, but no owners, signals, leases or flags. */
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(fcntl_allowed); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntl_allowed[i]));
	/* Threads, no processes. clone3 hides its flags from the filter: "no such call" makes the C library
	 * use clone. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	/* abort() after a failed assertion, and the C library's own checks. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

static int set_limit(__rlimit_resource_t resource, uint64_t value)
{
	struct rlimit limit;

	/* Never above what we were given ourselves: that would need privilege. */
	if (getrlimit(resource, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max = MIN((rlim_t)value, limit.rlim_max);
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Closes everything above standard error but fds; standard streams lead nowhere. */
static int close_others(int *fds, size_t n)
{
	unsigned next = 3;

	if (!SANITIZED) {
		_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null < 0)
			return -errno;
		for (int fd = 0; fd < 3; fd++)
			if (dup2(null, fd) < 0)
				return -errno;
	}
	qsort(fds, n, sizeof(*fds), compare_fds);
	for (size_t i = 0; i <= n; i++) {
		unsigned end = i < n ? (unsigned)fds[i] : UINT_MAX;

		if (end > next && close_range(next, i < n ? end - 1 : UINT_MAX, 0) < 0)
			return -errno;
		if (i < n)
			next = MAX(next, end + 1);
	}
	return 0;
}

static int confine_self(const struct confine_options *options, int result_fd)
{
	int fds[CONFINE_FDS + 2];
	size_t n = 0;
	int r;

	for (; n < options->n_keep_fds; n++)
		fds[n] = options->keep_fds[n];
	fds[n++] = result_fd;
	if (options->read_dir >= 0)
		fds[n++] = options->read_dir;
	r = close_others(fds, n);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0)
		r = set_limit(RLIMIT_CORE, 0);
	if (r == 0)
		r = set_limit(RLIMIT_CPU, options->seconds);
	if (r == 0)
		r = restrict_files(options->read_dir);
	if (SANITIZED)
		return r;
	if (r == 0)
		r = set_limit(RLIMIT_AS, options->memory);
	if (r == 0)
		r = set_limit(RLIMIT_FSIZE, options->max_result + RESULT_HEADER);
	if (r == 0)
		r = restrict_calls(options->read_dir >= 0);
	return r;
}

/* The result file: the error code and message, then what the function added. */
static int write_result(int fd, int code, const struct err *err, struct str payload)
{
	struct buf head = BUF_INIT(RESULT_HEADER);
	int r;

	pack_uint(&head, (uint64_t)code);
	pack_str(&head, str_from(err->text));
	r = buf_status(&head, NULL);
	if (r == 0)
		r = fd_write_full(fd, head.data, head.len);
	if (r == 0)
		r = fd_write_full(fd, payload.ptr, payload.len);
	buf_release(&head);
	return r;
}

static _Noreturn void child(confined_fn *fn, void *arg, const struct confine_options *options,
			    int result_fd, pid_t parent)
{
	struct buf result = BUF_INIT(options->max_result);
	struct err err = ERR_INIT;
	int r;

	/* A parent that dies takes its readers with it, also if it died before this line. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	log_init(LOG_QUIET, NULL);
	r = confine_self(options, result_fd);
	if (r < 0)
		err_errno(&err, -r, "cannot confine the reading process");
	else
		r = fn(arg, &result, &err);
	if (r == 0)
		r = buf_status(&result, &err);
	if (r < 0 && !err.text[0])
		err_set(&err, -r, "%s", err_code_text(r));
	r = write_result(result_fd, r < 0 ? -r : 0, &err, r < 0 ? STR("") : buf_str(&result));
	_exit(r < 0 ? 1 : 0);
}

int confine_start(struct confined *c, confined_fn *fn, void *arg,
		  const struct confine_options *options, struct err *err)
{
	pid_t parent = getpid();

	*c = CONFINED_INIT;
	c->result_fd = memfd_create("cscplate-result", MFD_CLOEXEC);
	if (c->result_fd < 0)
		return err_errno(err, errno, "cannot make room for a result");
	c->pid = fork();
	if (c->pid < 0) {
		int saved = errno;

		c->pid = 0;
		confine_release(c);
		return err_errno(err, saved, "cannot start a reading process");
	}
	if (c->pid == 0)
		child(fn, arg, options, c->result_fd, parent);
	return 0;
}

static int describe_end(int status, struct err *err)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(err, ERR_CRASHED, "the confined reader ran out of CPU time");
	if (WIFSIGNALED(status))
		return err_set(err, ERR_CRASHED, "the confined reader died of signal %d (%s)",
			       WTERMSIG(status),
			       sigdescr_np(WTERMSIG(status)) ? sigdescr_np(WTERMSIG(status))
							     : "unknown");
	return err_set(err, ERR_CRASHED, "the confined reader gave no result");
}

int confine_wait(struct confined *c, struct str *ret_result, struct err *err)
{
	struct unpack u;
	struct stat st;
	struct str text;
	uint64_t code;
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, errno, "cannot wait for a reading process");
	c->pid = 0;
	if (status != 0)
		return describe_end(status, err);
	if (fstat(c->result_fd, &st) < 0 || st.st_size <= 0)
		return describe_end(0, err);
	c->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, c->result_fd, 0);
	if (c->map == MAP_FAILED) {
		c->map = NULL;
		return err_errno(err, errno, "cannot map a result");
	}
	c->map_len = (size_t)st.st_size;
	u = unpack_init((struct str){c->map, c->map_len});
	code = unpack_uint_max(&u, INT_MAX);
	text = unpack_str(&u);
	if (u.failed)
		return describe_end(0, err);
	if (code)
		return err_set(err, (int)code, "%.*s", STR_FMT(text));
	*ret_result = str_from_range((const char *)u.ptr, (const char *)u.end);
	return 0;
}

void confine_release(struct confined *c)
{
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (c->map)
		munmap(c->map, c->map_len);
	fd_closep(&c->result_fd);
	*c = CONFINED_INIT;
}

bool confine_has_landlock(void)
{
	return landlock_abi() > 0;
}

void confine_describe(struct buf *b)
{
	int abi = landlock_abi();

	if (abi)
		buf_addf(b, "landlock abi %d, seccomp", abi);
	else
		buf_addf(b, "no landlock, seccomp");
}

/* Running another program: see proc.h. */
#include "base/compat.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/proc.h"

#include "base/fd.h"

enum { OUTPUTS_MAX = 4, READ_SIZE = 64 * 1024 };
/* Programs that proc_kill_all() knows of at once: as many as threads that each run one. */
enum { RUNNING_MAX = 16 };
/* How often a program is asked whether it has ended where the kernel cannot tell (pidfd_open(2)), and how many
 * times more CPU time than time by the clock it may take: it may have several threads. */
enum { ASK_MILLISECONDS = 20, CPU_TIMES = 4 };

char *proc_find(const char *program)
{
	struct str dirs = str_from(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"), dir;

	while (str_split(&dirs, ':', &dir)) {
		struct buf path = BUF_INIT(PATH_MAX);

		if (dir.len && dir.ptr[0] == '/') {
			buf_addf(&path, "%.*s/%s", STR_FMT(dir), program);
			if (buf_status(&path, NULL) == 0 && access(path.data, X_OK) == 0)
				return buf_take(&path);
		}
		buf_release(&path);
	}
	return NULL;
}

struct child {
	pid_t pid;
	int pidfd;		      /* readable when it has ended; -1: not to be had */
	int in;			      /* write end of its standard input */
	int out[OUTPUTS_MAX];	      /* read ends */
	int in_far, far[OUTPUTS_MAX]; /* the child's ends, closed once it runs */
	int64_t deadline;	      /* of now() */
};

/* Process groups that run, or 0. */
static _Atomic pid_t running[RUNNING_MAX];

static void note_running(pid_t pid)
{
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		pid_t none = 0;

		if (atomic_compare_exchange_strong(&running[i], &none, pid))
			return;
	}
}

static void forget_running(pid_t pid)
{
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		pid_t it = pid;

		if (atomic_compare_exchange_strong(&running[i], &it, 0))
			return;
	}
}

void proc_kill_all(void)
{
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		pid_t pid = atomic_load(&running[i]);

		if (pid > 0)
			kill(-pid, SIGKILL);
	}
}

/* Milliseconds that only go forwards. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void child_close(struct child *c)
{
	fd_closep(&c->pidfd);
	fd_closep(&c->in);
	fd_closep(&c->in_far);
	for (size_t i = 0; i < OUTPUTS_MAX; i++) {
		fd_closep(&c->out[i]);
		fd_closep(&c->far[i]);
	}
}

static int make_pipes(struct child *c, size_t n_outputs, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, errno, "cannot make a pipe");
	c->in_far = ends[0];
	c->in = ends[1];
	for (size_t i = 0; i < n_outputs; i++) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return err_errno(err, errno, "cannot make a pipe");
		c->out[i] = ends[0];
		c->far[i] = ends[1];
	}
	return 0;
}

static void lower_limit(__rlimit_resource_t resource, uint64_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max = MIN((rlim_t)value, limit.rlim_max);
	setrlimit(resource, &limit);
}

/* In the child, after fork: only async-signal-safe calls, for other threads may hold locks. */
static _Noreturn void child_exec(struct child *c, const char *const *argv,
				 const struct proc_output *outputs, size_t n_outputs,
				 const struct proc_options *options, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int top = null;
	sigset_t none;

	/* It goes with its parent, also if that is gone already. */
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    getppid() != parent || (options->dir != AT_FDCWD && fchdir(options->dir) < 0))
		_exit(127);
	/* Out of the way of every number that a descriptor is to have in the end. */
	for (size_t i = 0; i < n_outputs; i++)
		top = MAX(top, outputs[i].fd);
	c->in_far = fcntl(c->in_far, F_DUPFD_CLOEXEC, top + 1);
	for (size_t i = 0; i < n_outputs; i++)
		c->far[i] = fcntl(c->far[i], F_DUPFD_CLOEXEC, top + 1);
	if (null < 0 || dup2(c->in_far, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	for (size_t i = 0; i < n_outputs; i++)
		if (dup2(c->far[i], outputs[i].fd) < 0)
			_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_CPU, (uint64_t)options->seconds * CPU_TIMES);
	if (options->memory)
		lower_limit(RLIMIT_AS, options->memory);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* write(2) whose SIGPIPE, should the reader be gone, is taken back: libraries leave handlers alone. */
static ssize_t write_quietly(int fd, const void *from, size_t len)
{
	static const struct timespec now = {0};
	sigset_t pipe_signal, old, pending;
	ssize_t n;
	int saved;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
	n = write(fd, from, len);
	saved = errno;
	if (n < 0 && saved == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_signal, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return n;
}

static void feed(struct child *c, struct str *input)
{
	ssize_t n = input->len ? write_quietly(c->in, input->ptr, MIN(input->len, (size_t)PIPE_BUF))
			       : 0;

	if (n > 0)
		*input = str_from_offset(*input, (size_t)n);
	/* A child that does not want the rest of its input may have its reasons. */
	if (input->len == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		fd_closep(&c->in);
}

/* Returns 1 while there may be more, 0 at the end. */
static int drain(int fd, struct buf *to, struct err *err)
{
	char bytes[READ_SIZE];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : err_errno(err, errno, "cannot read");
	buf_add(to, bytes, (size_t)n);
	return buf_status(to, err) < 0 ? -err->code : n > 0;
}

/* Has the program ended? It stays a zombie, so that its number, which is its group's, remains its own. */
static int has_ended(const struct child *c, struct err *err)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return errno == EINTR ? 0 : err_errno(err, errno, "cannot wait");
	return info.si_pid == c->pid;
}

/* What is left in the pipes when the program has ended: whoever else could write is ended before. */
static int drain_rest(struct child *c, const struct proc_output *outputs, size_t n_outputs,
		      struct err *err)
{
	kill(-c->pid, SIGKILL);
	for (size_t i = 0; i < n_outputs; i++) {
		struct pollfd polled = {.fd = c->out[i], .events = POLLIN};
		int r = 1;

		while (r > 0 && c->out[i] >= 0 && poll(&polled, 1, 0) > 0)
			r = drain(c->out[i], outputs[i].to, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One wait for something to happen, and what to do about it. 1 when the program has ended. */
static int turn(struct child *c, struct str *input, const struct proc_output *outputs,
		size_t n_outputs, struct err *err)
{
	struct pollfd polled[OUTPUTS_MAX + 2] = {{.fd = c->in, .events = POLLOUT},
						 {.fd = c->pidfd, .events = POLLIN}};
	int64_t left = c->deadline - now();

	if (left <= 0)
		return err_set(err, ETIMEDOUT, "it takes too long");
	for (size_t i = 0; i < n_outputs; i++)
		polled[i + 2] = (struct pollfd){.fd = c->out[i], .events = POLLIN};
	if (c->pidfd < 0)
		left = MIN(left, (int64_t)ASK_MILLISECONDS);
	if (poll(polled, n_outputs + 2, (int)MIN(left, (int64_t)INT_MAX)) < 0) {
		if (errno != EINTR)
			return err_errno(err, errno, "cannot wait");
		return 0;
	}
	if (polled[0].revents)
		feed(c, input);
	for (size_t i = 0; i < n_outputs; i++) {
		int r = polled[i + 2].revents ? drain(c->out[i], outputs[i].to, err) : 1;

		if (r < 0)
			return r;
		if (r == 0)
			fd_closep(&c->out[i]);
	}
	return c->pidfd < 0 || polled[1].revents ? has_ended(c, err) : 0;
}

static int converse(struct child *c, struct str input, const struct proc_output *outputs,
		    size_t n_outputs, struct err *err)
{
	int r = 0;

	while (r == 0)
		r = turn(c, &input, outputs, n_outputs, err);
	return r < 0 ? r : drain_rest(c, outputs, n_outputs, err);
}

/* No signal comes between the fork and the note of it, which the handler of a deadly one reads. */
static int start(struct child *c, const char *const *argv, const struct proc_output *outputs,
		 size_t n_outputs, const struct proc_options *options, struct err *err)
{
	pid_t parent = getpid();
	sigset_t all, old;
	int r = make_pipes(c, n_outputs, err);

	if (r < 0)
		return r;
	c->deadline = now() + (int64_t)options->seconds * 1000;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	c->pid = fork();
	if (c->pid == 0)
		child_exec(c, argv, outputs, n_outputs, options, parent);
	if (c->pid > 0) {
		/* Both do it, since neither knows who comes first. */
		setpgid(c->pid, c->pid);
		note_running(c->pid);
		c->pidfd = pidfd_open(c->pid, 0);
	} else {
		r = err_errno(err, errno, "cannot start it");
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	fd_closep(&c->in_far);
	for (size_t i = 0; i < n_outputs; i++)
		fd_closep(&c->far[i]);
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	return r;
}

/* Ends the group and takes the exit status. */
static int stop(struct child *c)
{
	int status = 0;

	if (c->pid <= 0)
		return 0;
	kill(-c->pid, SIGKILL);
	forget_running(c->pid);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int proc_run(const char *const *argv, struct str input, const struct proc_output *outputs,
	     size_t n_outputs, const struct proc_options *options, int *ret_status, struct err *err)
{
	struct child c = {.pidfd = -1,
			  .in = -1,
			  .out = {-1, -1, -1, -1},
			  .in_far = -1,
			  .far = {-1, -1, -1, -1}};
	struct err local = ERR_INIT;
	int r, status;

	if (n_outputs > OUTPUTS_MAX)
		return err_set(err, EINVAL, "cannot run '%s': too many outputs", argv[0]);
	r = start(&c, argv, outputs, n_outputs, options, &local);
	if (r == 0)
		r = converse(&c, input, outputs, n_outputs, &local);
	status = stop(&c);
	child_close(&c);
	if (r == -ETIMEDOUT)
		return err_set(err, ETIMEDOUT, "cannot run '%s': it did not end within %u seconds",
			       argv[0], options->seconds);
	if (r < 0)
		return err_set(err, -r, "cannot run '%s': %s", argv[0], local.text);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

/* Running another program: see proc.h. */
#include "base/compat.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/proc.h"

#include "base/fd.h"

enum { OUTPUTS_MAX = 4, READ_SIZE = 64 * 1024 };

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
	int in;			      /* write end of its standard input */
	int out[OUTPUTS_MAX];	      /* read ends */
	int in_far, far[OUTPUTS_MAX]; /* the child's ends, closed once it runs */
};

static void child_close(struct child *c)
{
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

/* In the child, after fork: only async-signal-safe calls, for other threads may hold locks. */
static _Noreturn void child_exec(struct child *c, const char *const *argv,
				 const struct proc_output *outputs, size_t n_outputs)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int top = null;
	sigset_t none;

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

static int converse(struct child *c, struct str input, const struct proc_output *outputs,
		    size_t n_outputs, struct err *err)
{
	for (;;) {
		struct pollfd polled[OUTPUTS_MAX + 1] = {{.fd = c->in, .events = POLLOUT}};
		bool open = c->in >= 0;

		for (size_t i = 0; i < n_outputs; i++) {
			polled[i + 1] = (struct pollfd){.fd = c->out[i], .events = POLLIN};
			open = open || c->out[i] >= 0;
		}
		if (!open)
			return 0;
		if (poll(polled, n_outputs + 1, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "cannot wait");
		if (polled[0].revents)
			feed(c, &input);
		for (size_t i = 0; i < n_outputs; i++) {
			int r = polled[i + 1].revents ? drain(c->out[i], outputs[i].to, err) : 1;

			if (r < 0)
				return r;
			if (r == 0)
				fd_closep(&c->out[i]);
		}
	}
}

int proc_run(const char *const *argv, struct str input, const struct proc_output *outputs,
	     size_t n_outputs, int *ret_status, struct err *err)
{
	struct child c = {-1, -1, {-1, -1, -1, -1}, -1, {-1, -1, -1, -1}};
	struct err local = ERR_INIT;
	int r, status = 0;

	if (n_outputs > OUTPUTS_MAX)
		return err_set(err, EINVAL, "cannot run '%s': too many outputs", argv[0]);
	r = make_pipes(&c, n_outputs, err);
	if (r < 0) {
		child_close(&c);
		return r;
	}
	c.pid = fork();
	if (c.pid == 0)
		child_exec(&c, argv, outputs, n_outputs);
	if (c.pid < 0) {
		r = err_errno(err, errno, "cannot run '%s'", argv[0]);
		child_close(&c);
		return r;
	}
	fd_closep(&c.in_far);
	for (size_t i = 0; i < n_outputs; i++)
		fd_closep(&c.far[i]);
	fcntl(c.in, F_SETFL, O_NONBLOCK);
	r = converse(&c, input, outputs, n_outputs, &local);
	if (r < 0)
		kill(c.pid, SIGKILL);
	child_close(&c);
	while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return err_set(err, -r, "cannot run '%s': %s", argv[0], local.text);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

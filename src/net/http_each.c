/* Several downloads at once: http_each() of http.h. */
#include "base/compat.h"

#include <pthread.h>

#include "net/http.h"

enum { THREADS_MAX = 32 };

struct crew {
	size_t n, next;
	const struct http_options *options;
	http_work *work;
	void *context;
	pthread_mutex_t lock; /* of next and of what follows */
	size_t failed;	      /* the lowest number that failed, n while none did */
	struct err err;
};

static size_t take(struct crew *crew)
{
	size_t number;

	pthread_mutex_lock(&crew->lock);
	number = crew->failed < crew->n ? crew->n : crew->next;
	if (number < crew->n)
		crew->next++;
	pthread_mutex_unlock(&crew->lock);
	return number;
}

static void fail(struct crew *crew, size_t number, int r, const struct err *err)
{
	pthread_mutex_lock(&crew->lock);
	if (number < crew->failed) {
		crew->failed = number;
		crew->err = *err;
		crew->err.code = -r;
	}
	pthread_mutex_unlock(&crew->lock);
}

static void *run(void *context)
{
	struct crew *crew = context;
	_cleanup_http_ struct http *http = NULL;
	struct err err = ERR_INIT;
	size_t number;
	int r = http_new(crew->options, &http, &err);

	while ((number = take(crew)) < crew->n) {
		if (r == 0)
			r = crew->work(crew->context, number, http, &err);
		if (r < 0)
			fail(crew, number, r, &err);
	}
	return NULL;
}

int http_each(size_t n, unsigned threads, const struct http_options *options, http_work *work,
	      void *context, struct err *err)
{
	struct crew crew = {
		.n = n,
		.options = options,
		.work = work,
		.context = context,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.failed = n,
	};
	pthread_t ids[THREADS_MAX];
	size_t started = 0, wanted = MIN(n, (size_t)threads);

	wanted = MIN(wanted, (size_t)THREADS_MAX);
	/* The calling thread is one of them, so that it works even where no other can be had. */
	while (started + 1 < wanted && pthread_create(&ids[started], NULL, run, &crew) == 0)
		started++;
	run(&crew);
	for (size_t i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	pthread_mutex_destroy(&crew.lock);
	if (crew.failed < n) {
		if (err)
			*err = crew.err;
		return -crew.err.code;
	}
	return 0;
}

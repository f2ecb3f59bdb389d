/*-------------------------------------------------------------------------
 *
 * http_load.c
 *	  Load on an HTTP server: a fixed request, over kept connections.
 *
 * usage: http_load PORT CONNECTIONS SECONDS METHOD PATH [BODY]
 *
 * Every connection has a thread that sends the request again as soon as the
 * answer is there.  A PATH may hold one %s for which the words of standard
 * input are put in, one after the other.  Prints requests per second, and the
 * median and 95th percentile of the times in milliseconds; anything but a
 * status of success ends the program.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES	2000000
#define MAX_WORDS	10000
#define BUFFER_SIZE	(8 * 1024 * 1024)

typedef struct Thread
{
	pthread_t	id;
	int			number;
	long		n;
	float	   *times;			/* ms */
} Thread;

static int	port;
static int	connections;
static double seconds;
static const char *method;
static const char *path;
static const char *body = "";
static char *words[MAX_WORDS];
static int	n_words;

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void
fail(const char *what, const char *text)
{
	fprintf(stderr, "http_load: %s: %.500s\n", what, text);
	exit(1);
}

static void *
allocate(size_t n, size_t size)
{
	void	   *result = calloc(n, size);

	if (result == NULL)
		fail("out of memory", "");
	return result;
}

static int
connect_to_server(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int			fd = socket(AF_INET, SOCK_STREAM, 0);
	int			on = 1;

	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
		fail("could not connect", "");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int
make_request(char *out, size_t size, long turn)
{
	char		target[4096];

	snprintf(target, sizeof(target), path, n_words > 0 ? words[turn % n_words] : "");
	return snprintf(out, size,
					"%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
					"Content-Length: %zu\r\n\r\n%s",
					method, target, port, strlen(body), body);
}

/* Read one answer; its head must have a Content-Length. */
static void
read_answer(int fd, char *buffer)
{
	size_t		have = 0;
	size_t		want = 0;

	while (want == 0 || have < want)
	{
		ssize_t		n = read(fd, buffer + have, BUFFER_SIZE - 1 - have);
		char	   *end;
		char	   *length;

		if (n <= 0)
			fail("the connection was closed", buffer);
		have += n;
		buffer[have] = '\0';
		if (want > 0 || (end = strstr(buffer, "\r\n\r\n")) == NULL)
			continue;
		length = strcasestr(buffer, "content-length:");
		if (length == NULL || strncmp(buffer, "HTTP/1.1 2", 10) != 0)
			fail("unexpected answer", buffer);
		want = end + 4 - buffer + strtoul(length + 15, NULL, 10);
	}
}

static void *
run(void *arg)
{
	Thread	   *thread = arg;
	char	   *buffer = allocate(1, BUFFER_SIZE);
	char		request[65536];
	int			fd = connect_to_server();
	double		end = now_ms() + seconds * 1e3;
	double		start;

	while ((start = now_ms()) < end && thread->n < MAX_SAMPLES)
	{
		int			len = make_request(request, sizeof(request),
									   thread->n * connections + thread->number);

		if (write(fd, request, len) != len)
			fail("could not send", request);
		read_answer(fd, buffer);
		thread->times[thread->n++] = (float) (now_ms() - start);
	}
	close(fd);
	free(buffer);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	float		x = *(const float *) a;
	float		y = *(const float *) b;

	return (x > y) - (x < y);
}

static void
read_words(void)
{
	char		line[256];

	while (strstr(path, "%s") != NULL && fgets(line, sizeof(line), stdin) != NULL)
	{
		line[strcspn(line, "\n")] = '\0';
		if (n_words == MAX_WORDS)
			break;
		words[n_words++] = strdup(line);
	}
}

int
main(int argc, char **argv)
{
	Thread	   *threads;
	float	   *all;
	long		n = 0;
	double		start;
	int			i;

	if (argc < 6)
	{
		fprintf(stderr, "usage: http_load PORT CONNECTIONS SECONDS METHOD PATH [BODY]\n");
		return 2;
	}
	port = atoi(argv[1]);
	connections = atoi(argv[2]);
	seconds = atof(argv[3]);
	method = argv[4];
	path = argv[5];
	if (argc > 6)
		body = argv[6];
	read_words();
	threads = allocate(connections, sizeof(Thread));
	start = now_ms();
	for (i = 0; i < connections; i++)
	{
		threads[i].number = i;
		threads[i].times = allocate(MAX_SAMPLES, sizeof(float));
		pthread_create(&threads[i].id, NULL, run, &threads[i]);
	}
	for (i = 0; i < connections; i++)
	{
		pthread_join(threads[i].id, NULL);
		n += threads[i].n;
	}
	all = allocate(n + 1, sizeof(float));
	n = 0;
	for (i = 0; i < connections; i++)
	{
		memcpy(all + n, threads[i].times, threads[i].n * sizeof(float));
		n += threads[i].n;
	}
	qsort(all, n, sizeof(float), compare);
	printf("%.0f %.3f %.3f\n", n / ((now_ms() - start) / 1e3), all[n / 2], all[n * 95 / 100]);
	return 0;
}

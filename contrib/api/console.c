/*-------------------------------------------------------------------------
 *
 * console.c
 *	  The files of the web console.
 *
 * All files below the directory are read once, when the server starts, into a
 * table sorted by their paths, and a request finds its file by comparing
 * strings.  So no path of a request ever reaches the file system, nobody who
 * reads slowly costs memory, and a build that replaces the files meanwhile mixes
 * no old ones with new ones.  Links are not followed, and names that begin with
 * a dot are passed over.
 *
 * The page keeps its routes behind the # of its address, and its references are
 * relative, so it works under any prefix.  Whoever comes to a place of the page
 * that is no file is sent to its beginning.
 *
 * The files are the same for everybody: they need no identity.  What they show
 * comes from the API, which asks for one.
 *
 *-------------------------------------------------------------------------
 */
#include "console.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "answer.h"
#include "log.h"

#define MAX_FILES		1000
#define MAX_BYTES		(64 * 1024 * 1024)
#define MAX_DEPTH		8
#define TAG_BYTES		8		/* of the hash that becomes the entity tag */
#define MIN_HASH		8		/* characters of a hash in a file's name */
#define PAGE			"index.html"

#define CACHE_FOREVER	"public, max-age=31536000, immutable"
#define CACHE_NEVER		"no-cache"

/*
 * Everything comes from this server; nothing is written into the page itself,
 * and nobody may put the page into another one.
 */
#define SECURITY_POLICY "default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; " \
	"form-action 'self'; frame-ancestors 'none'"

/* Codings in which a file may lie beside itself, the better first. */
static const struct
{
	const char *name;
	const char *suffix;
}			codings[] = {
	{"br", ".br"}, {"gzip", ".gz"}
};

#define CODINGS_COUNT	((int) (sizeof(codings) / sizeof(codings[0])))

static const struct
{
	const char *extension;
	const char *type;
}			types[] = {
	{"css", "text/css; charset=utf-8"},
	{"html", "text/html; charset=utf-8"},
	{"ico", "image/x-icon"},
	{"js", "text/javascript; charset=utf-8"},
	{"json", "application/json"},
	{"map", "application/json"},
	{"mjs", "text/javascript; charset=utf-8"},
	{"png", "image/png"},
	{"svg", "image/svg+xml"},
	{"txt", "text/plain; charset=utf-8"},
	{"webmanifest", "application/manifest+json"},
	{"woff2", "font/woff2"}
};

typedef struct ConsoleFile
{
	char	   *path;			/* below the directory, with slashes */
	char	   *data;
	size_t		len;
	char		tag[2 * TAG_BYTES + 3]; /* entity tag, with its quotes */
} ConsoleFile;

static struct
{
	ConsoleFile *files;			/* sorted by path */
	int			count;
	size_t		bytes;
}			console;

static int
compare_files(const void *a, const void *b)
{
	return strcmp(((const ConsoleFile *) a)->path, ((const ConsoleFile *) b)->path);
}

/* Returns the file of a path, or NULL. */
static const ConsoleFile *
find_file(const char *path)
{
	ConsoleFile key = {.path = (char *) path};

	if (console.count == 0)
		return NULL;
	return bsearch(&key, console.files, (size_t) console.count, sizeof(key), compare_files);
}

/* Reads a file whose length is known; false when it could not be read. */
static bool
read_data(int fd, char *data, size_t len)
{
	while (len > 0)
	{
		ssize_t		n = read(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t) n;
	}
	return true;
}

/* Makes the entity tag of a file: it changes with what the file holds. */
static void
make_tag(ConsoleFile *file)
{
	unsigned char hash[32];

	gnutls_hash_fast(GNUTLS_DIG_SHA256, file->data, file->len, hash);
	file->tag[0] = '"';
	for (int i = 0; i < TAG_BYTES; i++)
		snprintf(file->tag + 1 + 2 * i, 3, "%02x", hash[i]);
	strcat(file->tag, "\"");
}

/* Adds a file to the table; returns what is wrong with it, or NULL. */
static const char *
add_file(int dir, const char *name, const char *path)
{
	struct stat status;
	ConsoleFile *file;
	int			fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	bool		ok;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
	{
		close(fd);
		return NULL;			/* it is no file of the page */
	}
	if (console.count == MAX_FILES || console.bytes + (size_t) status.st_size > MAX_BYTES)
	{
		close(fd);
		return "there are too many files, or too large ones";
	}
	console.files = mem_resize(console.files, (size_t) (console.count + 1) * sizeof(ConsoleFile));
	file = &console.files[console.count];
	memset(file, 0, sizeof(*file));
	file->len = (size_t) status.st_size;
	file->data = mem_alloc(file->len + 1);
	ok = read_data(fd, file->data, file->len);
	close(fd);
	if (!ok)
	{
		free(file->data);
		return "a file could not be read, or changed meanwhile";
	}
	file->path = mem_copy(path);
	make_tag(file);
	console.count++;
	console.bytes += file->len;
	return NULL;
}

/* Adds all files of a directory, which it closes; "path" is where it is below the first. */
static const char *
add_directory(int fd, const char *path, int depth)
{
	DIR		   *dir = fdopendir(fd);
	struct dirent *entry;
	const char *problem = NULL;

	if (dir == NULL)
	{
		close(fd);
		return strerror(errno);
	}
	while (problem == NULL && (entry = readdir(dir)) != NULL)
	{
		Buf			below = {0};
		int			subdir;

		if (entry->d_name[0] == '.')
			continue;
		buf_printf(&below, "%s%s", path, entry->d_name);
		subdir = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (subdir < 0)
		{
			struct stat status;

			if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
				problem = add_file(fd, entry->d_name, below.data);
		}
		else if (depth == MAX_DEPTH)
		{
			close(subdir);
			problem = "directories lie too deep in one another";
		}
		else
		{
			buf_putc(&below, '/');
			problem = add_directory(subdir, below.data, depth + 1);
		}
		buf_free(&below);
	}
	closedir(dir);
	return problem;
}

/*
 * Reads the console's files.  False when there is none in the directory, or it
 * cannot be read whole: then *problem says why, and nothing is served.
 */
bool
console_load(const char *dir, const char **problem)
{
	int			fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*problem = fd < 0 ? strerror(errno) : add_directory(fd, "", 1);
	if (console.count > 0)
		qsort(console.files, (size_t) console.count, sizeof(ConsoleFile), compare_files);
	if (*problem == NULL && find_file(PAGE) == NULL)
		*problem = "it has no " PAGE;
	if (*problem != NULL)
		console.count = 0;
	return *problem == NULL;
}

/*
 * Loads the console, if the settings name one or it is installed; called before
 * threads are started.  Without it the API is served all the same.
 */
void
console_init(const Config *config)
{
	const char *problem;

	if (config->console_dir[0] == '\0')
		return;
	if (console_load(config->console_dir, &problem))
		log_message(LOG_INFO, "serving the console at /ui/: %d files of \"%s\"", console.count, config->console_dir);
	else if (config_console_is_given())
		log_message(LOG_WARNING, "the console is not served: \"%s\": %s", config->console_dir, problem);
}

/* Returns the type of what a path names, or NULL when it is none that a page has. */
static const char *
type_of_path(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot == NULL || strchr(dot, '/') != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	return NULL;
}

/*
 * Tells whether the name of a file has a hash of what it holds, as build programs
 * give it: eight characters or more that are digits and capitals, or hexadecimal
 * digits, behind a - or . and before the extension.
 */
static bool
has_hash(const char *path)
{
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

	for (const char *at = name; (at = strpbrk(at, "-.")) != NULL;)
	{
		size_t		capitals = strspn(++at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		size_t		digits = strspn(at, "0123456789abcdef");

		if ((capitals >= MIN_HASH && at[capitals] == '.') || (digits >= MIN_HASH && at[digits] == '.'))
			return true;
	}
	return false;
}

/* Tells whether the client takes a coding: it names it, and not with a weight of 0. */
static bool
accepts_coding(const Request *request, const char *coding)
{
	const char *at = request_header(request, "Accept-Encoding");
	size_t		len = strlen(coding);

	while (at != NULL && *at != '\0')
	{
		size_t		word;

		at += strspn(at, ", \t");
		word = strcspn(at, ",; \t");
		if (word == len && strncasecmp(at, coding, len) == 0)
		{
			const char *weight = at + word + strspn(at + word, " \t;");

			/* q=0, q=0.0 and so on, up to the next coding */
			return strncasecmp(weight, "q=0", 3) != 0 ||
				strspn(weight + 2, "0.") != strcspn(weight + 2, ", \t");
		}
		at += strcspn(at, ",");
	}
	return false;
}

/* Tells whether the client has what the tag stands for already. */
static bool
has_version(const Request *request, const char *tag)
{
	const char *known = request_header(request, "If-None-Match");

	return known != NULL && (strcmp(known, "*") == 0 || strstr(known, tag) != NULL);
}

/* Adds what keeps a page that is attacked, or another one, from doing harm. */
static void
add_security(Request *request)
{
	answer_header(request, "Content-Security-Policy", SECURITY_POLICY);
	answer_header(request, "Referrer-Policy", "no-referrer");
	answer_header(request, "X-Frame-Options", "DENY");
	answer_header(request, "Cross-Origin-Opener-Policy", "same-origin");
	answer_header(request, "Cross-Origin-Embedder-Policy", "require-corp");
	answer_header(request, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
}

/* Answers with a file, in the best coding that there is and the client takes. */
static void
answer_file(Request *request, const ConsoleFile *file)
{
	const ConsoleFile *sent = file;
	Answer	   *answer = &request->answer;
	bool		has_codings = false;

	for (int i = 0; i < CODINGS_COUNT; i++)
	{
		Buf			path = {0};
		const ConsoleFile *coded;

		buf_printf(&path, "%s%s", file->path, codings[i].suffix);
		coded = find_file(path.data);
		buf_free(&path);
		has_codings |= coded != NULL;
		if (coded != NULL && sent == file && accepts_coding(request, codings[i].name))
		{
			sent = coded;
			answer_header(request, "Content-Encoding", codings[i].name);
		}
	}
	if (has_codings)
		answer_header(request, "Vary", "Accept-Encoding");
	answer_header(request, "ETag", sent->tag);
	answer_header(request, "Cache-Control", has_hash(file->path) ? CACHE_FOREVER : CACHE_NEVER);
	add_security(request);
	answer->content_type = type_of_path(file->path);
	if (answer->content_type == NULL)
		answer->content_type = "application/octet-stream";
	answer->status = has_version(request, sent->tag) ? 304 : 200;
	if (answer->status == 200)
	{
		answer->fixed = sent->data;
		answer->fixed_len = sent->len;
	}
}

/* Sends the client to another place, told from where it is. */
static void
answer_redirect(Request *request, const char *place)
{
	answer_header(request, "Location", place);
	answer_header(request, "Cache-Control", "no-store");
	answer_header(request, "Vary", "Accept");
	request->answer.status = 302;
}

/* Tells whether a browser wants to show something, and not a program to read it. */
static bool
wants_page(const Request *request)
{
	const char *accept = request_header(request, "Accept");

	return accept != NULL && strcasestr(accept, "text/html") != NULL;
}

/* Appends the way from a path below /ui/ back there. */
static void
add_way_back(Buf *out, const char *path)
{
	buf_puts(out, "./");
	for (; *path != '\0'; path++)
		if (*path == '/')
			buf_puts(out, "../");
}

/* Answers a request for something below /ui/. */
static void
serve_below(Request *request, const char *path)
{
	const ConsoleFile *file = find_file(*path == '\0' ? PAGE : path);
	Buf			back = {0};

	if (file != NULL)
	{
		answer_file(request, file);
		return;
	}
	if (type_of_path(path) != NULL || !wants_page(request))
	{
		answer_fault(request, 404, false, "Not Found");
		return;
	}
	add_way_back(&back, path);
	answer_redirect(request, back.data);
	buf_free(&back);
}

/*
 * Answers a request for the console; false when it is for something else.  The
 * root is the API's for programs, and leads browsers to the page.
 */
bool
console_serve(Request *request)
{
	const char *path = request->path;
	bool		is_root = strcmp(path, "/") == 0;
	bool		is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

	if (console.count == 0 || (is_root && !(is_read && wants_page(request))) ||
		(!is_root && !(strncmp(path, "/ui", 3) == 0 && (path[3] == '/' || path[3] == '\0'))))
		return false;
	if (!is_read)
	{
		answer_fault(request, 405, false, "Method Not Allowed");
		answer_header(request, "Allow", "GET, HEAD");
	}
	else if (is_root || path[3] == '\0')
		answer_redirect(request, "ui/");
	else
		serve_below(request, path + 4);
	return true;
}

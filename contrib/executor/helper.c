/*-------------------------------------------------------------------------
 *
 * helper.c
 *	  Programs that come with this one, and are installed beside it.
 *
 *-------------------------------------------------------------------------
 */
#include "helper.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Returns the path of the program of that name, until the next call, or NULL
 * when it is not there: what it needs was not installed when it was built.
 */
char *
helper_path(const char *name)
{
	static char path[PATH_MAX + 64];
	ssize_t		len = readlink("/proc/self/exe", path, PATH_MAX);
	char	   *slash;

	if (len <= 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash + 1, path + sizeof(path) - slash - 1, "%s", name);
	return access(path, X_OK) == 0 ? path : NULL;
}

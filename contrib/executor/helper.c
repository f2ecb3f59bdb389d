/*-------------------------------------------------------------------------
 *
 * helper.c
 *	  Programs that come with this one, and are installed beside it.
 *
 *-------------------------------------------------------------------------
 */
#include "helper.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

#define MAX_HELPERS		4		/* more than there are */

/* Those that have been looked for, with NULL for what was not there. */
static struct
{
	const char *name;
	char	   *path;
}			helpers[MAX_HELPERS];

/* Returns the path of a program beside this one; NULL when it cannot be run. */
static char *
look_for(const char *name)
{
	char		own[PATH_MAX];
	ssize_t		len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	Buf			path = {0};

	if (len <= 0)
		return NULL;
	own[len] = '\0';
	buf_add(&path, own, strrchr(own, '/') + 1 - own);
	buf_puts(&path, name);
	if (access(path.data, X_OK) == 0)
		return path.data;
	buf_free(&path);
	return NULL;
}

/*
 * Returns the path of the program of that name (a literal), which stays, or
 * NULL when it is not there: what it needs was not installed when it was built.
 * It is looked for once, so that what was announced stays true.
 */
char *
helper_path(const char *name)
{
	for (int i = 0; i < MAX_HELPERS; i++)
	{
		if (helpers[i].name == NULL)
		{
			helpers[i].name = name;
			helpers[i].path = look_for(name);
		}
		if (strcmp(helpers[i].name, name) == 0)
			return helpers[i].path;
	}
	return NULL;
}

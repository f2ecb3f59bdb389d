/*-------------------------------------------------------------------------
 *
 * console.h
 *	  The files of the web console.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_CONSOLE_H
#define API_CONSOLE_H

#include "config.h"
#include "request.h"

extern bool console_load(const char *dir, const char **problem);
extern void console_init(const Config *config);
extern bool console_serve(Request *request);

#endif							/* API_CONSOLE_H */

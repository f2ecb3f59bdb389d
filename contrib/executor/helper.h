/*-------------------------------------------------------------------------
 *
 * helper.h
 *	  Programs that come with this one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HELPER_H
#define EXECUTOR_HELPER_H

extern char *helper_path(const char *name);

#endif							/* EXECUTOR_HELPER_H */

/*-------------------------------------------------------------------------
 *
 * glob.h
 *	  Patterns in which * stands for any characters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_GLOB_H
#define MISTRAL_UTIL_GLOB_H

extern bool mst_glob_matches(const char *text, int len, const char *pattern,
							 int pattern_len, bool any_case);

#endif							/* MISTRAL_UTIL_GLOB_H */

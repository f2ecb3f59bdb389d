/*-------------------------------------------------------------------------
 *
 * json_read.h
 *	  Reading JSON text into whatever the caller makes of it.
 *
 * The reader knows the grammar; a JsonMaker makes the values.  Strings and
 * keys, numbers and words are handed over as they are found, containers when
 * they open, and members as soon as they are complete.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_TREE_JSON_READ_H
#define MISTRAL_TREE_JSON_READ_H

#include "lib/stringinfo.h"

/* Room for one value of a maker: a pointer, or a small structure. */
typedef union JsonSlot
{
	void	   *pointer;
	int64		words[2];
} JsonSlot;

typedef enum JsonWord
{
	JSON_NULL,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NAN,					/* these three for lenient makers only */
	JSON_INFINITY,
	JSON_MINUS_INFINITY
} JsonWord;

typedef struct JsonReader JsonReader;

/*
 * Functions return false to end the reading; the reason is then theirs to
 * keep.  Text that they are given is not terminated and lasts as long as the
 * text that is read, but for "made": a string with escapes in it, palloc'd,
 * which becomes the maker's.
 */
typedef struct JsonMaker
{
	/*
	 * Takes what Python's json module takes and JSON has not: NaN and
	 * infinities, U+0000, and halves of surrogates, which become U+FFFD.
	 */
	bool		is_lenient;

	/* around each value, for limits; leave() follows where enter() succeeded */
	bool		(*enter) (JsonReader *reader, bool is_container);
	void		(*leave) (JsonReader *reader, bool is_container);

	bool		(*word) (JsonReader *reader, JsonWord word, JsonSlot *result);
	bool		(*number) (JsonReader *reader, const char *text, int len,
						   bool is_float, JsonSlot *result);
	bool		(*string) (JsonReader *reader, const char *text, int len,
						   StringInfo made, JsonSlot *result);
	bool		(*open) (JsonReader *reader, bool is_object, JsonSlot *result);
	bool		(*add_item) (JsonReader *reader, JsonSlot *list,
							 const JsonSlot *item);
	bool		(*add_member) (JsonReader *reader, JsonSlot *object,
							   const JsonSlot *key, const JsonSlot *value);
} JsonMaker;

struct JsonReader
{
	const JsonMaker *maker;
	void	   *arg;			/* the maker's */
	const char *start;
	const char *end;
	const char *at;				/* the reader's place */
	const char *problem;		/* after a failure: what is wrong with the
								 * text, as Python says it; NULL: the maker
								 * did not want it */
	const char *problem_at;
};

extern bool mst_json_read(JsonReader *reader, JsonSlot *result);
extern char mst_json_escape_letter(unsigned char c);

#endif							/* MISTRAL_TREE_JSON_READ_H */

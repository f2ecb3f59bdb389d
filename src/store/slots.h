/*-------------------------------------------------------------------------
 *
 * slots.h
 *	  Slots of limits: who has one, who waits for one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_SLOTS_H
#define MISTRAL_STORE_SLOTS_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#include "store/row.h"

/* One limit of which a task or execution needs a slot, as its definition has it. */
typedef struct SlotWant
{
	pg_uuid_t	limit_id;		/* see mst_slot_limit_id() */
	char	   *name;			/* NULL: of the definition alone */
	char	   *key;			/* NULL: none */
	char	   *action;			/* not NULL: named by no definition, but for
								 * tasks of this action */
	int32		max;			/* of those that run; 0: no bound */
	int32		rate;			/* of those that begin in the window; 0: none */
	int32		window_s;
} SlotWant;

/* Who asks for slots of all these limits. */
typedef struct SlotRequest
{
	char	   *project_id;
	pg_uuid_t	execution_id;
	pg_uuid_t	holder_id;		/* task; or execution_id again, where the
								 * limits are those of the workflow */
	int64		rank;			/* among those that wait: the least is first */
	List	   *wants;			/* SlotWant * */
} SlotRequest;

typedef struct SlotRow
{
	RowState	row;
	char	   *project_id;
	pg_uuid_t	limit_id;
	char		state;			/* SLOT_... */
	int64		rank;
	pg_uuid_t	holder_id;
	pg_uuid_t	execution_id;
	TimestampTz since;
	TimestampTz until;			/* of SLOT_BEGUN, else 0 */
	char	   *name;
	char	   *key;
	Jsonb	   *wants;
} SlotRow;

#define SLOT_WAITS	'W'
#define SLOT_HELD	'H'
#define SLOT_BEGUN	'S'

extern pg_uuid_t mst_slot_limit_id(const char *owner, const char *key);
extern bool mst_limit_read(const char *project, const char *name, SlotWant *want);
extern bool mst_limits_on_actions(void);
extern char *mst_limit_of_action(const char *project, const char *action);
extern bool mst_slots_take(const SlotRequest *request, SlotWant **blocked);
extern void mst_slots_retake(const SlotRequest *request);
extern void mst_slots_release(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id);
extern bool mst_slots_are_held(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id);
extern void mst_slots_pass(const char *project, const pg_uuid_t *limit_id, int look_ms,
						   TimestampTz due);
extern void mst_slots_limit_changed(const char *project, const char *name);
extern void mst_slots_pass_all(const char *project, const char *name);
extern void mst_slots_delete_execution(const pg_uuid_t *execution_id);
extern SlotRow *mst_slot_waiting(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id);
extern SlotWant mst_slot_bounds(const SlotRow *waiting, TimestampTz *due);
extern int	mst_slots_held_by(const char *project, const pg_uuid_t *limit_id, List *holders);
extern List *mst_slot_holders(const SlotRow *waiting, int max);

#endif							/* MISTRAL_STORE_SLOTS_H */

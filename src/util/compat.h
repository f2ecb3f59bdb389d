/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the server versions 14 to 18.
 *
 * This is the only file that looks at PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_COMPAT_H
#define MISTRAL_UTIL_COMPAT_H

#if PG_VERSION_NUM < 140000 || PG_VERSION_NUM >= 190000
#error "mistral needs PostgreSQL 14 to 18"
#endif

/* Since 16, the macros for values of varying length have a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Since 15, shared memory is asked for in a hook of its own. */
#if PG_VERSION_NUM >= 150000
#define MST_HAVE_SHMEM_REQUEST_HOOK 1
#endif

/* Since 15, the settings of an extension are reserved, not only warned of. */
#if PG_VERSION_NUM >= 150000
#define mst_reserve_setting_prefix(prefix) MarkGUCPrefixReserved(prefix)
#else
#define mst_reserve_setting_prefix(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* Since 18 there is only pg_noreturn, which stands in front. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* Since 17, an extension can name what it waits for. */
#if PG_VERSION_NUM >= 170000
#define MST_WAIT_EVENT(var, name) \
	((var) != 0 ? (var) : ((var) = WaitEventExtensionNew(name)))
#else
#define MST_WAIT_EVENT(var, name)	((void) (var), PG_WAIT_EXTENSION)
#endif

/* Whether (and since 16 which) indexes need entries for an updated tuple. */
#if PG_VERSION_NUM >= 160000
#define MstIndexUpdate				TU_UpdateIndexes
#define MST_NEEDS_INDEXES(what)		((what) != TU_None)
#define MST_ONLY_SUMMARIZING(what)	((what) == TU_Summarizing)
#define mst_exec_insert_indexes(rri, slot, estate, update, what) \
	ExecInsertIndexTuples(rri, slot, estate, update, false, NULL, NIL, \
						  (update) && MST_ONLY_SUMMARIZING(what))
#else
#define MstIndexUpdate				bool
#define MST_NEEDS_INDEXES(what)		(what)
#define mst_exec_insert_indexes(rri, slot, estate, update, what) \
	ExecInsertIndexTuples(rri, slot, estate, update, false, NULL, NIL)
#endif

/*
 * Since 17, an index may keep buffers pinned between the insertions of one
 * command: it is told when that ends, and what an error has left is forgotten.
 */
#if PG_VERSION_NUM >= 170000
#define mst_index_begin_insert(index, info) \
	do { \
		if ((index)->rd_indam->aminsertcleanup != NULL) \
			(info)->ii_AmCache = NULL; \
	} while (0)
#define mst_index_end_insert(index, info)	index_insert_cleanup(index, info)
#else
#define mst_index_begin_insert(index, info) ((void) 0)
#define mst_index_end_insert(index, info)	((void) 0)
#endif

/* Since 18, scans count into a structure of the executor. */
#if PG_VERSION_NUM >= 180000
#define mst_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define mst_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* Since 17 it takes the relation. */
#if PG_VERSION_NUM >= 170000
#define mst_identity_sequence(rel, attnum) \
	getIdentitySequence(rel, attnum, false)
#else
#define mst_identity_sequence(rel, attnum) \
	getIdentitySequence(RelationGetRelid(rel), attnum, false)
#endif

/* The process whose transaction that is, or NULL. */
#if PG_VERSION_NUM >= 170000
#define mst_proc_of_transaction(vxid)	ProcNumberGetProc((vxid).procNumber)
#else
#define mst_proc_of_transaction(vxid)	BackendIdGetProc((vxid).backendId)
#endif

/* Since 16 it tells more, and since 17 it takes the number of the process. */
#if PG_VERSION_NUM >= 170000
#define mst_get_transaction_ids(vxid, xid, xmin) \
	ProcNumberGetTransactionIds((vxid).procNumber, xid, xmin, \
								&(int) {0}, &(bool) {false})
#elif PG_VERSION_NUM >= 160000
#define mst_get_transaction_ids(vxid, xid, xmin) \
	BackendIdGetTransactionIds((vxid).backendId, xid, xmin, \
							   &(int) {0}, &(bool) {false})
#else
#define mst_get_transaction_ids(vxid, xid, xmin) \
	BackendIdGetTransactionIds((vxid).backendId, xid, xmin)
#endif

/* Since 16 one function checks the privileges on objects of all kinds. */
#if PG_VERSION_NUM >= 160000
#define mst_proc_aclcheck(function, role, mode) \
	object_aclcheck(ProcedureRelationId, function, role, mode)
#else
#define mst_proc_aclcheck(function, role, mode) \
	pg_proc_aclcheck(function, role, mode)
#endif

#endif							/* MISTRAL_UTIL_COMPAT_H */

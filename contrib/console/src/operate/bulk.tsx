// One operation on many executions: first how many there are, then portion by
// portion, so that it can be stopped in between.

import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { post, type ApiError } from '../api/client';
import { Dialog } from '../parts/dialog';
import { ErrorBox } from '../parts/error';
import { Loading } from '../parts/empty';
import { State } from '../parts/state';
import { say } from '../parts/toasts';
import { count } from '../format';

export type BulkOperation = 'cancel' | 'pause' | 'resume' | 'rerun' | 'delete';

interface Bulk
{
	operation: BulkOperation;
	filters?: Record<string, string>;
	ids?: string[];
	done: () => void;
}

interface Preview
{
	matching: number;
	is_exact: boolean;
	sample: { id: string; workflow_name: string; state: string }[];
}

interface Portion
{
	done: number;
	failed: { id: string; error: string }[];
	after: string | null;
}

const WORDS: Record<BulkOperation, { verb: string; did: string; will: string; isDangerous: boolean }> = {
	cancel: { verb: 'Cancel', did: 'cancelled', will: 'They and those below them end in state CANCELLED. Results of actions that run now are not used. This cannot be taken back.', isDangerous: true },
	pause: { verb: 'Pause', did: 'paused', will: 'What runs now is finished; nothing new is started until they are resumed.', isDangerous: false },
	resume: { verb: 'Resume', did: 'resumed', will: 'They go on where they stand.', isDangerous: false },
	rerun: { verb: 'Rerun', did: 'rerun', will: 'The tasks that failed are run again, and the executions go on behind them.', isDangerous: false },
	delete: { verb: 'Delete', did: 'deleted', will: 'They, those below them, their tasks and results are removed. This cannot be taken back.', isDangerous: true },
};

const bulk = signal<Bulk | null>(null);

// Ask, and do it to the executions named by ids, or to all that match filters
// (as GET /v2/executions takes them).
export function operateOnMany(b: Bulk): void
{
	bulk.value = b;
}

function Dialogue({ b, close }: { b: Bulk; close: () => void })
{
	const words = WORDS[b.operation];
	const [preview, setPreview] = useState<Preview>();
	const [error, setError] = useState<ApiError>();
	const [progress, setProgress] = useState<{ done: number; failed: Portion['failed'] } | null>(null);
	const [isOver, setOver] = useState(false);
	const isStopped = useRef(false);
	const target = b.ids ? { ids: b.ids } : { filters: b.filters };

	useEffect(() => {
		post<Preview>('v2/executions/bulk', { json: { operation: b.operation, ...target, preview: true } }).then(setPreview, setError);
		return () => { isStopped.current = true; };
	}, []);
	const run = async () => {
		let after: string | null = null;
		let done = 0;
		const failed: Portion['failed'] = [];

		setError(undefined);
		setProgress({ done, failed });
		try
		{
			do
			{
				const portion: Portion = await post<Portion>('v2/executions/bulk', { json: { operation: b.operation, ...target, limit: 100, after } });
				done += portion.done;
				failed.push(...portion.failed);
				after = portion.after;
				setProgress({ done, failed: [...failed] });
			} while (after !== null && !isStopped.current);
			setOver(true);
			b.done();
			if (failed.length === 0)
			{
				say(`${count(done, 'execution')} ${words.did}.`);
				close();
			}
		}
		catch (e)
		{
			setError(e as ApiError);
			b.done();
		}
	};

	return (
		<div class="stack">
			{!preview && !error && <Loading what="how many there are" />}
			{preview && preview.matching === 0 && <p>None of them can be {words.did} in its present state.</p>}
			{preview && preview.matching > 0 && (
				<>
					<p><strong>{preview.is_exact ? '' : 'At least '}{count(preview.matching, 'execution')}</strong> will be {words.did}. {words.will}</p>
					<ul class="sample">
						{preview.sample.map((s) => <li key={s.id}><State state={s.state} /> <span>{s.workflow_name}</span> <code class="muted">{s.id}</code></li>)}
						{preview.matching > preview.sample.length && <li class="muted">and {(preview.matching - preview.sample.length).toLocaleString('en')} more</li>}
					</ul>
				</>
			)}
			{progress && preview && (
				<div>
					<progress max={Math.max(1, preview.matching)} value={progress.done + progress.failed.length} aria-label="Progress" />
					<p role="status">{progress.done.toLocaleString('en')} {words.did}{progress.failed.length > 0 && `, ${progress.failed.length} could not be`}</p>
				</div>
			)}
			{progress && progress.failed.length > 0 && (
				<ul class="sample">{progress.failed.slice(0, 20).map((f) => <li key={f.id}><code>{f.id}</code> {f.error}</li>)}</ul>
			)}
			{error && <ErrorBox error={error} />}
			<footer class="dialog-foot">
				{progress && !isOver && !error
					? <button type="button" onClick={() => { isStopped.current = true; }}>Stop after this portion</button>
					: <button type="button" onClick={close}>{isOver ? 'Close' : 'Back'}</button>}
				{preview && preview.matching > 0 && (!progress || error) && (
					<button type="button" class={words.isDangerous ? 'danger' : 'primary'} onClick={run} autofocus>{words.verb} {preview.matching.toLocaleString('en')}</button>
				)}
			</footer>
		</div>
	);
}

// Where the dialog appears: once in the page.
export function BulkDialog()
{
	const b = bulk.value;
	const close = () => { bulk.value = null; };

	return b && <Dialog title={`${WORDS[b.operation].verb} executions`} onClose={close}><Dialogue b={b} close={close} /></Dialog>;
}

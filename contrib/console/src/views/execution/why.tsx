// Why an execution does not go on, in words, with the button that makes it go
// on.

import { get, segment } from '../../api/client';
import type { Wait } from '../../api/types';
import { count, withMoments } from '../../format';
import * as operate from '../../operate/execution';
import { completeAction } from '../../operate/task';
import { Action } from '../../parts/action';
import { Copy } from '../../parts/copy';
import { ErrorBox } from '../../parts/error';
import { StateIcon } from '../../parts/state';
import { Ago } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

const WORDS: Record<string, string> = {
	nothing: 'Nothing would make it go on: this is a fault, and check() says more',
	restore: 'The database has been restored and stands still until an administrator lets it go on',
	maintenance: 'The service is paused for maintenance',
	paused: 'It is paused',
	turn: 'It waits for its turn behind an execution with the same key',
	lock: 'A session works on the execution at this moment',
	limit: 'It waits for a free slot of a limit',
	signal: 'It waits for a signal',
	asynchronous: 'It waits for somebody to report a result',
	claimed: 'An executor works on it',
	queued: 'It waits for an executor to take it',
	timer: 'It waits for a time',
	step: 'The engine will go on with it',
	recorded: 'A result has come and is about to be processed',
	join: 'It waits for other tasks',
	'sub-workflow': 'It waits for a workflow below it',
	more: 'There is more',
};

const ICONS: Record<string, string> = { paused: 'PAUSED', claimed: 'RUNNING', step: 'RUNNING', recorded: 'RUNNING', timer: 'DELAYED', nothing: 'ERROR' };

function nameOf(operation: Wait['operation']): string
{
	return (typeof operation === 'string' ? operation : operation?.name) ?? '';
}

function idOf(wait: Wait, name: string): string | null
{
	const id = wait.ids?.[name] ?? (typeof wait.operation === 'object' ? wait.operation?.[name] : null);

	return typeof id === 'string' ? id : null;
}

function signalName(wait: Wait): string
{
	const given = typeof wait.operation === 'object' ? wait.operation?.signal : null;

	return typeof given === 'string' ? given : /signal(?:\(\))? "([^"]+)"/.exec(wait.waits_for)?.[1] ?? '';
}

// The id that a statement names: where the API says no more than that.
const idIn = (how: string | null) => /'([0-9a-f]{8}-[0-9a-f-]{27})'/.exec(how ?? '')?.[1] ?? null;

interface Place
{
	execution: { id: string; workflow_name: string; state: string };
	reload: () => void;
}

function Button({ wait, execution, reload }: { wait: Wait } & Place)
{
	const name = nameOf(wait.operation);
	const reason = whyNot('change');
	const executionId = idOf(wait, 'execution_id') ?? execution.id;

	if (wait.kind === 'asynchronous' || name.startsWith('complete'))
	{
		const id = idOf(wait, 'action_execution_id') ?? idOf(wait, 'action_id') ?? idIn(wait.how);
		return id ? <Action kind="primary" reason={reason} onClick={() => completeAction(id, wait.place, reload)}>Report the result</Action> : null;
	}
	if (wait.kind === 'signal')
		return <Action kind="primary" reason={reason} onClick={() => operate.sendSignal(executionId, signalName(wait), reload)}>Send the signal</Action>;
	if (wait.kind === 'paused')
	{
		const subject = { ...execution, id: executionId, state: 'PAUSED' };
		return <Action kind="primary" reason={operate.reasonAgainst('resume', 'PAUSED')} onClick={() => operate.resume(subject, reload)}>Resume</Action>;
	}
	if (wait.kind === 'queued')
		return <a class="button" href={href(['system', 'executors'])}>Look at the executors</a>;
	if (wait.kind === 'limit')
		return <a class="button" href={href(['system', 'limits'])}>Look at the limits</a>;
	if ((wait.kind === 'step' || wait.kind === 'timer') && /dead|given up/i.test(wait.waits_for))
		return <a class="button" href={href(['system', 'calls'])}>Look at the dead calls</a>;
	return null;
}

function Line({ wait, place }: { wait: Wait; place: Place })
{
	const task = idOf(wait, 'task_execution_id') ?? idOf(wait, 'task_id');

	return (
		<li class={wait.is_cause ? 'wait is-cause' : 'wait'}>
			<StateIcon state={ICONS[wait.kind] ?? 'WAITING'} />
			<div class="wait-text">
				<p>
					<strong>{WORDS[wait.kind] ?? wait.kind}</strong>
					{wait.n > 1 && <span class="muted"> · {count(wait.n, 'time')}</span>}
				</p>
				<p>{task ? <a href={href(['task', task])}>{wait.place}</a> : wait.place} <span class="muted">— {withMoments(wait.waits_for.replace(/ since \d{4}-[-\d]+ [\d:.+]+/, ''))}</span></p>
				<p class="muted row">
					{wait.since && <span>since <Ago at={wait.since} /></span>}
					{wait.who && <span>· {wait.who} can make it go on</span>}
					{wait.how && <details class="how"><summary>in SQL</summary><code>{wait.how}</code><Copy text={wait.how} what="the statement" /></details>}
				</p>
			</div>
			<Button wait={wait} {...place} />
		</li>
	);
}

export function Why({ execution, reload, turn }: Place & { turn: number })
{
	const why = useResource((s) => get<{ waits: Wait[] }>(`v2/executions/${segment(execution.id)}/why`, { max_rows: 20 }, s), [execution.id, execution.state, turn]);
	const waits = why.value?.waits ?? [];
	const causes = waits.filter((w) => w.is_cause);
	const others = waits.filter((w) => !w.is_cause);
	const place = { execution, reload };

	if (why.error && !why.value)
		return <ErrorBox error={why.error} onRetry={why.reload} />;
	if (waits.length === 0)
		return null;
	return (
		<section class="panel why" aria-label="Why it waits">
			<h2>Why it waits</h2>
			<ul>{(causes.length > 0 ? causes : others).map((w, i) => <Line key={i} wait={w} place={place} />)}</ul>
			{causes.length > 0 && others.length > 0 && (
				<details>
					<summary>{count(others.length, 'thing')} that wait for these, or for a time</summary>
					<ul>{others.map((w, i) => <Line key={i} wait={w} place={place} />)}</ul>
				</details>
			)}
		</section>
	);
}

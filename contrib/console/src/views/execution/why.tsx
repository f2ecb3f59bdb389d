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
	person: 'It waits for a person',
	items: 'It goes through its items',
	more: 'There is more',
};

const ICONS: Record<string, string> = { paused: 'PAUSED', claimed: 'RUNNING', step: 'RUNNING', recorded: 'RUNNING', timer: 'DELAYED', nothing: 'ERROR' };

interface Place
{
	execution: { id: string; workflow_name: string; state: string };
	reload: () => void;
}

// The button for the operation that the API names. What a page cannot do (an
// event is raised in the transaction of whoever has it) stays a statement.
function Button({ wait, execution, reload }: { wait: Wait } & Place)
{
	const [id, name = ''] = wait.operation?.arguments ?? [];
	const reason = whyNot('change');

	if (wait.kind === 'person')
		return <a class="button primary" href={href(['inbox'])}>To the inbox</a>;
	switch (wait.operation?.function)
	{
		case 'complete_action':
			return <Action kind="primary" reason={reason} onClick={() => completeAction(id, wait.place, reload)}>Report the result</Action>;
		case 'signal':
			return <Action kind="primary" reason={reason} onClick={() => operate.sendSignal(id, name, reload)}>Send the signal</Action>;
		case 'resume_execution':
			return <Action kind="primary" reason={operate.reasonAgainst('resume', 'PAUSED')} onClick={() => operate.resume({ ...execution, id, state: 'PAUSED' }, reload)}>Resume</Action>;
		case 'update_limit':
			return <a class="button" href={href(['system', 'limits'])}>To the limits</a>;
		case 'retry_delayed_call':
			return <a class="button" href={href(['system', 'calls'])}>To the dead calls</a>;
		case 'set_maintenance':
			return <a class="button" href={href(['system'])}>To the maintenance</a>;
	}
	return wait.kind === 'queued' ? <a class="button" href={href(['system', 'executors'])}>To the executors</a> : null;
}

function Line({ wait, place }: { wait: Wait; place: Place })
{
	return (
		<li class={wait.is_cause ? 'wait is-cause' : 'wait'}>
			<StateIcon state={ICONS[wait.kind] ?? 'WAITING'} />
			<div class="wait-text">
				<p>
					<strong>{WORDS[wait.kind] ?? wait.kind}</strong>
					{wait.n > 1 && <span class="muted"> · {count(wait.n, 'time')}</span>}
				</p>
				<p>{wait.place} <span class="muted">— {withMoments(wait.waits_for.replace(/ since \d{4}-[-\d]+ [\d:.+]+/, ''))}</span></p>
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

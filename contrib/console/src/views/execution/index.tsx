// One execution: #/execution/ID, and its tabs below that.

import { useCallback, useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { useChanges } from '../../api/stream';
import { isFinal, type ExecutionObject } from '../../api/types';
import { useKeys } from '../../keys';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Tabs } from '../../parts/pills';
import { stateWord } from '../../parts/state';
import { go, href } from '../../router';
import { useResource } from '../../state/resource';
import { hasFeature } from '../../state/who';
import { useTitle } from '../../state/title';
import type { ViewProps } from '..';
import { Data } from './data';
import { Errors } from './errors';
import { GraphTab } from './graph-tab';
import { Header } from './header';
import { Tasks } from './tasks';
import { Timeline } from './timeline';
import { Tree } from './tree';
import { Why } from './why';

const TABS = [
	{ id: 'graph', label: 'Graph' }, { id: 'timeline', label: 'Timeline' }, { id: 'tasks', label: 'Tasks' },
	{ id: 'tree', label: 'Sub-executions' }, { id: 'data', label: 'Data' },
];

// Changes are told by the stream; where there is none, or for what it does not
// tell, the execution is asked for at times as well.
const EVERY = 5000;
const EVERY_LIVE = 20_000;
const EVERY_ENDED = 60_000;

export function Execution({ segments, query }: ViewProps)
{
	const [id = '', tab = 'graph'] = segments;
	const [turn, setTurn] = useState(0);
	const [isEnded, setEnded] = useState(false);
	const execution = useResource(async (signal) => {
		const e = await get<ExecutionObject>(`v2/executions/${segment(id)}`, {}, signal);
		setEnded(isFinal(e.state));
		setTurn((n) => n + 1);
		return e;
	}, [id], isEnded ? EVERY_ENDED : hasFeature('live') ? EVERY_LIVE : EVERY);
	const { reload } = execution;
	const e = execution.value;

	useTitle(e ? `${e.workflow_name}: ${stateWord(e.state).toLowerCase()}` : '');
	useChanges(isEnded ? null : { execution_id: id }, reload);
	const step = useCallback((by: number) => {
		const at = TABS.findIndex((t) => t.id === tab);
		go(['execution', id, TABS[(at + by + TABS.length) % TABS.length].id], {}, true);
	}, [id, tab]);
	useKeys([
		{ keys: ']', does: 'next tab', run: () => step(1) },
		{ keys: '[', does: 'tab before', run: () => step(-1) },
		{ keys: 'r', does: 'load again', run: reload },
		{ keys: 'u', does: 'up, to the list', run: () => go(['executions']) },
	]);

	if (!e)
		return execution.error ? <ErrorBox error={execution.error} onRetry={reload} /> : <Loading what="the execution" />;
	return (
		<div class="stack">
			<Header e={e} reload={reload} />
			{execution.error && <ErrorBox error={execution.error} onRetry={reload} />}
			{!isFinal(e.state) && <Why execution={e} reload={reload} turn={turn} />}
			<Errors id={e.id} state={e.state} info={e.state_info} turn={isFinal(e.state) ? 0 : turn} reload={reload} />
			<Tabs label="Parts of the execution" chosen={tab} tabs={TABS.map((t) => ({ ...t, href: href(['execution', id, t.id]) }))} />
			{tab === 'timeline' ? <Timeline id={id} turn={turn} />
				: tab === 'tasks' ? <Tasks id={id} turn={turn} />
				: tab === 'tree' ? <Tree id={id} turn={turn} />
				: tab === 'data' ? <Data e={e} />
				: <GraphTab id={id} namespace={e.workflow_namespace ?? ''} name={e.workflow_name} query={query} turn={turn} reload={reload} />}
		</div>
	);
}

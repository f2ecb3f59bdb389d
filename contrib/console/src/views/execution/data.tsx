// What went in and what came out.

import type { ExecutionObject } from '../../api/types';
import { Json, parsed } from '../../parts/json';

export function DataPanel({ title, value, what, hint }: { title: string; value: unknown; what: string; hint?: string })
{
	return (
		<section class="panel">
			<div class="panel-head"><h2>{title}</h2>{hint && <span class="muted">{hint}</span>}</div>
			<div class="panel-body"><Json value={value} what={what} /></div>
		</section>
	);
}

const isEmpty = (value: unknown) => value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);

export function Data({ e }: { e: ExecutionObject })
{
	const params = parsed(e.params) as Record<string, unknown> | null;
	const { env, ...others } = params ?? {};
	const global = parsed(e.published_global);

	return (
		<div class="columns">
			<DataPanel title="Input" value={parsed(e.input)} what="the input" />
			<DataPanel title="Output" value={parsed(e.output)} what="the output" hint={isEmpty(parsed(e.output)) ? 'made when it ends' : undefined} />
			{!isEmpty(env) && <DataPanel title="Environment" value={env} what="the environment" hint={typeof env === 'string' ? 'by name' : undefined} />}
			{!isEmpty(others) && <DataPanel title="Parameters" value={others} what="the parameters" />}
			{!isEmpty(global) && <DataPanel title="Published globally" value={global} what="what is published globally" />}
		</div>
	);
}

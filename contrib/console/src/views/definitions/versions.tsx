// The versions of a workflow, and what two of them differ in.

import { Diff } from './diff';
import { versionOf, versionsOf, type Version } from './api';
import { ErrorBox } from '../../parts/error';
import { Loading } from '../../parts/empty';
import { Ago } from '../../parts/time';
import { count } from '../../format';
import { route, setQuery } from '../../router';
import { useResource } from '../../state/resource';

function VersionRow({ version, number, from, to, isLast }: { version: Version; number: number; from: string; to: string; isLast: boolean })
{
	return (
		<tr aria-selected={version.id === from || version.id === to}>
			<td class="number">{number}</td>
			<td><Ago at={version.created_at} />{version.is_newest && <span class="badge">newest</span>}</td>
			<td class="number hide-narrow">{count(version.size, 'character')}</td>
			<td><input type="radio" name="from" aria-label={`Compare version ${number}`} checked={version.id === from} onChange={() => setQuery({ from: version.id })} /></td>
			<td><input type="radio" name="to" aria-label={`with version ${number}`} checked={version.id === to} onChange={() => setQuery({ to: version.id })} /></td>
			<td>{!isLast && <button type="button" class="link" onClick={() => setQuery({ from: null, to: version.id })}>What it changed</button>}</td>
		</tr>
	);
}

export function Versions({ id }: { id: string })
{
	const list = useResource((signal) => versionsOf(id, signal), [id]);
	const versions = list.value?.versions ?? [];
	const { query } = route.value;
	const to = query.get('to') ?? versions[0]?.id;
	const older = versions[versions.findIndex((v) => v.id === to) + 1]?.id;
	const from = query.get('from') ?? older ?? to;
	const texts = useResource(async (signal) => (from && to
		? Promise.all([versionOf(id, from, signal), versionOf(id, to, signal)]) : null), [id, from, to]);
	const numberOf = (version: string | undefined) => versions.length - versions.findIndex((v) => v.id === version);

	if (list.error && !list.value)
		return <ErrorBox error={list.error} onRetry={list.reload} />;
	if (!list.value)
		return <Loading what="versions" />;
	return (
		<div class="versions">
			<table class="table" aria-label="versions">
				<thead>
					<tr><th class="number">Version</th><th>Stored</th><th class="number hide-narrow">Size</th><th>Compare</th><th>with</th><th><span class="for-readers">Change</span></th></tr>
				</thead>
				<tbody>
					{versions.map((v, i) => (
						<VersionRow key={v.id} version={v} number={versions.length - i} from={from} to={to} isLast={i === versions.length - 1} />
					))}
				</tbody>
			</table>
			<section>
				<h3>{from === to ? `Version ${numberOf(to)}` : `From version ${numberOf(from)} to version ${numberOf(to)}`}</h3>
				{texts.error && <ErrorBox error={texts.error} onRetry={texts.reload} />}
				{texts.value && (from === to
					? <p class="muted">{versions.length === 1 ? 'There is one version so far: saving another text makes the next.' : 'Choose two versions above to see what they differ in.'}</p>
					: <Diff before={texts.value[0].definition} after={texts.value[1].definition} label="changes" />)}
			</section>
		</div>
	);
}
